// SPDX-License-Identifier: BSD-3-Clause
#include "spawner.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "child.hpp"
#include "descriptors.hpp"
#include "kept_descriptors.hpp"
#include "orphans.hpp"
#include "planner.hpp"
#include "system_failure.hpp"

namespace dumbwaiter {

namespace {

struct Request {
    uint32_t lane;  // kHostLane: not a child, but a planner, and its manifest's path follows
    uint64_t ticket;
    channel::Layout layout;
};

// ---- in the spawner

class SpawnerProcess {
public:
    SpawnerProcess(Manifest& manifest, const Resolution& resolution, const LanePlan& plan, int socket)
        : manifest_(manifest), resolution_(resolution), plan_(plan), socket_(socket)
    {}

    [[noreturn]] void run();

private:
    struct Child {
        uint32_t lane;
        uint64_t ticket;
    };

    void serve();
    void start(const Request& request, const std::array<int, kMostDescriptors>& descriptors);
    void start_planner(const char* manifest, int socket);
    void reap();
    void tell(const Spawner::Event& event);
    [[noreturn]] void leave();

    Manifest& manifest_;
    const Resolution& resolution_;
    const LanePlan& plan_;
    const int socket_;
    std::unordered_map<pid_t, Child> children_;
    std::unordered_set<pid_t> planners_;
};

void SpawnerProcess::run()
{
    ::setsid();  // Ctrl-C is for the host, which then ends the children in order
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_NAME, "dumbwaiter-spwn");
    sigset_t watched;
    ::sigemptyset(&watched);
    ::sigaddset(&watched, SIGCHLD);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
    ::sigprocmask(SIG_SETMASK, &watched, nullptr);
    const int deaths = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (deaths < 0) ::_exit(1);
    while (true) {
        pollfd sources[] = {{socket_, POLLIN, 0}, {deaths, POLLIN, 0}};
        if (::poll(sources, 2, -1) < 0 && errno != EINTR) leave();
        if (sources[1].revents != 0) {
            signalfd_siginfo info{};
            while (::read(deaths, &info, sizeof info) > 0) {
            }
            reap();
        }
        if (sources[0].revents != 0) serve();
    }
}

void SpawnerProcess::serve()
{
    std::array<char, sizeof(Request) + PATH_MAX> bytes{};
    std::array<int, kMostDescriptors> descriptors{};
    const ssize_t size = receive_with_descriptors(socket_, std::as_writable_bytes(std::span(bytes)), descriptors);
    if (size < static_cast<ssize_t>(sizeof(Request))) leave();
    Request request{};
    std::memcpy(&request, bytes.data(), sizeof request);
    request.lane == kHostLane ? start_planner(bytes.data() + sizeof request, descriptors[0])
                              : start(request, descriptors);
    for (const int descriptor : descriptors) {
        if (descriptor >= 0) ::close(descriptor);
    }
}

void SpawnerProcess::start(const Request& request, const std::array<int, kMostDescriptors>& descriptors)
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
    const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
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
    SpawnerProcess(checked.manifest, checked.resolution, plan, socket).run();
}

void SpawnerProcess::reap()
{
    int status = 0;
    pid_t pid = 0;
    bool any = false;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
        const auto child = children_.find(pid);
        if (child == children_.end()) {
            planners_.erase(pid);
            continue;
        }
        ::kill(-pid, SIGKILL);  // what it started in its own session
        tell({.kind = Spawner::Event::Kind::kEnded,
              .lane = child->second.lane,
              .ticket = child->second.ticket,
              .pid = pid,
              .status = status});
        children_.erase(child);
        any = true;
    }
    // What it started in sessions of their own was handed on to this process.
    if (any) kill_children_except([&](pid_t one) { return children_.contains(one) || planners_.contains(one); });
}

void SpawnerProcess::tell(const Spawner::Event& event)
{
    const std::span<const int> descriptors(&event.process, event.process >= 0 ? 1 : 0);
    if (!send_with_descriptors(socket_, std::as_bytes(std::span(&event, 1)), descriptors)) leave();
}

// The host is gone.
void SpawnerProcess::leave()
{
    kill_children_except([](pid_t) { return false; });
    ::_exit(0);
}

}  // namespace

Expected<std::shared_ptr<Spawner>> Spawner::fork_off(Manifest& manifest, const Resolution& resolution,
                                                     const LanePlan& plan)
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return system_failure("socketpair");
    Descriptor ours(ends[0]);
    const Descriptor theirs(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return system_failure("fork");
    if (pid == 0) {
        ours = {};
        SpawnerProcess(manifest, resolution, plan, theirs.number()).run();
    }
    return std::shared_ptr<Spawner>(new Spawner(pid, std::move(ours)));
}

std::shared_ptr<Spawner> Spawner::take_over(Descriptor socket)
{
    return std::shared_ptr<Spawner>(new Spawner(0, std::move(socket)));
}

Spawner::~Spawner()
{
    socket_ = {};
    if (pid_ == 0) return;  // a grandchild, which its own parent reaps
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Status Spawner::start(const Start& start)
{
    const Request request{.lane = start.lane, .ticket = start.ticket, .layout = start.layout};
    const std::array<int, 4> descriptors{start.memory, start.socket, start.out, start.err};
    // Whoever asks reads the spawner's events as well: were it to wait here, both could wait for each other.
    if (send_with_descriptors(socket_.number(), std::as_bytes(std::span(&request, 1)), descriptors, MSG_DONTWAIT)) {
        return {};
    }
    if (errno == EAGAIN) return failure(Code::kBusy, "the spawner has enough to do");
    return system_failure("asking for a child");
}

Status Spawner::plan(const std::filesystem::path& manifest, int socket)
{
    const Request request{.lane = kHostLane, .ticket = 0, .layout = {}};
    const std::string& path = manifest.native();
    if (path.size() >= PATH_MAX) return failure(Code::kInvalidArgument, "the manifest's path is too long");
    std::string bytes(reinterpret_cast<const char*>(&request), sizeof request);
    bytes.append(path.c_str(), path.size() + 1);
    if (send_with_descriptors(socket_.number(), std::as_bytes(std::span(bytes)), {&socket, 1})) return {};
    return system_failure("asking for a look at the manifest");
}

std::vector<Spawner::Event> Spawner::events(bool& gone)
{
    std::vector<Event> events;
    gone = false;
    while (true) {
        pollfd source{socket_.number(), POLLIN, 0};
        if (::poll(&source, 1, 0) <= 0) return events;
        Event event;
        std::array<int, kMostDescriptors> descriptors{};
        const ssize_t size =
            receive_with_descriptors(socket_.number(), std::as_writable_bytes(std::span(&event, 1)), descriptors);
        if (size != sizeof event) {
            gone = true;
            return events;
        }
        event.process = descriptors[0];
        events.push_back(event);
    }
}

}  // namespace dumbwaiter
