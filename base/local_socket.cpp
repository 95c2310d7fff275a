// SPDX-License-Identifier: BSD-3-Clause
#include "local_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "system_failure.hpp"

namespace dumbwaiter {

namespace {

// The folder goes by its open descriptor, so that the address is short however long the path.
Expected<sockaddr_un> address_of(const Descriptor& folder, const std::string& name)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = fmt::format("/proc/self/fd/{}/{}", folder.number(), name);
    if (path.size() >= sizeof address.sun_path) return failure(Code::kInvalidArgument, name + " is too long a name");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

Descriptor open_folder(const std::filesystem::path& folder)
{
    return Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

Expected<Descriptor> listen_in(const std::filesystem::path& folder, const std::string& name, unsigned mode)
{
    const Descriptor at = open_folder(folder);
    if (!at.is_open()) return system_failure("opening " + folder.string());
    const auto address = address_of(at, name);
    if (!address) return std::unexpected(address.error());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.is_open()) return system_failure("making a socket");
    ::unlinkat(at.number(), name.c_str(), 0);
    // The file gets the socket's mode but for the umask, so nobody reaches it before it is set for good.
    ::fchmod(socket.number(), mode);
    if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
        ::fchmodat(at.number(), name.c_str(), mode, 0) != 0 || ::listen(socket.number(), SOMAXCONN) != 0) {
        return system_failure("listening on " + (folder / name).string());
    }
    return socket;
}

Expected<Descriptor> connect_in(const std::filesystem::path& folder, const std::string& name)
{
    const auto fault = [&](std::string_view doing) -> std::unexpected<Error> {
        const std::string file = (folder / name).string();
        if (errno == ENOENT || errno == ECONNREFUSED) return failure(Code::kNotFound, "nobody listens on " + file);
        if (errno == EACCES || errno == EPERM) return failure(Code::kDenied, "no access to " + file);
        return system_failure(fmt::format("{} {}", doing, file));
    };
    const Descriptor at = open_folder(folder);
    if (!at.is_open()) return fault("opening the folder of");
    const auto address = address_of(at, name);
    if (!address) return std::unexpected(address.error());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return system_failure("making a socket");
    int connected = -1;
    while ((connected = ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address)) !=
               0 &&
           errno == EINTR) {
    }
    if (connected != 0) return fault("connecting to");
    return socket;
}

}  // namespace dumbwaiter
