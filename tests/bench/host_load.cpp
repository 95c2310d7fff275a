// SPDX-License-Identifier: BSD-3-Clause
//
// Many functions at one frequency under a real host, watched from this process through the reader library: are all due
// times run, how late, and at what cost? Prints a table; exit 1 if a value is missing.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <dumbwaiter/reader.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Load {
    int functions = 1000;
    double frequency = 1;
    int seconds = 60;
    std::string durability = "full";
    std::string isolation = "process";
};

std::string name_of(int function)
{
    return "f" + std::to_string(1'000'000 + function);
}

void write_manifest(const std::filesystem::path& folder, const Load& load)
{
    std::ofstream out(folder / "dumbwaiter.toml");
    out << "[dumbwaiter]\nstore = \"store\"\nplugin_path = [\"" << BENCH_PLUGINS
        << "\"]\ndefault_frequency = " << load.frequency
        << "\ndefault_saved = " << static_cast<int>(load.seconds / load.frequency) + 10 << "\ndurability = \""
        << load.durability << "\"\nisolation = \"" << load.isolation << "\"\n[functions]\n";
    for (int i = 0; i < load.functions; ++i) out << name_of(i) << " = \"tick.so:tick\"\n";
}

pid_t start_host(const std::filesystem::path& folder, const Load& load)
{
    const pid_t pid = fork();
    if (pid != 0) return pid;
    const std::string manifest = folder / "dumbwaiter.toml";
    const std::string seconds = std::to_string(load.seconds);
    execl(BENCH_HOST, "run_dumbwaiter", "--manifest", manifest.c_str(), "--for", seconds.c_str(), "--log-level",
          "warning", nullptr);
    _exit(127);
}

// Reads every name over and over while the host runs; counts reads whose sequence went back.
struct Watched {
    uint64_t reads = 0, backwards = 0;
};

// The host has just been started.
dumbwaiter::Reader open_when_there(const std::filesystem::path& store)
{
    for (int tries = 0;; ++tries) {
        try {
            return dumbwaiter::Reader{store.string()};
        } catch (const dumbwaiter::ReadError&) {
            if (tries == 1000) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
}

Watched watch(const std::filesystem::path& store, const Load& load, pid_t host, rusage& usage, int& status)
{
    Watched watched;
    std::vector<uint64_t> seen(static_cast<size_t>(load.functions), 0);
    dumbwaiter::Reader reader = open_when_there(store);
    while (wait4(host, &status, WNOHANG, &usage) == 0) {
        for (int i = 0; i < load.functions; ++i) {
            const auto reading = reader.get(name_of(i));
            if (!reading) continue;
            ++watched.reads;
            uint64_t& last = seen[static_cast<size_t>(i)];
            if (reading->sequence() < last) ++watched.backwards;
            last = reading->sequence();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
    return watched;
}

struct Stored {
    uint64_t values = 0, missing = 0, errors = 0;
    std::vector<int64_t> late;
};

// The grid is fixed, so a due time that was not run is a gap between the due stamps of neighbours. The first invocation
// comes beside the grid.
Stored examine(const std::filesystem::path& store, const Load& load)
{
    Stored stored;
    dumbwaiter::Reader reader{store.string()};
    const auto frequency = static_cast<int64_t>(load.frequency * 1e9);
    for (int i = 0; i < load.functions; ++i) {
        const auto history = reader.history(name_of(i));
        stored.values += history.size();
        stored.errors += reader.errors(name_of(i)).size();
        if (history.empty()) ++stored.missing;
        for (size_t at = 0; at < history.size(); ++at) {
            stored.late.push_back(history[at].started().unix_ns - history[at].due().unix_ns);
            if (at + 2 >= history.size()) continue;
            const int64_t gap = history[at].due().unix_ns - history[at + 1].due().unix_ns;
            stored.missing += static_cast<uint64_t>(std::max<int64_t>((gap + frequency / 2) / frequency - 1, 0));
        }
    }
    std::ranges::sort(stored.late);
    return stored;
}

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

int report(const Load& load, const Watched& watched, const Stored& stored, const rusage& usage, int status)
{
    const auto late = [&](double share) {
        if (stored.late.empty()) return 0.0;
        return static_cast<double>(
                   stored.late[static_cast<size_t>(share * static_cast<double>(stored.late.size() - 1))]) /
               1e6;
    };
    const double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    std::printf("functions            %d at %g s, %d s, %s\n", load.functions, load.frequency, load.seconds,
                load.durability.c_str());
    std::printf("values stored        %llu\n", static_cast<unsigned long long>(stored.values));
    std::printf("due times missing    %llu\n", static_cast<unsigned long long>(stored.missing));
    std::printf("error reports        %llu\n", static_cast<unsigned long long>(stored.errors));
    std::printf("lateness p50/p99/max %.2f / %.2f / %.2f ms\n", late(0.5), late(0.99), late(1));
    std::printf("CPU per invocation   %.1f us (host, start and stop included)\n",
                cpu * 1e6 / static_cast<double>(std::max<uint64_t>(stored.values, 1)));
    std::printf("host's peak RSS      %.1f MiB\n", static_cast<double>(usage.ru_maxrss) / 1024);
    std::printf("reads beside it      %llu, sequences that went back %llu\n",
                static_cast<unsigned long long>(watched.reads), static_cast<unsigned long long>(watched.backwards));
    std::printf("host's exit          %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return stored.missing == 0 && stored.errors == 0 && watched.backwards == 0 && status == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv)
{
    Load load;
    if (argc > 1) load.functions = std::atoi(argv[1]);
    if (argc > 2) load.frequency = std::atof(argv[2]);
    if (argc > 3) load.seconds = std::atoi(argv[3]);
    if (argc > 4) load.durability = argv[4];
    if (argc > 5) load.isolation = argv[5];
    std::string pattern = (std::filesystem::temp_directory_path() / "dumbwaiter-load-XXXXXX").string();
    const std::filesystem::path folder = mkdtemp(pattern.data());
    write_manifest(folder, load);
    rusage usage{};
    int status = 0;
    const Watched watched = watch(folder / "store", load, start_host(folder, load), usage, status);
    const Stored stored = examine(folder / "store", load);
    std::filesystem::remove_all(folder);
    return report(load, watched, stored, usage, status);
}
