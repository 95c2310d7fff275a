// SPDX-License-Identifier: BSD-3-Clause
#include "signals.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "clock.hpp"

namespace dumbwaiter {

Expected<Signals> Signals::take(bool are_handed_on)
{
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return failure(Code::kIo, "blocking signals failed");
    Descriptor signals(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals.is_open()) return failure(Code::kIo, std::string("listening for signals: ") + strerror(errno));
    try {
        return Signals(std::move(signals), are_handed_on);
    } catch (const std::system_error& error) {
        return failure(Code::kIo, std::string("listening for signals: ") + error.what());
    }
}

int Signals::wait(int64_t until, std::span<const int> also)
{
    const int64_t left = std::max<int64_t>(until - monotonic_ns(), 0);
    const timespec timeout{.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
    std::vector<pollfd> sources{{.fd = signals_.number(), .events = POLLIN, .revents = 0},
                                {.fd = event_.number(), .events = POLLIN, .revents = 0}};
    for (const int number : also) sources.push_back({.fd = number, .events = POLLIN, .revents = 0});
    ppoll(sources.data(), sources.size(), &timeout, nullptr);
    event_.lower();
    signalfd_siginfo info{};
    if (read(signals_.number(), &info, sizeof info) != sizeof info) return 0;
    const int number = static_cast<int>(info.ssi_signo);
    const bool is_handed_on = info.ssi_pid == static_cast<uint32_t>(getppid());
    return are_handed_on_ && doubled_.is_other_half(number, is_handed_on, monotonic_ns()) ? 0 : number;
}

}  // namespace dumbwaiter
