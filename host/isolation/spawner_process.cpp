// SPDX-License-Identifier: BSD-3-Clause
#include "spawner_process.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "child.hpp"
#include "clock.hpp"
#include "descriptors.hpp"
#include "kept_descriptors.hpp"
#include "known_children.hpp"
#include "orphans.hpp"
#include "planner.hpp"
#include "spawner.hpp"

namespace dumbwaiter {

namespace {

constexpr int64_t kFirstPause = 100 * kMillisecond;  // after which a standby is tried again
constexpr int64_t kLongestPause = 30 * kSecond;

int open_process(pid_t pid)
{
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

class SpawnerProcess {
public:
    // `standbys` are those of all spawners: one that is killed leaves its standby to the spawner above it.
    SpawnerProcess(Manifest& manifest, const Resolution& resolution, const LanePlan& plan, int socket,
                   KnownChildren& standbys)
        : manifest_(manifest), resolution_(resolution), plan_(plan), socket_(socket), standbys_(standbys)
    {}

    [[noreturn]] void run();

private:
    struct Child {
        uint32_t lane;
        uint64_t ticket;
    };

    void serve();
    void start(const SpawnerRequest& request, const std::array<int, kMostDescriptors>& descriptors);
    void start_planner(const char* manifest, int socket);
    void make_standby();
    bool make_one_standby();
    void be_alone(int why);
    int next_look(int64_t now) const;
    void stand_by(int spawner) const;
    void reap();
    void tell(const Spawner::Event& event);
    [[noreturn]] void leave();

    Manifest& manifest_;
    const Resolution& resolution_;
    const LanePlan& plan_;
    const int socket_;
    KnownChildren& standbys_;
    std::unordered_map<pid_t, Child> children_;
    std::unordered_set<pid_t> planners_;
    KnownChildren known_;
    pid_t standby_ = -1;
    int64_t next_try_ = 0, pause_ = kFirstPause;  // while there is no standby; CLOCK_MONOTONIC
    uint64_t generation_ = 0;
};

void SpawnerProcess::run()
{
    sigset_t watched;
    ::sigemptyset(&watched);
    ::sigaddset(&watched, SIGCHLD);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
    ::sigprocmask(SIG_SETMASK, &watched, nullptr);
    const int deaths = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (deaths < 0) ::_exit(1);
    make_standby();
    while (true) {
        pollfd sources[] = {{socket_, POLLIN, 0}, {deaths, POLLIN, 0}};
        if (::poll(sources, 2, next_look(monotonic_ns())) < 0 && errno != EINTR) leave();
        if (sources[1].revents != 0) {
            signalfd_siginfo info{};
            while (::read(deaths, &info, sizeof info) > 0) {
            }
            reap();
        }
        if (sources[0].revents != 0) serve();
        // A standby comes back from here when its turn has come, and knows of no request: last of all.
        if (standby_ < 0 && monotonic_ns() >= next_try_) make_standby();
    }
}

// For poll(): until a standby is to be tried again, if there is none.
int SpawnerProcess::next_look(int64_t now) const
{
    if (standby_ > 0) return -1;
    return static_cast<int>((std::max<int64_t>(next_try_ - now, 0) + kMillisecond - 1) / kMillisecond);
}

// The standby has all that this process knows, and goes on from here when this one was killed.
void SpawnerProcess::make_standby()
{
    const uint64_t before = generation_;
    while (make_one_standby()) {
    }
    ::setsid();  // Ctrl-C is for the host, which then ends the children in order
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_NAME, "dumbwaiter-spwn");
    if (generation_ == before) return;
    const int self = open_process(::getpid());
    tell({.kind = Spawner::Event::Kind::kRenewed, .ticket = generation_, .pid = ::getpid(), .process = self});
    if (self >= 0) ::close(self);
}

// True in the standby, once its turn has come.
bool SpawnerProcess::make_one_standby()
{
    const int self = open_process(::getpid());
    standby_ = self < 0 ? -1 : ::fork();  // without one it works as well, as long as nobody kills it
    if (standby_ < 0) {
        be_alone(errno);
    } else if (std::exchange(pause_, kFirstPause) != kFirstPause && standby_ > 0) {
        tell({.kind = Spawner::Event::Kind::kAccompanied});
    }
    const bool is_standby = standby_ == 0;
    if (is_standby) {
        stand_by(self);
        known_.kill_groups();
        children_.clear();
        planners_.clear();
        ++generation_;
    }
    if (self >= 0) ::close(self);
    return is_standby;
}

// It is told once, and tried again at growing intervals.
void SpawnerProcess::be_alone(int why)
{
    if (pause_ == kFirstPause) tell({.kind = Spawner::Event::Kind::kAlone, .status = why});
    next_try_ = monotonic_ns() + pause_;
    pause_ = std::min(pause_ * 2, kLongestPause);
}

// Until that process is dead. Children that it leaves die with it.
void SpawnerProcess::stand_by(int spawner) const
{
    standbys_.add(::getpid());
    ::setsid();
    ::prctl(PR_SET_NAME, "dumbwaiter-stby");
    while (true) {
        pollfd sources[] = {{spawner, POLLIN, 0}, {socket_, 0, 0}};
        if (::poll(sources, 2, -1) < 0 && errno != EINTR) ::_exit(1);
        if ((sources[1].revents & (POLLHUP | POLLERR)) != 0) ::_exit(0);  // the host is gone
        if (sources[0].revents != 0) return;
    }
}

void SpawnerProcess::serve()
{
    std::array<char, sizeof(SpawnerRequest) + PATH_MAX> bytes{};
    std::array<int, kMostDescriptors> descriptors{};
    const ssize_t size = receive_with_descriptors(socket_, std::as_writable_bytes(std::span(bytes)), descriptors);
    if (size < static_cast<ssize_t>(sizeof(SpawnerRequest))) leave();
    SpawnerRequest request{};
    std::memcpy(&request, bytes.data(), sizeof request);
    if (request.lane == kHostLane) {
        start_planner(bytes.data() + sizeof request, descriptors[0]);
    } else if (request.generation == generation_) {
        start(request, descriptors);
    }
    for (const int descriptor : descriptors) {
        if (descriptor >= 0) ::close(descriptor);
    }
}

void SpawnerProcess::start(const SpawnerRequest& request, const std::array<int, kMostDescriptors>& descriptors)
{
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
        run_child({.manifest = manifest_,
                   .resolution = resolution_,
                   .plan = plan_.children[request.lane - 1],
                   .layout = request.layout,
                   .memory = descriptors[0],
                   .socket = descriptors[1],
                   .out = descriptors[2],
                   .err = descriptors[3],
                   .parent = parent});
    }
    if (pid < 0) {
        tell({.kind = Spawner::Event::Kind::kNotStarted,
              .lane = request.lane,
              .ticket = request.ticket,
              .status = errno});
        return;
    }
    children_[pid] = {request.lane, request.ticket};
    known_.add(pid);
    const int process = open_process(pid);
    tell({.kind = Spawner::Event::Kind::kStarted,
          .lane = request.lane,
          .ticket = request.ticket,
          .pid = pid,
          .process = process});
    if (process >= 0) ::close(process);
}

// It has nothing of this process but what every process has, and serves its own socket.
void SpawnerProcess::start_planner(const char* manifest, int socket)
{
    const pid_t pid = ::fork();
    if (pid > 0) planners_.insert(pid);
    if (pid != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    close_all_but(3, {socket});
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    Checked checked = look_and_tell(manifest, socket);
    if (!checked.can_be_taken_over()) ::_exit(0);
    const LanePlan plan = plan_lanes(checked.manifest, checked.resolution);
    ::prctl(PR_SET_PDEATHSIG, 0);  // from here on its own socket says when the host is gone
    SpawnerProcess(checked.manifest, checked.resolution, plan, socket, standbys_).run();
}

void SpawnerProcess::reap()
{
    int status = 0;
    pid_t pid = 0;
    bool any = false, standby_died = false;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
        any = true;
        const auto child = children_.find(pid);
        if (child == children_.end()) {
            planners_.erase(pid);
            standbys_.remove(pid);
            standby_died |= pid == standby_;
            continue;
        }
        ::kill(-pid, SIGKILL);  // what it started in its own session
        tell({.kind = Spawner::Event::Kind::kEnded,
              .lane = child->second.lane,
              .ticket = child->second.ticket,
              .pid = pid,
              .status = status});
        children_.erase(child);
        known_.remove(pid);
    }
    // What it started in sessions of their own was handed on to this process. So was the standby of a spawner below
    // this one, which is a spawner now.
    if (any) {
        kill_children_except([&](pid_t one) {
            return one == standby_ || standbys_.has(one) || children_.contains(one) || planners_.contains(one);
        });
    }
    if (standby_died) {
        standby_ = -1;
        next_try_ = 0;
    }
}

void SpawnerProcess::tell(const Spawner::Event& event)
{
    const std::span<const int> descriptors(&event.process, event.process >= 0 ? 1 : 0);
    if (!send_with_descriptors(socket_, std::as_bytes(std::span(&event, 1)), descriptors)) leave();
}

// The host is gone.
void SpawnerProcess::leave()
{
    standbys_.remove(standby_);
    kill_children_except([](pid_t) { return false; });
    ::_exit(0);
}

}  // namespace

void run_spawner(Manifest& manifest, const Resolution& resolution, const LanePlan& plan, int socket)
{
    KnownChildren standbys;
    SpawnerProcess(manifest, resolution, plan, socket, standbys).run();
}

}  // namespace dumbwaiter
