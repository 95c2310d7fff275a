// SPDX-License-Identifier: BSD-3-Clause
//
// One text in another, wherever it stands.
#pragma once

#include <string>
#include <string_view>

namespace dumbwaiter {

// The text with each `what`, which is not empty, turned into `by`; what `by` brings along is not looked through.
inline std::string replace_all(std::string text, std::string_view what, std::string_view by)
{
    for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

}  // namespace dumbwaiter
