// SPDX-License-Identifier: BSD-3-Clause
//
// S1, S2, S3: the newest value, read from a store that another process wrote, beside raw LMDB reading the same records.
#include <string>
#include <vector>

#include "filled_store.hpp"
#include "harness.hpp"
#include "names.hpp"
#include "our_reader.hpp"
#include "raw_lmdb.hpp"

namespace {

constexpr size_t kReads = 20'000;  // a turn

class Reads {
public:
    Reads(const bench::Folder& folder, size_t names, int rounds)
        : names_(bench::shuffled(bench::make_names(names))), store_(folder, names, 64), rounds_(rounds)
    {}

    bench::Pair at_random()
    {
        bench::Walk walk(names_);
        return beside_raw([&] { ours_.read(walk.next()); });
    }
    bench::Pair one_again()
    {
        return beside_raw([&] { ours_.read(names_.front()); });
    }

private:
    template <typename Read>
    bench::Pair beside_raw(Read&& read)
    {
        bench::Walk walk(names_);
        return bench::in_turn(
            rounds_, [&] { return bench::each_ns(kReads, [&](size_t) { read(); }); },
            [&] { return bench::each_ns(kReads, [&](size_t) { raw_.read(walk.next()); }); });
    }

    const std::vector<std::string> names_;
    const bench::FilledStore store_;
    const int rounds_;
    bench::OurReader ours_{store_.ours};
    bench::RawReader raw_{store_.raw};
};

}  // namespace

int main(int argc, char** argv)
{
    const int rounds = bench::is_quick(argc, argv) ? 51 : 301;
    const bench::Folder folder;
    bench::pin_to_core(0);
    {
        Reads reads(folder, 1'000, rounds);
        bench::print(bench::at_most("S1", "read newest, 64 B, 1k names at random", "ns", reads.at_random(), 1.25));
        bench::print(bench::at_most("S3", "read one name again, nothing committed", "ns", reads.one_again(), 0.4));
    }
    Reads reads(folder, 100'000, rounds);
    bench::print(bench::at_most("S2", "read newest, 64 B, 100k names at random", "ns", reads.at_random(), 1.1));
    return 0;
}
