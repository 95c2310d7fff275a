// SPDX-License-Identifier: BSD-3-Clause
#include "mapped_pages.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstdio>
#include <memory>

#include "lmdb_txn.hpp"

namespace dumbwaiter {

namespace {

// A page that is met for the first time brings its neighbours along, 64 KiB by default: some 16 MiB from look to look.
constexpr uint64_t kRecordsALook = 256;

struct Mapping {
    uintptr_t begin = 0, end = 0;
};

// proc_pid_maps(5). LMDB tells the address of a fixed map only.
Mapping mapping_around(const void* address)
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> maps(std::fopen("/proc/self/maps", "re"), &std::fclose);
    const auto wanted = std::bit_cast<uintptr_t>(address);
    Mapping one;
    while (maps && std::fscanf(maps.get(), "%lx-%lx%*[^\n]", &one.begin, &one.end) == 2) {
        if (one.begin <= wanted && wanted < one.end) return one;
    }
    return {};
}

void unmap(LmdbEnv& env, Database database)
{
    LmdbTxn txn;
    LmdbCursor cursor;
    if (env.begin_read(txn) != kLmdbOk || cursor.open(txn, database) != kLmdbOk || cursor.first() != kLmdbOk) return;
    const Mapping map = mapping_around(cursor.key().data());
    madvise(std::bit_cast<void*>(map.begin), map.end - map.begin, MADV_DONTNEED);
}

}  // namespace

MappedPages::MappedPages(uint64_t most)
    : most_(most), statm_(open("/proc/self/statm", O_RDONLY | O_CLOEXEC)), others_bytes_(file_bytes().value_or(0))
{}

void MappedPages::met(size_t records, LmdbEnv& env, const Databases& databases)
{
    const uint64_t before = met_.fetch_add(records, std::memory_order_relaxed);
    if (before / kRecordsALook == (before + records) / kRecordsALook) return;
    const auto bytes = file_bytes();
    if (!bytes || *bytes <= others_bytes_ + most_) return;
    unmap(env, databases.newest);
    others_bytes_ = file_bytes().value_or(0);
}

// Resident pages that belong to files (proc_pid_statm(5): "shared").
std::optional<uint64_t> MappedPages::file_bytes() const
{
    std::array<char, 128> text{};
    uint64_t shared = 0;
    if (pread(statm_.number(), text.data(), text.size() - 1, 0) <= 0) return std::nullopt;
    if (std::sscanf(text.data(), "%*u %*u %lu", &shared) != 1) return std::nullopt;
    return shared * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace dumbwaiter
