// SPDX-License-Identifier: BSD-3-Clause
//
// What libhttp.so is asked for, read from the arguments.
#pragma once

#include <dumbwaiter/plugin.hpp>

#include <map>
#include <string>

enum class BodyForm { kFitting, kText, kBytes, kJson };

struct Request {
    std::string url;
    std::map<std::string, std::string> headers;
    BodyForm form = BodyForm::kFitting;
    std::int64_t redirects = 5;
    std::uint64_t most_bytes = std::uint64_t{16} << 20;
    std::string ca_file;  // empty: the system's

    explicit Request(const dumbwaiter::Call& call);  // throws dumbwaiter::Failed

    // The URL as a report may show it: without user, password, query and fragment.
    std::string shown() const;
};

// The text of args_schema.
extern const char kGetArgs[];
