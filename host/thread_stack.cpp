// SPDX-License-Identifier: BSD-3-Clause
//
// A signal makes the thread write down its own frames; they are told apart here, where it is safe to do so.
#include "thread_stack.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <mutex>

namespace dumbwaiter {

namespace {

constexpr int kMostFrames = 48;

struct Sample {
    std::atomic<int> count{0};
    void* frames[kMostFrames];
};
Sample g_sample;  // of the thread that is asked; one at a time

void write_down(int)
{
    const int count = ::backtrace(g_sample.frames, kMostFrames);
    g_sample.count.store(count, std::memory_order_release);
}

int stack_signal()
{
    return SIGRTMAX - 2;
}

void install()
{
    void* first[2];
    ::backtrace(first, 2);  // loads the unwinder now, not in the handler
    struct sigaction action {};
    action.sa_handler = write_down;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(stack_signal(), &action, nullptr);
}

std::string describe(void* frame)
{
    Dl_info info{};
    if (::dladdr(frame, &info) == 0 || info.dli_fname == nullptr) return {};
    const auto offset = static_cast<const char*>(frame) - static_cast<const char*>(info.dli_fbase);
    return fmt::format("{}+{:#x}", std::filesystem::path(info.dli_fname).filename().string(), offset);
}

}  // namespace

std::string stack_of(pthread_t thread)
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    static const bool installed = (install(), true);
    (void)installed;
    g_sample.count.store(0, std::memory_order_release);
    if (::pthread_kill(thread, stack_signal()) != 0) return {};
    const timespec millisecond{.tv_sec = 0, .tv_nsec = 1'000'000};
    int count = 0;
    for (int i = 0; i < 50 && count == 0; ++i) {
        ::nanosleep(&millisecond, nullptr);
        count = g_sample.count.load(std::memory_order_acquire);
    }
    std::string text;
    // The first two are the handler and the frame that the kernel put below it.
    for (int i = 2; i < count; ++i) {
        const std::string frame = describe(g_sample.frames[i]);
        if (frame.empty()) continue;
        if (!text.empty()) text += " <- ";
        text += frame;
    }
    return text;
}

}  // namespace dumbwaiter
