// SPDX-License-Identifier: BSD-3-Clause
//
// Bounds what a writer has mapped of the data file. Mapped pages are the page cache's, and the system takes them back
// when it needs them; but whoever looks at a process's memory counts them as the process's, and so does the kernel when
// it picks what to kill.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "clock.hpp"
#include "databases.hpp"
#include "lmdb_env.hpp"
#include "own_memory.hpp"

namespace dumbwaiter {

// Thread-safe.
class MappedPages {
public:
    // A page that is met for the first time brings its neighbours along, 64 KiB by default.
    static constexpr uint64_t kOfAFault = 64 * 1024;
    // About so many bytes are mapped from one look to the next.
    static constexpr uint64_t kFromLookToLook = 16 * 1024 * 1024;

    // `most`: bytes, above which everything is unmapped, to be mapped again as it is used; not again before the pause
    // is over, but for a walk.
    MappedPages(uint64_t most, int64_t pause_ns, int64_t (*now_ns)() = monotonic_ns);

    // So many bytes may have been mapped: kOfAFault for each record that was read or written, and its length. The
    // environment stays open meanwhile.
    void met(uint64_t bytes, LmdbEnv& env, const Databases& databases);
    // A walk, which meets each page once, may have mapped so many bytes since it said so last: what it leaves behind is
    // unmapped without a pause.
    void passed(uint64_t bytes, LmdbEnv& env, const Databases& databases);

private:
    void look(uint64_t now, LmdbEnv& env, const Databases& databases);
    bool are_too_many(uint64_t met);
    std::optional<uint64_t> file_bytes() const;

    const uint64_t most_;
    const int64_t pause_ns_;
    int64_t (*const now_ns_)();
    const OwnMemory memory_;
    std::atomic<uint64_t> met_{0};  // bytes, since the store was opened
    // As of the last time that everything was unmapped: met_, and what other files have mapped (libraries, memory
    // shared with children).
    std::atomic<uint64_t> unmapped_at_{0}, others_bytes_;
    std::atomic<int64_t> pause_ends_{0};  // CLOCK_MONOTONIC
    std::atomic<bool> is_owed_{false};    // a look that fell into the pause
};

}  // namespace dumbwaiter
