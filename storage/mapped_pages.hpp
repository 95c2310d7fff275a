// SPDX-License-Identifier: BSD-3-Clause
//
// Bounds what a writer has mapped of the data file. Mapped pages are the page cache's, and the system takes them back
// when it needs them; but whoever looks at a process's memory counts them as the process's, and so does the kernel when
// it picks what to kill.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "databases.hpp"
#include "descriptor.hpp"
#include "lmdb_env.hpp"

namespace dumbwaiter {

// Thread-safe.
class MappedPages {
public:
    // `most`: bytes, above which everything is unmapped, to be mapped again as it is used.
    explicit MappedPages(uint64_t most);

    // So many records were read or written. The environment stays open meanwhile.
    void met(size_t records, LmdbEnv& env, const Databases& databases);

private:
    std::optional<uint64_t> file_bytes() const;

    const uint64_t most_;
    const Descriptor statm_;              // open all the time: so a look takes a microsecond
    std::atomic<uint64_t> met_{0};        // records, since the store was opened
    std::atomic<uint64_t> others_bytes_;  // of files that are not ours to unmap: libraries, memory shared with children
};

}  // namespace dumbwaiter
