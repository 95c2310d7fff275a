// SPDX-License-Identifier: BSD-3-Clause
//
// What is asked over the control socket, and what is answered: one line of JSON each (FORMAT.md, "control").
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "status.hpp"

namespace dumbwaiter {

struct ControlRequest {
    enum class Kind {
        kFresh,    // run it unless its value is young enough; all who ask share one run
        kRefresh,  // a value of a run that begins from now on
        kPause,
        kResume,
        kForget,
        kReload,
        kStatus,
    };
    Kind kind{};
    std::string name;        // of a function; "" for reload and status
    int64_t max_age_ns = 0;  // of kFresh
    bool is_dry = false;     // of kReload: only say what it would do
};

// kInvalidArgument; kUnsupported: a command of a later version.
Expected<ControlRequest> parse_control_request(std::string_view line);

// Whoever reached the socket may ask for a shared refresh; all else is for the host's own uid and root.
bool may_ask(const ControlRequest& request, uid_t peer, uid_t host);

// {"code":0} or {"code":-1,"text":"..."}; codes are those of codes.h.
std::string control_answer(int32_t code, std::string_view text = {});
std::string control_answer(const Error& error);

}  // namespace dumbwaiter
