// SPDX-License-Identifier: BSD-3-Clause
//
// memfd_create, its seals, and the digest on the way. The only file that includes nettle.
#include "sealed_copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nettle/sha2.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "whole_io.hpp"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U  // Linux 6.3
#endif

namespace dumbwaiter {
namespace {

constexpr uint64_t kLargest = uint64_t{1} << 30;
constexpr size_t kBlock = size_t{256} << 10;
constexpr int kLowestNumber = 100;
constexpr size_t kLongestCopyName = 200;  // the kernel's limit is 249

std::unexpected<Error> system_failure(const char* doing)
{
    return failure(Code::kIo, fmt::format("cannot be {}: {}", doing, std::strerror(errno)));
}

std::unexpected<Error> too_large()
{
    return failure(Code::kTooLarge, "is larger than 1 GiB: strip its debug information");
}

Descriptor make_memory_file(const std::string& name)
{
    const std::string short_name = name.substr(0, kLongestCopyName);
    // Never a program by itself: kernels with vm.memfd_noexec = 2 refuse anything else. It can be mapped as code.
    int made = ::memfd_create(short_name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (made < 0 && errno == EINVAL) made = ::memfd_create(short_name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const Descriptor low(made);
    return Descriptor(low.is_open() ? ::fcntl(made, F_DUPFD_CLOEXEC, kLowestNumber) : -1);
}

class Digest {
public:
    Digest() { sha256_init(&state_); }
    void add(std::string_view bytes)
    {
        sha256_update(&state_, bytes.size(), reinterpret_cast<const uint8_t*>(bytes.data()));
    }
    std::string hex()
    {
        uint8_t digest[SHA256_DIGEST_SIZE];
        sha256_digest(&state_, sizeof digest, digest);
        std::string text;
        for (const uint8_t byte : digest) text += fmt::format("{:02x}", byte);
        return text;
    }

private:
    sha256_ctx state_;
};

// Bytes of the file from its beginning to its end, into the copy.
Status pour(int from, SealedCopy& copy)
{
    Digest digest;
    std::vector<char> block(kBlock);
    for (;;) {
        const ssize_t count = ::pread(from, block.data(), block.size(), static_cast<off_t>(copy.size));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_failure("read");
        if (count == 0) break;
        const std::string_view bytes(block.data(), static_cast<size_t>(count));
        copy.size += bytes.size();
        if (copy.size > kLargest) return too_large();
        digest.add(bytes);
        if (!write_all(copy.descriptor.number(), bytes)) return system_failure("copied to memory");
    }
    copy.sha256 = digest.hex();
    return {};
}

bool is_unchanged(const struct stat& before, const struct stat& after, uint64_t copied)
{
    const auto same_time = [](const timespec& a, const timespec& b) {
        return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
    };
    return before.st_size == after.st_size && static_cast<uint64_t>(after.st_size) == copied &&
           same_time(before.st_mtim, after.st_mtim) && same_time(before.st_ctim, after.st_ctim);
}

}  // namespace

Expected<SealedCopy> copy_sealed(const Descriptor& file, const std::string& name)
{
    struct stat before {
    }, after{};
    if (::fstat(file.number(), &before) != 0) return system_failure("read");
    if (static_cast<uint64_t>(before.st_size) > kLargest) return too_large();
    SealedCopy copy{.descriptor = make_memory_file(name), .source = identity_of(before)};
    if (!copy.descriptor.is_open()) return system_failure("copied to memory");
    if (Status poured = pour(file.number(), copy); !poured) return std::unexpected(poured.error());
    if (::fstat(file.number(), &after) != 0) return system_failure("read");
    if (!is_unchanged(before, after, copy.size)) {
        return failure(Code::kBusy, "was written while it was read: wait until its copy or build is done");
    }
    constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
    if (::fcntl(copy.descriptor.number(), F_ADD_SEALS, kSeals) != 0) return system_failure("sealed");
    return copy;
}

SealedBytes::SealedBytes(const SealedCopy& copy)
{
    if (copy.size == 0) return;
    void* const at = ::mmap(nullptr, copy.size, PROT_READ, MAP_PRIVATE, copy.descriptor.number(), 0);
    is_there_ = at != MAP_FAILED;
    if (is_there_) bytes_ = {static_cast<const char*>(at), copy.size};
}

SealedBytes::~SealedBytes()
{
    if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace dumbwaiter
