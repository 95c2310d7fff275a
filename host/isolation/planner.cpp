// SPDX-License-Identifier: BSD-3-Clause
#include "planner.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <string>

#include "descriptors.hpp"
#include "system_failure.hpp"
#include "whole_io.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kMostPlanBytes = size_t{2} << 30;

struct Done {
    uint64_t size;  // of what is in the memory file that comes along
};

}  // namespace

Expected<Planner> Planner::start(Spawner& spawner, const std::filesystem::path& manifest)
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return system_failure("socketpair");
    Planner planner{Descriptor(ends[0])};
    const Descriptor theirs(ends[1]);
    if (const Status asked = spawner.plan(manifest, theirs.number()); !asked) return std::unexpected(asked.error());
    return planner;
}

Expected<Checked> Planner::result(const std::filesystem::path& manifest)
{
    Done done{};
    std::array<int, kMostDescriptors> descriptors{};
    const ssize_t size =
        receive_with_descriptors(socket_.number(), std::as_writable_bytes(std::span(&done, 1)), descriptors);
    const Descriptor file(descriptors[0]);
    std::string bytes;
    if (size != sizeof done || !file.is_open() || ::lseek(file.number(), 0, SEEK_SET) != 0 ||
        !read_all(file.number(), kMostPlanBytes, bytes) || bytes.size() != done.size) {
        return failure(Code::kIo, "the process that looked at the manifest died; see its output above");
    }
    auto checked = unpack(bytes, manifest, manifest.parent_path());
    if (!checked) return failure(Code::kIo, "what was found in the manifest could not be taken over");
    return std::move(*checked);
}

Checked look_and_tell(const std::filesystem::path& manifest, int socket)
{
    Checked checked = check(manifest);
    const std::string bytes = pack(checked);
    const Descriptor file(::memfd_create("dumbwaiter-plan", MFD_CLOEXEC));
    const Done done{bytes.size()};
    const int number = file.number();
    if (!file.is_open() || !write_all(number, bytes) ||
        !send_with_descriptors(socket, std::as_bytes(std::span(&done, 1)), std::span(&number, 1))) {
        ::_exit(1);
    }
    return checked;
}

}  // namespace dumbwaiter
