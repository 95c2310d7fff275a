// SPDX-License-Identifier: BSD-3-Clause
//
// What a library writes to its stdout or stderr, as lines of bounded length and in bounded amount.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace dumbwaiter {

// Takes bytes as they come out of a pipe and hands out whole lines. Of each minute it keeps the first 64 KiB and only
// counts the rest, so that reading never waits and a flood costs no more than the reading. Not thread-safe; pure but
// for the callbacks. Times are of one clock that never goes back.
class CapturedOutput {
public:
    struct Bounds {
        size_t kept = 64 * 1024;  // bytes of lines handed out in a window
        int64_t window_ns = 60'000'000'000;
        size_t line = 1024;                   // longer ones are handed out in pieces
        int64_t patience_ns = 1'000'000'000;  // for the end of a line
    };
    using OnLine = std::function<void(std::string_view line)>;  // UTF-8, without its end, never empty
    using OnDropped = std::function<void(uint64_t bytes)>;      // once a window, and at the end
    CapturedOutput(OnLine on_line, OnDropped on_dropped) : CapturedOutput(on_line, on_dropped, Bounds{}) {}
    CapturedOutput(OnLine on_line, OnDropped on_dropped, const Bounds& bounds);

    void feed(std::string_view bytes, int64_t now_ns);

    // Now and then (each second, say): hands out a line whose end does not come, and what was dropped in a window that
    // is over.
    void tend(int64_t now_ns);

    // The other end is closed.
    void finish();

private:
    bool is_full() const { return kept_ >= bounds_.kept; }
    void turn_window(int64_t now_ns);
    size_t take(std::string_view bytes);
    void drop(std::string_view bytes);
    void hand_out(std::string_view line);
    void report_dropped();

    const OnLine on_line_;
    const OnDropped on_dropped_;
    const Bounds bounds_;
    std::string begun_;  // a line without its end so far, never longer than bounds_.line
    int64_t begun_at_ = 0;
    int64_t window_began_ = 0;
    bool has_window_ = false;
    bool cut_ = false;  // the line that runs now was dropped in part: what follows of it is too
    size_t kept_ = 0;
    uint64_t dropped_ = 0;
};

// One that writes into the host's log: `stream` is stdout (info) or stderr (warning).
CapturedOutput logged_output(const std::string& library, const std::string& stream);

}  // namespace dumbwaiter
