// SPDX-License-Identifier: BSD-3-Clause
//
// A reader of its own: the values of a store as a live table. It knows the reader library only, not the host.
//
//     live_table STORE [--for SECONDS]
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dumbwaiter/reader.hpp>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using dumbwaiter::Reader;
using dumbwaiter::Reading;
using dumbwaiter::Value;
using Clock = std::chrono::steady_clock;

constexpr size_t kWidth = 100;
constexpr size_t kAgeWidth = 9, kStateWidth = 5;

volatile std::sig_atomic_t interrupted = 0;

struct Screen {
    bool is_terminal = false;  // redrawn in place, in colour
    size_t width = kWidth, height = 0;
};

Screen look_at_screen()
{
    Screen screen;
    const char* term = std::getenv("TERM");
    screen.is_terminal = isatty(STDOUT_FILENO) && term && *term && std::string_view(term) != "dumb";
    winsize size{};
    if (screen.is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 40) {
        screen.width = std::min<size_t>(size.ws_col, kWidth);
        screen.height = size.ws_row;
    }
    return screen;
}

std::string paint(const Screen& screen, std::string_view text, const char* code)
{
    const char* refused = std::getenv("NO_COLOR");
    if (!screen.is_terminal || (refused && *refused)) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

// ---- values on one line --------------------------------------------------------------------------------------------

// "84.4 G", where a number is one among others and only its size is of interest.
std::string size_of(double number)
{
    static constexpr const char* kUnits[] = {"k", "M", "G", "T", "P", "E"};
    size_t unit = 0;
    for (number /= 1000; number >= 1000 && unit + 1 < std::size(kUnits); ++unit) number /= 1000;
    return fmt::format("{:.1f} {}", number, kUnits[unit]);
}

std::string text_of(const Value& value, bool is_inside = false);

std::string text_of(const Value::Map& map)
{
    std::string text;
    for (const auto& [key, value] : map) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, text_of(value, true));
    }
    return text;
}

std::string text_of(const Value::Array& array)
{
    std::string text;
    for (const Value& element : array) {
        const bool is_nested = element.is_map() || element.is_array();
        if (!text.empty()) text += is_nested ? " | " : ", ";
        text += text_of(element, true);
    }
    return text;
}

std::string text_of(const Value& value, bool is_inside)
{
    if (value.is_map()) return text_of(value.as_map());
    if (value.is_array()) return text_of(value.as_array());
    if (value.is_str()) return value.as_str();
    if (value.is_null()) return "null";
    if (value.holds<bool>()) return value.as_bool() ? "true" : "false";
    if (value.holds<double>()) return fmt::format("{:.2f}", value.as_f64());
    if (value.holds<uint64_t>()) return fmt::to_string(value.as_u64());
    if (value.holds<dumbwaiter::Time>()) return fmt::format("{} ns", value.as_time().unix_ns);
    if (!value.holds<int64_t>()) return fmt::format("{} bytes", value.as_bytes().size());
    const int64_t number = value.as_i64();
    return is_inside && number >= 1'000'000 ? size_of(static_cast<double>(number)) : fmt::to_string(number);
}

