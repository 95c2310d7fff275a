// SPDX-License-Identifier: BSD-3-Clause
//
// LMDB's codes and errno as one sentence with what to do.
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lmdb_env.hpp"

namespace dumbwaiter {

namespace {

// LMDB answers EIO to a short write, which is how a full disk shows.
bool is_full(const std::filesystem::path& folder)
{
    constexpr uint64_t kTooLittle = 256 * 1024;
    struct statvfs info;
    if (statvfs(folder.c_str(), &info) != 0) return false;
    return uint64_t{info.f_bavail} * info.f_frsize < kTooLittle;
}

Error system_error(int code, const std::filesystem::path& folder)
{
    switch (code) {
        case ENOSPC:
        case EDQUOT: return {Code::kFull, "no space left; free some on its file system"};
        case EACCES:
        case EPERM:
            return {Code::kDenied,
                    "permission denied; readers need to read data.mdb and to write lock.mdb, so be in their "
                    "group (store_group)"};
        case EROFS:
            return {Code::kDenied, "the file system is read-only; mount it for writing, or give another folder"};
        case ENOENT:
        case ENOTDIR: return {Code::kNoStore, "there is no store there; start a host on it, or give its folder"};
        case EBADF:  // LMDB would begin the file, which a reader may not
            return {Code::kNoStore, "data.mdb is empty; start a host on it, or give another folder"};
        case EAGAIN: return {Code::kBusy, "its lock.mdb is held; try again"};
        case EIO:
            if (is_full(folder)) return {Code::kFull, "no space left; free some on its file system"};
            [[fallthrough]];
        default: return {Code::kIo, std::strerror(code)};
    }
}

Error reason(int code, const std::filesystem::path& folder)
{
    switch (code) {
        case kLmdbNotFound: return {Code::kNotFound, "no such entry"};
        case kLmdbPageNotFound:
        case kLmdbCorrupted:
            return {Code::kDamaged, "data.mdb is damaged; restore a backup, or move it away to start anew"};
        case kLmdbPanic: return {Code::kIo, "an earlier write failed for good; the environment must be opened anew"};
        case kLmdbVersionMismatch:
            return {Code::kIncompatible, "data.mdb is of another version of LMDB; open it with the LMDB that wrote it"};
        case kLmdbInvalid:
            // Not an LMDB file. Beside a wake file it was a store of ours once.
            if (access((folder / "wake").c_str(), F_OK) == 0) return reason(kLmdbCorrupted, folder);
            return {Code::kIncompatible, "data.mdb is not an LMDB file of this machine's kind; give another folder"};
        case kLmdbIncompatible: return {Code::kIncompatible, "data.mdb is none of ours; give another folder"};
        case kLmdbMapFull: return {Code::kFull, "the map is full; start the host with a larger one"};
        case kLmdbReadersFull: return {Code::kBusy, "all reader slots are taken; end some readers"};
        case kLmdbTxnFull: return {Code::kTooLarge, "too much for one transaction; commit fewer results at once"};
        case kLmdbBadValueSize: return {Code::kInvalidArgument, "a key of a length that LMDB cannot hold"};
        default: break;
    }
    if (code > 0) return system_error(code, folder);
    return {Code::kIo, fmt::format("LMDB's error {}", code)};
}

}  // namespace

Error lmdb_error(int code, const std::filesystem::path& folder, std::string_view doing)
{
    Error error = reason(code, folder);
    error.message.insert(0, fmt::format("{}: ", doing));
    return error;
}

}  // namespace dumbwaiter
