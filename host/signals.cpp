// SPDX-License-Identifier: BSD-3-Clause
#include "signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

#include "clock.hpp"

namespace dumbwaiter {

Expected<Signals> Signals::take()
{
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return failure(Code::kIo, "blocking signals failed");
    const int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    Signals taken(signals, event);
    if (signals < 0 || event < 0) return failure(Code::kIo, std::string("listening for signals: ") + strerror(errno));
    return taken;
}

Signals::Signals(Signals&& other) noexcept
    : signals_(std::exchange(other.signals_, -1)), event_(std::exchange(other.event_, -1))
{}

Signals::~Signals()
{
    if (signals_ >= 0) close(signals_);
    if (event_ >= 0) close(event_);
}

int Signals::wait(int64_t until, std::span<const int> also)
{
    const int64_t left = std::max<int64_t>(until - monotonic_ns(), 0);
    const timespec timeout{.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
    std::vector<pollfd> sources{{.fd = signals_, .events = POLLIN, .revents = 0},
                                {.fd = event_, .events = POLLIN, .revents = 0}};
    for (const int number : also) sources.push_back({.fd = number, .events = POLLIN, .revents = 0});
    ppoll(sources.data(), sources.size(), &timeout, nullptr);
    uint64_t count = 0;
    while (read(event_, &count, sizeof count) > 0) {
    }
    signalfd_siginfo info{};
    return read(signals_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

void Signals::wake()
{
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(event_, &one, sizeof one);
}

}  // namespace dumbwaiter
