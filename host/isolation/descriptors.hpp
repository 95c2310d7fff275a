// SPDX-License-Identifier: BSD-3-Clause
//
// Plain data and descriptors over a Unix socket that keeps message bounds.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace dumbwaiter {

inline constexpr size_t kMostDescriptors = 4;

// False, with errno, if the other end is gone or does not take it; with MSG_DONTWAIT also if it does not take it now.
inline bool send_with_descriptors(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors,
                                  int flags = 0)
{
    iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMostDescriptors)] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    ssize_t sent = -1;
    while ((sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | flags)) < 0 && errno == EINTR) {
    }
    return sent == static_cast<ssize_t>(bytes.size());
}

// Bytes received, 0 at the end, -1 with errno otherwise. Descriptors that did not come are -1.
inline ssize_t receive_with_descriptors(int socket, std::span<std::byte> bytes,
                                        std::array<int, kMostDescriptors>& descriptors)
{
    descriptors.fill(-1);
    iovec piece{bytes.data(), bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMostDescriptors)] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t received = -1;
    while ((received = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
    }
    if (received <= 0) return received;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        std::memcpy(descriptors.data(), CMSG_DATA(header),
                    std::min(header->cmsg_len - CMSG_LEN(0), sizeof(int) * kMostDescriptors));
    }
    return received;
}

}  // namespace dumbwaiter
