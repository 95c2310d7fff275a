// SPDX-License-Identifier: BSD-3-Clause
//
// The command line in CLI11's terms: for options.cpp, which parses it, and command_line.cpp, which says what there is.
// Nobody else includes CLI11, which takes 5 s to compile.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "options.hpp"

namespace dumbwaiter {

inline constexpr const char* kVersion = "dumbwaiter " DUMBWAITER_VERSION;

// CLI11's words for a wrong command line, as one sentence that says what to do.
class CommandLine {
public:
    CommandLine(int argc, const char* const* argv);
    std::variant<Options, ExitCode> parse();

private:
    CLI::App& command(Command command, const std::string& name, const std::string& summary);
    void add_shared_options();
    void add_run_options(CLI::App& app);
    void add_read_commands();
    void add_steering_commands();
    void add_shapes(CLI::App& app);
    void add_other_commands();
    std::string command_word() const;
    bool takes_value(const std::string& word) const;
    bool is_asked(std::string_view short_name, std::string_view long_name) const;
    std::optional<ExitCode> answer() const;
    std::string hint() const;
    std::string help_of(const CLI::App& app) const;
    std::string fault(const CLI::ParseError& error) const;
    std::string misplaced(const std::string& option) const;
    std::string fault_of_word(const std::string& word) const;
    std::vector<std::string> words_like(const std::string& word) const;
    std::optional<std::string> fault_of_values() const;

    int argc_;
    const char* const* argv_;
    bool is_run_;  // called as run_dumbwaiter
    Options options_;
    std::string log_level_ = "info", log_format_ = "text";
    CLI::App app_;
};

}  // namespace dumbwaiter
