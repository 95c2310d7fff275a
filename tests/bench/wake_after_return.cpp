// SPDX-License-Identifier: BSD-3-Clause
//
// S16: from a function's return in the host to a reader in another process, woken in dw_wait, that has the value;
// beside the least: a raw commit, a futex wake-up across processes, a raw read.
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "harness.hpp"
#include "raw_writer.hpp"

#include <dumbwaiter/reader.h>

namespace {

constexpr int kWakes = 20;  // a turn
// Between two of either, as a processor that has slept for longer wakes more slowly; a little apart from the host's.
constexpr useconds_t kPause = 50'000;

// A host with one function, which tells when it returns, 20 times a second.
class Host {
public:
    Host(const std::filesystem::path& folder, const char* isolation)
    {
        std::filesystem::create_directory(folder);
        const std::string manifest = folder / "dumbwaiter.toml";
        std::ofstream(manifest) << "[dumbwaiter]\ndurability = \"volatile\"\ncommit_interval = 0\nisolation = \""
                                << isolation << "\"\nplugin_path = [\"" << BENCH_PLUGINS
                                << "\"]\n[functions]\nstamp = { function = \"stamp.so:stamp\", frequency = 0.05 }\n";
        pid_ = fork();
        if (pid_ == 0) {
            execl(BENCH_HOST, "run_dumbwaiter", "--manifest", manifest.c_str(), "--log-level", "error", nullptr);
            _exit(127);
        }
        const std::string store = folder / "dumbwaiter.store";
        reading_.struct_size = sizeof reading_;
        for (int tries = 0; dw_reader_open(store.c_str(), &reader_) != DW_OK; ++tries) {
            if (tries == 500) std::fprintf(stderr, "%s\n", dw_reader_error()), std::exit(1);
            usleep(10'000);
        }
    }
    ~Host()
    {
        dw_reading_clear(&reading_);
        dw_reader_close(reader_);
        kill(pid_, SIGTERM);
        waitpid(pid_, nullptr, 0);
    }
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    double next_wake()
    {
        if (dw_wait(reader_, "stamp", reading_.sequence, 10'000'000'000, &reading_) != DW_OK) {
            std::fprintf(stderr, "%s\n", dw_reader_error());
            std::exit(1);
        }
        const int64_t now = bench::now_ns();
        return static_cast<double>(now - std::strtoll(static_cast<const char*>(reading_.data), nullptr, 10));
    }

private:
    pid_t pid_ = -1;
    dw_reader* reader_ = nullptr;
    dw_reading reading_{};
};

struct Shared {
    std::atomic<uint32_t> word;
    std::atomic<int64_t> begun;
};

void futex(std::atomic<uint32_t>& word, int operation, uint32_t value)
{
    syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

// The writer of the reference: another process, which commits for ever.
class RawWaker {
public:
    explicit RawWaker(const std::filesystem::path& folder)
    {
        void* map = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        shared_ = new (map) Shared{};
        pid_ = fork();
        if (pid_ == 0) commit_for_ever(folder);
        while (shared_->word == 0) usleep(1'000);
        reader_ = std::make_unique<bench::RawReader>(folder);
    }
    ~RawWaker()
    {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        munmap(shared_, sizeof(Shared));
    }
    RawWaker(const RawWaker&) = delete;
    RawWaker& operator=(const RawWaker&) = delete;

    double next_wake()
    {
        const uint32_t seen = shared_->word;
        while (shared_->word == seen) futex(shared_->word, FUTEX_WAIT, seen);
        reader_->read("stamp");
        return static_cast<double>(bench::now_ns() - shared_->begun);
    }

private:
    [[noreturn]] void commit_for_ever(const std::filesystem::path& folder)
    {
        bench::RawWriter writer(folder, MDB_NOSYNC, 84);
        for (uint64_t sequence = 1;; ++sequence) {
            usleep(kPause - sequence % 7 * 100);
            shared_->begun = bench::now_ns();
            writer.commit({{"stamp", sequence}});
            ++shared_->word;
            futex(shared_->word, FUTEX_WAKE, 1 << 30);
        }
    }
    Shared* shared_ = nullptr;
    pid_t pid_ = -1;
    std::unique_ptr<bench::RawReader> reader_;
};

template <typename Waker>
double median_us(Waker& waker)
{
    std::vector<double> times;
    for (int i = 0; i < kWakes; ++i) times.push_back(waker.next_wake() / 1e3);
    return bench::median(times);
}

}  // namespace

int main(int argc, char** argv)
{
    const int rounds = bench::is_quick(argc, argv) ? 5 : 31;
    const bench::Folder folder;
    RawWaker raw(folder / "raw");
    for (const char* isolation : {"thread", "process"}) {
        Host host(folder / isolation, isolation);
        const auto pair = bench::in_turn(
            rounds, [&] { return median_us(host); }, [&] { return median_us(raw); });
        bench::print(bench::at_most("S16", std::string("from return to a woken reader, isolation ") + isolation, "us",
                                    pair, 1.5));
    }
    return 0;
}
