// SPDX-License-Identifier: BSD-3-Clause
//
// What all benchmarks share: two things measured in turn, and a row of the table, printed as a line of JSON.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// "--quick" among the arguments: fewer rounds.
bool is_quick(int argc, char** argv);

double median(std::vector<double> values);
double quantile(std::vector<double> values, double share);

// The calling thread stays on one core; children inherit that.
void pin_to_core(int core);

// Medians of the costs, and of the ratios of neighbours, which a machine that is slow for a while leaves alone.
struct Pair {
    double ours = 0, reference = 0, ratio = 0;
};

// Each gives its cost, in whatever unit; after one round of both that does not count, A B A B ...
Pair in_turn(int rounds, const std::function<double()>& ours, const std::function<double()>& reference);

// Nanoseconds for each of `count` calls of `work(i)`.
template <typename Work>
double each_ns(size_t count, Work&& work);

struct Row {
    std::string_view id;  // S1 ..
    std::string measure;
    std::string_view unit;
    Pair pair;
    std::string goal;  // "<= 1.25 x"
    bool met = false;
};
void print(const Row& row);

// A row whose goal is a bound of the ratio.
Row at_most(std::string_view id, std::string measure, std::string_view unit, const Pair& pair, double bound);
Row at_least(std::string_view id, std::string measure, std::string_view unit, const Pair& pair, double bound);

// A folder that goes when it does; in $TMPDIR, else /tmp.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// Runs `work` in a child process; ends this one if that fails.
void in_child_process(const std::function<bool()>& work);

int64_t now_ns();

template <typename Work>
double each_ns(size_t count, Work&& work)
{
    const int64_t start = now_ns();
    for (size_t i = 0; i < count; ++i) work(i);
    return static_cast<double>(now_ns() - start) / static_cast<double>(count);
}

}  // namespace bench
