// SPDX-License-Identifier: BSD-3-Clause
#include "autopsy.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "signal_name.hpp"

namespace dumbwaiter {

namespace {

using channel::Cause;

constexpr std::string_view kOurModule = "dumbwaiter";

std::string with_stack(std::string text, const std::string& stack)
{
    return stack.empty() ? text : text + "; stack: " + stack;
}

std::string noted_cause(const Victim& victim)
{
    switch (victim.cause) {
        case Cause::kExit: return fmt::format("exited with {}", victim.number);
        case Cause::kThreadExit: return "ended the thread that it was given (pthread_exit)";
        case Cause::kSignal:
            if (victim.number != SIGSEGV && victim.number != SIGBUS) return signal_name(victim.number);
            return fmt::format("{} (at address {:#x})", signal_name(victim.number), victim.address);
        case Cause::kNone: break;
    }
    return {};
}

// Signals that come from outside as easily as from a function.
bool tells_nothing(int status)
{
    if (!WIFSIGNALED(status)) return false;
    const int number = WTERMSIG(status);
    return number == SIGKILL || number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGQUIT;
}

Finding report(Outcome outcome, std::string text, bool is_to_blame)
{
    return {.fate = Finding::Fate::kReport, .outcome = outcome, .text = std::move(text), .is_to_blame = is_to_blame};
}

Finding judge_bystander(const Victim& victim, const std::string& cause)
{
    if (!victim.again) return {};
    return report(Outcome::kCrashed, "its child died twice while it ran, not because of it: " + cause, false);
}

// Nobody wrote anything down.
Finding judge_unnoted(const Victim& victim, size_t running, int status)
{
    const std::string cause = cause_of(status);
    const bool is_alone = running == 1;
    if (is_alone && !tells_nothing(status)) return report(Outcome::kCrashed, cause, true);
    if (!victim.again) return {};
    if (is_alone) return report(Outcome::kCrashed, cause + ", for the second time while it ran", true);
    return judge_bystander(victim, cause);
}

}  // namespace

std::string cause_of(int status)
{
    if (WIFSIGNALED(status)) return signal_name(WTERMSIG(status));
    return fmt::format("exited with {}", WEXITSTATUS(status));
}

std::vector<Finding> autopsy(std::span<const Victim> victims, const Death& death)
{
    const bool any_late = std::ranges::any_of(victims, &Victim::timed_out);
    const auto guilty = std::ranges::find_if(victims, [](const Victim& one) { return one.cause != Cause::kNone; });
    std::vector<Finding> findings;
    for (const Victim& victim : victims) {
        if (victim.timed_out) {
            const std::string text = fmt::format("timed out after {} s", static_cast<double>(victim.timeout_ns) / 1e9);
            findings.push_back(report(Outcome::kTimedOut, with_stack(text, victim.stack), false));
        } else if (death.stopping) {
            findings.push_back({.fate = Finding::Fate::kDropped, .outcome = Outcome::kCancelled, .text = {}});
        } else if (victim.cause != Cause::kNone) {
            findings.push_back(report(Outcome::kCrashed, with_stack(noted_cause(victim), victim.stack), true));
        } else if (any_late || death.with_spawner) {
            findings.push_back({});  // ended by the host or with its spawner, as often as that happens
        } else if (guilty != victims.end()) {
            findings.push_back(judge_bystander(victim, noted_cause(*guilty)));
        } else {
            findings.push_back(judge_unnoted(victim, victims.size(), death.status));
        }
    }
    return findings;
}

std::string describe_stack(std::span<const uint64_t> frames, std::span<const channel::Module> modules,
                           const NameFrame& name_frame)
{
    std::string text;
    bool in_handler = true;
    for (const uint64_t frame : frames) {
        const auto module = std::ranges::find_if(
            modules, [&](const channel::Module& one) { return one.begin <= frame && frame < one.end; });
        if (module == modules.end()) continue;
        const std::string name(module->name, ::strnlen(module->name, sizeof module->name));
        const bool is_ours = name == kOurModule;
        if (in_handler) {
            // Our handler took the stack; below it is the frame through which the kernel called it.
            in_handler = is_ours;
            continue;
        }
        if (is_ours) break;  // who called the function is always the same
        if (!text.empty()) text += " <- ";
        text += fmt::format("{}+{:#x}", name, frame - module->begin);
        const std::string function = name_frame ? name_frame(name, frame - module->begin) : "";
        if (!function.empty()) text += fmt::format(" ({})", function);
    }
    return text;
}

}  // namespace dumbwaiter
