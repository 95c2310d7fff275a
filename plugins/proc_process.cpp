// SPDX-License-Identifier: BSD-3-Clause
//
// libproc.so: `process`, what one process uses, or all of a name together.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <optional>
#include <sstream>

#include "proc_file.hpp"

namespace {

using dumbwaiter::Call;
using dumbwaiter::Failed;

struct Process {
    std::string name;
    std::uint64_t ticks = 0, threads = 0, started_ticks = 0, pages = 0;
};

struct Sum {
    std::vector<std::int64_t> pids;
    std::uint64_t ticks = 0, threads = 0, pages = 0;
    std::optional<std::uint64_t> first_ticks;  // since boot
};

// nullopt where the process is gone, or was never there.
std::optional<Process> read_process(std::int64_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    auto const open = text.find('('), close = text.rfind(')');  // between them anything may stand
    if (open == std::string::npos || close == std::string::npos) return std::nullopt;
    std::istringstream rest(text.substr(close + 1));
    std::string state;
    std::uint64_t column[25] = {};  // column[n] is what proc(5) counts as field n
    rest >> state;
    for (int n = 4; n < 25; ++n) {
        long long number = 0;
        rest >> number;
        column[n] = static_cast<std::uint64_t>(number);
    }
    if (!rest) return std::nullopt;
    return Process{text.substr(open + 1, close - open - 1), column[14] + column[15], column[20], column[22],
                   column[24]};
}

void add(Sum& sum, std::int64_t pid, const Process& process)
{
    sum.pids.push_back(pid);
    sum.ticks += process.ticks;
    sum.threads += process.threads;
    sum.pages += process.pages;
    sum.first_ticks = std::min(sum.first_ticks.value_or(process.started_ticks), process.started_ticks);
}

Sum sum_of_pid(std::int64_t pid)
{
    auto const process = read_process(pid);
    if (!process) throw Failed("args[0] = " + std::to_string(pid) + ": there is no such process");
    Sum sum;
    add(sum, pid, *process);
    return sum;
}

// The kernel keeps 15 bytes of a name.
Sum sum_of_name(const std::string& name)
{
    if (name.empty()) throw Failed("args[0] is empty: give a pid, or the name of a program");
    Sum sum;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::string const text = entry.path().filename();
        std::int64_t pid = 0;
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
        if (error != std::errc() || end != text.data() + text.size()) continue;
        auto const process = read_process(pid);
        if (process && process->name == name.substr(0, 15)) add(sum, pid, *process);
    }
    std::sort(sum.pids.begin(), sum.pids.end());
    return sum;
}

std::chrono::system_clock::time_point time_of_boot()
{
    timespec since{};
    clock_gettime(CLOCK_BOOTTIME, &since);
    auto const passed = std::chrono::seconds(since.tv_sec) + std::chrono::nanoseconds(since.tv_nsec);
    return std::chrono::system_clock::now() - std::chrono::duration_cast<std::chrono::system_clock::duration>(passed);
}

void put_sum(Call& call, const Sum& sum)
{
    auto const per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
    call.open_map();
    call.put("count", sum.pids.size());
    call.put("pids", sum.pids);
    call.put("cpu_seconds", static_cast<double>(sum.ticks) / per_second);
    call.put("memory", sum.pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
    call.put("threads", sum.threads);
    call.key("started");
    if (sum.first_ticks) {
        std::chrono::milliseconds const after(static_cast<std::int64_t>(double(*sum.first_ticks) * 1000 / per_second));
        call.put(std::chrono::time_point_cast<std::chrono::milliseconds>(time_of_boot() + after));
    } else {
        call.put(nullptr);
    }
    call.close();
}

constexpr char kProcessArgs[] =
    R"({"type": "array", "minItems": 1, "maxItems": 1, "prefixItems": [{"anyOf": [{"type": "integer", "minimum": 1}, )"
    R"({"type": "string", "minLength": 1}], "description": "a pid, or the name of a program"}], )"
    R"("kwargs": {"additionalProperties": false}})";

}  // namespace

DUMBWAITER_FUNCTION_EX(process, "What a pid, or all processes of a name use: count, pids, cpu_seconds, memory, threads",
                       0, kProcessArgs, NULL, DW_SECONDS(10), [](Call& call) {
                           bool const is_pid =
                               call.args().size() != 0 && dw_type(call.raw(), call.args()[0].handle()) != DW_TYPE_STR;
                           put_sum(call, is_pid ? sum_of_pid(call.arg<std::int64_t>(0))
                                                : sum_of_name(call.arg<std::string>(0)));
                           return dumbwaiter::done;
                       });
