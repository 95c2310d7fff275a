// SPDX-License-Identifier: BSD-3-Clause
//
// The reference: LMDB used as well as it can be, by its own functions and with nothing around them.
#pragma once

#include <lmdb.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

namespace bench {

inline void check(int code, const char* doing)
{
    if (code == 0) return;
    std::fprintf(stderr, "%s: %s\n", doing, mdb_strerror(code));
    std::exit(1);
}

inline MDB_val as_val(std::string_view text)
{
    return {text.size(), const_cast<char*>(text.data())};
}

class RawEnvironment {
public:
    RawEnvironment(const std::filesystem::path& folder, unsigned flags)
    {
        std::filesystem::create_directories(folder);
        check(mdb_env_create(&env_), "mdb_env_create");
        check(mdb_env_set_maxdbs(env_, 8), "mdb_env_set_maxdbs");
        check(mdb_env_set_mapsize(env_, size_t{1} << 36), "mdb_env_set_mapsize");
        check(mdb_env_open(env_, folder.c_str(), flags, 0644), "mdb_env_open");
    }
    ~RawEnvironment() { mdb_env_close(env_); }
    RawEnvironment(const RawEnvironment&) = delete;
    RawEnvironment& operator=(const RawEnvironment&) = delete;
    MDB_env* get() const { return env_; }

private:
    MDB_env* env_ = nullptr;
};

// One long-lived read transaction; each read takes a fresh snapshot and copies the value out.
class RawReader {
public:
    explicit RawReader(const std::filesystem::path& folder) : env_(folder, MDB_RDONLY | MDB_NOTLS)
    {
        check(mdb_txn_begin(env_.get(), nullptr, MDB_RDONLY, &txn_), "mdb_txn_begin");
        check(mdb_dbi_open(txn_, nullptr, 0, &newest_), "mdb_dbi_open");
        mdb_txn_reset(txn_);
    }
    ~RawReader() { mdb_txn_abort(txn_); }
    RawReader(const RawReader&) = delete;
    RawReader& operator=(const RawReader&) = delete;

    size_t read(std::string_view name)
    {
        MDB_val key = as_val(name), value{};
        check(mdb_txn_renew(txn_), "mdb_txn_renew");
        check(mdb_get(txn_, newest_, &key, &value), "mdb_get");
        if (value.mv_size > sizeof copy_) std::abort();
        std::memcpy(copy_, value.mv_data, value.mv_size);
        mdb_txn_reset(txn_);
        return value.mv_size;
    }

private:
    RawEnvironment env_;
    MDB_txn* txn_ = nullptr;
    MDB_dbi newest_ = 0;
    char copy_[8192];
};

}  // namespace bench
