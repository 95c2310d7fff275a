// SPDX-License-Identifier: BSD-3-Clause
#include "confinement_check.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "child_limits.hpp"
#include "sandbox.hpp"
#include "trial_process.hpp"

namespace dumbwaiter {
namespace {

// "" = all went well.
std::string said_in_a_child(const std::function<Status()>& work)
{
    const auto tell = [&] {
        const Status done = work();
        return done ? std::string() : done.error().message;
    };
    const Expected<Trial> trial = run_trial(tell, std::chrono::seconds(10));
    if (!trial) return trial.error().message;
    return trial->death.empty() ? trial->said : trial->death;
}

class Check {
public:
    explicit Check(const Manifest& manifest) : settings_(manifest.settings) {}

    void library(std::string_view name)
    {
        const LibrarySpec* spec = find_library_spec(settings_, name);
        const bool is_own = spec != nullptr && spec->at_limit.line != 0;
        const Limits limits = limits_of(settings_, name);
        const Position at = is_own ? spec->at_limit : settings_.at_limit;
        if (std::ranges::find(tried_, at) == tried_.end()) add(at, [&] { return ChildLimits(limits).apply(); });
        tried_.push_back(at);
        const Sandbox sandbox = sandbox_of(settings_, name);
        if (sandbox.strict) add(sandbox.at, [&] { return enter_sandbox(sandbox, {}); });
    }

    std::vector<Problem> problems;

private:
    // Libraries that share a key share its problem.
    void add(Position at, const std::function<Status()>& work)
    {
        if (std::ranges::find(problems, at, &Problem::at) != problems.end()) return;
        if (std::string fault = said_in_a_child(work); !fault.empty()) problems.push_back({at, std::move(fault)});
    }

    const Settings& settings_;
    std::vector<Position> tried_;  // of limits
};

}  // namespace

std::vector<Problem> confinement_problems(const Manifest& manifest)
{
    std::set<std::string_view> names;
    for (const FunctionSpec& spec : manifest.functions) {
        if (spec->isolation == Isolation::kProcess && !spec->library.empty()) names.insert(spec->library);
    }
    Check check(manifest);
    for (const std::string_view name : names) check.library(name);
    return std::move(check.problems);
}

}  // namespace dumbwaiter
