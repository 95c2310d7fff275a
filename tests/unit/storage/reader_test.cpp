// SPDX-License-Identifier: BSD-3-Clause
//
// The reader library, each time in another process than the writer.
#include <doctest/doctest.h>
#include <dumbwaiter/reader.h>
#include <fcntl.h>
#include <sys/file.h>

#include <atomic>
#include <thread>

#include "host_presence.hpp"
#include "host_request.hpp"
#include "rfc3339.hpp"
#include "scratch.hpp"

using namespace dumbwaiter;
using scratch::Folder;
using scratch::value;

namespace {

std::string text_of(const dw_reading& reading)
{
    return reading.data == nullptr ? "<none>" : std::string(static_cast<const char*>(reading.data), reading.length);
}

struct Opened {
    dw_reader* reader = nullptr;
    explicit Opened(const Folder& folder) { code = dw_reader_open(folder.store().c_str(), &reader); }
    ~Opened() { dw_reader_close(reader); }
    int32_t code;
};

// ThreadSanitizer lets no thread begin in the child of a threaded process.
#if defined(__SANITIZE_THREAD__)
constexpr bool kMayStartThreads = false;
#else
constexpr bool kMayStartThreads = true;
#endif

}  // namespace

TEST_CASE("a reading has what was stored, and its buffer is used again")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    auto append = value("a", 1, "[1, 2.5]");
    append.media_type = "application/x-test";
    std::vector<Append> appends = {append, value("b", 1, "7")};
    REQUIRE(store->commit(appends));
    CHECK(scratch::in_process([&] {
              Opened opened(folder);
              EXPECT_HERE(opened.code == DW_OK);
              dw_reading reading = scratch::new_reading();
              EXPECT_HERE(dw_get_value(opened.reader, "a", &reading) == DW_OK);
              EXPECT_HERE(text_of(reading) == "[1, 2.5]");
              EXPECT_HERE(reading.sequence == 1 && reading.due == 1001 && reading.started == 1002 &&
                          reading.finished == 1003);
              EXPECT_HERE(reading.fresh_until == 0 && reading.state == DW_STATE_FRESH && reading.outcome == 0);
              EXPECT_HERE(std::string(dw_reading_media_type(&reading)) == "application/x-test");
              char* json = nullptr;
              uint64_t length = 0;
              EXPECT_HERE(dw_reading_json(opened.reader, &reading, &json, &length) == DW_OK);
              EXPECT_HERE(std::string(json, length).find("2.5") != std::string::npos && json[length] == '\0');
              dw_free(json);

              uint64_t buffer = reading.reserved[0];
              EXPECT_HERE(dw_get_value(opened.reader, "b", &reading) == DW_OK);
              EXPECT_HERE(text_of(reading) == "7" && reading.reserved[0] == buffer);
              EXPECT_HERE(std::string(dw_reading_media_type(&reading)).empty());
              EXPECT_HERE(dw_get_value(opened.reader, "none", &reading) == DW_NOT_FOUND);
              EXPECT_HERE(reading.data == nullptr && reading.length == 0 && reading.reserved[0] == buffer);
              EXPECT_HERE(dw_get_value(opened.reader, "#info", &reading) == DW_NOT_FOUND);
              EXPECT_HERE(dw_get_value(opened.reader, "", &reading) == DW_NOT_FOUND);
              EXPECT_HERE(dw_get_value(opened.reader, std::string(600, 'x').c_str(), &reading) == DW_NOT_FOUND);
              reading.struct_size = 8;
              EXPECT_HERE(dw_get_value(opened.reader, "a", &reading) == DW_MISUSE);
              reading.struct_size = sizeof reading;
              dw_reading_clear(&reading);
              EXPECT_HERE(reading.reserved[0] == 0 && reading.struct_size == sizeof reading);
              return 0;
          }) == 0);
}

