// SPDX-License-Identifier: BSD-3-Clause
//
// The environments that this process reads: one for each file, however often and under whatever path it is opened.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "clock.hpp"
#include "reader_environment.hpp"
#include "reader_serializers.hpp"
#include "status.hpp"

// One opened store. Handles of one file share their environment.
struct dw_reader {
    std::filesystem::path folder;                                  // absolute
    std::atomic<dumbwaiter::SharedEnvironment*> current{nullptr};  // the last of `held`
    // Guarded by the registry. Those that were replaced are closed, and kept only until no thread can be looking.
    std::vector<std::shared_ptr<dumbwaiter::SharedEnvironment>> held;
    dumbwaiter::ReaderSerializers serializers;
};

namespace dumbwaiter {

// Thread-safe. Locks: the registry's, then an environment's, then a slot's.
class ReaderRegistry {
public:
    static ReaderRegistry& instance();

    Expected<std::unique_ptr<dw_reader>> open(const std::filesystem::path& folder);
    void close(std::unique_ptr<dw_reader> reader);

    // A fresh snapshot of the reader's store, which is opened anew where it was replaced or where this is a forked
    // child.
    Status begin(dw_reader& reader, Snapshot& snapshot) { return begin(reader, snapshot, coarse_wall_ns()); }
    // The same for who has looked at the coarse clock already.
    Status begin(dw_reader& reader, Snapshot& snapshot, int64_t now_unix_ns);
    // The same, and the snapshot has all databases, not just that of the newest values.
    Status begin_for_all(dw_reader& reader, Snapshot& snapshot);
    // The environment to wait on; like begin().
    Expected<SharedEnvironment*> environment(dw_reader& reader)
    {
        return current_environment(reader, coarse_wall_ns());
    }

    void give_back(const std::weak_ptr<SharedEnvironment>& owner, ReaderSlot& slot);

private:
    ReaderRegistry();
    Expected<SharedEnvironment*> current_environment(dw_reader& reader, int64_t now_unix_ns);
    Status renew(dw_reader& reader, SharedEnvironment* seen);
    Expected<std::shared_ptr<SharedEnvironment>> acquire(const std::filesystem::path& folder);
    void before_fork();
    void after_fork_in_parent();
    void after_fork_in_child();

    std::mutex mutex_;
    std::vector<std::weak_ptr<SharedEnvironment>> environments_;  // guarded by mutex_
    std::vector<std::shared_ptr<SharedEnvironment>> forking_;     // locked while fork() runs
};

}  // namespace dumbwaiter
