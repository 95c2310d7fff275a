// SPDX-License-Identifier: BSD-3-Clause
//
// What a child costs: the round trip of one invocation against that of a bare futex and a bare eventfd between two
// processes, in turns; what each of 64 costs that are due together, against threads of the host; and how long after a
// child's death its replacement has run something.
#include <fmt/format.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "child_scene.hpp"
#include "clock.hpp"
#include "futex.hpp"
#include "host_end.hpp"
#include "log.hpp"
#include "worker_end.hpp"

using namespace dumbwaiter;

namespace {

constexpr int kRounds = 15, kTrips = 1000, kTogether = 64, kDeaths = 100;

double quantile(std::vector<double> all, double share)
{
    std::ranges::sort(all);
    return all.empty() ? 0 : all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))];
}

// Microseconds of one trip, on average.
double measure(const std::function<void()>& trip)
{
    const int64_t begun = monotonic_ns();
    for (int i = 0; i < kTrips; ++i) trip();
    return static_cast<double>(monotonic_ns() - begun) / kTrips / 1e3;
}

struct Words {
    alignas(64) std::atomic<uint32_t> there{0};
    alignas(64) std::atomic<uint32_t> back{0};
};

Words& shared_words()
{
    void* const at = mmap(nullptr, sizeof(Words), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) std::abort();
    return *new (at) Words;
}

void await(const std::atomic<uint32_t>& word, uint32_t seen)
{
    while (word.load() == seen) futex_wait(word, seen);
}

pid_t in_process(const std::function<void()>& forever)
{
    const pid_t pid = fork();
    if (pid != 0) return pid;
    forever();
    _exit(0);
}

// Processes that answer, one for each bare way.
class Answerers {
public:
    Answerers()
        : there_(eventfd(0, EFD_CLOEXEC)), back_(eventfd(0, EFD_CLOEXEC)), memory_(*channel::Memory::make(layout_))
    {
        pids_[0] = in_process([&] {
            for (uint32_t seen = 0;; ++seen) {
                await(words_.there, seen);
                words_.back.fetch_add(1);
                futex_wake(words_.back, 1);
            }
        });
        pids_[1] = in_process([&] {
            for (uint64_t count = 0;;) (void)!(read(there_, &count, 8) + write(back_, &kOne, 8));
        });
        pids_[2] = in_process([&] {
            channel::WorkerEnd end(memory_, 0);
            Returned returned;
            returned.bytes = "null";
            while (true) end.next_parcel([&](uint32_t cell, const Job&) { end.send_result(cell, returned); });
        });
        host_ = std::make_unique<channel::HostEnd>(std::move(memory_));
    }
    ~Answerers()
    {
        for (const pid_t pid : pids_) {
            kill(pid, SIGKILL);
            waitpid(pid, nullptr, 0);
        }
    }

    void by_futex()
    {
        const uint32_t seen = words_.back.load();
        words_.there.fetch_add(1);
        futex_wake(words_.there, 1);
        await(words_.back, seen);
    }
    void by_eventfd()
    {
        uint64_t count = 0;
        (void)!(write(there_, &kOne, 8) + read(back_, &count, 8));
    }
    void by_channel()
    {
        bool is_home = false;
        const channel::HostEnd::Handler handler{.on_result = [&](uint32_t, uint32_t, Returned&&) { is_home = true; },
                                                .on_read = [](uint32_t, std::string_view) {}};
        host_->post(0, {&job_, 1});
        while (host_->drain(handler) && !is_home) host_->wait(-1);
    }

private:
    static constexpr uint64_t kOne = 1;
    Words& words_ = shared_words();
    const int there_, back_;
    const channel::Layout layout_ = channel::Layout::of(1, 1 << 20);
    channel::Memory memory_;
    std::unique_ptr<channel::HostEnd> host_;
    const Job job_{};
    pid_t pids_[3];
};

// A workforce whose results are waited for. on_return writes down when the last one came.
class Waited {
public:
    Waited(const std::string& manifest, uint32_t slots)
        : scene_(manifest, "/", {.slots = slots}, [this](const Job&, Returned&& returned) {
              outcome_ = returned.outcome;
              last_ = monotonic_ns();
              home_.fetch_add(1);
              futex_wake(home_, 1);
          })
    {}
    // Microseconds from the submission to the last one's return.
    double run(const std::vector<FunctionId>& ids)
    {
        const uint32_t wanted = home_.load() + static_cast<uint32_t>(ids.size());
        const int64_t begun = monotonic_ns();
        scene_.submit(ids);
        for (uint32_t seen = home_.load(); seen != wanted; seen = home_.load()) futex_wait(home_, seen);
        return static_cast<double>(last_ - begun) / 1e3;
    }
    Outcome outcome() const { return outcome_; }

private:
    std::atomic<uint32_t> home_{0};
    std::atomic<int64_t> last_{0};
    std::atomic<Outcome> outcome_{Outcome::kOk};
    test::ChildScene scene_;  // last: it uses the rest
};

std::string many(const char* isolation, const std::string& function, int count)
{
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += fmt::format("[functions.f{}]\nfunction = \"{}/{}\"\nisolation = \"{}\"\n", i, BENCH_PLUGINS, function,
                            isolation);
    }
    return text;
}

