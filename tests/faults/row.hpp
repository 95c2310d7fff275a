// SPDX-License-Identifier: BSD-3-Clause
//
// A row of the fault matrix under trial. What it promises is checked by doctest's CHECK and REQUIRE; each try counts
// as held if none of them failed in it. All rows end in one table.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dumbwaiter::test {

bool is_full();                  // FAULTS=full in the environment
int tries(int brief, int full);  // the number for this run

// Durations of one kind, in milliseconds.
class Durations {
public:
    void add(double milliseconds) { all_.push_back(milliseconds); }
    double quantile(double share) const;            // 0 if there is none
    std::string text(std::string_view what) const;  // "WHAT p50 3 ms p99 31 ms"

private:
    std::vector<double> all_;
};

class Stopwatch {
public:
    double ms() const { return std::chrono::duration<double, std::milli>(Clock::now() - since_).count(); }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point since_ = Clock::now();
};

class Row {
public:
    Row(std::string number, std::string what);
    ~Row();  // writes it into the table
    Row(const Row&) = delete;
    Row& operator=(const Row&) = delete;

    // One try, or `count` at once. An exception of a failed REQUIRE goes on: the row is over.
    void attempt(const std::function<void()>& body, int count = 1);
    void figure(const std::string& text);
    // The machine lacks what the row needs.
    void skip(const std::string& why);

private:
    const std::string number_, what_;
    int tries_ = 0, held_ = 0;
    bool skipped_ = false;
    std::string figures_;
    Stopwatch took_;
};

// All rows so far, sorted; `json` gets them as JSON lines.
std::string fault_table(std::string& json);

}  // namespace dumbwaiter::test