TEST_CASE("a reading has no data after any code but DW_OK, however the call was wrong")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<Append> appends = {value("a", 1, "7")};
    REQUIRE(store->commit(appends));
    CHECK(scratch::in_process([&] {
              Opened opened(folder);
              dw_reading reading = scratch::new_reading();
              const auto fails = [&](const std::function<int32_t()>& call) {
                  return dw_get_value(opened.reader, "a", &reading) == DW_OK && reading.data != nullptr &&
                         call() != DW_OK && reading.data == nullptr && reading.length == 0 && reading.sequence == 0;
              };
              EXPECT_HERE(fails([&] { return dw_get_value(opened.reader, nullptr, &reading); }));
              EXPECT_HERE(fails([&] { return dw_get_value(nullptr, "a", &reading); }));
              EXPECT_HERE(fails([&] { return dw_wait(opened.reader, nullptr, 0, 0, &reading); }));
              EXPECT_HERE(fails([&] { return dw_wait(nullptr, "a", 0, 0, &reading); }));
              EXPECT_HERE(fails([&] { return dw_wait(opened.reader, "no name", 0, 0, &reading); }));
              EXPECT_HERE(fails([&] { return dw_wait(opened.reader, "a", 1, 0, &reading); }));
              EXPECT_HERE(fails([&] { return dw_reading_copy(nullptr, &reading); }));
              dw_reading_clear(&reading);
              return 0;
          }) == 0);
}

TEST_CASE("names are walked in order without the store's own, errors of all names are grouped, documents are given")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<Append> appends = {value("b", 1, "1"), value("a", 1, "1"), scratch::error("z", 1, "e1"),
                                   scratch::error("z", 2, "e2"), scratch::error("y", 1, "e")};
    std::vector<Store::Put> puts = {{"#host", "host", R"({"pid":1})"}};
    REQUIRE(store->commit(appends, puts));
    CHECK(scratch::in_process([&] {
              Opened opened(folder);
              std::string names, errors;
              auto each_name = [](void* context, const char* name) {
                  *static_cast<std::string*>(context) += std::string(name) + ",";
                  return 0;
              };
              EXPECT_HERE(dw_each_name(opened.reader, each_name, &names) == DW_OK);
              EXPECT_HERE(names == "a,b,");
              auto each_error = [](void* context, const char* name, const dw_reading* reading) {
                  *static_cast<std::string*>(context) += std::string(name) + ":" + text_of(*reading) + ",";
                  return 0;
              };
              EXPECT_HERE(dw_get_errors(opened.reader, nullptr, 0, each_error, &errors) == DW_OK);
              EXPECT_HERE(errors == "y:e,z:e2,z:e1,");
              errors.clear();
              EXPECT_HERE(dw_get_errors(opened.reader, nullptr, 1, each_error, &errors) == DW_OK);
              EXPECT_HERE(errors == "y:e,z:e2,");
              EXPECT_HERE(dw_get_errors(opened.reader, "none", 0, each_error, &errors) == DW_OK);
              EXPECT_HERE(dw_get_history(opened.reader, "none", 0, each_error, &errors) == DW_NOT_FOUND);
              char* text = nullptr;
              uint64_t length = 0;
              EXPECT_HERE(dw_get_document(opened.reader, "#host", "host", &text, &length) == DW_OK);
              EXPECT_HERE(std::string(text, length) == R"({"pid":1})");
              dw_free(text);
              EXPECT_HERE(dw_get_document(opened.reader, "#host", "other", &text, &length) == DW_NOT_FOUND &&
                          text == nullptr);
              EXPECT_HERE(dw_get_document(opened.reader, "#history", "a", &text, &length) == DW_MISUSE);
              return 0;
          }) == 0);
}

TEST_CASE("what is no store is said in a sentence")
{
    Folder folder;
    CHECK(scratch::in_process([&] {
              dw_reader* reader = nullptr;
              EXPECT_HERE(dw_reader_open((folder.path / "none").c_str(), &reader) == DW_NO_STORE && reader == nullptr);
              EXPECT_HERE(std::string(dw_reader_error()).find("there is no store there") != std::string::npos);
              EXPECT_HERE(dw_reader_open("", &reader) == DW_MISUSE);
              return 0;
          }) == 0);
}

TEST_CASE("without the right to write lock.mdb a reader is denied and told the group")
{
    if (getuid() != 0) return;  // somebody else's rights take root to try on
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::filesystem::permissions(folder.path, std::filesystem::perms(0755));
    std::filesystem::permissions(folder.store(), std::filesystem::perms(0755));
    std::filesystem::permissions(folder.store() / "data.mdb", std::filesystem::perms(0644));
    CHECK(scratch::in_process([&] {
              if (setgid(65534) != 0 || setuid(65534) != 0) return 1;
              dw_reader* reader = nullptr;
              EXPECT_HERE(dw_reader_open(folder.store().c_str(), &reader) == DW_DENIED);
              EXPECT_HERE(std::string(dw_reader_error()).find("store_group") != std::string::npos);
              return 0;
          }) == 0);
}

