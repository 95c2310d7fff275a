// SPDX-License-Identifier: BSD-3-Clause
#include "spawner.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "clock.hpp"
#include "descriptors.hpp"
#include "open_process.hpp"
#include "spawner_process.hpp"
#include "system_failure.hpp"

namespace dumbwaiter {

namespace {

void await_end(const Descriptor& process, int64_t until)
{
    pollfd source{process.number(), POLLIN, 0};
    ::poll(&source, 1, static_cast<int>(std::max<int64_t>(until - monotonic_ns(), 0) / kMillisecond));
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
        run_spawner(manifest, resolution, plan, theirs.number());
    }
    return std::shared_ptr<Spawner>(new Spawner(pid, std::move(ours), kLeaveTime));
}

std::shared_ptr<Spawner> Spawner::take_over(Descriptor socket, std::chrono::milliseconds leave_time)
{
    return std::shared_ptr<Spawner>(new Spawner(0, std::move(socket), leave_time));
}

Spawner::~Spawner()
{
    let_go();
    const int64_t end = monotonic_ns() + std::chrono::nanoseconds(leave_time_).count();
    if (successor_.is_open()) await_end(successor_, end);
    if (pid_ == 0) return;  // not its own child, which its parent reaps
    await_end(open_process(pid_), end);
    ::waitpid(pid_, nullptr, WNOHANG);
}

bool Spawner::has_left()
{
    pollfd source{successor_.number(), POLLIN, 0};
    if (successor_.is_open() && ::poll(&source, 1, 0) == 0) return false;
    if (pid_ != 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
    return pid_ == 0;
}

Status Spawner::start(const Start& start)
{
    const SpawnerRequest request{
        .lane = start.lane, .ticket = start.ticket, .generation = generation_, .layout = start.layout};
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
    const SpawnerRequest request{.lane = kHostLane, .ticket = 0, .generation = 0, .layout = {}};
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
        if (event.kind == Event::Kind::kRenewed) generation_ = event.ticket;
        if (event.kind == Event::Kind::kRenewed || event.kind == Event::Kind::kAccompanied) note_spawner(event);
        events.push_back(event);
    }
}

// The one before may be dead, and was this process's child.
void Spawner::note_spawner(Event& event)
{
    successor_ = Descriptor(std::exchange(event.process, -1));
    if (pid_ != 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
}

}  // namespace dumbwaiter
