// SPDX-License-Identifier: BSD-3-Clause
#include "sealed_library.hpp"

#include <fmt/format.h>

#include <set>
#include <system_error>
#include <utility>

#include "elf_needs.hpp"
#include "trust.hpp"

namespace dumbwaiter {
namespace {

namespace fs = std::filesystem;

// What the ELF file itself says, read from the copy.
struct Reading {
    ElfExports exports;
    ElfNeeds needs;
};

Expected<Reading> read_copy(const SealedCopy& copy)
{
    const SealedBytes memory(copy);
    if (!memory.is_there()) return failure(Code::kIo, "cannot be mapped into memory");
    auto exports = parse_elf_exports(memory.bytes());
    if (!exports) return std::unexpected(exports.error());
    auto needs = parse_elf_needs(memory.bytes());
    if (!needs) return std::unexpected(needs.error());
    return Reading{std::move(*exports), std::move(*needs)};
}

std::unexpected<Error> about(const fs::path& file, Error error)
{
    error.message.insert(0, file.string() + " ");
    return std::unexpected(std::move(error));
}

// One library, and then what it finds by $ORIGIN, each file once.
class Taker {
public:
    explicit Taker(Trust trust) : trust_(trust) {}

    Expected<SealedLibrary> take(const fs::path& file)
    {
        const auto opened = open_trusted(file, trust_);
        return opened ? take_opened(file, *opened) : std::unexpected(opened.error());
    }

private:
    Expected<SealedLibrary> take_opened(const fs::path& file, const Descriptor& opened)
    {
        auto copy = copy_sealed(opened, file.filename().string());
        if (!copy) return about(file, copy.error());
        auto reading = read_copy(*copy);
        if (!reading) return about(file, reading.error());
        seen_.insert(copy->source);
        SealedLibrary library{.file = file,
                              .copy = std::move(*copy),
                              .exports = std::move(reading->exports),
                              .soname = reading->needs.soname};
        if (Status taken = take_beside(reading->needs, library); !taken) return std::unexpected(taken.error());
        return library;
    }

    Status take_beside(const ElfNeeds& needs, SealedLibrary& library)
    {
        std::error_code error;
        const fs::path folder = fs::absolute(library.file, error).parent_path();
        for (const std::string& name : needs.needed) {
            const auto place = find_by_origin(needs, name, folder);
            if (!place) continue;
            auto other = take_unseen(*place);
            if (!other) return within(library.file.string() + " needs " + name, other.error());
            if (!*other) continue;
            if ((*other)->soname != name) {
                library.uncopied = fmt::format("it needs {}, which has not that soname: link {} with -Wl,-soname,{}",
                                               name, name, name);
            } else if (!(*other)->uncopied.empty()) {
                library.uncopied = fmt::format("it needs {}: {}", name, (*other)->uncopied);
            }
            library.beside.push_back(std::move(**other));
        }
        if (needs.is_inherited && !library.beside.empty()) {
            library.uncopied = "it hands DT_RPATH on to what it needs: link it with -Wl,--enable-new-dtags";
        }
        return {};
    }

    Expected<std::optional<SealedLibrary>> take_unseen(const fs::path& file)
    {
        const auto opened = open_trusted(file, trust_);
        if (!opened) return std::unexpected(opened.error());
        if (seen_.contains(identity_of(*opened))) return std::nullopt;
        return take_opened(file, *opened);
    }

    const Trust trust_;
    std::set<FileIdentity> seen_;
};

void collect(const SealedLibrary& library, std::vector<int>& descriptors)
{
    descriptors.push_back(library.copy.descriptor.number());
    for (const SealedLibrary& other : library.beside) collect(other, descriptors);
}

}  // namespace

Expected<SealedLibrary> take_library(const fs::path& file, Trust trust, const std::optional<std::string>& sha256)
{
    auto library = Taker(trust).take(file);
    if (!library || !sha256) return library;
    const std::string fault = pin_fault(*library, *sha256);
    return fault.empty() ? std::move(library) : failure(Code::kIncompatible, file.string() + ": " + fault);
}

std::string pin_fault(const SealedLibrary& library, std::string_view sha256)
{
    if (library.copy.sha256 != sha256) {
        return fmt::format("its sha256 is {}, not the one that is pinned: put the right file there, or pin this one",
                           library.copy.sha256);
    }
    if (library.uncopied.empty()) return {};
    return fmt::format("it cannot be pinned, for it is not loaded from a copy: {}", library.uncopied);
}

std::string copy_warning(const SealedLibrary& library)
{
    if (library.uncopied.empty()) return {};
    return library.file.string() + " is loaded from its file, not from a copy: " + library.uncopied;
}

std::vector<int> descriptors_of(const SealedLibrary& library)
{
    std::vector<int> descriptors;
    collect(library, descriptors);
    return descriptors;
}

}  // namespace dumbwaiter
