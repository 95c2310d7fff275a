// SPDX-License-Identifier: BSD-3-Clause
//
// A path walked by hand, one open descriptor a component: nothing that was checked is looked up a second time by name.
#include "trust.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <vector>

namespace dumbwaiter {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel
constexpr std::string_view kOrAny = "; or say trust = \"any\" (of a manifest: DUMBWAITER_TRUST=any)";

std::unexpected<Error> system_failure(const fs::path& path)
{
    const Code code = errno == ENOENT || errno == ENOTDIR ? Code::kNotFound
                      : errno == EACCES || errno == EPERM ? Code::kDenied
                                                          : Code::kIo;
    return failure(code, fmt::format("{} cannot be opened: {}", path.string(), std::strerror(errno)));
}

std::unexpected<Error> denied(const fs::path& path, std::string_view why, std::string_view mend)
{
    return failure(Code::kDenied, fmt::format("{} {}: {}{}", path.string(), why, mend, kOrAny));
}

bool others_may_write(const struct stat& facts)
{
    return (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

bool is_sticky_folder(const struct stat& facts)
{
    return S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0;
}

// Is what this descriptor holds in the hands of root and this user alone?
Status check_hands(const fs::path& path, const struct stat& facts)
{
    if (facts.st_uid != 0 && facts.st_uid != ::geteuid()) {
        return denied(path, fmt::format("belongs to uid {}, not to root or uid {}", facts.st_uid, ::geteuid()),
                      fmt::format("chown {} {}", ::geteuid(), path.string()));
    }
    // Nobody can write a link, and its mode says nothing.
    if (S_ISLNK(facts.st_mode) || !others_may_write(facts) || is_sticky_folder(facts)) return {};
    const bool is_all = (facts.st_mode & S_IWOTH) != 0;
    return denied(
        path,
        fmt::format("may be written by {} (mode {:04o})", is_all ? "everybody" : "its group", facts.st_mode & 07777),
        fmt::format("chmod go-w {}", path.string()));
}

Status check_kind(const fs::path& path, const struct stat& facts)
{
    if (S_ISREG(facts.st_mode)) return {};
    const std::string_view what = S_ISDIR(facts.st_mode) ? "is a folder, not a file" : "is no regular file";
    return failure(Code::kIncompatible, fmt::format("{} {}", path.string(), what));
}

// In a folder that only we write, another name of the file is our own doing (cargo, package stores); where others may
// put entries, it may be their choice which of our files stands there.
Status check_names(const fs::path& path, const struct stat& facts, const struct stat& folder)
{
    if (facts.st_nlink == 1 || !others_may_write(folder)) return {};
    return denied(path, fmt::format("has {} names (hard links), and others may write its folder", facts.st_nlink),
                  "copy it to a folder of your own");
}

// One checked entry of the way that was gone.
struct Step {
    Descriptor entry;  // O_PATH
    struct stat facts {};
    fs::path path;
};

class Walk {
public:
    // The steps to the last component, all of them checked; only that one may be something else than a folder.
    Expected<Step> to(const fs::path& absolute)
    {
        if (Status begun = begin(); !begun) return std::unexpected(begun.error());
        add(absolute);
        while (!ahead_.empty()) {
            const fs::path name = std::move(ahead_.back());
            ahead_.pop_back();
            if (Status gone = go(name); !gone) return std::unexpected(gone.error());
        }
        Step last = std::move(steps_.back());
        steps_.pop_back();
        return last;
    }

    // The folder of what to() returned; / has none.
    const Step& folder() const { return steps_.back(); }

private:
    Status begin()
    {
        Step root{Descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)), {}, "/"};
        if (!root.entry.is_open() || ::fstat(root.entry.number(), &root.facts) != 0) return system_failure("/");
        if (Status checked = check_hands(root.path, root.facts); !checked) return checked;
        steps_.clear();
        steps_.push_back(std::move(root));
        return {};
    }

    void add(const fs::path& path)
    {
        const std::vector<fs::path> names(path.begin(), path.end());
        ahead_.insert(ahead_.end(), names.rbegin(), names.rend());
    }

    Status go(const fs::path& name)
    {
        if (name == "/" || name == "." || name.empty()) return {};
        if (name == "..") {
            if (steps_.size() > 1) steps_.pop_back();
            return {};
        }
        const Step& folder = steps_.back();
        Step next{Descriptor(::openat(folder.entry.number(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)),
                  {},
                  folder.path / name};
        if (!next.entry.is_open() || ::fstat(next.entry.number(), &next.facts) != 0) return system_failure(next.path);
        if (Status checked = check_hands(next.path, next.facts); !checked) return checked;
        if (S_ISLNK(next.facts.st_mode)) return follow(next);
        steps_.push_back(std::move(next));
        return {};
    }

    Status follow(const Step& link)
    {
        char target[PATH_MAX];
        const ssize_t length = ::readlinkat(link.entry.number(), "", target, sizeof target);
        if (length >= 0 && ++links_ > kMostLinks) errno = ELOOP;
        if (length < 0 || links_ > kMostLinks) return system_failure(link.path);
        const fs::path path(std::string(target, static_cast<size_t>(length)));
        add(path);
        return path.is_absolute() ? begin() : Status();
    }

    std::vector<Step> steps_;      // from / to where the walk stands
    std::vector<fs::path> ahead_;  // what is left to go, the next one last
    int links_ = 0;
};

Expected<fs::path> absolute_of(const fs::path& path)
{
    std::error_code error;
    fs::path absolute = fs::absolute(path, error);
    if (!error) return absolute;
    return failure(Code::kIo,
                   fmt::format("{}: the current folder cannot be found: {}", path.string(), error.message()));
}

// O_NONBLOCK: what has become a FIFO since must hold nobody up.
constexpr int kReading = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

Expected<Descriptor> open_any(const fs::path& file)
{
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) return system_failure(file);
    if (Status kind = check_kind(file, facts); !kind) return std::unexpected(kind.error());
    Descriptor opened(::open(file.c_str(), kReading));
    if (!opened.is_open() || ::fstat(opened.number(), &facts) != 0) return system_failure(file);
    if (Status kind = check_kind(file, facts); !kind) return std::unexpected(kind.error());
    return opened;
}

// `facts` of the descriptor that will be read, which need not be what the walk saw under this name.
Status check_file(const Step& step, const struct stat& facts, const struct stat& folder)
{
    if (Status kind = check_kind(step.path, facts); !kind) return kind;
    if (Status hands = check_hands(step.path, facts); !hands) return hands;
    return check_names(step.path, facts, folder);
}

Expected<Descriptor> open_owned(const fs::path& file)
{
    Walk walk;
    const auto step = walk.to(file);
    if (!step) return std::unexpected(step.error());
    // So it is not /, and opening it does nothing to a device.
    if (Status kind = check_kind(step->path, step->facts); !kind) return std::unexpected(kind.error());
    const Step& folder = walk.folder();
    Descriptor opened(::openat(folder.entry.number(), step->path.filename().c_str(), kReading | O_NOFOLLOW));
    struct stat facts {};
    if (!opened.is_open() || ::fstat(opened.number(), &facts) != 0) return system_failure(step->path);
    if (Status checked = check_file(*step, facts, folder.facts); !checked) return std::unexpected(checked.error());
    return opened;
}

}  // namespace

