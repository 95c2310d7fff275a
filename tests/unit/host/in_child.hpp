// SPDX-License-Identifier: BSD-3-Clause
//
// What a piece of work says when it is done in a child process, or how the child died.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "trial_process.hpp"

inline std::string in_child(const std::function<std::string()>& work)
{
    const auto trial = dumbwaiter::run_trial(work, std::chrono::seconds(20));
    REQUIRE(trial);
    return trial->death.empty() ? trial->said : trial->death;
}