bool begins_character(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

size_t width_of(std::string_view text)
{
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

// Exactly `width` characters: cut with dots, or filled up with spaces; control characters become spaces.
std::string fitted(std::string text, size_t width)
{
    for (char& byte : text) {
        if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) byte = ' ';
    }
    if (width_of(text) <= width) return text + std::string(width - width_of(text), ' ');
    while (width_of(text) > width - 2) text.pop_back();
    return text + "..";
}

std::string age_text(std::chrono::nanoseconds age)
{
    const double seconds = std::chrono::duration<double>(age).count();
    if (seconds < 100) return fmt::format("{:.1f} s", seconds);
    if (seconds < 6000) return fmt::format("{:.0f} min", seconds / 60);
    return fmt::format("{:.0f} h", seconds / 3600);
}

// ---- the table -----------------------------------------------------------------------------------------------------

class Table {
public:
    Table(const Reader& reader, std::string title) : reader_(reader), title_(std::move(title)) {}

    std::vector<std::string> lines(const Screen& screen)
    {
        const std::vector<std::string> names = reader_.names();
        size_t name_width = 4;
        for (const std::string& name : names) name_width = std::max(name_width, std::min<size_t>(name.size(), 24));
        value_width_ = screen.width - name_width - kAgeWidth - kStateWidth - 6;

        std::vector<std::string> lines = {"", ""};
        size_t fresh = 0;
        for (const std::string& name : names) lines.push_back(row(screen, name, name_width, fresh));
        const std::string counts = fmt::format("{} values, {} fresh", names.size(), fresh);
        const size_t room = screen.width - std::min(counts.size() + 1, screen.width);
        lines[0] = paint(screen, fitted(title_, room) + " " + counts, "1");
        lines[1] = paint(
            screen,
            fmt::format("{:<{}}  {:<{}}  {:>{}}  STATE", "NAME", name_width, "VALUE", value_width_, "AGE", kAgeWidth),
            "2");
        return lines;
    }

private:
    std::string row(const Screen& screen, const std::string& name, size_t name_width, size_t& fresh)
    {
        const std::string head = fitted(name, name_width) + "  ";
        Reading& reading = readings_[name];
        const uint64_t before = reading.sequence();
        try {
            if (!reader_.get(name, reading)) return head + "gone";
            const std::string value = fitted(text_of(reading.value()), value_width_);
            const std::string age = fmt::format("  {:>{}}  ", age_text(reading.age()), kAgeWidth);
            fresh += reading.is_fresh();
            const bool is_new = reading.sequence() != before;
            return head + (is_new ? paint(screen, value, "1") : value) + paint(screen, age, "2") +
                   (reading.is_fresh() ? paint(screen, "fresh", "32") : paint(screen, "stale", "33"));
        } catch (const dumbwaiter::ReadError& error) {
            return head + paint(screen, fitted(error.what(), value_width_), "31");
        }
    }

    const Reader& reader_;
    const std::string title_;
    std::map<std::string, Reading> readings_;  // their memory is used again from frame to frame
    size_t value_width_ = 0;
};

void draw(const Screen& screen, const std::vector<std::string>& lines, size_t& drawn)
{
    const size_t room = screen.height > 2 ? screen.height - 1 : lines.size();
    const size_t count = std::min(lines.size(), room);
    std::string frame;
    if (screen.is_terminal && drawn > 0) frame += fmt::format("\x1b[{}F", drawn);
    for (size_t i = 0; i < count; ++i) frame += lines[i] + (screen.is_terminal ? "\x1b[K\n" : "\n");
    frame += screen.is_terminal ? "\x1b[J" : "\n";
    drawn = count;
    std::fwrite(frame.data(), 1, frame.size(), stdout);
    std::fflush(stdout);
}

void show(const Reader& reader, const std::string& store, std::chrono::duration<double> how_long)
{
    Table table(reader, store);
    size_t drawn = 0;
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(how_long);
    do {
        const Screen screen = look_at_screen();
        draw(screen, table.lines(screen), drawn);
        const auto frame = std::chrono::milliseconds(screen.is_terminal ? 200 : 2000);
        std::this_thread::sleep_until(std::min<Clock::time_point>(Clock::now() + frame, end));
    } while (!interrupted && Clock::now() < end);
}

int usage()
{
    fmt::print(stderr, "usage: live_table STORE [--for SECONDS]\n");
    return 2;
}

}  // namespace

int main(int argc, char** argv)
{
    double seconds = 1e6;
    if (argc != 2 && argc != 4) return usage();
    if (argc == 4) {
        char* rest = nullptr;
        seconds = std::strtod(argv[3], &rest);
        if (std::string_view(argv[2]) != "--for" || *rest || !(seconds > 0 && seconds <= 1e6)) return usage();
    }
    std::signal(SIGINT, [](int) { interrupted = 1; });
    try {
        const Reader reader(argv[1]);
        show(reader, argv[1], std::chrono::duration<double>(seconds));
    } catch (const dumbwaiter::ReadError& error) {
        fmt::print(stderr, "live_table: {}\n", error.what());
        return 1;
    }
    return 0;
}
