// SPDX-License-Identifier: BSD-3-Clause
//
// Where something stands in the manifest or in a file of its conf.d, and what is wrong there.
#pragma once

#include <cstdint>
#include <string>

namespace dumbwaiter {

struct Position {
    uint32_t line = 0, column = 0;  // from 1; 0 = the file as a whole
    uint32_t file = 0;              // 0 = the manifest itself; else of the files of conf.d, from 1
    bool operator==(const Position&) const = default;
};

// One thing to mend, without the file's name.
struct Problem {
    enum class Kind : uint8_t {
        kPlain,
        kNothingToRun,  // taken over by an explicit reload
        kLibrary,       // of a file: where it ran before, the library that was there then runs on
    };
    Position at;
    std::string message;
    Kind kind = Kind::kPlain;
    uint32_t library = 0;  // of kLibrary: its id
};

}  // namespace dumbwaiter
