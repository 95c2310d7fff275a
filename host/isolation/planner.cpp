// SPDX-License-Identifier: BSD-3-Clause
#include "planner.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <string>

#include "descriptors.hpp"
#include "packing.hpp"
#include "system_failure.hpp"
#include "whole_io.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kMostPlanBytes = size_t{2} << 30;

struct Announced {
    uint64_t size;  // of what is in the memory file that comes along
};

bool send_bytes(int socket, const std::string& bytes)
{
    const Descriptor file(::memfd_create("dumbwaiter-plan", MFD_CLOEXEC));
    const Announced announced{bytes.size()};
    const int number = file.number();
    return file.is_open() && write_all(number, bytes) &&
           send_with_descriptors(socket, std::as_bytes(std::span(&announced, 1)), std::span(&number, 1));
}

std::optional<std::string> receive_bytes(int socket)
{
    Announced announced{};
    std::array<int, kMostDescriptors> descriptors{};
    const ssize_t size =
        receive_with_descriptors(socket, std::as_writable_bytes(std::span(&announced, 1)), descriptors);
    const Descriptor file(descriptors[0]);
    std::string bytes;
    const bool is_whole = size == sizeof announced && file.is_open() && ::lseek(file.number(), 0, SEEK_SET) == 0 &&
                          read_all(file.number(), kMostPlanBytes, bytes) && bytes.size() == announced.size;
    return is_whole ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string pack_texts(const std::vector<std::string>& texts)
{
    Packer out;
    out.number(texts.size());
    for (const std::string& text : texts) out.text(text);
    return out.take();
}

std::vector<std::string> unpack_texts(std::string_view bytes)
{
    Unpacker in(bytes);
    std::vector<std::string> texts(in.count());
    for (std::string& text : texts) text = in.text();
    return texts;
}

}  // namespace

Expected<Planner> Planner::start(Spawner& spawner, const std::filesystem::path& manifest,
                                 const std::vector<std::string>& hung)
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return system_failure("socketpair");
    Planner planner{Descriptor(ends[0])};
    const Descriptor theirs(ends[1]);
    if (!send_bytes(ends[0], pack_texts(hung))) return system_failure("sendmsg");
    if (const Status asked = spawner.plan(manifest, theirs.number()); !asked) return std::unexpected(asked.error());
    return planner;
}

Expected<Checked> Planner::result(const std::filesystem::path& manifest)
{
    const std::optional<std::string> bytes = receive_bytes(socket_.number());
    if (!bytes) return failure(Code::kIo, "the process that looked at the manifest died; see its output above");
    auto checked = unpack(*bytes, manifest, manifest.parent_path());
    if (!checked) return failure(Code::kIo, "what was found in the manifest could not be taken over");
    return std::move(*checked);
}

Checked look_and_tell(const std::filesystem::path& manifest, int socket)
{
    const std::optional<std::string> hung = receive_bytes(socket);
    if (!hung) ::_exit(1);
    Checked checked = check(manifest, unpack_texts(*hung));
    if (!send_bytes(socket, pack(checked))) ::_exit(1);
    return checked;
}

}  // namespace dumbwaiter
