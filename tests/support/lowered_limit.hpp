// SPDX-License-Identifier: BSD-3-Clause
//
// What the system gives this process no more of (setrlimit(2)): files to open, bytes to write, memory.
#pragma once

#include <sys/resource.h>

namespace dumbwaiter::test {

// As long as it lives the limit is zero.
class LoweredLimit {
public:
    explicit LoweredLimit(__rlimit_resource_t resource) : resource_(resource)
    {
        getrlimit(resource_, &before_);
        const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
        setrlimit(resource_, &none);
    }
    ~LoweredLimit() { setrlimit(resource_, &before_); }
    LoweredLimit(const LoweredLimit&) = delete;
    LoweredLimit& operator=(const LoweredLimit&) = delete;

private:
    const __rlimit_resource_t resource_;
    rlimit before_{};
};

}  // namespace dumbwaiter::test
