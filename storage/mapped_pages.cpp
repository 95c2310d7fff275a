// SPDX-License-Identifier: BSD-3-Clause
#include "mapped_pages.hpp"

#include <sys/mman.h>

#include <bit>
#include <cstdio>
#include <memory>

#include "lmdb_txn.hpp"

namespace dumbwaiter {

namespace {

// What others had mapped may be gone by then, and what took its place would not be noticed.
constexpr int64_t kUntilOthersAreDoubted = 64 * MappedPages::kFromLookToLook;

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

bool unmap(LmdbEnv& env, Database database)
{
    LmdbTxn txn;
    LmdbCursor cursor;
    if (env.begin_read(txn) != kLmdbOk || cursor.open(txn, database) != kLmdbOk || cursor.first() != kLmdbOk)
        return false;
    const Mapping map = mapping_around(cursor.key().data());
    if (map.begin == 0) return false;
    return madvise(std::bit_cast<void*>(map.begin), map.end - map.begin, MADV_DONTNEED) == 0;
}

bool is_due(uint64_t before, uint64_t now)
{
    return before / MappedPages::kFromLookToLook != now / MappedPages::kFromLookToLook;
}

}  // namespace

MappedPages::MappedPages(uint64_t most, int64_t pause_ns, int64_t (*now_ns)())
    : most_(most), pause_ns_(pause_ns), now_ns_(now_ns), others_bytes_(file_bytes().value_or(0))
{}

void MappedPages::met(uint64_t bytes, LmdbEnv& env, const Databases& databases)
{
    const uint64_t before = met_.fetch_add(bytes, std::memory_order_relaxed), now = before + bytes;
    if (!is_due(before, now) && !is_owed_.load(std::memory_order_relaxed)) return;
    is_owed_ = now_ns_() < pause_ends_;
    if (!is_owed_) look(now, env, databases);
}

void MappedPages::passed(uint64_t bytes, LmdbEnv& env, const Databases& databases)
{
    const uint64_t before = met_.fetch_add(bytes, std::memory_order_relaxed), now = before + bytes;
    if (is_due(before, now)) look(now, env, databases);
}

void MappedPages::look(uint64_t now, LmdbEnv& env, const Databases& databases)
{
    if (!are_too_many(now) || !unmap(env, databases.newest)) return;
    pause_ends_ = now_ns_() + pause_ns_;
    unmapped_at_ = now;
    others_bytes_ = file_bytes().value_or(others_bytes_);
}

bool MappedPages::are_too_many(uint64_t met)
{
    const uint64_t bytes = file_bytes().value_or(0);
    if (bytes <= most_) return false;
    const auto since = static_cast<int64_t>(met - unmapped_at_);  // negative: another thread was faster
    return bytes > others_bytes_ + most_ || since >= kUntilOthersAreDoubted;
}

std::optional<uint64_t> MappedPages::file_bytes() const
{
    const auto resident = memory_.resident();
    return resident ? std::optional(resident->of_files) : std::nullopt;
}

}  // namespace dumbwaiter
