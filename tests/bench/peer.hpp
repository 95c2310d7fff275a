// SPDX-License-Identifier: BSD-3-Clause
//
// A server of others, started for a measurement on this core, and one connection to its Unix socket.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class Peer {
public:
    // Starts the command and connects to `socket`, which it makes. Empty: the program is not installed.
    Peer(std::vector<std::string> command, const std::filesystem::path& socket);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    bool is_there() const { return socket_ >= 0; }
    // Sends a request, and gives what came back once it ends with `end`.
    std::string_view ask(std::string_view request, std::string_view end);

private:
    int pid_ = -1, socket_ = -1;
    std::vector<char> answer_;
};

}  // namespace bench
