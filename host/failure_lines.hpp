// SPDX-License-Identifier: BSD-3-Clause
//
// Which failures are worth a line of the log. Pure: times are nanoseconds that the caller brings.
#pragma once

#include <cstdint>

namespace dumbwaiter {

struct FailureLine {
    bool is_told = false;
    uint64_t untold = 0;  // failures since the last line of this function, without this one
};

// So many lines a second about failures, whatever number of functions fails.
class LineBudget {
public:
    static constexpr int64_t kWindow = 1'000'000'000;
    static constexpr uint32_t kLines = 100;

    bool take(int64_t now);
    uint64_t take_refused();  // since the last call

private:
    int64_t began_ = 0;
    uint32_t taken_ = 0;
    uint64_t refused_ = 0;
};

// Of one function: the first failure is told, then each time that the row has become ten times as long. No two lines
// come within a minute, so that one that fails and works in turn is as quiet as one that only fails; its end is told
// if the failure was.
class FailureLines {
public:
    static constexpr int64_t kRest = 60'000'000'000;

    FailureLine failed(uint64_t in_row, int64_t now, bool must_tell, LineBudget& budget);
    bool works_again();

private:
    int64_t told_at_ = 0;
    uint64_t told_in_row_ = 0;  // 0: nothing of this row was told
    uint64_t untold_ = 0;
    bool has_told_ = false, is_open_ = false;
};

}  // namespace dumbwaiter
