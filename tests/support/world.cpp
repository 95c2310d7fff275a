// SPDX-License-Identifier: BSD-3-Clause
#include "world.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

extern char** environ;

namespace dumbwaiter::test {

namespace fs = std::filesystem;

namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr auto kStep = std::chrono::milliseconds(10);

std::string required_environment(const char* name)
{
    const char* text = std::getenv(name);
    REQUIRE_MESSAGE(text != nullptr, name << " is not set: run the tests by `meson test`");
    return text;
}

// Ours, without what would lead the programs to other manifests and stores.
std::vector<std::string> child_environment(const std::vector<std::string>& more)
{
    std::vector<std::string> all;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text = *entry;
        const bool is_ours = text.starts_with("DUMBWAITER_") || text.starts_with("XDG_") || text.starts_with("HOME=");
        if (!is_ours) all.emplace_back(text);
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

struct Launch {
    fs::path program, folder, out, err;
    std::vector<std::string> arguments, environment;
};

pid_t launch(const Launch& what)
{
    std::vector<std::string> arguments = what.arguments;
    arguments.insert(arguments.begin(), what.program.string());
    std::vector<std::string> environment = child_environment(what.environment);
    const auto argv = pointers(arguments);
    const auto envp = pointers(environment);
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid > 0) return pid;
    const auto redirect = [](const char* file, int flags, int descriptor) {
        const int opened = open(file, flags | O_CLOEXEC, 0644);
        if (opened < 0 || dup2(opened, descriptor) < 0) _exit(126);
    };
    if (chdir(what.folder.c_str()) != 0) _exit(126);
    redirect("/dev/null", O_RDONLY, 0);
    redirect(what.out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 1);
    redirect(what.err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 2);
    execve(what.program.c_str(), argv.data(), envp.data());
    _exit(127);
}

int code_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Its code; one that does not end is killed and fails the test.
int wait_for_end(pid_t pid)
{
    const auto end = std::chrono::steady_clock::now() + kPatience;
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > end) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            FAIL("process " << pid << " did not end");
        }
        std::this_thread::sleep_for(kStep);
    }
    return code_of(status);
}

}  // namespace

Json Done::json() const
{
    Json value = Json::parse(out, nullptr, false);
    REQUIRE_MESSAGE(!value.is_discarded(), "not JSON: " << out << err);
    return value;
}

std::vector<Json> Done::json_lines() const
{
    std::vector<Json> all;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) {
        all.push_back(Json::parse(line, nullptr, false));
        REQUIRE_MESSAGE(all.back().is_object(), "not a JSON object: " << line);
    }
    return all;
}

Host::~Host()
{
    if (!is_running()) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

bool Host::is_running()
{
    if (code_ >= 0) return false;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == 0) return true;
    code_ = code_of(status);
    return false;
}

void Host::send(int signal)
{
    REQUIRE_MESSAGE(is_running(), "the host has ended: " << log());
    kill(pid_, signal);
}

int Host::wait()
{
    if (code_ < 0) code_ = wait_for_end(pid_);
    return code_;
}

int Host::stop(int signal)
{
    send(signal);
    return wait();
}

std::string Host::log() const
{
    return read_file(log_);
}

void Host::wait_for_log(std::string_view part)
{
    until([&] { return has(log(), part); }, fmt::format("the host's log does not say \"{}\"", part));
}

World::World()
{
    std::string name = (fs::temp_directory_path() / "dumbwaiter-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = name;
}

World::~World()
{
    std::error_code ignored;
    fs::remove_all(root_, ignored);
}

void World::write(std::string_view functions, std::string_view settings)
{
    write_file("dumbwaiter.toml", fmt::format("[dumbwaiter]\nstore = \"store\"\nplugin_path = [\"{}\"]\n{}\n{}",
                                              required_environment("TEST_PLUGINS"), settings, functions));
}

void World::write_file(const fs::path& name, std::string_view text)
{
    std::ofstream file(root_ / name, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    REQUIRE(file.good());
}

Done World::run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment)
{
    return run_program(program("dumbwaiter"), arguments, environment);
}

Done World::run_program(const fs::path& program, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment)
{
    const std::string number = std::to_string(++runs_);
    const fs::path out = root_ / ("out." + number), err = root_ / ("err." + number);
    const int code = wait_for_end(launch({program, root_, out, err, arguments, environment}));
    Done done{code, read_file(out), read_file(err)};
    fs::remove(out);
    fs::remove(err);
    return done;
}

std::unique_ptr<Host> World::start(const std::vector<std::string>& arguments)
{
    std::vector<std::string> all = {program("run_dumbwaiter").string(), "--manifest", manifest().string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return start_by(all);
}

std::unique_ptr<Host> World::start_by(const std::vector<std::string>& command)
{
    const fs::path log = root_ / ("host." + std::to_string(++runs_));
    const std::vector<std::string> arguments(command.begin() + 1, command.end());
    return std::make_unique<Host>(launch({command.front(), root_, "/dev/null", log, arguments, {}}), log);
}

Done World::once()
{
    return run_program(program("run_dumbwaiter"), {"--manifest", manifest().string(), "--once"});
}

Json World::reading(const std::string& name)
{
    const Done done = run({"get", name, "--json", "--store", store().string()});
    if (done.code == 0) return done.json();
    // "none there yet" and "no store yet" are answers; all else is a fault.
    REQUIRE_MESSAGE((done.code == 1 || done.code == 3), "get " << name << ": " << done.code << " " << done.err);
    return nullptr;
}

uint64_t World::sequence(const std::string& name)
{
    const Json value = reading(name);
    return value.is_null() ? 0 : value["sequence"].get<uint64_t>();
}

std::vector<Json> World::history(const std::string& name)
{
    const Done done = run({"history", name, "--json", "--store", store().string()});
    REQUIRE_MESSAGE(done.code == 0, done.err);
    return done.json_lines();
}

std::vector<Json> World::errors(const std::string& name)
{
    const Done done = run({"errors", name, "--json", "--store", store().string()});
    if (done.code == 3) return {};
    REQUIRE_MESSAGE(done.code == 0, done.err);
    return done.json_lines();
}

Json World::status()
{
    return run({"status", "--json", "--store", store().string()}).json();
}

void World::wait_for(const std::string& name, uint64_t wanted)
{
    until([&] { return sequence(name) >= wanted; }, fmt::format("{} did not reach sequence {}", name, wanted));
}

void World::wait_for_errors(const std::string& name, size_t wanted)
{
    until([&] { return errors(name).size() >= wanted; }, fmt::format("{} did not leave {} reports", name, wanted));
}

void until(const std::function<bool()>& condition, std::string_view what)
{
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        REQUIRE_MESSAGE(std::chrono::steady_clock::now() < end, what);
        std::this_thread::sleep_for(kStep);
    }
}

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

std::string entry(const std::string& name, const std::string& function, const std::string& more)
{
    return fmt::format("[functions.{}]\nfunction = \"{}\"\n{}\n", name, function, more);
}

std::string read_file(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path program(std::string_view name)
{
    return fs::path(required_environment("PROGRAMS")) / name;
}

fs::path test_plugin(std::string_view name)
{
    return fs::path(required_environment("TEST_PLUGINS")) / name;
}

fs::path shipped_plugin(std::string_view name)
{
    return fs::path(required_environment("SHIPPED_PLUGINS")) / name;
}

}  // namespace dumbwaiter::test
