// SPDX-License-Identifier: BSD-3-Clause
//
// Errors as values: what every room below the three edges (TOML parse, library load, plugin call) returns.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace dumbwaiter {

enum class Code {
    kInvalidArgument,  // the caller's input is wrong
    kNotFound,         // an answer, not a fault
    kTooLarge,         // past a limit that the user set or the contract sets
    kIncompatible,     // of a version or kind that this build cannot take
    kUnsupported,      // known, and not there yet
    kDenied,           // the system refuses the access
    kBusy,             // held by somebody else
    kNoStore,          // there is no store at that place
    kIo,               // the system failed
    kFull,             // no space left
    kDamaged,          // stored bytes fail their check
    kTimeout,          // nothing happened in the time given
};

struct Error {
    Code code;
    std::string message;  // one sentence, with what to change where something can be changed
};

template <typename T>
using Expected = std::expected<T, Error>;
using Status = Expected<void>;

inline std::unexpected<Error> failure(Code code, std::string message)
{
    return std::unexpected(Error{code, std::move(message)});
}

// The same error, with what the caller was doing in front: "opening libx.so: ...".
inline std::unexpected<Error> within(const std::string& doing, Error error)
{
    error.message.insert(0, doing + ": ");
    return std::unexpected(std::move(error));
}

}  // namespace dumbwaiter
