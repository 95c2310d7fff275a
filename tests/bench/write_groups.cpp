// SPDX-License-Identifier: BSD-3-Clause
//
// S11: values stored a second by the store's writer, with a history of ten, beside raw LMDB with the same schema, flags
// and groups. Names come in an order that is not theirs, every name once a round.
#include <string>
#include <vector>

#include "harness.hpp"
#include "names.hpp"
#include "raw_writer.hpp"
#include "store.hpp"

namespace {

constexpr size_t kBytes = 64;

struct Kind {
    const char* name;
    dumbwaiter::Durability durability;
    unsigned flags;
};
constexpr Kind kKinds[] = {{"volatile", dumbwaiter::Durability::kVolatile, MDB_NOSYNC},
                           {"relaxed", dumbwaiter::Durability::kRelaxed, MDB_NOMETASYNC},
                           {"full", dumbwaiter::Durability::kFull, 0}};

// Which name is written next, and which value of it.
class Turn {
public:
    Turn(const std::vector<std::string>& names, uint64_t sequence) : names_(names), sequence_(sequence) {}
    template <typename Each>
    void group(size_t count, Each&& each)
    {
        for (size_t i = 0; i < count; ++i) {
            each(i, names_[at_], sequence_);
            if (++at_ < names_.size()) continue;
            at_ = 0;
            ++sequence_;
        }
    }

private:
    const std::vector<std::string>& names_;
    size_t at_ = 0;
    uint64_t sequence_;
};

class OurWriter {
public:
    OurWriter(const std::filesystem::path& folder, dumbwaiter::Durability durability, size_t group) : batch_(group)
    {
        auto opened = dumbwaiter::Store::open(folder, {.durability = durability});
        if (!opened) fail(opened.error());
        store_ = std::move(*opened);
        for (auto& append : batch_) {
            append.depth = bench::RawWriter::kDepth;
            append.payload.assign(kBytes, 'x');
        }
    }
    void commit(Turn& turn)
    {
        turn.group(batch_.size(), [&](size_t i, const std::string& name, uint64_t sequence) {
            batch_[i].name = name;
            batch_[i].sequence = sequence;
        });
        if (const auto done = store_->commit(batch_); !done) fail(done.error());
    }

private:
    static void fail(const dumbwaiter::Error& error)
    {
        std::fprintf(stderr, "%s\n", error.message.c_str());
        std::exit(1);
    }
    std::unique_ptr<dumbwaiter::Store> store_;
    std::vector<dumbwaiter::Append> batch_;
};

void commit(bench::RawWriter& writer, Turn& turn, size_t group)
{
    std::vector<bench::RawWrite> batch(group);
    turn.group(group, [&](size_t i, const std::string& name, uint64_t sequence) { batch[i] = {name, sequence}; });
    writer.commit(std::move(batch));
}

// Ten values of each name, before anything is timed: in key order, as that is ten times faster.
void fill(const bench::Folder& folder, const std::vector<std::string>& names, const std::string& tag)
{
    const size_t group = std::min<size_t>(names.size(), 10'000), groups = names.size() / group * 10;
    OurWriter ours(folder / ("ours" + tag), dumbwaiter::Durability::kVolatile, group);
    bench::RawWriter raw(folder / ("raw" + tag), MDB_NOSYNC, 64 + kBytes);
    Turn a(names, 1), b(names, 1);
    for (size_t i = 0; i < groups; ++i) ours.commit(a), commit(raw, b, group);
}

// Two stores, and where each writer is in them.
struct Place {
    std::filesystem::path our_folder, raw_folder;
    Turn ours, raw;
};

// Rates; each turn lasts for some 20 ms or one commit.
bench::Pair measure(Place& place, const Kind& kind, size_t group, int rounds)
{
    OurWriter ours(place.our_folder, kind.durability, group);
    bench::RawWriter raw(place.raw_folder, kind.flags, 64 + kBytes);
    const size_t commits =
        std::max<size_t>(kind.durability == dumbwaiter::Durability::kVolatile ? 2'000 / group : 1, 1);
    const auto rate = [&](auto&& one) {
        return 1e9 / bench::each_ns(commits, [&](size_t) { one(); }) * static_cast<double>(group);
    };
    return bench::in_turn(
        rounds, [&] { return rate([&] { ours.commit(place.ours); }); },
        [&] { return rate([&] { commit(raw, place.raw, group); }); });
}

}  // namespace

int main(int argc, char** argv)
{
    const int rounds = bench::is_quick(argc, argv) ? 9 : 101;
    const bench::Folder folder;
    bench::pin_to_core(0);
    for (const size_t count : {size_t{1'000}, size_t{100'000}}) {
        const auto names = bench::make_names(count), order = bench::shuffled(names);
        const std::string tag = std::to_string(count);
        fill(folder, names, tag);
        Place place{folder / ("ours" + tag), folder / ("raw" + tag), Turn(order, 11), Turn(order, 11)};
        for (const Kind& kind : kKinds) {
            for (const size_t group : {size_t{100}, size_t{1'000}}) {
                bench::print(bench::at_least(
                    "S11",
                    std::to_string(count / 1000) + "k names, groups of " + std::to_string(group) + ", " + kind.name,
                    "writes/s", measure(place, kind, group, rounds), 0.85));
            }
        }
    }
    return 0;
}
