// SPDX-License-Identifier: BSD-3-Clause
//
// Beside S7 and S8: what storing alone costs a process that sleeps between its commits, its wake-ups included. Raw LMDB
// (NOSYNC) writes the values of a thousand functions once a second, with a history of ten, all at once and ten each 10
// ms, as a host does.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "harness.hpp"
#include "names.hpp"
#include "raw_writer.hpp"

namespace {

constexpr size_t kFunctions = 1'000;
constexpr size_t kRecordBytes = 72;  // a header of 64 bytes and a small integer as JSON, as a host's are
constexpr uint64_t kRoundsBefore = bench::RawWriter::kDepth + 3;

double cpu_us()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto us = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return us(used.ru_utime) + us(used.ru_stime);
}

// All functions once, in the order of their names.
template <typename Between>
void round(bench::RawWriter& writer, const std::vector<std::string>& names, uint64_t sequence, size_t group,
           Between&& between)
{
    for (size_t first = 0; first < names.size(); first += group) {
        std::vector<bench::RawWrite> batch;
        for (size_t i = first; i < first + group; ++i) batch.push_back({names[i], sequence});
        between();
        writer.commit(std::move(batch));
    }
}

double cost_of_a_write(const bench::Folder& folder, size_t group, uint64_t seconds)
{
    const auto names = bench::make_names(kFunctions);
    bench::RawWriter writer(folder / std::to_string(group), MDB_NOSYNC, kRecordBytes);
    for (uint64_t i = 1; i <= kRoundsBefore; ++i) round(writer, names, i, group, [] {});
    const auto step = std::chrono::nanoseconds(std::chrono::seconds(1)) * group / kFunctions;
    auto next = std::chrono::steady_clock::now();
    const double before = cpu_us();
    for (uint64_t i = 1; i <= seconds; ++i) {
        round(writer, names, kRoundsBefore + i, group, [&] { std::this_thread::sleep_until(next += step); });
    }
    return (cpu_us() - before) / static_cast<double>(kFunctions * seconds);
}

}  // namespace

int main(int argc, char** argv)
{
    const uint64_t seconds = bench::is_quick(argc, argv) ? 3 : 15;
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    const bench::Folder folder;
    for (const size_t group : {kFunctions, size_t{10}}) {
        std::printf("raw LMDB, %zu functions a second, %zu at a time: %.2f us of CPU a write\n", kFunctions, group,
                    cost_of_a_write(folder, group, seconds));
    }
    return 0;
}
