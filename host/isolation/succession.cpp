// SPDX-License-Identifier: BSD-3-Clause
#include "succession.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "clock.hpp"
#include "open_process.hpp"
#include "orphans.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kLongestRetry = 30 * kSecond;  // after which a standby is tried again

// Ctrl-C is for the host, which then ends the children in order.
void become(const char* name)
{
    ::setsid();
    ::prctl(PR_SET_NAME, name);
}

}  // namespace

void Succession::take_post()
{
    while (true) {
        const pid_t self_pid = ::getpid();
        Descriptor self = open_process(self_pid);
        const pid_t pid = self.is_open() ? ::fork() : -1;
        if (pid < 0) be_alone(errno);  // it makes children itself, which works as long as nobody kills it
        if (pid == 0) {
            above_ = std::move(self);
            above_pid_ = self_pid;
        }
        if (pid <= 0) break;
        self = {};
        stand_above(pid);
        ++generation_;
    }
    become("dumbwaiter-spwn");
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    parts_.posts.add(::getpid());
    if (std::exchange(told_, generation_) == generation_) return;
    const Descriptor self = open_process(::getpid());
    parts_.tell(
        {.kind = Spawner::Event::Kind::kRenewed, .ticket = generation_, .pid = ::getpid(), .process = self.number()});
}

// Until it is dead. What it left is killed, and its end not waited for: a new one is wanted at once.
void Succession::stand_above(pid_t spawner)
{
    become("dumbwaiter-stby");
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    parts_.posts.add(::getpid());
    while (!bury(spawner)) {
        pollfd sources[] = {{parts_.deaths, POLLIN, 0}, {parts_.socket, 0, 0}};
        if (::poll(sources, 2, -1) < 0 && errno != EINTR) ::_exit(1);
        if ((sources[1].revents & (POLLHUP | POLLERR)) == 0) continue;
        end_children();  // the host is gone
        ::_exit(0);
    }
    parts_.children.clear();
}

// Is it dead? What lands here is killed, but for those who serve another spawner.
bool Succession::bury(pid_t spawner)
{
    signalfd_siginfo info{};
    while (::read(parts_.deaths, &info, sizeof info) > 0) {
    }
    bool any = false, is_dead = false;
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
        any = true;
        is_dead |= pid == spawner;
        parts_.posts.remove(pid);
    }
    const pid_t lives = is_dead ? 0 : spawner;
    if (any) kill_children_except([&](pid_t one) { return one == lives || parts_.posts.has(one); });
    return is_dead;
}

bool Succession::tend()
{
    if (above_.is_open()) {
        pollfd source{above_.number(), POLLIN, 0};
        if (::poll(&source, 1, 0) <= 0) return false;
        above_ = {};
        parts_.posts.remove(above_pid_);  // its parent buries it
        lost_above_ = true;
    }
    return below_ < 0 && monotonic_ns() >= next_try_ && make_standby_below();
}

int Succession::next_look() const
{
    if (above_.is_open() || below_ > 0) return -1;
    return static_cast<int>((std::max<int64_t>(next_try_ - monotonic_ns(), 0) + kMillisecond - 1) / kMillisecond);
}

void Succession::note_death(pid_t pid)
{
    parts_.posts.remove(pid);
    if (pid != below_) return;
    below_ = -1;
    next_try_ = 0;
}

bool Succession::make_standby_below()
{
    const pid_t self_pid = ::getpid();
    const Descriptor self = open_process(self_pid);
    below_ = self.is_open() ? ::fork() : -1;
    if (below_ < 0) be_alone(errno);
    if (below_ > 0) be_accompanied();
    if (below_ != 0) return false;
    below_ = -1;
    lost_above_ = false;
    pause_ = kFirstPause;
    stand_below(self.number());
    parts_.posts.remove(self_pid);
    parts_.children.kill_groups();
    ++generation_;
    take_post();
    return true;
}

// Until that process is dead. Children that it leaves die with it.
void Succession::stand_below(int spawner)
{
    parts_.posts.add(::getpid());
    become("dumbwaiter-stby");
    while (true) {
        pollfd sources[] = {{spawner, POLLIN, 0}, {parts_.socket, 0, 0}};
        if (::poll(sources, 2, -1) < 0 && errno != EINTR) ::_exit(1);
        if ((sources[1].revents & (POLLHUP | POLLERR)) != 0) ::_exit(0);  // the host is gone
        if (sources[0].revents != 0) return;
    }
}

// It is told once, and tried again at growing intervals.
void Succession::be_alone(int why)
{
    if (pause_ == kFirstPause) parts_.tell({.kind = Spawner::Event::Kind::kAlone, .status = why});
    next_try_ = monotonic_ns() + pause_;
    pause_ = std::min(pause_ * 2, kLongestRetry);
}

// Told where there was none, and where the host is to bury the one before, which was its child.
void Succession::be_accompanied()
{
    const bool was_alone = std::exchange(pause_, kFirstPause) != kFirstPause;
    if (!std::exchange(lost_above_, false) && !was_alone) return;
    const Descriptor self = open_process(::getpid());
    parts_.tell({.kind = Spawner::Event::Kind::kAccompanied, .pid = ::getpid(), .process = self.number()});
}

}  // namespace dumbwaiter
