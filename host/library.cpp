// SPDX-License-Identifier: BSD-3-Clause
//
// Loading one library into this process. The only file that includes Boost.DLL.
#include "library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <exception>
#include <mutex>

#include "elf_exports.hpp"
#include "serializer_plugin.hpp"

namespace dumbwaiter {

struct Library::Handle {
    std::filesystem::path file;
    ElfExports exports;
    const boost::dll::shared_library* loaded;
};

namespace {

// Nothing is ever unloaded, not even at exit: a thread that a plugin left behind may still run in it, and TLS
// destructors or atexit handlers may still point into it.
const boost::dll::shared_library* keep_for_ever(boost::dll::shared_library loaded)
{
    static std::mutex mutex;
    static auto* const kept = new std::vector<const boost::dll::shared_library*>();
    const std::scoped_lock lock(mutex);
    kept->push_back(new boost::dll::shared_library(std::move(loaded)));
    return kept->back();
}

std::string loader_message(const std::string& path, const boost::dll::fs::error_code& error)
{
    const char* said = ::dlerror();
    std::string text = said != nullptr ? said : error.message();
    if (text.starts_with(path + ": ")) text.erase(0, path.size() + 2);
    return text;
}

using Mode = boost::dll::load_mode::type;

constexpr Mode kHere = static_cast<Mode>(boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
constexpr Mode kAnywhere = static_cast<Mode>(kHere | boost::dll::load_mode::search_system_folders);

Expected<const boost::dll::shared_library*> load(const std::filesystem::path& file, Mode mode)
{
    try {
        boost::dll::shared_library loaded;
        boost::dll::fs::error_code error;
        // Without a slash the dynamic loader searches its own folders.
        const std::filesystem::path path = mode == kAnywhere ? file : std::filesystem::absolute(file);
        loaded.load(path, error, mode);
        if (!error) return keep_for_ever(std::move(loaded));
        return failure(Code::kIncompatible,
                       fmt::format("{} cannot be loaded: {}", file.string(), loader_message(path.string(), error)));
    } catch (const std::exception& error) {
        // A constructor of the library may throw.
        return failure(Code::kIncompatible, fmt::format("{} cannot be loaded: {}", file.string(), error.what()));
    } catch (...) {
        return failure(Code::kIncompatible, fmt::format("{} cannot be loaded: it threw an exception", file.string()));
    }
}

}  // namespace

Library::Library(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}

Library::~Library() = default;

const std::filesystem::path& Library::file() const
{
    return handle_->file;
}

Expected<std::shared_ptr<const Library>> Library::open(const std::filesystem::path& file)
{
    Expected<ElfExports> exports = read_elf_exports(file);
    if (!exports) return std::unexpected(exports.error());
    const auto loaded = load(file, kHere);
    if (!loaded) return std::unexpected(loaded.error());
    return std::make_shared<const Library>(std::make_unique<Handle>(Handle{file, std::move(*exports), *loaded}));
}

Expected<std::shared_ptr<const Library>> Library::open_system(const std::string& name)
{
    const auto loaded = load(name, kAnywhere);
    if (!loaded) return std::unexpected(loaded.error());
    const link_map* map = nullptr;
    if (::dlinfo((*loaded)->native(), RTLD_DI_LINKMAP, &map) != 0) {
        return failure(Code::kIo, fmt::format("{}: {}", name, ::dlerror()));
    }
    const std::filesystem::path file = map->l_name;
    Expected<ElfExports> exports = read_elf_exports(file);
    if (!exports) return std::unexpected(exports.error());
    return std::make_shared<const Library>(std::make_unique<Handle>(Handle{file, std::move(*exports), *loaded}));
}

Expected<void*> Library::code(const std::string& symbol) const
{
    if (const Status found = find_code(handle_->exports, symbol); !found) {
        return within(handle_->file.string(), found.error());
    }
    if (void* const code = ::dlsym(handle_->loaded->native(), symbol.c_str())) return code;
    return failure(Code::kNotFound,
                   fmt::format("{}: the dynamic loader does not find \"{}\"", handle_->file.string(), symbol));
}

template <typename Info>
Expected<Info> Library::read_info(InfoKind kind, std::string_view symbol) const
{
    const Expected<ExportedInfo> exported = find_export(handle_->exports, kind, symbol);
    if (!exported) return within(handle_->file.string(), exported.error());
    try {
        const auto& theirs = handle_->loaded->get<const Info>(std::string(symbol) + std::string(info_suffix(kind)));
        Info ours{};
        std::memcpy(&ours, &theirs, std::min<size_t>(exported->struct_size, sizeof ours));
        return ours;
    } catch (const std::exception& error) {
        return failure(Code::kNotFound, fmt::format("{}: {}", handle_->file.string(), error.what()));
    }
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
        return failure(Code::kIncompatible, fmt::format("{}: \"{}\" cannot be used: {}", handle_->file.string(), symbol, fault));
    }
    return info;
}

std::string run_fault(const dw_function_info& info)
{
    if (info.run == nullptr) return "it has no code (run is NULL)";
    return {};
}

}  // namespace dumbwaiter