TEST_CASE("who may not reach a host is told who may")
{
    if (getuid() != 0) return;
    Folder folder;
    const auto store = scratch::open(folder);
    REQUIRE(store);
    CHECK(scratch::in_process([&] {
              if (setgid(65534) != 0 || setuid(65534) != 0) return 1;
              const auto answer = ask_host(folder.store(), reload_request(false));
              EXPECT_HERE(!answer && answer.error().code == Code::kDenied);
              EXPECT_HERE(answer.error().message.find("as the host's own user, as root") != std::string::npos);
              return 0;
          }) == 0);
}

TEST_CASE("a waiting process wakes with the commit, not before")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    scratch::Gate opened;
    scratch::Process reader([&] {
        Opened own(folder);
        dw_reading reading = scratch::new_reading();
        EXPECT_HERE(dw_wait(own.reader, "a", 0, 1'000'000, &reading) == DW_TIMEOUT && reading.data == nullptr);
        opened.open();
        EXPECT_HERE(dw_wait(own.reader, "a", 0, UINT64_MAX, &reading) == DW_OK && reading.sequence == 1);
        opened.open();
        EXPECT_HERE(dw_wait(own.reader, "a", 1, UINT64_MAX, &reading) == DW_OK && text_of(reading) == "two");
        EXPECT_HERE(dw_wait(own.reader, "a", 2, 0, &reading) == DW_TIMEOUT);
        EXPECT_HERE(dw_wait(own.reader, "not a name", 2, 0, &reading) == DW_MISUSE);
        return 0;
    });
    opened.pass();
    std::vector<Append> first = {value("a", 1, "one"), value("b", 1, "x")}, second = {value("a", 2, "two")};
    REQUIRE(store->commit(first));
    opened.pass();
    REQUIRE(store->commit(second));
    CHECK(reader.join() == 0);
}

TEST_CASE("a store that was replaced under its readers is opened anew by them")
{
    Folder folder;
    scratch::Gate made, read, replaced;
    // Forked before the store opens: a child that inherits host.lock keeps it held.
    scratch::Process reader([&] {
        made.pass();
        Opened own(folder), second(folder);
        dw_reading reading = scratch::new_reading();
        EXPECT_HERE(dw_get_value(own.reader, "a", &reading) == DW_OK && text_of(reading) == "old");
        read.open();
        replaced.pass();
        EXPECT_HERE(dw_get_value(own.reader, "a", &reading) == DW_OK && text_of(reading) == "new");
        EXPECT_HERE(dw_get_value(second.reader, "a", &reading) == DW_OK && text_of(reading) == "new");
        return 0;
    });
    std::vector<Append> old_values = {value("a", 1, "old")}, new_values = {value("a", 1, "new")};
    auto store = scratch::open(folder);
    REQUIRE(store);
    REQUIRE(store->commit(old_values));
    made.open();
    read.pass();
    store.reset();
    std::filesystem::remove(folder.store() / "data.mdb");
    store = scratch::open(folder);
    REQUIRE(store);
    REQUIRE(store->commit(new_values));
    replaced.open();
    CHECK(reader.join() == 0);
}

// GCC 12's ASan takes no care of its allocator's locks at a fork: a thread that holds one keeps the child waiting for
// ever.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kForkMayHang = true;
#else
constexpr bool kForkMayHang = false;
#endif

