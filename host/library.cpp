// SPDX-License-Identifier: BSD-3-Clause
//
// What a loaded library has for this host.
#include "library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "elf_exports.hpp"
#include "loading.hpp"
#include "serializer_plugin.hpp"

namespace dumbwaiter {

struct Library::Handle {
    std::filesystem::path file;
    ElfExports exports;
    LoadedHandle loaded;
};

Library::Library(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}

Library::~Library() = default;

const std::filesystem::path& Library::file() const
{
    return handle_->file;
}

Expected<std::shared_ptr<const Library>> Library::open(const SealedLibrary& taken)
{
    const auto loaded = load_library(taken);
    if (!loaded) return std::unexpected(loaded.error());
    return std::make_shared<const Library>(std::make_unique<Handle>(Handle{taken.file, taken.exports, *loaded}));
}

Expected<std::shared_ptr<const Library>> Library::open_system(const std::string& name)
{
    const auto loaded = load_system_library(name);
    if (!loaded) return std::unexpected(loaded.error());
    Expected<ElfExports> exports = read_elf_exports(loaded->file);
    if (!exports) return std::unexpected(exports.error());
    return std::make_shared<const Library>(
        std::make_unique<Handle>(Handle{loaded->file, std::move(*exports), loaded->handle}));
}

Expected<void*> Library::code(const std::string& symbol) const
{
    if (const Status found = find_code(handle_->exports, symbol); !found) {
        return within(handle_->file.string(), found.error());
    }
    if (void* const code = ::dlsym(handle_->loaded, symbol.c_str())) return code;
    return failure(Code::kNotFound,
                   fmt::format("{}: the dynamic loader does not find \"{}\"", handle_->file.string(), symbol));
}

template <typename Info>
Expected<Info> Library::read_info(InfoKind kind, std::string_view symbol) const
{
    const Expected<ExportedInfo> exported = find_export(handle_->exports, kind, symbol);
    if (!exported) return within(handle_->file.string(), exported.error());
    const std::string name = std::string(symbol) + std::string(info_suffix(kind));
    const void* const theirs = ::dlsym(handle_->loaded, name.c_str());
    if (theirs == nullptr) {
        return failure(Code::kNotFound,
                       fmt::format("{}: the dynamic loader does not find \"{}\"", handle_->file.string(), name));
    }
    Info ours{};
    std::memcpy(&ours, theirs, std::min<size_t>(exported->struct_size, sizeof ours));
    return ours;
}

Expected<dw_function_info> Library::describe(std::string_view symbol) const
{
    return read_info<dw_function_info>(InfoKind::kFunction, symbol);
}

Expected<dw_serializer_info> Library::describe_serializer(std::string_view symbol) const
{
    return read_info<dw_serializer_info>(InfoKind::kSerializer, symbol);
}

Expected<dw_serializer_info> Library::serializer(std::string_view symbol) const
{
    Expected<dw_serializer_info> info = describe_serializer(symbol);
    if (!info) return info;
    const std::string fault = code_fault(*info);
    if (fault.empty()) return info;
    return failure(Code::kIncompatible,
                   fmt::format("{}: \"{}\" cannot be used: {}", handle_->file.string(), symbol, fault));
}

Expected<dw_function_info> Library::function(std::string_view symbol) const
{
    Expected<dw_function_info> info = describe(symbol);
    if (!info) return info;
    if (const std::string fault = run_fault(*info); !fault.empty()) {
        return failure(Code::kIncompatible,
                       fmt::format("{}: \"{}\" cannot be used: {}", handle_->file.string(), symbol, fault));
    }
    return info;
}

std::string run_fault(const dw_function_info& info)
{
    if (info.run == nullptr) return "it has no code (run is NULL)";
    return {};
}

}  // namespace dumbwaiter
