// SPDX-License-Identifier: BSD-3-Clause
//
// A scratch folder with a manifest, a store and hosts of its own, seen from outside through the built programs.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace dumbwaiter::test {

using Json = nlohmann::ordered_json;

// A process that has ended. `code` is its exit code, 128 + N when signal N ended it.
struct Done {
    int code;
    std::string out, err;

    Json json() const;  // stdout as one JSON value
    std::vector<Json> json_lines() const;
};

// A running host; killed and reaped when it goes out of scope.
class Host {
public:
    Host(pid_t pid, std::filesystem::path log) : pid_(pid), log_(std::move(log)) {}
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    pid_t pid() const { return pid_; }
    bool is_running();
    void send(int signal);
    int wait();               // until it ends by itself: its code as in Done
    int stop(int signal);     // send and wait
    std::string log() const;  // its stderr so far
    void wait_for_log(std::string_view part);

private:
    pid_t pid_;
    int code_ = -1;
    std::filesystem::path log_;
};

class World {
public:
    World();
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    const std::filesystem::path& root() const { return root_; }
    std::filesystem::path store() const { return root_ / "store"; }
    std::filesystem::path manifest() const { return root_ / "dumbwaiter.toml"; }

    // The manifest: lines for [dumbwaiter] beside its store and plugin_path, then the text of its functions.
    void write(std::string_view functions, std::string_view settings = "");
    void write_file(const std::filesystem::path& name, std::string_view text);

    // `dumbwaiter ARGUMENTS` in root(), with NAME=VALUE pairs for its environment.
    Done run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});
    Done run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment = {});

    // `run_dumbwaiter --manifest ... ARGUMENTS`
    std::unique_ptr<Host> start(const std::vector<std::string>& arguments = {});
    // The same by a command of one's own, whose words these are.
    std::unique_ptr<Host> start_by(const std::vector<std::string>& command);
    Done once();  // run_dumbwaiter --once, to its end

    // What the commands say with --json.
    Json reading(const std::string& name);       // null if there is none
    uint64_t sequence(const std::string& name);  // of the newest value; 0 if there is none
    std::vector<Json> history(const std::string& name);
    std::vector<Json> errors(const std::string& name);
    Json status();                                                    // of the host that runs on store()
    void wait_for(const std::string& name, uint64_t sequence);        // until its newest value has at least this one
    void wait_for_errors(const std::string& name, size_t count = 1);  // until at least so many are kept

private:
    std::filesystem::path root_;
    std::atomic<int> runs_ = 0;  // commands may be run by several threads
};

// Polls until `condition` holds; fails the test, saying `what`, if it does not come true within a minute.
void until(const std::function<bool()>& condition, std::string_view what);

bool has(const std::string& text, std::string_view part);
// The manifest's table of one function; `more` is lines of it.
std::string entry(const std::string& name, const std::string& function, const std::string& more = "");

std::string read_file(const std::filesystem::path& file);
std::filesystem::path program(std::string_view name);      // dumbwaiter, run_dumbwaiter
std::filesystem::path test_plugin(std::string_view name);  // a library of tests/plugins
std::filesystem::path shipped_plugin(std::string_view name);

}  // namespace dumbwaiter::test
