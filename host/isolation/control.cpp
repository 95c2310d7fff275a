// SPDX-License-Identifier: BSD-3-Clause
#include "control.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace dumbwaiter::control {

namespace {

struct Header {
    Kind kind;
    uint32_t worker, number, name_size;
};

}  // namespace

bool send(int socket, const Message& message, bool may_wait)
{
    const std::string_view text = std::string_view(message.text).substr(0, kMostText);
    const Header header{message.kind, message.worker, message.number, static_cast<uint32_t>(message.name.size())};
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(message.name).append(text);
    const int flags = MSG_NOSIGNAL | (may_wait ? 0 : MSG_DONTWAIT);
    while (::send(socket, bytes.data(), bytes.size(), flags) < 0) {
        if (errno == EAGAIN) return true;
        if (errno != EINTR) return false;
    }
    return true;
}

std::optional<Message> receive(int socket, bool& gone)
{
    static thread_local std::vector<char> buffer(sizeof(Header) + 256 + kMostText);
    gone = false;
    ssize_t size = -1;
    while ((size = ::recv(socket, buffer.data(), buffer.size(), 0)) < 0 && errno == EINTR) {
    }
    if (size < 0 && errno == EAGAIN) return std::nullopt;
    Header header{};
    if (size < static_cast<ssize_t>(sizeof header)) {
        gone = true;
        return std::nullopt;
    }
    std::memcpy(&header, buffer.data(), sizeof header);
    const std::string_view rest(buffer.data() + sizeof header, static_cast<size_t>(size) - sizeof header);
    const size_t name_size = std::min<size_t>(header.name_size, rest.size());
    return Message{.kind = header.kind,
                   .worker = header.worker,
                   .number = header.number,
                   .name = std::string(rest.substr(0, name_size)),
                   .text = std::string(rest.substr(name_size))};
}

}  // namespace dumbwaiter::control
