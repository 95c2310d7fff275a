// SPDX-License-Identifier: BSD-3-Clause
#include "function_documents.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "clock.hpp"

using namespace dumbwaiter;

namespace {

constexpr int64_t kLong = 60 * kSecond;

// A host that starts with these functions, without anything that runs them.
struct Scene {
    explicit Scene(size_t functions) : store_(std::move(*Store::open(folder_, {})))
    {
        for (size_t i = 0; i < functions; ++i) {
            FunctionSpec spec{.name = "f" + std::to_string(1'000'000 + i)};
            spec.edit().frequency = std::chrono::seconds(60);
            manifest_.functions.push_back(spec);
        }
        start();
    }
    ~Scene()
    {
        end();
        std::filesystem::remove_all(folder_);
    }

    void start()
    {
        std::vector<Remembered> remembered;
        for (const FunctionSpec& spec : manifest_.functions) {
            remembered.push_back(*remembered_of(*store_, spec.name));
        }
        const size_t count = manifest_.functions.size();
        functions_ = std::make_unique<Functions>(manifest_);
        ledger = std::make_unique<Ledger>(*functions_);
        for (FunctionId id = 0; id < count; ++id) ledger->restore(id, remembered[id].state);
        sink_ = std::make_unique<Sink>(*store_, Sink::Options{});
        roster = std::make_unique<Roster>(manifest_, std::vector<uint32_t>(count), std::vector<Place>(count),
                                          std::vector<int64_t>(count));
        documents = std::make_unique<FunctionDocuments>(*roster, remembered, *sink_);
    }

    void end()
    {
        documents.reset();
        REQUIRE(sink_->finish(monotonic_ns() + kLong));
    }

    void restart()
    {
        end();
        start();
    }

    // As it is once all is committed.
    std::string of(FunctionId id)
    {
        REQUIRE(sink_->await_commit(monotonic_ns() + kLong));
        return store_->document("#functions", roster->name(id))->value_or("");
    }
    bool has(FunctionId id, std::string_view part) { return of(id).find(part) != std::string::npos; }
    bool is_told(FunctionId id) { return store_->document("#functions", roster->name(id))->has_value(); }
    uint64_t commits()
    {
        REQUIRE(sink_->await_commit(monotonic_ns() + kLong));
        return sink_->numbers().commits;
    }
    FunctionTerms& terms(FunctionId id) { return manifest_.functions[id].edit(); }

    std::unique_ptr<Ledger> ledger;
    std::unique_ptr<Roster> roster;
    std::unique_ptr<FunctionDocuments> documents;

private:
    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("dw-documents-" + std::to_string(boot_ns()));
    std::unique_ptr<Store> store_;
    Manifest manifest_;
    std::unique_ptr<Functions> functions_;
    std::unique_ptr<Sink> sink_;
};

}  // namespace

TEST_CASE("a start tells the store of every function in parts, and of none when nothing has changed")
{
    Scene scene(25'000);
    scene.documents->put_all(*scene.ledger, kLong);
    CHECK(scene.is_told(19'999));  // the second ten thousand were waited for
    CHECK(scene.has(0, R"("frequency":60.0)"));
    CHECK(scene.has(24'999, R"("frequency":60.0)"));
    scene.restart();
    scene.documents->put_all(*scene.ledger, kLong);
    CHECK(scene.commits() == 0);
}

TEST_CASE("sequences that have moved are told, under the bound that held before")
{
    Scene scene(2);
    scene.documents->put_all(*scene.ledger, kLong);
    scene.ledger->restore(1, {.last_value = 9, .last_error = 4});
    scene.documents->put_all(*scene.ledger, kLong);
    CHECK(scene.has(1, R"("bound_from_value":0,"bound_from_error":0)"));
    CHECK(scene.has(1, R"("value_sequence":9,"error_sequence":4)"));
    CHECK(scene.has(0, R"("value_sequence":0,"error_sequence":0)"));
}

TEST_CASE("over a restart a bound stays while max_saved does, and a new one begins after what is there")
{
    Scene scene(1);
    scene.documents->put_all(*scene.ledger, kLong);
    scene.ledger->restore(0, {.last_value = 9, .last_error = 4});
    scene.documents->put_all(*scene.ledger, kLong);
    scene.restart();
    scene.documents->put_all(*scene.ledger, kLong);
    CHECK(scene.has(0, R"("max_saved":10,"bound_from_value":0)"));
    scene.terms(0).max_saved = 3;
    scene.restart();
    scene.documents->put_all(*scene.ledger, kLong);
    CHECK(scene.has(0, R"("max_saved":3,"bound_from_value":9,"bound_from_error":4)"));
    scene.restart();
    scene.ledger->restore(0, {.last_value = 20});
    scene.documents->put_all(*scene.ledger, kLong);
    CHECK(scene.has(0, R"("max_saved":3,"bound_from_value":9,"bound_from_error":4)"));
}

TEST_CASE("what is taken back before it was committed is told all the same")
{
    Scene scene(1);
    scene.documents->put_all(*scene.ledger, kLong);
    scene.documents->set_paused(0, true);
    scene.documents->set_paused(0, false);
    CHECK(scene.has(0, R"("paused":false)"));
    scene.documents->set_paused(0, true);
    CHECK(scene.has(0, R"("paused":true)"));
    scene.restart();
    CHECK(scene.documents->standing(0).is_paused);
}

TEST_CASE("one that leaves the manifest is marked, one that comes back is not, one that was forgotten is told anew")
{
    Scene scene(1);
    scene.documents->put_all(*scene.ledger, kLong);
    const std::string before = scene.of(0);
    scene.documents->mark_left(0);
    CHECK(scene.has(0, R"("in_manifest":false)"));
    CHECK(scene.has(0, R"("frequency":60.0)"));
    scene.documents->renew(0, {}, {});
    CHECK(scene.of(0) == before);
    scene.documents->forget(0);
    scene.documents->renew(0, Remembered{}, {});
    CHECK(scene.of(0) == before);
}
