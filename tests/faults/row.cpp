// SPDX-License-Identifier: BSD-3-Clause
#include "row.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

namespace dumbwaiter::test {

namespace {

struct Line {
    std::string number, what, figures;
    int tries, held;
    bool skipped;
    double seconds;
};

std::vector<Line>& lines()
{
    static std::vector<Line> all;
    return all;
}

std::atomic<int> g_failures{0};

// Counts the checks that failed, whichever thread they failed on.
struct FailureCount : doctest::IReporter {
    explicit FailureCount(const doctest::ContextOptions&) {}
    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats&) override {}
    void test_case_start(const doctest::TestCaseData&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData& data) override { g_failures += data.m_failed; }
    void log_message(const doctest::MessageData& data) override
    {
        g_failures += (data.m_severity & doctest::assertType::is_warn) == 0;
    }
    void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_LISTENER("failures", 1, FailureCount);

}  // namespace

bool is_full()
{
    const char* const text = std::getenv("FAULTS");
    return text != nullptr && std::strcmp(text, "full") == 0;
}

int tries(int brief, int full)
{
    return is_full() ? full : brief;
}

double Durations::quantile(double share) const
{
    if (all_.empty()) return 0;
    std::vector<double> sorted = all_;
    std::ranges::sort(sorted);
    return sorted[static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size() - 1)))];
}

std::string Durations::text(std::string_view what) const
{
    return fmt::format("{} p50 {:.3g} ms p99 {:.3g} ms", what, quantile(0.5), quantile(0.99));
}

Row::Row(std::string number, std::string what) : number_(std::move(number)), what_(std::move(what)) {}

Row::~Row()
{
    lines().push_back({number_, what_, figures_, tries_, held_, skipped_, took_.ms() / 1000});
}

void Row::attempt(const std::function<void()>& body, int count)
{
    tries_ += count;
    const int before = g_failures;
    body();
    if (g_failures == before) held_ += count;
}

void Row::figure(const std::string& text)
{
    figures_ += (figures_.empty() ? "" : "; ") + text;
}

void Row::skip(const std::string& why)
{
    skipped_ = true;
    figure("skipped: " + why);
}

std::string fault_table(std::string& json)
{
    std::ranges::stable_sort(lines(), {}, &Line::number);
    size_t width = 4;
    for (const Line& line : lines()) width = std::max(width, line.what.size());
    std::string text = fmt::format("\n{:<4} {:<{}} {:>7} {:>7} {:>6}  {}\n", "row", "what", width, "tries", "held", "s",
                                   is_full() ? "figure" : "figure (short run: script/faults for the full one)");
    for (const Line& line : lines()) {
        text += fmt::format("{:<4} {:<{}} {:>7} {:>7} {:>6.1f}  {}\n", line.number, line.what, width, line.tries,
                            line.skipped ? "-" : std::to_string(line.held), line.seconds, line.figures);
        const nlohmann::ordered_json object = {
            {"row", line.number},      {"what", line.what},       {"tries", line.tries},    {"held", line.held},
            {"skipped", line.skipped}, {"seconds", line.seconds}, {"figure", line.figures}, {"full", is_full()}};
        json += object.dump() + "\n";
    }
    return text;
}

}  // namespace dumbwaiter::test