Expected<Descriptor> open_trusted(const fs::path& file, Trust trust)
{
    if (trust == Trust::kAny) return open_any(file);
    const auto absolute = absolute_of(file);
    return absolute ? open_owned(*absolute) : std::unexpected(absolute.error());
}

Status check_folder(const fs::path& folder)
{
    const auto absolute = absolute_of(folder);
    if (!absolute) return std::unexpected(absolute.error());
    const auto step = Walk().to(*absolute);
    if (!step) return std::unexpected(step.error());
    if (!S_ISDIR(step->facts.st_mode)) return failure(Code::kIncompatible, step->path.string() + " is no folder");
    if (!others_may_write(step->facts)) return {};
    return denied(step->path, "is sticky, but everybody may put files there", "name a folder of your own");
}

Trust trust_of_environment()
{
    const char* const said = std::getenv("DUMBWAITER_TRUST");
    return said != nullptr && std::strcmp(said, "any") == 0 ? Trust::kAny : Trust::kOwner;
}

const LibrarySpec* spec_of_library(const Settings& settings, const std::string& name, const fs::path& file)
{
    const LibrarySpec* const spec = find_library_spec(settings, name);
    return spec != nullptr ? spec : find_library_spec(settings, file.filename().string());
}

Trust default_trust(const Settings& settings)
{
    return trust_of_environment() == Trust::kAny ? Trust::kAny : settings.trust;
}

Trust trust_of_library(const Settings& settings, const std::string& name, const fs::path& file)
{
    const LibrarySpec* const spec = spec_of_library(settings, name, file);
    return spec != nullptr && spec->trust ? *spec->trust : default_trust(settings);
}

std::string trust_warning(const Settings& settings, const fs::path& file, Trust trust)
{
    if (trust != Trust::kAny || default_trust(settings) == Trust::kAny) return {};
    return "trust is any: whoever may write " + file.string() + " or its folders can run code as this user";
}

}  // namespace dumbwaiter
