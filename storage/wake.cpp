// SPDX-License-Identifier: BSD-3-Clause
//
// Mapping, raising and waiting on the words of `wake`.
#include "wake.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "crc32c.hpp"
#include "descriptor.hpp"
#include "futex.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kFileSize = 4096;
constexpr size_t kVersionAt = 8, kWordsAt = 2048;
constexpr uint32_t kVersion = 1;
constexpr std::array<char, 8> kWakeMagic = {'d', 'w', 'w', 'a', 'k', 'e', '\0', '\0'};

std::unexpected<Error> system_failure(const std::filesystem::path& file, int code)
{
    Code kind = code == EACCES || code == EPERM || code == EROFS ? Code::kDenied
                : code == ENOENT                                 ? Code::kNoStore
                : code == ENOSPC || code == EDQUOT               ? Code::kFull
                                                                 : Code::kIo;
    return failure(kind, fmt::format("{}: {}", file.string(), std::strerror(code)));
}

// Written aside and renamed, so that nobody ever maps half a file. The generation begins with the time, so that it
// differs from that of a file that was deleted.
Status make(const std::filesystem::path& file)
{
    auto part = file;
    part += ".part";
    std::array<char, kFileSize> bytes{};
    auto generation = static_cast<uint32_t>(std::time(nullptr));
    std::memcpy(bytes.data(), kWakeMagic.data(), kWakeMagic.size());
    std::memcpy(bytes.data() + kVersionAt, &kVersion, sizeof kVersion);
    std::memcpy(bytes.data() + kWakeGenerationAt, &generation, sizeof generation);
    const Descriptor out(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!out.is_open()) return system_failure(part, errno);
    ssize_t written = write(out.number(), bytes.data(), bytes.size());
    if (written != static_cast<ssize_t>(bytes.size())) return system_failure(part, written < 0 ? errno : ENOSPC);
    if (rename(part.c_str(), file.c_str()) != 0) return system_failure(file, errno);
    return {};
}

// Null if the file is there and is none of ours.
Expected<void*> map_file(const std::filesystem::path& file, bool writable)
{
    const Descriptor in(::open(file.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW));
    if (!in.is_open()) return system_failure(file, errno);
    struct stat info;
    if (fstat(in.number(), &info) != 0) return system_failure(file, errno);
    if (info.st_size != static_cast<off_t>(kFileSize)) return nullptr;
    void* map = mmap(nullptr, kFileSize, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, in.number(), 0);
    if (map == MAP_FAILED) return system_failure(file, errno);
    uint32_t version;
    std::memcpy(&version, static_cast<char*>(map) + kVersionAt, sizeof version);
    if (std::memcmp(map, kWakeMagic.data(), kWakeMagic.size()) != 0 || version != kVersion) {
        munmap(map, kFileSize);
        return nullptr;
    }
    return map;
}

}  // namespace

uint32_t wake_word(std::string_view name)
{
    return crc32c(name) % kWakeWords;
}

WakeFile::~WakeFile()
{
    if (map_ != nullptr) munmap(map_, kFileSize);
}

WakeFile& WakeFile::operator=(WakeFile&& other) noexcept
{
    std::swap(map_, other.map_);
    return *this;
}

Expected<WakeFile> WakeFile::open_or_make(const std::filesystem::path& folder)
{
    auto file = folder / "wake";
    auto map = map_file(file, true);
    bool is_missing = (map && *map == nullptr) || (!map && map.error().code == Code::kNoStore);
    if (is_missing) {
        if (auto made = make(file); !made) return std::unexpected(std::move(made.error()));
        map = map_file(file, true);
    }
    if (!map) return std::unexpected(std::move(map.error()));
    WakeFile wake;
    wake.map_ = *map;
    return wake;
}

Expected<WakeFile> WakeFile::open(const std::filesystem::path& folder)
{
    auto file = folder / "wake";
    auto map = map_file(file, false);
    if (!map) return std::unexpected(std::move(map.error()));
    if (*map == nullptr) return failure(Code::kNoStore, fmt::format("{} is none of ours", file.string()));
    WakeFile wake;
    wake.map_ = *map;
    return wake;
}

uint32_t WakeFile::word(uint32_t index) const
{
    return at(kWordsAt + index * sizeof(uint32_t)).load(std::memory_order_acquire);
}

void WakeFile::wait(uint32_t index, uint32_t seen, uint64_t nanoseconds) const
{
    futex_wait(at(kWordsAt + index * sizeof(uint32_t)), seen, static_cast<int64_t>(nanoseconds));
}

void WakeFile::raise(uint32_t index)
{
    auto& word = at(kWordsAt + index * sizeof(uint32_t));
    word.fetch_add(1, std::memory_order_release);
    futex_wake(word);
}

void WakeFile::next_generation()
{
    at(kWakeGenerationAt).fetch_add(1, std::memory_order_release);
    for (uint32_t index = 0; index < kWakeWords; index++) raise(index);
}

}  // namespace dumbwaiter
