// SPDX-License-Identifier: BSD-3-Clause
//
// What systemd is told of a host that it has started (Type=notify). Where nobody has set NOTIFY_SOCKET, nothing is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dumbwaiter {

// Thread-compatible: the main thread's.
class ServiceManager {
public:
    ServiceManager();  // reads the environment

    void ready(std::string_view status);
    // Around a reload. systemd waits for the second, which must come also where the new manifest was refused; then
    // `status` says so.
    void reloading();
    void reloaded(std::string_view status);
    void stopping(std::string_view status);

    // One line for `systemctl status`; told only when it changes.
    void say(std::string_view status);

    // Every so many nanoseconds feed_watchdog() is to be called, a third of what systemd allows; 0 = there is none.
    int64_t watchdog_interval() const { return watchdog_interval_; }
    void feed_watchdog();

private:
    std::string said_;
    int64_t watchdog_interval_ = 0;
};

}  // namespace dumbwaiter
