// SPDX-License-Identifier: BSD-3-Clause
//
// How soon a reader in another process has a value that it waits for: 1,000 commits, one at a time, to a reader in C
// and to one in Python. Prints p50 and p99 since the commit was begun, and since the writer had it done, which a reader
// may be ahead of: it is woken on the way.
#include <dumbwaiter/reader.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "clock.hpp"
#include "store.hpp"

using namespace dumbwaiter;

namespace {

constexpr useconds_t kPause = 2000;  // so that the reader sleeps again; not a divisor of any tick
constexpr useconds_t kJitter = 1500;

// The reader's side: "0", then the time at which it had each value.
int read_all(const char* store, uint64_t last)
{
    dw_reader* reader = nullptr;
    dw_reading reading{};
    reading.struct_size = sizeof reading;
    if (dw_reader_open(store, &reader) != DW_OK || dw_wait(reader, "a", 0, UINT64_MAX, &reading) != DW_OK) return 1;
    for (int64_t at = 0; std::printf("%" PRId64 "\n", at) > 0; at = monotonic_ns()) {
        std::fflush(stdout);
        if (reading.sequence >= last) return 0;
        if (dw_wait(reader, "a", reading.sequence, UINT64_MAX, &reading) != DW_OK) return 1;
    }
    return 1;
}

struct Commit {
    int64_t begun = 0, done = 0;
};

Commit commit(Store& store, uint64_t sequence)
{
    Append append;
    append.name = "a";
    append.sequence = sequence;
    append.depth = 10;
    append.serializer = 1;
    append.payload = std::to_string(sequence);
    std::vector<Append> appends = {append};
    Commit times{.begun = monotonic_ns()};
    if (!store.commit(appends)) std::abort();
    times.done = monotonic_ns();
    return times;
}

double percentile(std::vector<int64_t>& times, double share)
{
    std::ranges::sort(times);
    return times.empty()
               ? 0
               : static_cast<double>(times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))]) / 1e3;
}

int measure(const char* what, const std::string& command, Store& store, uint64_t& sequence, int commits)
{
    const uint64_t last = sequence + static_cast<uint64_t>(commits);
    FILE* reader = popen((command + " " + std::to_string(last)).c_str(), "r");
    int64_t at = 0;
    if (reader == nullptr || std::fscanf(reader, "%" SCNd64, &at) != 1) return 1;
    std::vector<int64_t> since_begun, since_done;
    while (sequence < last) {
        usleep(kPause + static_cast<useconds_t>(std::rand()) % kJitter);
        const Commit its = commit(store, ++sequence);
        if (std::fscanf(reader, "%" SCNd64, &at) != 1) return 1;
        since_begun.push_back(at - its.begun);
        since_done.push_back(at - its.done);
    }
    std::printf("%-7s since begun p50 %.0f us, p99 %.0f us; since done p50 %.0f us, p99 %.0f us\n", what,
                percentile(since_begun, 0.5), percentile(since_begun, 0.99), percentile(since_done, 0.5),
                percentile(since_done, 0.99));
    return pclose(reader);
}

}  // namespace

// wake_latency [COMMITS [DURABILITY]]; itself runs "wake_latency --reader STORE LAST".
int main(int argc, char** argv)
{
    if (argc == 4 && std::strcmp(argv[1], "--reader") == 0)
        return read_all(argv[2], std::strtoull(argv[3], nullptr, 10));
    const int commits = argc > 1 ? std::atoi(argv[1]) : 1000;
    const bool is_full = argc > 2 && std::strcmp(argv[2], "full") == 0;
    std::string pattern = (std::filesystem::temp_directory_path() / "dumbwaiter-wake-XXXXXX").string();
    const std::filesystem::path folder = mkdtemp(pattern.data());
    StoreOptions options;
    options.durability = is_full ? Durability::kFull : Durability::kVolatile;
    auto store = Store::open(folder / "store", options);
    if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
    uint64_t sequence = 1;
    commit(**store, sequence);
    std::printf("durability %s, %d commits each\n", is_full ? "full" : "volatile", commits);
    const std::string place = (folder / "store").string();
    int failed = measure("C", std::string(argv[0]) + " --reader " + place, **store, sequence, commits);
    failed += measure("Python", "python3 " BENCH_SOURCES "/wake_latency.py " + place, **store, sequence, commits);
    store->reset();
    std::filesystem::remove_all(folder);
    return failed == 0 ? 0 : 1;
}
