// SPDX-License-Identifier: BSD-3-Clause
#include "control_socket.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "clock.hpp"
#include "host_request.hpp"
#include "local_socket.hpp"
#include "store_files.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kMostRequest = 4096;
constexpr size_t kMostPeers = 4096;          // those beyond wait for their turn
constexpr int64_t kTimeToAsk = 5 * kSecond;  // for a peer to say what it wants
constexpr int kPause = 100;                  // milliseconds, where the system gives no descriptor

uid_t uid_of(const Descriptor& socket)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    const bool known = ::getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    return known ? peer.uid : static_cast<uid_t>(-1);
}

// A quarter of the descriptors that the host may have.
size_t most_peers()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 64;
    return std::clamp<size_t>(limit.rlim_cur / 4, 8, kMostPeers);
}

bool would_block()
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

void ControlSocket::Outbox::leave(uint64_t peer, std::string line)
{
    line += '\n';
    const std::lock_guard lock(mutex);
    lines.emplace_back(peer, std::move(line));
    event.raise();
}

Expected<std::unique_ptr<ControlSocket>> ControlSocket::open(const std::filesystem::path& folder,
                                                             const std::string& group, Handler handler)
{
    auto listener = listen_in(folder, kControlSocket, 0660);
    if (!listener) return std::unexpected(listener.error());
    if (const Status given = give_to_group(folder / kControlSocket, group); !given) {
        return std::unexpected(given.error());
    }
    return std::unique_ptr<ControlSocket>(new ControlSocket(folder, std::move(*listener), std::move(handler)));
}

ControlSocket::ControlSocket(std::filesystem::path folder, Descriptor listener, Handler handler)
    : file_(std::move(folder) / kControlSocket),
      listener_(std::move(listener)),
      handler_(std::move(handler)),
      most_peers_(most_peers())
{
    thread_ = std::thread([this] { serve(); });
}

ControlSocket::~ControlSocket()
{
    ::unlink(file_.c_str());
    {
        const std::lock_guard lock(outbox_->mutex);
        outbox_->stopping = true;
    }
    outbox_->event.raise();
    thread_.join();
}

void ControlSocket::serve()
{
    std::vector<pollfd> sources;
    std::vector<uint64_t> numbers;
    bool is_short = false;  // of descriptors
    while (true) {
        const bool takes_more = peers_.size() < most_peers_ && !is_short;
        sources.assign({{outbox_->event.number(), POLLIN, 0}, {takes_more ? listener_.number() : -1, POLLIN, 0}});
        numbers.clear();
        for (const auto& [number, peer] : peers_) {
            const short events = !peer.out.empty() ? POLLOUT : peer.has_said_all ? short{0} : POLLIN;
            sources.push_back({peer.socket.number(), events, 0});
            numbers.push_back(number);
        }
        ::poll(sources.data(), sources.size(), is_short ? kPause : time_left());
        is_short = false;
        if (!take_answers()) return;
        for (size_t i = 0; i < numbers.size(); ++i) {
            Peer& peer = peers_.at(numbers[i]);
            const short revents = sources[i + 2].revents;
            const bool is_late = !peer.was_asked && monotonic_ns() - peer.since >= kTimeToAsk;
            peer.is_done |= is_late || (revents & (POLLHUP | POLLERR)) != 0;
            if (revents == 0 || peer.is_done) continue;
            (revents & POLLOUT) != 0 ? write_answer(peer) : read_request(numbers[i], peer);
        }
        if (sources[1].revents != 0) is_short = !accept_all();
        std::erase_if(peers_, [](const auto& entry) { return entry.second.is_done; });
    }
}

// Milliseconds until somebody has been silent for too long; -1: nobody is.
int ControlSocket::time_left() const
{
    int64_t first = std::numeric_limits<int64_t>::max();
    for (const auto& [number, peer] : peers_) {
        if (!peer.was_asked) first = std::min(first, peer.since);
    }
    if (first == std::numeric_limits<int64_t>::max()) return -1;
    return static_cast<int>(std::max<int64_t>(first + kTimeToAsk - monotonic_ns(), 0) / kMillisecond) + 1;
}

// False: the socket is to end.
bool ControlSocket::take_answers()
{
    outbox_->event.lower();
    std::vector<std::pair<uint64_t, std::string>> lines;
    bool stopping = false;
    {
        const std::lock_guard lock(outbox_->mutex);
        lines.swap(outbox_->lines);
        stopping = outbox_->stopping;
    }
    for (auto& [number, line] : lines) {
        const auto peer = peers_.find(number);
        if (peer == peers_.end()) continue;
        peer->second.out = std::move(line);
        write_answer(peer->second);
    }
    return !stopping;
}

// False: the system gives no more descriptors for now.
bool ControlSocket::accept_all()
{
    while (peers_.size() < most_peers_) {
        const int number = ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (number < 0 && errno == EINTR) continue;
        if (number < 0) return would_block() || errno == ECONNABORTED;
        Peer& peer = peers_[++last_];
        peer.socket = Descriptor(number);
        peer.uid = uid_of(peer.socket);
        peer.since = monotonic_ns();
    }
    return true;
}

void ControlSocket::read_request(uint64_t number, Peer& peer)
{
    char block[kMostRequest];
    const ssize_t count = ::recv(peer.socket.number(), block, sizeof block, 0);
    if (count < 0 && would_block()) return;
    if (count <= 0) {
        // Who has asked may say that this was all, and still wants the answer.
        peer.has_said_all = true;
        peer.is_done = count < 0 || !peer.was_asked;
        return;
    }
    if (peer.was_asked) return;  // one request a connection
    peer.in.append(block, static_cast<size_t>(count));
    const size_t end = peer.in.find('\n');
    if (end == peer.in.npos) {
        peer.is_done = peer.in.size() > kMostRequest;
        return;
    }
    peer.was_asked = true;
    handler_(peer.uid, std::string_view(peer.in).substr(0, end),
             [outbox = outbox_, number](std::string line) { outbox->leave(number, std::move(line)); });
}

void ControlSocket::write_answer(Peer& peer)
{
    const ssize_t count = ::send(peer.socket.number(), peer.out.data(), peer.out.size(), MSG_NOSIGNAL);
    if (count < 0 && would_block()) return;
    if (count > 0) peer.out.erase(0, static_cast<size_t>(count));
    peer.is_done = count < 0 || peer.out.empty();
}

}  // namespace dumbwaiter
