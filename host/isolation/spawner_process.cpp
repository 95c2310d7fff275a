// SPDX-License-Identifier: BSD-3-Clause
#include "spawner_process.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "child.hpp"
#include "descriptors.hpp"
#include "kept_descriptors.hpp"
#include "known_children.hpp"
#include "open_process.hpp"
#include "orphans.hpp"
#include "planner.hpp"
#include "spawner.hpp"
#include "succession.hpp"

namespace dumbwaiter {

namespace {

// A descriptor that is readable when a child has died; they are reaped where it is read.
int watch_deaths()
{
    sigset_t watched;
    ::sigemptyset(&watched);
    ::sigaddset(&watched, SIGCHLD);
    ::sigprocmask(SIG_SETMASK, &watched, nullptr);
    const int deaths = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (deaths < 0) ::_exit(1);
    return deaths;
}

class SpawnerProcess {
public:
    // `posts` are those of all spawners.
    SpawnerProcess(Manifest& manifest, const Resolution& resolution, const LanePlan& plan, int socket,
                   KnownChildren& posts)
        : manifest_(manifest), resolution_(resolution), plan_(plan), socket_(socket), posts_(posts)
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
    void reap();
    void tell(const Spawner::Event& event);
    [[noreturn]] void leave();

    Manifest& manifest_;
    const Resolution& resolution_;
    const LanePlan& plan_;
    const int socket_;
    KnownChildren& posts_;
    const int deaths_ = watch_deaths();
    std::unordered_map<pid_t, Child> children_;
    std::unordered_set<pid_t> planners_;
    KnownChildren known_;
    Succession succession_{{.socket = socket_,
                            .deaths = deaths_,
                            .posts = posts_,
                            .children = known_,
                            .tell = [this](const Spawner::Event& event) { tell(event); }}};
};

void SpawnerProcess::run()
{
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
    succession_.take_post();
    while (true) {
        pollfd sources[] = {{socket_, POLLIN, 0}, {deaths_, POLLIN, 0}, {succession_.above(), POLLIN, 0}};
        if (::poll(sources, 3, succession_.next_look()) < 0 && errno != EINTR) leave();
        if (sources[1].revents != 0) reap();
        if (sources[0].revents != 0) serve();
        // Whose turn has come comes back from here: nothing that was found above is its own.
        if (succession_.tend()) {
            children_.clear();
            planners_.clear();
        }
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
    } else if (request.generation == succession_.generation()) {
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
    const Descriptor process = open_process(pid);
    tell({.kind = Spawner::Event::Kind::kStarted,
          .lane = request.lane,
          .ticket = request.ticket,
          .pid = pid,
          .process = process.number()});
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
    SpawnerProcess(checked.manifest, checked.resolution, plan, socket, posts_).run();
}

void SpawnerProcess::reap()
{
    int status = 0;
    pid_t pid = 0;
    bool any = false;
    signalfd_siginfo info{};
    while (::read(deaths_, &info, sizeof info) > 0) {
    }
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
        any = true;
        const auto child = children_.find(pid);
        if (child == children_.end()) {
            planners_.erase(pid);
            succession_.note_death(pid);
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
    // What it started in sessions of their own was handed on to this process. So was who served a spawner below this
    // one, and serves it still.
    if (any) {
        kill_children_except([&](pid_t one) {
            return succession_.is_standby(one) || posts_.has(one) || children_.contains(one) || planners_.contains(one);
        });
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
    end_children();
    ::_exit(0);
}

}  // namespace

void run_spawner(Manifest& manifest, const Resolution& resolution, const LanePlan& plan, int socket)
{
    KnownChildren posts;
    SpawnerProcess(manifest, resolution, plan, socket, posts).run();
}

}  // namespace dumbwaiter
