// SPDX-License-Identifier: BSD-3-Clause
//
// Everything in a handler here is async-signal-safe but for backtrace(), which is called once beforehand so that it
// loads nothing, and which an alarm ends where the unwinder hangs.
#include "death_note.hpp"

#include <execinfo.h>
#include <link.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace dumbwaiter {

namespace {

using channel::Cause;

constexpr size_t kHandlerStack = 64 * 1024;
constexpr int kFatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP, SIGXCPU, SIGXFSZ};

thread_local channel::WorkerPage* t_page = nullptr;

int sample_signal()
{
    return SIGRTMAX - 1;
}

void capture_stack(channel::WorkerPage& page)
{
    void* frames[channel::kFrames];
    const int count = ::backtrace(frames, static_cast<int>(channel::kFrames));
    for (int i = 0; i < count; ++i) page.stack.frames[i] = reinterpret_cast<uint64_t>(frames[i]);
    page.stack.count.store(static_cast<uint32_t>(count), std::memory_order_release);
}

void write_note(Cause cause, int number, uint64_t address)
{
    if (t_page == nullptr || t_page->note.cause.load() != 0) return;
    t_page->note.number = number;
    t_page->note.address = address;
    t_page->note.cause.store(static_cast<uint32_t>(cause), std::memory_order_release);
}

void die_noted(int number, siginfo_t* info, void*)
{
    const bool has_address = number == SIGSEGV || number == SIGBUS;
    // What kill(2) sends comes to any thread, and says nothing of the one that it interrupts. A thread's own timer of
    // its CPU time says SI_TIMER.
    const bool is_own = info->si_code > 0 || info->si_code == SI_TKILL || info->si_code == SI_TIMER;
    if (is_own) write_note(Cause::kSignal, number, has_address ? reinterpret_cast<uint64_t>(info->si_addr) : 0);
    ::signal(number, SIG_DFL);
    ::signal(SIGALRM, SIG_DFL);
    ::alarm(2);
    if (t_page != nullptr && is_own) capture_stack(*t_page);
    sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, number);
    ::sigaddset(&one, SIGALRM);
    ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
    ::raise(number);
    ::_exit(128 + number);
}

void sample(int, siginfo_t*, void*)
{
    if (t_page != nullptr) capture_stack(*t_page);
}

void handle(int number, void (*handler)(int, siginfo_t*, void*))
{
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
}

void leave_noted(int code, void*)
{
    write_note(Cause::kExit, code, 0);
    ::_exit(code);
}

struct ModuleScan {
    channel::Front& front;
    const std::vector<NamedCode>& names;
    uint32_t count = 0;
};

int note_module(dl_phdr_info* info, size_t, void* data)
{
    auto& scan = *static_cast<ModuleScan*>(data);
    uint64_t begin = UINT64_MAX, end = 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& header = info->dlpi_phdr[i];
        if (header.p_type != PT_LOAD) continue;
        begin = std::min<uint64_t>(begin, info->dlpi_addr + header.p_vaddr);
        end = std::max<uint64_t>(end, info->dlpi_addr + header.p_vaddr + header.p_memsz);
    }
    if (end == 0 || scan.count == channel::kModules) return 0;
    const auto named = std::ranges::find_if(scan.names, [&](const NamedCode& one) {
        const auto address = reinterpret_cast<uint64_t>(one.address);
        return begin <= address && address < end;
    });
    const char* name = named != scan.names.end() ? named->name.c_str() : info->dlpi_name;
    if (const char* slash = std::strrchr(name, '/')) name = slash + 1;
    channel::Module& module = scan.front.modules[scan.count++];
    module.begin = begin;
    module.end = end;
    std::strncpy(module.name, *name == '\0' ? "dumbwaiter" : name, sizeof module.name - 1);
    return 0;
}

}  // namespace

void install_death_notes()
{
    void* frames[2];
    ::backtrace(frames, 2);
    for (const int number : kFatal) handle(number, die_noted);
    handle(sample_signal(), sample);
}

void note_exits()
{
    ::on_exit(leave_noted, nullptr);
}

NotedThread::NotedThread(channel::WorkerPage& page)
{
    t_page = &page;
    page.thread.store(static_cast<uint32_t>(::syscall(SYS_gettid)), std::memory_order_release);
    stack_t stack{};
    stack.ss_sp = std::malloc(kHandlerStack);  // for ever: threads of a child end with it
    stack.ss_size = kHandlerStack;
    if (stack.ss_sp != nullptr) ::sigaltstack(&stack, nullptr);
}

NotedThread::~NotedThread()
{
    write_note(Cause::kThreadExit, 0, 0);
    ::_exit(1);
}

bool sample_stack(channel::WorkerPage& page)
{
    page.stack.count.store(0, std::memory_order_release);
    const auto thread = static_cast<pid_t>(page.thread.load(std::memory_order_acquire));
    if (thread == 0 || ::syscall(SYS_tgkill, ::getpid(), thread, sample_signal()) != 0) return false;
    const timespec millisecond{.tv_sec = 0, .tv_nsec = 1'000'000};
    for (int i = 0; i < 50; ++i) {
        if (page.stack.count.load(std::memory_order_acquire) != 0) return true;
        ::nanosleep(&millisecond, nullptr);
    }
    return false;
}

void note_modules(channel::Front& front, const std::vector<NamedCode>& names)
{
    ModuleScan scan{front, names};
    ::dl_iterate_phdr(note_module, &scan);
    front.modules_count.store(scan.count, std::memory_order_release);
}

}  // namespace dumbwaiter
