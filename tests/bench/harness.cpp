// SPDX-License-Identifier: BSD-3-Clause
#include "harness.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace bench {

bool is_quick(int argc, char** argv)
{
    return std::any_of(argv + 1, argv + argc, [](const char* word) { return std::strcmp(word, "--quick") == 0; });
}

double quantile(std::vector<double> values, double share)
{
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

double median(std::vector<double> values)
{
    return quantile(std::move(values), 0.5);
}

void pin_to_core(int core)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<size_t>(core), &cores);
    sched_setaffinity(0, sizeof cores, &cores);
}

Pair in_turn(int rounds, const std::function<double()>& ours, const std::function<double()>& reference)
{
    std::vector<double> a, b, ratios;
    for (int round = 0; round <= rounds; ++round) {
        const double mine = ours(), its = reference();
        if (round == 0) continue;
        a.push_back(mine);
        b.push_back(its);
        ratios.push_back(mine / its);
    }
    return {median(a), median(b), median(ratios)};
}

void print(const Row& row)
{
    std::printf(R"({"id": "%.*s", "measure": "%s", "unit": "%.*s", "ours": %.6g, "reference": %.6g, "ratio": %.4g, )"
                R"("goal": "%s", "met": %s})"
                "\n",
                static_cast<int>(row.id.size()), row.id.data(), row.measure.c_str(), static_cast<int>(row.unit.size()),
                row.unit.data(), row.pair.ours, row.pair.reference, row.pair.ratio, row.goal.c_str(),
                row.met ? "true" : "false");
    std::fflush(stdout);
}

static std::string bound_text(const char* sign, double bound)
{
    char text[32];
    std::snprintf(text, sizeof text, "%s %.4g x", sign, bound);
    return text;
}

Row at_most(std::string_view id, std::string measure, std::string_view unit, const Pair& pair, double bound)
{
    return {id, std::move(measure), unit, pair, bound_text("<=", bound), pair.ratio <= bound};
}

Row at_least(std::string_view id, std::string measure, std::string_view unit, const Pair& pair, double bound)
{
    return {id, std::move(measure), unit, pair, bound_text(">=", bound), pair.ratio >= bound};
}

Folder::Folder()
{
    std::string pattern = (std::filesystem::temp_directory_path() / "dumbwaiter-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        std::perror(pattern.c_str());
        std::exit(1);
    }
    path_ = pattern;
}

Folder::~Folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void in_child_process(const std::function<bool()>& work)
{
    std::fflush(nullptr);
    const pid_t pid = fork();
    if (pid == 0) _exit(work() ? 0 : 1);
    int status = -1;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        std::fprintf(stderr, "a child process of the benchmark failed\n");
        std::exit(1);
    }
}

int64_t now_ns()
{
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace bench
