// SPDX-License-Identifier: BSD-3-Clause
//
// Limits, each in a child process that it is set on.
#include "child_limits.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

#include "cpu_timer.hpp"
#include "in_child.hpp"

using namespace dumbwaiter;

namespace {

constexpr size_t kMebi = 1 << 20;

// What `work` says under the limits; "cannot: ..." where they cannot be had.
std::string limited(const Limits& limits, const std::function<std::string(ChildLimits&)>& work)
{
    return in_child([&] {
        ChildLimits child(limits);
        const Status applied = child.apply();
        return applied ? work(child) : "cannot: " + applied.error().message;
    });
}

bool can_have(size_t bytes)
{
    void* block = std::malloc(bytes);
    if (block == nullptr) return false;
    std::memset(block, 1, bytes);
    asm volatile("" : : "r"(block) : "memory");
    std::free(block);
    return true;
}

// How many of a hundred processes could be started at once.
std::string fork_a_hundred()
{
    std::vector<pid_t> started;
    int reason = 0;
    for (int i = 0; i < 100; ++i) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::pause();
            ::_exit(0);
        }
        if (pid > 0) started.push_back(pid);
        if (pid < 0) reason = errno;
    }
    for (const pid_t pid : started) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
    return fmt::format("{} {}", started.size(), reason == 0 ? "all" : ::strerrorname_np(reason));
}

void* rest(void*)
{
    return nullptr;
}

bool can_start_thread(size_t stack)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack);
    pthread_t thread;
    if (pthread_create(&thread, &attributes, rest, nullptr) != 0) return false;
    pthread_join(thread, nullptr);
    return true;
}

std::string burn(CpuTimer& timer, uint64_t seconds)
{
    if (const Status begun = timer.begin(seconds); !begun) return begun.error().message;
    volatile uint64_t count = 0;
    for (;;) count = count + 1;
}

}  // namespace

TEST_CASE("memory means what it says: so much more, whatever the process has already")
{
    const std::string said = limited({.memory = 64 * kMebi}, [](ChildLimits&) {
        return fmt::format("{} {}", can_have(60 * kMebi), can_have(64 * kMebi));
    });
    CHECK(said == "true false");
    CHECK(limited({}, [](ChildLimits&) { return fmt::format("{}", can_have(256 * kMebi)); }) == "true");
}

