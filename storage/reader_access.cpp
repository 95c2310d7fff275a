// SPDX-License-Identifier: BSD-3-Clause
//
// Access checks before LMDB is asked, whose own answer on a read-only mount would be to read without locks.
#include "reader_access.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>

#include "clock.hpp"
#include "databases.hpp"
#include "descriptor.hpp"
#include "host_presence.hpp"

namespace dumbwaiter {

namespace {

// Does anybody hold a lock on this file? Asking works through a read-only mount too. nullopt: cannot be asked.
std::optional<bool> is_locked(const std::filesystem::path& file, int operation)
{
    const Descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!opened.is_open()) return std::nullopt;
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (fcntl(opened.number(), operation, &whole) != 0) return std::nullopt;
    return whole.l_type != F_UNLCK;
}

// What #host says, read without locks: good enough to find a live host, which is when nothing else is read.
bool host_document_alive(const std::filesystem::path& folder)
{
    auto env = LmdbEnv::open(folder, {.read_only = true, .no_lock = true});
    if (!env) return false;
    LmdbTxn txn;
    Databases databases;
    std::string_view json;
    if (env->begin_read(txn) != kLmdbOk || databases.open(txn, false) != kLmdbOk) return false;
    if (txn.get(databases.host, kHostKey, json) != kLmdbOk) return false;
    return host_alive(json, wall_ns());
}

Expected<LmdbOptions> read_only_media(const std::filesystem::path& folder)
{
    if (is_in_use(folder)) {
        return failure(
            Code::kDenied,
            fmt::format("{} is on a read-only mount and its host is running: reading it safely takes writing "
                        "lock.mdb; mount it read-write",
                        folder.string()));
    }
    return LmdbOptions{.read_only = true, .no_lock = true};
}

}  // namespace

bool is_in_use(const std::filesystem::path& folder)
{
    // lock.mdb is held by every process that has the store open, host.lock by its host alone (not all may open it).
    if (auto host = is_locked(folder / "host.lock", F_OFD_GETLK)) return *host;
    return is_locked(folder / "lock.mdb", F_GETLK).value_or(false) || host_document_alive(folder);
}

Expected<LmdbOptions> reader_access(const std::filesystem::path& folder)
{
    const auto data = folder / "data.mdb", lock = folder / "lock.mdb";
    if (access(data.c_str(), R_OK) != 0) {
        if (errno == EACCES) {
            return failure(Code::kDenied, fmt::format("{} may not be read by this user: be in its group (store_group)",
                                                      data.string()));
        }
        return std::unexpected(lmdb_error(errno, folder, fmt::format("opening the store in {}", folder.string())));
    }
    if (access(lock.c_str(), W_OK) == 0) return LmdbOptions{.read_only = true};
    int code = errno;
    if (code == ENOENT) {
        // A copy without lock.mdb: LMDB makes one, if it may.
        if (access(folder.c_str(), W_OK) == 0) return LmdbOptions{.read_only = true};
        code = errno;
    }
    if (code == EROFS) return read_only_media(folder);
    return failure(
        Code::kDenied,
        fmt::format("{} may not be written by this user ({}), which reading takes: be in its group (store_group)",
                    lock.string(), std::strerror(code)));
}

}  // namespace dumbwaiter
