// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter new-plugin NAME`: a folder with a plugin that builds and runs at once.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "commands.hpp"
#include "descriptor.hpp"
#include "plugin_template.hpp"
#include "terminal.hpp"
#include "whole_io.hpp"

namespace dumbwaiter {
namespace {

bool refuse(const std::filesystem::path& path)
{
    complain(fmt::format("{}: {}", path.string(), std::strerror(errno)));
    return false;
}

// Whatever the umask is: a host takes no library out of a folder that others may write.
bool write_file(const std::filesystem::path& folder, const TemplateFile& file)
{
    const std::filesystem::path path = folder / file.path;
    const mode_t mode = file.is_program ? 0755 : 0644;
    const Descriptor made(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!made.is_open() || fchmod(made.number(), mode) != 0 || !write_all(made.number(), file.text))
        return refuse(path);
    return true;
}

}  // namespace

ExitCode command_new_plugin(const Options& options)
{
    if (!is_plugin_name(options.name)) {
        complain(
            fmt::format("\"{}\" cannot be the name of a plugin: write a letter, then letters, digits, _ and -, 64 "
                        "of them at most",
                        options.name));
        return ExitCode::kUsage;
    }
    const auto files = plugin_template(options.language, options.name);
    if (!files) {
        complain(fmt::format("--lang takes c, cpp or rust, not \"{}\"", options.language));
        return ExitCode::kUsage;
    }
    const std::filesystem::path folder = options.name;
    if (mkdir(folder.c_str(), 0755) != 0) {
        complain(fmt::format("the folder {} cannot be made: {}", options.name, std::strerror(errno)));
        return ExitCode::kUsage;
    }
    if (chmod(folder.c_str(), 0755) != 0) return refuse(folder), ExitCode::kFailed;
    for (const TemplateFile& file : *files) {
        if (!write_file(folder, file)) return ExitCode::kFailed;
    }
    print(fmt::format(
        "{0}/ is made. Next:\n  cd {0}\n  meson setup build && meson compile -C build && dumbwaiter run --once\n"
        "  dumbwaiter get hello\n",
        options.name));
    return ExitCode::kDone;
}

}  // namespace dumbwaiter
