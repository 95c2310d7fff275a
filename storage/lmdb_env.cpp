// SPDX-License-Identifier: BSD-3-Clause
#include "lmdb_env.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "open_files.hpp"

namespace dumbwaiter {

namespace {

constexpr unsigned kMaxDatabases = 16;
constexpr unsigned kMaxReaders = 1024;
constexpr mode_t kCreateMode = 0660;  // the store narrows data.mdb at once; lock.mdb must be writable for readers

void say_assertion(MDB_env* env, const char* message)
{
    const char* path = "?";
    mdb_env_get_path(env, &path);
    std::fprintf(stderr, "the store in %s is damaged (LMDB: %s)\n", path, message);  // LMDB aborts after this
}

unsigned flags_of(const LmdbOptions& options)
{
    unsigned flags = MDB_NOTLS;
    if (options.read_only) flags |= MDB_RDONLY;
    if (options.no_lock) flags |= MDB_NOLOCK;
    if (options.no_sync) flags |= MDB_NOSYNC;
    if (options.no_meta_sync) flags |= MDB_NOMETASYNC;
    return flags;
}

int configure_and_open(MDB_env* env, const std::filesystem::path& folder, const LmdbOptions& options)
{
    mdb_env_set_assert(env, say_assertion);
    if (int code = mdb_env_set_maxdbs(env, kMaxDatabases)) return code;
    if (int code = mdb_env_set_maxreaders(env, kMaxReaders)) return code;
    if (options.map_size != 0) {
        if (int code = mdb_env_set_mapsize(env, options.map_size)) return code;
    }
    if (int code = mdb_env_open(env, folder.c_str(), flags_of(options), kCreateMode)) return code;
    int fd = -1;
    if (int code = mdb_env_get_fd(env, &fd)) return code;
    // LMDB opens data.mdb without it, and a child of exec must never get this descriptor.
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? 0 : errno;
}

}  // namespace

LmdbEnv& LmdbEnv::operator=(LmdbEnv&& other) noexcept
{
    std::swap(env_, other.env_);
    std::swap(id_, other.id_);
    return *this;
}

Expected<LmdbEnv> LmdbEnv::open(const std::filesystem::path& folder, const LmdbOptions& options)
{
    const auto data = folder / "data.mdb";
    struct stat info {};
    bool existed = stat(data.c_str(), &info) == 0;
    FileIdentity id = identity_of(info);
    if (existed && !OpenFiles::instance().add(id)) {
        return failure(Code::kInvalidArgument,
                       fmt::format("this process has the store in {} open already; use what is open", folder.string()));
    }

    MDB_env* env = nullptr;
    int code = mdb_env_create(&env);
    if (code == 0) code = configure_and_open(env, folder, options);
    if (code == 0 && !existed) {
        if (stat(data.c_str(), &info) != 0) code = errno;
        id = identity_of(info);
        if (code == 0) OpenFiles::instance().add(id);
    }
    if (code != 0) {
        if (env != nullptr) mdb_env_close(env);
        if (existed) OpenFiles::instance().remove(id);
        return std::unexpected(lmdb_error(code, folder, fmt::format("opening the store in {}", folder.string())));
    }
    LmdbEnv opened;
    opened.env_ = env;
    opened.id_ = id;
    return opened;
}

void LmdbEnv::close()
{
    if (env_ == nullptr) return;
    mdb_env_close(std::exchange(env_, nullptr));
    OpenFiles::instance().remove(id_);
}

int LmdbEnv::begin_read(LmdbTxn& txn)
{
    return mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn.txn_);
}

int LmdbEnv::renew_read(LmdbTxn& txn)
{
    for (;;) {
        if (int code = txn.is_open() ? mdb_txn_renew(txn.txn_) : begin_read(txn)) return code;
        // Stopped for long between choosing its snapshot and entering it in the table, a reader may have been passed by
        // two commits, which are free to use its pages again.
        if (last_txn() < mdb_txn_id(txn.txn_) + 2) return 0;
        mdb_txn_reset(txn.txn_);
    }
}

int LmdbEnv::begin_write(LmdbTxn& txn)
{
    return mdb_txn_begin(env_, nullptr, 0, &txn.txn_);
}

int LmdbEnv::set_map_size(uint64_t bytes)
{
    return mdb_env_set_mapsize(env_, bytes);
}

uint64_t LmdbEnv::map_size() const
{
    MDB_envinfo info{};
    mdb_env_info(env_, &info);
    return info.me_mapsize;
}

uint64_t LmdbEnv::last_txn() const
{
    MDB_envinfo info{};
    mdb_env_info(env_, &info);
    return info.me_last_txnid;
}

int LmdbEnv::sync()
{
    return mdb_env_sync(env_, 1);
}

int LmdbEnv::copy_to(int fd)
{
    const int code = mdb_env_copyfd2(env_, fd, MDB_CP_COMPACT);
    return code == MDB_INCOMPATIBLE ? MDB_CORRUPTED : code;  // pages that neither a tree nor the free list has
}

int LmdbEnv::clear_dead_readers()
{
    int dead = 0;
    mdb_reader_check(env_, &dead);
    return dead;
}

std::vector<LmdbEnv::Slot> LmdbEnv::readers() const
{
    std::vector<Slot> slots;
    auto each = [](const char* line, void* context) {
        int pid = 0;
        size_t thread = 0;
        unsigned long long txn = 0;
        // A head line, then "pid thread txn" with "-" for a slot without a snapshot.
        if (std::sscanf(line, "%d %zx %llu", &pid, &thread, &txn) == 3) {
            static_cast<std::vector<Slot>*>(context)->push_back({pid, txn});
        }
        return 0;
    };
    mdb_reader_list(env_, each, &slots);
    return slots;
}

}  // namespace dumbwaiter
