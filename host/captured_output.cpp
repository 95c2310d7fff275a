// SPDX-License-Identifier: BSD-3-Clause
#include "captured_output.hpp"

#include <algorithm>
#include <utility>

#include "log.hpp"
#include "secret_output.hpp"
#include "utf8.hpp"

namespace dumbwaiter {

CapturedOutput::CapturedOutput(OnLine on_line, OnDropped on_dropped, const Bounds& bounds)
    : on_line_(std::move(on_line)), on_dropped_(std::move(on_dropped)), bounds_(bounds)
{}

void CapturedOutput::feed(std::string_view bytes, int64_t now_ns)
{
    turn_window(now_ns);
    while (!bytes.empty() && !is_full()) {
        if (begun_.empty()) begun_at_ = now_ns;
        bytes.remove_prefix(take(bytes));
    }
    if (is_full()) drop(bytes);
}

// All that comes, and with it the line that runs: what it begins with, and what follows of it.
void CapturedOutput::drop(std::string_view bytes)
{
    dropped_ += begun_.size() + bytes.size();
    cut_ = bytes.empty() ? cut_ || !begun_.empty() : bytes.back() != '\n';
    begun_.clear();
}

// The next part of a line, or all of it; how many bytes that was.
size_t CapturedOutput::take(std::string_view bytes)
{
    const size_t end = bytes.find('\n');
    const bool has_end = end != bytes.npos;
    const std::string_view part = bytes.substr(0, end);
    if (cut_) {
        dropped_ += part.size() + has_end;
        cut_ = !has_end;
        return part.size() + has_end;
    }
    const size_t room = bounds_.line - begun_.size();
    begun_.append(part.substr(0, room));
    if (part.size() <= room && !has_end) return part.size();
    // A line that is too long goes out in pieces, none of which ends in half a character.
    const bool is_whole = part.size() <= room;
    std::string line = std::exchange(begun_, std::string());
    if (!is_whole) {
        const size_t fit = std::max<size_t>(utf8_prefix(line, line.size() - 1).size(), 1);
        begun_ = line.substr(fit);
        line.resize(fit);
    }
    hand_out(line);
    return std::min(part.size(), room) + (is_whole ? 1 : 0);
}

void CapturedOutput::hand_out(std::string_view line)
{
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return;
    const std::string text = repair_utf8(line);
    if (kept_ + text.size() + 1 > bounds_.kept) {
        dropped_ += line.size() + 1;
        kept_ = bounds_.kept;
        return;
    }
    kept_ += text.size() + 1;
    on_line_(text);
}

void CapturedOutput::turn_window(int64_t now_ns)
{
    if (has_window_ && now_ns - window_began_ < bounds_.window_ns) return;
    report_dropped();
    has_window_ = true;
    window_began_ = now_ns;
    kept_ = 0;
}

void CapturedOutput::report_dropped()
{
    if (const uint64_t dropped = std::exchange(dropped_, 0); dropped > 0) on_dropped_(dropped);
}

void CapturedOutput::tend(int64_t now_ns)
{
    if (!has_window_) return;
    turn_window(now_ns);
    if (begun_.empty() || now_ns - begun_at_ < bounds_.patience_ns) return;
    hand_out(std::exchange(begun_, std::string()));
}

void CapturedOutput::finish()
{
    if (!begun_.empty()) hand_out(std::exchange(begun_, std::string()));
    report_dropped();
    cut_ = false;
}

CapturedOutput logged_output(const std::string& library, const std::string& stream)
{
    const LogLevel level = stream == "stderr" ? LogLevel::kWarning : LogLevel::kInfo;
    const auto line = [=](std::string_view text) {
        log(level, "output", discreet_output(text), {{"library", library}, {"stream", stream}});
    };
    const auto dropped = [=](uint64_t bytes) {
        log(LogLevel::kWarning, "output", "it writes more than is kept, and the rest was dropped",
            {{"library", library}, {"stream", stream}, {"bytes", std::to_string(bytes)}});
    };
    return {line, dropped};
}

}  // namespace dumbwaiter