TEST_CASE("handles go on in a forked child and in its parent, with threads reading all along" *
          doctest::skip(kForkMayHang))
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<Append> appends = {value("a", 1, "one")};
    REQUIRE(store->commit(appends));
    CHECK(scratch::in_process([&] {
              Opened own(folder);
              std::atomic<bool> stop = false;
              std::atomic<int> failures = 0;
              auto read_on = [&] {
                  dw_reading reading = scratch::new_reading();
                  while (!stop) failures += dw_get_value(own.reader, "a", &reading) != DW_OK;
                  dw_reading_clear(&reading);
              };
              std::thread one(read_on), two(read_on);
              dw_reading reading = scratch::new_reading();
              int bad = dw_get_value(own.reader, "a", &reading) != DW_OK;
              for (int i = 0; i < 20; i++) {
                  bad += scratch::in_process([&] {
                             dw_reading inner = scratch::new_reading();
                             bool good = dw_get_value(own.reader, "a", &inner) == DW_OK && text_of(inner) == "one";
                             if (kMayStartThreads) {
                                 std::thread([&] {
                                     good = good && dw_get_value(own.reader, "a", &inner) == DW_OK;
                                 }).join();
                             }
                             return good ? 0 : 1;
                         }) != 0;
                  bad += dw_get_value(own.reader, "a", &reading) != DW_OK;
              }
              stop = true;
              one.join();
              two.join();
              dw_reading_clear(&reading);
              return bad + failures == 0 ? 0 : 1;
          }) == 0);
}

TEST_CASE("threads that end give their slots back")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<Append> appends = {value("a", 1, "one")};
    REQUIRE(store->commit(appends));
    CHECK(scratch::in_process([&] {
              Opened own(folder);
              int failures = 0;
              for (int i = 0; i < 2000; i++) {
                  std::thread([&] {
                      dw_reading reading = scratch::new_reading();
                      failures += dw_get_value(own.reader, "a", &reading) != DW_OK;
                      dw_reading_clear(&reading);
                  }).join();
              }
              return failures == 0 ? 0 : 1;
          }) == 0);
}

TEST_CASE("a callback may read on, and may stop the walk")
{
    Folder folder;
    auto store = scratch::open(folder);
    REQUIRE(store);
    std::vector<Append> appends = {value("a", 1, "one"), value("a", 2, "two"), value("a", 3, "three")};
    REQUIRE(store->commit(appends));
    CHECK(scratch::in_process([&] {
              Opened own(folder);
              struct Context {
                  dw_reader* reader;
                  int calls = 0, failures = 0;
              } context{own.reader};
              auto each = [](void* pointer, const char* name, const dw_reading* shown) {
                  auto& here = *static_cast<Context*>(pointer);
                  dw_reading reading = scratch::new_reading(), copy = scratch::new_reading();
                  here.failures += dw_get_value(here.reader, name, &reading) != DW_OK || reading.sequence != 3;
                  here.failures += dw_reading_copy(shown, &copy) != DW_OK || text_of(copy) != text_of(*shown);
                  dw_reading_clear(&reading);
                  dw_reading_clear(&copy);
                  return ++here.calls == 2 ? 1 : 0;
              };
              EXPECT_HERE(dw_get_history(own.reader, "a", 0, each, &context) == DW_OK);
              EXPECT_HERE(context.calls == 2 && context.failures == 0);
              context.calls = 10;
              EXPECT_HERE(dw_get_history(own.reader, "a", 1, each, &context) == DW_OK && context.calls == 11);
              return 0;
          }) == 0);
}

TEST_CASE("a host lives while its process does, by pid, start time and boot")
{
    auto document = [](const HostIdentity& host, const std::string& heartbeat = "") {
        return "{\"pid\":" + std::to_string(host.pid) + ",\"start_time\":" + std::to_string(host.start_time) +
               ",\"boot_id\":\"" + host.boot_id + "\",\"pid_namespace\":" + std::to_string(host.pid_namespace) +
               ",\"heartbeat\":\"" + heartbeat + "\"}";
    };
    constexpr int64_t kNow = 1795413600000000000;
    HostIdentity here = this_process();
    CHECK(host_alive(document(here), kNow));
    HostIdentity other = here;
    other.start_time++;
    CHECK_FALSE(host_alive(document(other), kNow));
    other = here;
    other.boot_id = "earlier";
    CHECK_FALSE(host_alive(document(other), kNow));
    other = here;
    scratch::Process gone([] { return 0; });
    other.pid = gone.pid();
    gone.join();
    CHECK_FALSE(host_alive(document(other), kNow));
    other = here;
    other.pid_namespace++;
    CHECK(host_alive(document(other, rfc3339(kNow - 3'000'000'000)), kNow));
    CHECK_FALSE(host_alive(document(other, rfc3339(kNow - 30'000'000'000)), kNow));
    CHECK_FALSE(host_alive("{}", kNow));
    CHECK_FALSE(host_alive("not json", kNow));
}
