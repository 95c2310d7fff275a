// SPDX-License-Identifier: BSD-3-Clause
//
// dlopen and a look at what dlsym found, before any of it is believed.
#include "serializer_library.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <cstring>

#include "exception_text.hpp"
#include "info_fault.hpp"
#include "serializer_plugin.hpp"

namespace dumbwaiter {
namespace {

std::string loader_message(const std::string& path)
{
    const char* said = ::dlerror();
    std::string text = said != nullptr ? said : "the loader says nothing";
    if (text.starts_with(path + ": ")) text.erase(0, path.size() + 2);
    return text;
}

Expected<void*> load(const std::filesystem::path& file)
{
    // A path with a slash, or the dynamic loader would search its own folders.
    const std::string path = std::filesystem::absolute(file).string();
    std::string why;
    try {
        if (void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) return handle;
        why = loader_message(path);
    } catch (...) {
        why = exception_text();  // a constructor of the library
    }
    return failure(Code::kIncompatible, fmt::format("{} cannot be loaded: {}", path, why));
}

// How long the loader's symbol table says that the object is; 0 if it does not say.
uint64_t symbol_size(const void* object)
{
    Dl_info info{};
    void* entry = nullptr;
    if (::dladdr1(object, &info, &entry, RTLD_DL_SYMENT) == 0 || entry == nullptr) return 0;
    return static_cast<const ElfW(Sym)*>(entry)->st_size;
}

}  // namespace

Expected<dw_serializer_info> open_serializer(const std::filesystem::path& file, const std::string& symbol)
{
    const auto handle = load(file);
    if (!handle) return std::unexpected(handle.error());
    const std::string exported = symbol + std::string(info_suffix(InfoKind::kSerializer));
    const void* const object = ::dlsym(*handle, exported.c_str());
    if (object == nullptr) {
        return failure(Code::kNotFound, fmt::format("{}: there is no serializer \"{}\" in it", file.string(), symbol));
    }
    InfoHeader header{.elf_size = symbol_size(object)};
    constexpr size_t kHeader = 4 * sizeof(uint32_t);
    if (header.elf_size >= kHeader) std::memcpy(&header.struct_size, object, kHeader);
    std::string fault = info_fault(InfoKind::kSerializer, symbol, header);
    dw_serializer_info info{};
    if (fault.empty()) {
        std::memcpy(&info, object, std::min<size_t>(header.struct_size, sizeof info));
        fault = code_fault(info);
    }
    if (fault.empty()) return info;
    return failure(Code::kIncompatible, fmt::format("{}: \"{}\" cannot be used: {}", file.string(), symbol, fault));
}

}  // namespace dumbwaiter
