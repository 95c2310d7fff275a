// SPDX-License-Identifier: BSD-3-Clause
//
// What a Store is made of, shared by its source files.
#pragma once

#include <atomic>
#include <shared_mutex>
#include <string>

#include "databases.hpp"
#include "documents.hpp"
#include "lmdb_env.hpp"
#include "mapped_pages.hpp"
#include "store.hpp"
#include "store_batch.hpp"
#include "store_lock.hpp"
#include "wake.hpp"

namespace dumbwaiter {

struct Store::Parts {
    Parts(std::filesystem::path folder_, StoreOptions options_, HostLock lock_)
        : folder(std::move(folder_)), options(std::move(options_)), lock(std::move(lock_))
    {}

    // Opens what is there, or a new environment, and writes #info with clean = false.
    Status open_environment();
    // The same within this process, after LMDB gave up on the environment. Excludes all reads.
    Status reopen();
    // Twice the map. Excludes all reads.
    Status grow();
    // Says in #info that nothing is left to be written, and makes it so.
    void close_cleanly();
    // Under env_mutex: a record of that length was read. Without: so many bytes were met by a commit.
    void note_read(size_t length) { mapped.met(MappedPages::kOfAFault + length, env, databases); }
    void note_committed(uint64_t bytes);

    LmdbOptions lmdb_options() const;
    int make_ready();  // the databases, and #info
    int put_info(LmdbTxn& txn);
    std::unexpected<Error> fault(int code, std::string_view doing) const
    {
        return std::unexpected(lmdb_error(code, folder, doing));
    }

    // Constant after open().
    const std::filesystem::path folder;
    const StoreOptions options;
    std::filesystem::path set_aside;
    Databases databases;
    WakeFile wake;

    // The writer's own.
    StoreInfo info;
    StoreBatch batch{databases};
    std::atomic<uint64_t> damaged_replaced{0};

    MappedPages mapped{options.mapped_bytes, options.unmap_pause_ns};  // thread-safe

    // Shared: using env. Exclusive: closing, opening and remapping it.
    std::shared_mutex env_mutex;
    HostLock lock;  // outlives env: destroyed after it
    LmdbEnv env;
};

// "full", "relaxed", "volatile"
std::string_view durability_name(Durability durability);

}  // namespace dumbwaiter
