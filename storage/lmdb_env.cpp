// SPDX-License-Identifier: BSD-3-Clause
//
// The one file that speaks to liblmdb.
#include "lmdb_env.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "open_files.hpp"

namespace dumbwaiter {

static_assert(kLmdbNotFound == MDB_NOTFOUND && kLmdbPageNotFound == MDB_PAGE_NOTFOUND &&
              kLmdbCorrupted == MDB_CORRUPTED);
static_assert(kLmdbPanic == MDB_PANIC && kLmdbVersionMismatch == MDB_VERSION_MISMATCH && kLmdbInvalid == MDB_INVALID);
static_assert(kLmdbMapFull == MDB_MAP_FULL && kLmdbReadersFull == MDB_READERS_FULL && kLmdbTxnFull == MDB_TXN_FULL);
static_assert(kLmdbMapResized == MDB_MAP_RESIZED && kLmdbIncompatible == MDB_INCOMPATIBLE);
static_assert(kLmdbBadValueSize == MDB_BAD_VALSIZE && std::is_same_v<Database, MDB_dbi>);

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

MDB_val as_val(std::string_view bytes)
{
    return {bytes.size(), const_cast<char*>(bytes.data())};
}

std::string_view as_view(const MDB_val& value)
{
    return {static_cast<const char*>(value.mv_data), value.mv_size};
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

template <typename T>
T load(const char* at)
{
    T word;
    std::memcpy(&word, at, sizeof word);
    return std::endian::native == std::endian::little ? std::byteswap(word) : word;
}

// LMDB's own order, by bytes and then by length, in words: a search is made of comparisons, and for the short keys of a
// store a call of memcmp costs as much as all else in them.
int compare_keys(const MDB_val* a, const MDB_val* b)
{
    const auto *left = static_cast<const char*>(a->mv_data), *right = static_cast<const char*>(b->mv_data);
    size_t common = std::min(a->mv_size, b->mv_size);
    for (; common >= 8; left += 8, right += 8, common -= 8) {
        const auto x = load<uint64_t>(left), y = load<uint64_t>(right);
        if (x != y) return x < y ? -1 : 1;
    }
    if (common >= 4) {
        const auto x = load<uint32_t>(left), y = load<uint32_t>(right);
        if (x != y) return x < y ? -1 : 1;
        left += 4, right += 4, common -= 4;
    }
    for (; common > 0; left++, right++, common--) {
        if (*left != *right) return static_cast<unsigned char>(*left) < static_cast<unsigned char>(*right) ? -1 : 1;
    }
    return a->mv_size < b->mv_size ? -1 : a->mv_size > b->mv_size;
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

Expected<FileId> file_id(const std::filesystem::path& file)
{
    struct stat info;
    if (stat(file.c_str(), &info) != 0) return std::unexpected(lmdb_error(errno, file.parent_path(), file.string()));
    return FileId{info.st_dev, info.st_ino};
}

LmdbTxn& LmdbTxn::operator=(LmdbTxn&& other) noexcept
{
    std::swap(txn_, other.txn_);
    return *this;
}

int LmdbTxn::commit()
{
    return mdb_txn_commit(std::exchange(txn_, nullptr));
}

void LmdbTxn::abort()
{
    if (txn_ != nullptr) mdb_txn_abort(std::exchange(txn_, nullptr));
}

void LmdbTxn::reset()
{
    mdb_txn_reset(txn_);
}

int LmdbTxn::renew()
{
    return mdb_txn_renew(txn_);
}

uint64_t LmdbTxn::id() const
{
    return mdb_txn_id(txn_);
}

int LmdbTxn::open_database(const char* name, bool create, Database& database)
{
    if (int code = mdb_dbi_open(txn_, name, create && name != nullptr ? MDB_CREATE : 0u, &database)) return code;
    return mdb_set_compare(txn_, database, compare_keys);
}

int LmdbTxn::get(Database database, std::string_view key, std::string_view& value) const
{
    MDB_val wanted = as_val(key), found{};
    int code = mdb_get(txn_, database, &wanted, &found);
    if (code == 0) value = as_view(found);
    return code;
}

int LmdbTxn::put(Database database, std::string_view key, std::string_view value)
{
    MDB_val where = as_val(key), what = as_val(value);
    return mdb_put(txn_, database, &where, &what, 0);
}

int LmdbTxn::remove(Database database, std::string_view key)
{
    MDB_val which = as_val(key);
    return mdb_del(txn_, database, &which, nullptr);
}

int LmdbTxn::count(Database database, uint64_t& entries) const
{
    MDB_stat stat{};
    int code = mdb_stat(txn_, database, &stat);
    entries = stat.ms_entries;
    return code;
}

LmdbCursor::~LmdbCursor()
{
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

int LmdbCursor::open(LmdbTxn& txn, Database database)
{
    return mdb_cursor_open(txn.txn_, database, &cursor_);
}

int LmdbCursor::move(int operation)
{
    MDB_val key = as_val(key_), value{};
    int code = mdb_cursor_get(cursor_, &key, &value, static_cast<MDB_cursor_op>(operation));
    if (code == 0) {
        key_ = as_view(key);
        value_ = as_view(value);
    }
    return code;
}

int LmdbCursor::seek(std::string_view key)
{
    key_ = key;
    return move(MDB_SET_RANGE);
}

int LmdbCursor::find(std::string_view key)
{
    key_ = key;
    return move(MDB_SET);
}

int LmdbCursor::first()
{
    return move(MDB_FIRST);
}

int LmdbCursor::next()
{
    return move(MDB_NEXT);
}

int LmdbCursor::put(std::string_view key, std::string_view value)
{
    MDB_val where = as_val(key), what = as_val(value);
    return mdb_cursor_put(cursor_, &where, &what, 0);
}

int LmdbCursor::replace(std::string_view value)
{
    MDB_val where = as_val(key_), what = as_val(value);
    return mdb_cursor_put(cursor_, &where, &what, MDB_CURRENT);
}

int LmdbCursor::remove()
{
    return mdb_cursor_del(cursor_, 0);
}

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
    FileId id{info.st_dev, info.st_ino};
    if (existed && !OpenFiles::instance().add(id)) {
        return failure(Code::kInvalidArgument,
                       fmt::format("this process has the store in {} open already; use what is open", folder.string()));
    }

    MDB_env* env = nullptr;
    int code = mdb_env_create(&env);
    if (code == 0) code = configure_and_open(env, folder, options);
    if (code == 0 && !existed) {
        if (stat(data.c_str(), &info) != 0) code = errno;
        id = {info.st_dev, info.st_ino};
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
