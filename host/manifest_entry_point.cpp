// SPDX-License-Identifier: BSD-3-Clause
#include "manifest_entry_point.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dumbwaiter {
namespace {

bool is_c_identifier(std::string_view text)
{
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && !digit(text[0]) && std::ranges::all_of(text, [&](char c) { return letter(c) || digit(c); });
}

// What is wrong with "lib.so:symbol", as a sentence; "" = nothing.
std::string entry_point_fault(std::string_view text, InfoKind kind)
{
    const bool is_function = kind == InfoKind::kFunction;
    const std::string_view what = is_function ? "function" : "serializer";
    const std::string form = fmt::format("\"LIBRARY.so:{}\"", is_function ? "FUNCTION" : "SERIALIZER");
    const size_t colon = text.rfind(':');
    if (colon == text.npos) return fmt::format("{} names no {} of the library: write {}", json_quote(text), what, form);
    const std::string_view library = text.substr(0, colon), symbol = text.substr(colon + 1);
    if (library.empty() || library.ends_with('/')) {
        return fmt::format("{} names no library: write {}", json_quote(text), form);
    }
    if (symbol.empty()) {
        return fmt::format("{} names no {} of the library: write {} and its name after the colon", json_quote(text),
                           what, json_quote(text));
    }
    if (!is_c_identifier(symbol)) {
        return fmt::format("{} is no C identifier: after the colon stands the name of a {} of the library",
                           json_quote(symbol), what);
    }
    for (const InfoKind any : {InfoKind::kFunction, InfoKind::kSerializer}) {
        const std::string_view suffix = info_suffix(any);
        if (!symbol.ends_with(suffix)) continue;
        return fmt::format("write {} without \"{}\"", json_quote(symbol.substr(0, symbol.size() - suffix.size())),
                           suffix);
    }
    return {};
}

}  // namespace

void read_library_symbol(const TomlEntry& entry, InfoKind kind, const std::filesystem::path& folder,
                         std::string& library, std::string& symbol, ProblemList& problems)
{
    std::string text;
    read_plain_text(entry, text, problems);
    if (text.empty()) return;
    if (std::string fault = entry_point_fault(text, kind); !fault.empty()) {
        return problems.add(entry.at, std::move(fault));
    }
    const size_t colon = text.rfind(':');
    library = text.substr(0, colon);
    symbol = text.substr(colon + 1);
    if (library.find('/') != std::string::npos) library = (folder / library).lexically_normal().string();
}

}  // namespace dumbwaiter
