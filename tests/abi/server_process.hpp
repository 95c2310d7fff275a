// SPDX-License-Identifier: BSD-3-Clause
//
// A server that a test starts for itself and that ends with it.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace dumbwaiter {

class ServerProcess {
public:
    // `user`: run as this user where the test is root, for servers that refuse to be.
    explicit ServerProcess(const std::vector<std::string>& argv, uid_t user = 0)
    {
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        std::vector<char*> words;
        for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        pid_ = fork();
        if (pid_ == 0) {
            dup2(ends[1], 1);
            close(ends[0]);
            close(ends[1]);
            if (user != 0 && getuid() == 0 && (setgid(user) != 0 || setuid(user) != 0)) _exit(126);
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            execvp(words[0], words.data());
            _exit(127);
        }
        close(ends[1]);
        out_ = fdopen(ends[0], "r");
    }
    ~ServerProcess() { stop(SIGTERM); }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    // The next line of its stdout, "" at its end.
    std::string line()
    {
        char text[4096];
        if (fgets(text, sizeof text, out_) == nullptr) return {};
        std::string line(text);
        while (!line.empty() && line.back() == '\n') line.pop_back();
        return line;
    }
    void stop(int signal)
    {
        if (pid_ <= 0) return;
        kill(pid_, signal);
        wait();
    }
    int wait()
    {
        int status = 0;
        waitpid(pid_, &status, 0);
        fclose(out_);
        pid_ = -1;
        return status;
    }

private:
    pid_t pid_;
    FILE* out_ = nullptr;
};

}  // namespace dumbwaiter
