// SPDX-License-Identifier: BSD-3-Clause
//
// lies.so: results that are none, and a child that writes into the memory that it shares with its host. Knows the
// channel from inside, as anyone might who reads its header.
#include <dumbwaiter/plugin.h>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "isolation/channel.hpp"

using namespace dumbwaiter::channel;

namespace {

struct Shared {
    char* base = nullptr;
    uint64_t size = 0;
};

Shared find_channel()
{
    Shared found;
    std::FILE* const maps = std::fopen("/proc/self/maps", "r");
    char line[512];
    while (maps != nullptr && std::fgets(line, sizeof line, maps) != nullptr) {
        unsigned long begin = 0, end = 0;
        if (std::strstr(line, "dumbwaiter channel") == nullptr) continue;
        if (std::sscanf(line, "%lx-%lx", &begin, &end) == 2) found = {reinterpret_cast<char*>(begin), end - begin};
    }
    if (maps != nullptr) std::fclose(maps);
    return found;
}

// Of the first worker.
WorkerPage& first_page(const Shared& shared)
{
    return *reinterpret_cast<WorkerPage*>(shared.base + sizeof(Front));
}

void ring_bell(const Shared& shared)
{
    auto& front = *reinterpret_cast<Front*>(shared.base);
    front.host_asleep = 1;
    front.doorbell.fetch_add(1);
    syscall(SYS_futex, &front.doorbell, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace

DW_FUNCTION(null_text, "A text at no address, ten bytes long")
{
    return dw_put_str(call, nullptr, 10);
}

DW_FUNCTION(lying_length, "A text that says to be far longer than its memory")
{
    return dw_put_str(call, "short", uint64_t{1} << 40);
}

DW_FUNCTION(scribbles, "Fills the shared memory with args[0], or with noise for 256")
{
    int64_t with = 0;
    if (dw_arg_i64(call, 0, &with) != DW_OK) return DW_ERROR;
    const Shared shared = find_channel();
    if (shared.base == nullptr) return dw_fail(call, "there is no channel");
    static std::mt19937 noise(std::random_device{}());
    const uint64_t pages = sizeof(Front) + sizeof(WorkerPage) + kRingSize;
    for (uint64_t at = 0; at < pages; ++at) shared.base[at] = static_cast<char>(with == 256 ? noise() : with);
    // So that the host looks at it before a good result of this call covers some of it.
    ring_bell(shared);
    dw_sleep_ns(call, 50'000'000);
    return dw_put_null(call);
}

DW_FUNCTION(forges, "Sends 10,000 results that nobody asked for, of all cells")
{
    const Shared shared = find_channel();
    if (shared.base == nullptr) return dw_fail(call, "there is no channel");
    WorkerPage& page = first_page(shared);
    char* const ring = shared.base + sizeof(Front) + sizeof(WorkerPage);
    uint64_t written = page.written;
    for (uint32_t i = 0; i < 10'000; ++i) {
        while (written + 2 * sizeof(ResultRecord) - page.consumed > kRingSize) dw_sleep_ns(call, 100'000);
        const uint64_t left = kRingSize - written % kRingSize;
        if (left < sizeof(ResultRecord)) {
            const RecordHeader skip{RecordKind::kSkip, static_cast<uint32_t>(left)};
            std::memcpy(ring + written % kRingSize, &skip, sizeof skip);
            written += left;
        }
        ResultRecord record{};
        record.header = {RecordKind::kResult, sizeof record};
        record.cell = 1 + i % (kCells - 1);
        record.payload_size = 0;
        std::memcpy(ring + written % kRingSize, &record, sizeof record);
        written += sizeof record;
        page.written = written;
        ring_bell(shared);
    }
    return dw_put_null(call);
}
