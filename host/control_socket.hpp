// SPDX-License-Identifier: BSD-3-Clause
//
// The socket over which a running host is steered: connections, lines, who is at the other end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "descriptor.hpp"
#include "event.hpp"
#include "status.hpp"

namespace dumbwaiter {

// One request a connection, one answer, and it is closed. A slow or silent peer holds up nobody.
class ControlSocket {
public:
    // Leaves the answer, a line without its end. Thread-safe; called once, at any time, also after the socket is gone.
    using Answer = std::function<void(std::string line)>;
    // Called on the socket's thread for each request.
    using Handler = std::function<void(uid_t peer, std::string_view line, Answer answer)>;

    // Listens as `control` in the store's folder, 0660 and of its `group`. kIo, kInvalidArgument.
    static Expected<std::unique_ptr<ControlSocket>> open(const std::filesystem::path& folder, const std::string& group,
                                                         Handler handler);
    ~ControlSocket();  // nobody can connect any more; requests that have no answer are closed
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;

private:
    struct Peer {
        Descriptor socket;
        uid_t uid = 0;
        std::string in, out;
        int64_t since = 0;  // CLOCK_MONOTONIC, when it came
        bool was_asked = false, has_said_all = false, is_done = false;
    };
    // Answers on their way to the socket's thread; they may outlive it.
    struct Outbox {
        void leave(uint64_t peer, std::string line);
        Event event;
        std::mutex mutex;
        std::vector<std::pair<uint64_t, std::string>> lines;  // guarded by mutex
        bool stopping = false;                                // guarded by mutex
    };

    ControlSocket(std::filesystem::path folder, Descriptor listener, Handler handler);
    void serve();
    int time_left() const;
    bool take_answers();
    bool accept_all();
    void read_request(uint64_t number, Peer& peer);
    void write_answer(Peer& peer);

    const std::filesystem::path file_;
    const Descriptor listener_;
    const Handler handler_;
    const size_t most_peers_;
    const std::shared_ptr<Outbox> outbox_ = std::make_shared<Outbox>();
    std::map<uint64_t, Peer> peers_;  // the thread's own
    uint64_t last_ = 0;
    std::thread thread_;
};

}  // namespace dumbwaiter
