// SPDX-License-Identifier: BSD-3-Clause
#include "info_fault.hpp"

#include <dumbwaiter/plugin.h>
#include <fmt/format.h>

#include <cstddef>

namespace dumbwaiter {
namespace {

constexpr uint32_t kMustUnderstand = 0xffff0000;

// What version 1.0 of the ABI began with; later ones only grew.
constexpr uint32_t kFirstFunctionInfo = offsetof(dw_function_info, destroy) + sizeof(dw_function_info::destroy);
constexpr uint32_t kFirstSerializerInfo =
    offsetof(dw_serializer_info, deserialize) + sizeof(dw_serializer_info::deserialize);

}  // namespace

std::string_view info_suffix(InfoKind kind)
{
    return kind == InfoKind::kFunction ? "__dw1" : "__dw1_serializer";
}

std::string info_fault(InfoKind kind, std::string_view symbol, const InfoHeader& header)
{
    const bool is_function = kind == InfoKind::kFunction;
    const uint32_t first_size = is_function ? kFirstFunctionInfo : kFirstSerializerInfo;
    const std::string name = fmt::format("{}{}", symbol, info_suffix(kind));
    if (header.is_code) {
        return fmt::format("{} is code, and no constant: build it with the macros of <dumbwaiter/plugin.h>", name);
    }
    if (header.struct_size > header.elf_size) {
        return fmt::format(
            "{} says that it is {} bytes long, and is {}: build it with the macros of <dumbwaiter/plugin.h>", name,
            header.struct_size, header.elf_size);
    }
    if (header.struct_size < first_size) {
        return fmt::format(
            "{} is {} bytes long, and a {} has at least {}: build it with the macros of <dumbwaiter/plugin.h>", name,
            header.struct_size, is_function ? "dw_function_info" : "dw_serializer_info", first_size);
    }
    if (header.required_minor > DW_ABI_MINOR) {
        return fmt::format(
            "it needs plugin ABI {}.{}, and this dumbwaiter has {}.{}: upgrade dumbwaiter, or build the "
            "library for the older version",
            DW_ABI_MAJOR, header.required_minor, DW_ABI_MAJOR, DW_ABI_MINOR);
    }
    if (const uint32_t unknown = header.flags & kMustUnderstand; unknown != 0) {
        return fmt::format(
            "it sets flags {:#x}, which this dumbwaiter (plugin ABI {}.{}) does not know: upgrade dumbwaiter", unknown,
            DW_ABI_MAJOR, DW_ABI_MINOR);
    }
    return {};
}

}  // namespace dumbwaiter
