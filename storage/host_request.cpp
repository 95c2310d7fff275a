// SPDX-License-Identifier: BSD-3-Clause
#include "host_request.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "clock.hpp"
#include "codec.hpp"
#include "local_socket.hpp"
#include "system_failure.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kMostAnswer = 64 << 20;

// False: the time is over. A signal ends the wait early, which does no harm.
bool wait_for(int socket, int64_t until)
{
    const int64_t now = monotonic_ns();
    if (now >= until) return false;
    const int64_t left = until == kNoEnd ? -1 : (until - now + kMillisecond - 1) / kMillisecond;
    pollfd source{socket, POLLIN, 0};
    ::poll(&source, 1, left < 0 ? -1 : static_cast<int>(std::min<int64_t>(left, INT_MAX)));
    return true;
}

// Up to the end of a line.
Expected<std::string> read_line(int socket, int64_t until)
{
    std::string line;
    char block[16 * 1024];
    while (!line.ends_with('\n')) {
        const ssize_t count = ::recv(socket, block, sizeof block, MSG_DONTWAIT);
        if (count > 0) line.append(block, static_cast<size_t>(count));
        if (count == 0 || line.size() > kMostAnswer) return failure(Code::kIo, "the host ended before it answered");
        if (count > 0 || errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return system_failure("reading what the host answers");
        if (!wait_for(socket, until)) return failure(Code::kTimeout, "the host did not answer in time");
    }
    return line;
}

}  // namespace

std::string host_request(std::string_view command, std::string_view name)
{
    if (name.empty()) return fmt::format(R"({{"do":{}}})", json_quote(command));
    return fmt::format(R"({{"do":{},"name":{}}})", json_quote(command), json_quote(name));
}

std::string reload_request(bool is_dry)
{
    return fmt::format(R"({{"do":"reload","dry":{}}})", is_dry);
}

Expected<Document> ask_host(const std::filesystem::path& folder, std::string_view request, int64_t until)
{
    const auto socket = connect_in(folder, kControlSocket);
    if (!socket && socket.error().code == Code::kNotFound) {
        return failure(Code::kNotFound, "no host is running on " + folder.string());
    }
    if (!socket && socket.error().code == Code::kDenied) {
        return failure(Code::kDenied, socket.error().message +
                                          "; run this as the host's own user, as root or, to ask for a value only, in "
                                          "the store's group (store_group)");
    }
    if (!socket) return std::unexpected(socket.error());
    std::string line(request);
    line += '\n';
    if (::send(socket->number(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
        return failure(Code::kIo, "the host ended before it was asked");
    }
    auto answer = read_line(socket->number(), until);
    if (!answer) return std::unexpected(answer.error());
    answer->pop_back();
    return decode(Serializer::kJson, *answer);
}

}  // namespace dumbwaiter
