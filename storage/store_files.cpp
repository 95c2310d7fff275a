// SPDX-License-Identifier: BSD-3-Clause
//
// Modes, groups and places of the store's files.
#include "store_files.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <vector>

namespace dumbwaiter {

namespace {

constexpr gid_t kNoGroup = static_cast<gid_t>(-1);

std::unexpected<Error> system_failure(const std::string& doing, int code)
{
    switch (code) {
        case EACCES:
        case EPERM:
            return failure(Code::kDenied, doing +
                                              ": permission denied; run the host as the owner of the store, or give "
                                              "another folder");
        case EROFS:
            return failure(Code::kDenied,
                           doing +
                               ": the file system is read-only; mount it for writing, or give another folder by "
                               "--store or the manifest's store");
        case ENOSPC:
        case EDQUOT: return failure(Code::kFull, doing + ": no space left; free some on its file system");
        case ENOTDIR:
        case EEXIST: return failure(Code::kNoStore, doing + ": there is a file in the way; give another folder");
        default: return failure(Code::kIo, fmt::format("{}: {}", doing, std::strerror(code)));
    }
}

Expected<gid_t> group_id(const std::string& group)
{
    if (group.empty()) return kNoGroup;
    std::vector<char> buffer(16 * 1024);
    struct ::group entry {};
    struct ::group* found = nullptr;
    int code;
    while ((code = getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found)) == ERANGE) {
        buffer.resize(buffer.size() * 2);
    }
    if (found == nullptr) {
        return failure(Code::kInvalidArgument,
                       fmt::format("there is no group {}; make it, or change store_group", group));
    }
    return entry.gr_gid;
}

Status give_to(const std::filesystem::path& path, gid_t group)
{
    if (group == kNoGroup || chown(path.c_str(), static_cast<uid_t>(-1), group) == 0) return {};
    return system_failure(
        fmt::format("giving {} to the group {} (the host's user must be in it)", path.string(), group), errno);
}

// A mode that is right already is not set again: the owner may be another member of the group.
Status set_mode(const std::filesystem::path& path, mode_t mode)
{
    struct stat info;
    if (stat(path.c_str(), &info) == 0 && (info.st_mode & 07777) == mode) return {};
    if (chmod(path.c_str(), mode) == 0) return {};
    return system_failure(fmt::format("setting the mode of {}", path.string()), errno);
}

// LMDB maps its file and locks it with fcntl: neither holds over these.
Status check_file_system(const std::filesystem::path& folder)
{
    static constexpr struct {
        uint32_t magic;
        const char* name;
    } kRemote[] = {{0x6969, "nfs"},      {0x517B, "smb"},      {0xFF534D42, "cifs"}, {0xFE534D42, "smb2"},
                   {0x01021997, "9p"},   {0x5346414F, "afs"},  {0x6B414653, "afs"},  {0x00C36400, "ceph"},
                   {0x73757245, "coda"}, {0x65735546, "fuse"}, {0x564c, "ncp"}};
    struct statfs info;
    if (statfs(folder.c_str(), &info) != 0) return system_failure("looking at " + folder.string(), errno);
    for (const auto& remote : kRemote) {
        if (static_cast<uint32_t>(info.f_type) == remote.magic) {
            return failure(
                Code::kIncompatible,
                fmt::format("{} lies on {}, where LMDB's maps and locks do not hold; put the store on a local "
                            "file system",
                            folder.string(), remote.name));
        }
    }
    return {};
}

Status make_folder(const std::filesystem::path& folder)
{
    std::error_code error;
    auto parent = std::filesystem::absolute(folder, error).lexically_normal().parent_path();
    if (!error) std::filesystem::create_directories(parent, error);
    if (error) return system_failure(fmt::format("making the store {}", folder.string()), error.value());
    if (mkdir(folder.c_str(), 0750) != 0) {
        return system_failure(fmt::format("making the store {}", folder.string()), errno);
    }
    return set_mode(folder, 0750);
}

}  // namespace

Status check_group(const std::string& group)
{
    const auto found = group_id(group);
    return found ? Status() : std::unexpected(found.error());
}

Status prepare_folder(const std::filesystem::path& folder, const std::string& group)
{
    auto gid = group_id(group);
    if (!gid) return std::unexpected(std::move(gid.error()));
    struct stat info;
    if (stat(folder.c_str(), &info) != 0) {
        if (errno != ENOENT) return system_failure(fmt::format("looking at the store {}", folder.string()), errno);
        if (auto made = make_folder(folder); !made) return made;
    } else if (!S_ISDIR(info.st_mode)) {
        return failure(Code::kNoStore,
                       fmt::format("{} is not a folder; a store needs one of its own", folder.string()));
    }
    if (auto given = give_to(folder, *gid); !given) return given;
    return check_file_system(folder);
}

Status secure_files(const std::filesystem::path& folder, const std::string& group)
{
    auto gid = group_id(group);
    if (!gid) return std::unexpected(std::move(gid.error()));
    static constexpr struct {
        const char* name;
        mode_t mode;
    } kFiles[] = {{"data.mdb", 0640}, {"lock.mdb", 0660}, {"wake", 0640}};
    for (const auto& file : kFiles) {
        if (auto given = give_to(folder / file.name, *gid); !given) return given;
        if (auto set = set_mode(folder / file.name, file.mode); !set) return set;
    }
    return {};
}

Status give_to_group(const std::filesystem::path& path, const std::string& group)
{
    const auto gid = group_id(group);
    return gid ? give_to(path, *gid) : std::unexpected(gid.error());
}

Expected<std::filesystem::path> set_aside(const std::filesystem::path& folder)
{
    std::array<char, 32> stamp{};
    std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::strftime(stamp.data(), stamp.size(), "damaged-%Y%m%dT%H%M%SZ", &parts);
    std::filesystem::path aside = folder / stamp.data();
    for (int copy = 2; mkdir(aside.c_str(), 0750) != 0; copy++) {
        if (errno != EEXIST) return system_failure("making " + aside.string(), errno);
        aside = folder / fmt::format("{}-{}", stamp.data(), copy);
    }
    for (const char* name : {"data.mdb", "lock.mdb"}) {
        if (rename((folder / name).c_str(), (aside / name).c_str()) != 0 && errno != ENOENT) {
            return system_failure(fmt::format("moving {} to {}", name, aside.string()), errno);
        }
    }
    return aside;
}

}  // namespace dumbwaiter
