// SPDX-License-Identifier: BSD-3-Clause
//
// The only file that includes libsystemd.
#include "service_manager.hpp"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif
#include <fmt/format.h>

#include "clock.hpp"

namespace dumbwaiter {

namespace {

// That nobody listens any more is no concern of the host's.
void tell([[maybe_unused]] const std::string& message)
{
#ifdef HAVE_SYSTEMD
    sd_notify(0, message.c_str());
#endif
}

// A status with a line break would be read as the next assignment.
std::string one_status(std::string_view status)
{
    std::string line = fmt::format("STATUS={}", status);
    for (char& c : line) {
        if (c == '\n' || c == '\r') c = ' ';
    }
    return line;
}

}  // namespace

ServiceManager::ServiceManager()
{
#ifdef HAVE_SYSTEMD
    uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return;
    constexpr uint64_t kLongest = 86'400'000'000;
    watchdog_interval_ = static_cast<int64_t>(microseconds < kLongest ? microseconds : kLongest) * 1000 / 3;
#endif
}

void ServiceManager::ready(std::string_view status)
{
    tell("READY=1\n" + one_status(status));
}

void ServiceManager::reloading()
{
    tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reloading", monotonic_ns() / 1000));
}

void ServiceManager::reloaded(std::string_view status)
{
    said_.clear();
    ready(status);
}

void ServiceManager::stopping(std::string_view status)
{
    tell("STOPPING=1\n" + one_status(status));
}

void ServiceManager::say(std::string_view status)
{
    if (said_ == status) return;
    said_ = status;
    tell(one_status(status));
}

void ServiceManager::feed_watchdog()
{
    tell("WATCHDOG=1");
}

}  // namespace dumbwaiter