TEST_CASE("memory is limited in small pieces and in mappings too")
{
    CHECK(limited({.memory = 16 * kMebi}, [](ChildLimits&) {
              size_t got = 0;
              while (got < 64 * kMebi && std::malloc(1000) != nullptr) got += 1000;
              return fmt::format("{}", got > 12 * kMebi && got <= 16 * kMebi);
          }) == "true");
    CHECK(limited({.memory = 16 * kMebi}, [](ChildLimits&) {
              const void* mapped =
                  ::mmap(nullptr, 32 * kMebi, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return std::string(mapped == MAP_FAILED ? ::strerrorname_np(errno) : "mapped");
          }) == "ENOMEM");
}

TEST_CASE("memory that the process had before is not counted")
{
    CHECK(in_child([] {
              void* before = std::malloc(100 * kMebi);
              const Status applied = ChildLimits({.memory = 16 * kMebi}).apply();
              const std::string said =
                  fmt::format("{} {} {}", before != nullptr, applied.has_value(), can_have(12 * kMebi));
              std::free(before);
              return said;
          }) == "true true true");
}

TEST_CASE("what threads freed serves others: a limit is not eaten by arenas that nobody uses")
{
    CHECK(limited({.memory = 16 * kMebi}, [](ChildLimits& child) {
              std::mutex one_at_a_time;
              std::barrier all_alive(9);
              std::vector<std::thread> threads;
              for (int i = 0; i < 8; ++i) {
                  if (!child.add_stack_allowance(9 * kMebi)) return std::string("no allowance");
                  threads.emplace_back([&] {
                      {
                          const std::lock_guard lock(one_at_a_time);
                          void* pieces[96];
                          for (void*& piece : pieces) piece = std::malloc(16 * 1024);
                          void* volatile pin = std::malloc(16 * 1024);  // else the arena would shrink again
                          static_cast<void>(pin);
                          for (void* piece : pieces) std::free(piece);
                      }
                      all_alive.arrive_and_wait();
                      all_alive.arrive_and_wait();
                  });
              }
              all_alive.arrive_and_wait();
              const bool is_left = can_have(16 * kMebi);
              all_alive.arrive_and_wait();
              for (std::thread& thread : threads) thread.join();
              return fmt::format("{}", is_left);
          }) == "true");
}

TEST_CASE("the stack of a thread of the host's own is allowed for")
{
    CHECK(limited({.memory = 4 * kMebi}, [](ChildLimits& child) {
              const bool before = can_start_thread(8 * kMebi);
              const bool raised = child.add_stack_allowance(8 * kMebi).has_value();
              return fmt::format("{} {} {}", before, raised, can_start_thread(8 * kMebi));
          }) == "false true true");
}

TEST_CASE("no more files are open than allowed, those of the child included")
{
    CHECK(limited({.open_files = 16}, [](ChildLimits&) {
              int last = -1;
              for (int i = 0; i < 100; ++i) {
                  const int file = ::open("/dev/null", O_RDONLY);
                  if (file < 0) return fmt::format("{} {}", last, ::strerrorname_np(errno));
                  last = file;
              }
              return std::string("all");
          }) == "15 EMFILE");
}

TEST_CASE("with processes = 0 none is started, by root neither, and threads are")
{
    const std::string said = limited(
        {.processes = 0}, [](ChildLimits&) { return fork_a_hundred() + fmt::format(" {}", can_start_thread(65536)); });
    if (said.starts_with("cannot: this build")) return;
    CHECK(said == "0 EPERM true");
    CHECK(limited({.processes = 0}, [](ChildLimits&) { return fmt::format("{}", std::system("true") == 0); }) ==
          "false");
}

TEST_CASE("so many processes are started as are allowed, by root too")
{
    const std::string said = limited({.processes = 5}, [](ChildLimits&) { return fork_a_hundred(); });
    if (said.starts_with("cannot: ")) {
        CHECK(said.find("processes = 0 holds everywhere") != std::string::npos);
        return;
    }
    CHECK(said == "5 EAGAIN");
    CHECK(limited({.processes = 5}, [](ChildLimits& child) {
              REQUIRE(child.add_stack_allowance(kMebi));
              return fork_a_hundred();
          }) == "6 EAGAIN");
    CHECK(limited({}, [](ChildLimits&) { return fork_a_hundred(); }) == "100 all");
}

TEST_CASE("a limit on processes leaves the child its rights to files")
{
    const std::string said = limited({.processes = 5}, [](ChildLimits&) {
        const int file = ::open("/proc/self/exe", O_RDONLY);
        return fmt::format("{} {}", file >= 0, ::geteuid());
    });
    if (said.starts_with("cannot: ")) return;
    CHECK(said == fmt::format("true {}", ::geteuid()));
}

TEST_CASE("an invocation that uses more CPU time than allowed dies of SIGXCPU")
{
    CHECK(limited({}, [](ChildLimits&) {
              CpuTimer timer;
              return burn(timer, 1);
          }) == "died of SIGXCPU");
    CHECK(limit_that_killed(SIGXCPU, {.cpu_seconds = 10}) == "SIGXCPU: used more than cpu_seconds = 10");
    CHECK(limit_that_killed(SIGXCPU, {}).empty());
    CHECK(limit_that_killed(SIGSEGV, {.cpu_seconds = 10}).empty());
}

TEST_CASE("between invocations no CPU time is counted")
{
    CHECK(limited({}, [](ChildLimits&) {
              CpuTimer timer;
              if (!timer.begin(1)) return std::string("no timer");
              timer.end();
              timespec now{};
              while (now.tv_sec < 1 || now.tv_nsec < 200'000'000) ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
              return std::string("alive");
          }) == "alive");
}

TEST_CASE("CPU time is counted by invocation and by thread, not over the life of the child")
{
    CHECK(limited({}, [](ChildLimits&) {
              std::atomic<bool> done = false;
              std::thread other([&] {
                  while (!done) {
                  }
              });
              CpuTimer timer;
              for (int i = 0; i < 2; ++i) {
                  if (!timer.begin(1)) return std::string("no timer");
                  timespec now{};
                  do {
                      ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
                  } while (now.tv_sec * 1000 + now.tv_nsec / 1'000'000 < (i + 1) * 600);
                  timer.end();
              }
              done = true;
              other.join();
              return std::string("alive");
          }) == "alive");
}

TEST_CASE("there are no core dumps and no looking in unless asked for, and no new privileges ever")
{
    const auto tell = [](ChildLimits&) {
        rlimit core{};
        ::getrlimit(RLIMIT_CORE, &core);
        return fmt::format("core {} {} dumpable {} no_new_privs {}", core.rlim_cur == core.rlim_max, core.rlim_max == 0,
                           ::prctl(PR_GET_DUMPABLE), ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    };
    CHECK(limited({}, tell) == "core true true dumpable 0 no_new_privs 1");
    CHECK(limited({.core_dumps = true}, tell).find("dumpable 1 no_new_privs 1") != std::string::npos);
}

TEST_CASE("a report names the limit that its text hints at")
{
    struct Row {
        std::string text;
        Limits limits;
        std::string note;
    };
    for (const Row& row : std::vector<Row>{
             {"std::bad_alloc", {.memory = 64 * kMebi}, " (memory = \"64MiB\" in the manifest)"},
             {"std::bad_alloc", {.memory = kMebi + 1}, " (memory = 1048577 in the manifest)"},
             {"open: Too many open files", {.open_files = 16}, " (open_files = 16 in the manifest)"},
             {"fork: Resource temporarily unavailable", {.processes = 3}, " (processes = 3 in the manifest)"},
             {"std::bad_alloc", {}, ""},
             {"no route", {.memory = kMebi, .open_files = 16, .processes = 3}, ""}}) {
        CAPTURE(row.text);
        CHECK(limit_note(row.text, row.limits) == row.note);
    }
}
