// SPDX-License-Identifier: BSD-3-Clause
#include "terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace dumbwaiter {

namespace {

// errno of the first write to stdout that failed; 0 = none did.
int output_error = 0;

bool begins_character(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

}  // namespace

bool wants_color(bool no_color)
{
    if (no_color || !isatty(STDOUT_FILENO)) return false;
    const char* refused = std::getenv("NO_COLOR");
    if (refused && *refused) return false;
    const char* term = std::getenv("TERM");
    return term && *term && std::string_view(term) != "dumb";
}

std::string paint(std::string_view text, Color color)
{
    static constexpr const char* kCodes[] = {"", "1", "2", "32", "33", "31"};
    if (color == Color::kPlain || text.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<int>(color)], text);
}

bool print(std::string_view text)
{
    if (output_error == 0 && std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) output_error = errno;
    return output_error == 0;
}

void complain(std::string_view sentence)
{
    // stdout first, so that the two stay in order where they end in one file.
    if (output_error == 0 && std::fflush(stdout) != 0) output_error = errno;
    const std::string line = fmt::format("dumbwaiter: {}\n", sentence);
    std::fwrite(line.data(), 1, line.size(), stderr);
}

ExitCode finish_output(ExitCode code)
{
    if (output_error == 0 && std::fflush(stdout) != 0) output_error = errno;
    if (output_error == 0 || output_error == EPIPE) return code;
    complain(fmt::format("the output could not be written: {}", std::strerror(output_error)));
    return code == ExitCode::kDone ? ExitCode::kFailed : code;
}

std::string one_line(std::string_view text, size_t limit)
{
    static constexpr std::string_view kCut = "...";
    std::string line;
    size_t characters = 0, cut_at = 0;
    for (const char byte : text) {
        if (begins_character(byte)) {
            if (characters + kCut.size() == limit) cut_at = line.size();
            if (characters == limit) {
                line.resize(cut_at);
                return line.append(kCut);
            }
            ++characters;
        }
        const auto number = static_cast<unsigned char>(byte);
        // U+0080 to U+009F are controls as well: 0xc2, then one of these.
        if (number >= 0x80 && number < 0xa0 && line.ends_with('\xc2')) {
            line.back() = ' ';
            continue;
        }
        const bool is_control = number < 0x20 || number == 0x7f;
        line.push_back(is_control ? ' ' : byte);
    }
    return line;
}

}  // namespace dumbwaiter
