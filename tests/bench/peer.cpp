// SPDX-License-Identifier: BSD-3-Clause
#include "peer.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace bench {

namespace {

int start(std::vector<std::string>& command)
{
    const int pid = fork();
    if (pid != 0) return pid;
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    _exit(127);
}

int connect_to(const std::filesystem::path& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path.c_str());
    const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return made;
    close(made);
    return -1;
}

}  // namespace

Peer::Peer(std::vector<std::string> command, const std::filesystem::path& socket)
    : pid_(start(command)), answer_(1 << 16)
{
    for (int tries = 0; tries < 500 && socket_ < 0; ++tries) {
        if (waitpid(pid_, nullptr, WNOHANG) != 0) {
            pid_ = -1;
            return;
        }
        usleep(10'000);
        socket_ = connect_to(socket);
    }
}

Peer::~Peer()
{
    if (socket_ >= 0) close(socket_);
    if (pid_ < 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
}

std::string_view Peer::ask(std::string_view request, std::string_view end)
{
    if (write(socket_, request.data(), request.size()) != static_cast<ssize_t>(request.size())) std::abort();
    size_t length = 0;
    for (;;) {
        const ssize_t got = read(socket_, answer_.data() + length, answer_.size() - length);
        if (got <= 0) std::abort();
        length += static_cast<size_t>(got);
        const std::string_view so_far(answer_.data(), length);
        if (so_far.ends_with(end)) return so_far;
    }
}

}  // namespace bench
