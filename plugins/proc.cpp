// SPDX-License-Identifier: BSD-3-Clause
//
// libproc.so: how the machine does: load, memory, disk, uptime, processor. All of it from the kernel's own files.
#include <sys/statvfs.h>

#include "proc_file.hpp"

namespace {

using dumbwaiter::Call;
using dumbwaiter::Failed;

double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

Entries<double> load_averages()
{
    double one = 0, five = 0, fifteen = 0;
    if (!(open_kernel_file("/proc/loadavg") >> one >> five >> fifteen))
        throw Failed("/proc/loadavg has no three numbers");
    return {{"one", one}, {"five", five}, {"fifteen", fifteen}};
}

// Available is the kernel's own estimate of what programs can still get, caches included.
Entries<Number> memory()
{
    auto file = open_kernel_file("/proc/meminfo");
    std::uint64_t total = 0, available = 0, kibibytes = 0;
    for (std::string key, unit; file >> key >> kibibytes; std::getline(file, unit)) {
        if (key == "MemTotal:") total = kibibytes * 1024;
        if (key == "MemAvailable:") available = kibibytes * 1024;
    }
    if (total == 0) throw Failed("/proc/meminfo does not say MemTotal");
    std::uint64_t const used = total > available ? total - available : 0;
    return {
        {"total", total}, {"available", available}, {"used", used}, {"percent", percent(double(used), double(total))}};
}

// As df counts: free is what is left for ordinary users, and percent leaves the reserve of root out.
Entries<Number> disk(const std::string& path)
{
    struct statvfs found {};
    if (statvfs(path.c_str(), &found) != 0) throw Failed("args[0] = \"" + path + "\": " + std::strerror(errno));
    std::uint64_t const block = found.f_frsize;
    std::uint64_t const used = (found.f_blocks - found.f_bfree) * block, free = found.f_bavail * block;
    return {{"total", found.f_blocks * block},
            {"free", free},
            {"used", used},
            {"percent", percent(double(used), double(used + free))}};
}

double seconds_since_boot()
{
    double seconds = 0;
    if (!(open_kernel_file("/proc/uptime") >> seconds)) throw Failed("/proc/uptime has no number");
    return seconds;
}

struct Ticks {
    std::uint64_t busy = 0, total = 0;
};

Ticks processor_ticks()
{
    auto file = open_kernel_file("/proc/stat");
    std::string label;
    std::uint64_t column[8] = {};  // user nice system idle iowait irq softirq steal; guests are counted in user already
    file >> label;
    for (auto& ticks : column) file >> ticks;
    if (!file || label != "cpu") throw Failed("/proc/stat does not begin with the ticks of all processors");
    Ticks sum;
    for (std::uint64_t const ticks : column) sum.total += ticks;
    sum.busy = sum.total - column[3] - column[4];
    return sum;
}

std::variant<dumbwaiter::Outcome, double> busy_since(Ticks& before)
{
    Ticks const now = processor_ticks(), last = before;
    if (now.total <= last.total) return dumbwaiter::unchanged;  // within one tick of the kernel
    before = now;
    // The kernel's count of idle ticks may step back a little, and the busy ones with it.
    return percent(now.busy > last.busy ? double(now.busy - last.busy) : 0, double(now.total - last.total));
}

constexpr char kNoArgs[] = R"({"type": "array", "maxItems": 0, "kwargs": {"additionalProperties": false}})";
constexpr char kDiskArgs[] = R"({"type": "array", "maxItems": 1, "prefixItems": )"
                             R"([{"type": "string", "description": "a path on the file system", "default": "/"}], )"
                             R"("kwargs": {"additionalProperties": false}})";

}  // namespace

DUMBWAITER_FUNCTION_EX(loadavg, "Load averages of one, five and fifteen minutes", 0, kNoArgs, NULL, DW_SECONDS(10),
                       [](Call&) { return load_averages(); });

DUMBWAITER_FUNCTION_EX(meminfo, "Memory: total, available and used bytes, percent used", 0, kNoArgs, NULL,
                       DW_SECONDS(10), [](Call&) { return memory(); });

DUMBWAITER_FUNCTION_EX(disk, "A file system: total, free and used bytes, percent used", 0, kDiskArgs, NULL,
                       DW_SECONDS(60), [](Call& call) { return disk(call.arg<std::string>(0, "/")); });

DUMBWAITER_FUNCTION_EX(uptime, "Seconds since the machine started", 0, kNoArgs, NULL, DW_SECONDS(10),
                       [](Call&) { return seconds_since_boot(); });

DUMBWAITER_STATEFUL_EX(cpu,
                       "Percent of the processors' time that was busy since the previous value, at first since boot",
                       Ticks, 0, kNoArgs, NULL, DW_SECONDS(10),
                       [](Call&, Ticks& before) { return busy_since(before); });