void print_ratio(const char* what, const std::vector<double>& those, const std::vector<double>& bare, const char* than)
{
    std::vector<double> ratios;
    for (size_t i = 0; i < those.size(); ++i) ratios.push_back(those[i] / bare[i]);
    fmt::print("{}: {:.2f} times {} (median of {} pairs, {:.2f} to {:.2f})\n", what, quantile(ratios, 0.5), than,
               ratios.size(), quantile(ratios, 0), quantile(ratios, 1));
}

void measure_round_trips(Answerers& bare)
{
    Waited child(many("process", "tick.so:silent", 1), 4);
    const auto invocation = [&] {
        double sum = 0;
        for (int i = 0; i < kTrips; ++i) sum += child.run({0});
        return sum / kTrips;
    };
    invocation();
    std::vector<double> futexes, eventfds, channels, invocations;
    for (int round = 0; round < kRounds; ++round) {
        futexes.push_back(measure([&] { bare.by_futex(); }));
        channels.push_back(measure([&] { bare.by_channel(); }));
        eventfds.push_back(measure([&] { bare.by_eventfd(); }));
        invocations.push_back(invocation());
    }
    fmt::print("round trip, us (median of {} x {}): futex {:.2f}, eventfd {:.2f}, channel {:.2f}, invocation {:.2f}\n",
               kRounds, kTrips, quantile(futexes, 0.5), quantile(eventfds, 0.5), quantile(channels, 0.5),
               quantile(invocations, 0.5));
    print_ratio("channel", channels, futexes, "a bare futex");
    print_ratio("channel", channels, eventfds, "an eventfd");
    print_ratio("invocation in a child", invocations, futexes, "a bare futex");
    print_ratio("invocation in a child", invocations, eventfds, "an eventfd");
}

void measure_together()
{
    Waited child(many("process", "tick.so:silent", kTogether), 4),
        thread(many("thread", "tick.so:silent", kTogether), 4);
    std::vector<FunctionId> all;
    for (FunctionId id = 0; id < kTogether; ++id) all.push_back(id);
    const auto each = [&](Waited& where) {
        double sum = 0;
        for (int i = 0; i < 100; ++i) sum += where.run(all);
        return sum / 100 / kTogether;
    };
    each(child);
    each(thread);
    std::vector<double> children, threads, more;
    for (int round = 0; round < kRounds; ++round) {
        threads.push_back(each(thread));
        children.push_back(each(child));
        more.push_back(children.back() - threads.back());
    }
    fmt::print("{} due together, us each: thread {:.2f}, child {:.2f}, {:+.2f} (median of pairs)\n", kTogether,
               quantile(threads, 0.5), quantile(children, 0.5), quantile(more, 0.5));
}

[[noreturn]] void fail(const char* wanted, Outcome outcome)
{
    fmt::print(stderr, "{} was wanted, and outcome {} came\n", wanted, static_cast<int>(outcome));
    std::exit(1);
}

// Every death in a child of its own: the pause after a first one is 100 ms. Functions are numbered by their names.
void measure_replacements()
{
    std::string text;
    for (int i = 0; i < kDeaths; ++i) {
        text += fmt::format("[functions.{0:03}_1]\nfunction = \"{1}/crashes.so:segv\"\ngroup = \"g{0}\"\n", i,
                            BENCH_PLUGINS);
        text += fmt::format("[functions.{0:03}_2]\nfunction = \"{1}/tick.so:silent\"\ngroup = \"g{0}\"\n", i,
                            BENCH_PLUGINS);
    }
    text += fmt::format("[functions.h_1]\nfunction = \"{}/hangs.so:forever\"\ngroup = \"h\"\ntimeout = 0.01\n",
                        BENCH_PLUGINS);
    text += fmt::format("[functions.h_2]\nfunction = \"{}/tick.so:silent\"\ngroup = \"h\"\n", BENCH_PLUGINS);
    Waited scene(text, 4);
    std::vector<double> paused, ended;
    for (FunctionId i = 0; i < kDeaths; ++i) {
        scene.run({2 * i});
        if (scene.outcome() != Outcome::kCrashed) fail("a crash", scene.outcome());
        paused.push_back(scene.run({2 * i + 1}) / 1e3);
        scene.run({2 * kDeaths});
        if (scene.outcome() != Outcome::kTimedOut) fail("a timeout", scene.outcome());
        ended.push_back(scene.run({2 * kDeaths + 1}) / 1e3);
    }
    fmt::print("a child's death to its replacement's first result, ms ({} each):\n", kDeaths);
    fmt::print(
        "  after a crash, with its pause of 100 ms: p50 {:.1f}, p99 {:.1f}; without it: p50 {:.1f}, p99 {:.1f}\n",
        quantile(paused, 0.5), quantile(paused, 0.99), quantile(paused, 0.5) - 100, quantile(paused, 0.99) - 100);
    fmt::print("  after a timeout, which has no pause: p50 {:.1f}, p99 {:.1f}\n", quantile(ended, 0.5),
               quantile(ended, 0.99));
}

// Two processes that wake each other are now on one core, now on two, where waking costs ten times as much; on one core
// all ways have the same chance.
void on_one_core()
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
}

}  // namespace

int main()
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    cpu_set_t all;
    sched_getaffinity(0, sizeof all, &all);
    for (const bool is_pinned : {true, false}) {
        if (is_pinned) on_one_core();
        fmt::print("{}:\n", is_pinned ? "all on one core" : "wherever the system puts them");
        Answerers bare;  // before there are threads
        measure_round_trips(bare);
        sched_setaffinity(0, sizeof all, &all);
    }
    measure_together();
    configure_log(LogLevel::kError, LogFormat::kText);
    measure_replacements();
}
