// SPDX-License-Identifier: BSD-3-Clause
#include "manifest_serializer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "describe.hpp"
#include "manifest_arguments.hpp"
#include "manifest_entry_point.hpp"

namespace dumbwaiter {
namespace {

constexpr Serializer kBuiltIn[] = {Serializer::kJson, Serializer::kMsgpack, Serializer::kCbor, Serializer::kRaw};

bool names_plugin(const TomlValue& value)
{
    return value.kind == TomlKind::kText &&
           (value.text.find(':') != std::string::npos || value.text.find(".so") != std::string::npos);
}

// The same table whatever the order of its keys: equal options are equal text in #serializers.
void sort_keys(TomlValue& value)
{
    for (TomlValue& item : value.items) sort_keys(item);
    for (TomlEntry& entry : value.entries) sort_keys(entry.value);
    std::ranges::sort(value.entries, {}, &TomlEntry::key);
}

}  // namespace

void SerializerKeys::read(const TomlEntry& entry, const std::filesystem::path& folder, ProblemList& problems)
{
    is_named_ = true;
    plugin_.at = entry.at;
    if (names_plugin(entry.value)) {
        read_library_symbol(entry, InfoKind::kSerializer, folder, plugin_.library, plugin_.symbol, problems);
        is_wrong_ = !plugin_.is_plugin();
        return;
    }
    std::vector<std::string_view> names;
    for (const Serializer serializer : kBuiltIn) names.push_back(serializer_name(serializer));
    const int index = read_choice_index(entry, names, problems);
    is_wrong_ = index < 0;
    if (!is_wrong_) built_in_ = kBuiltIn[index];
}

void SerializerKeys::read_options(const TomlEntry& entry, ProblemList& problems)
{
    TomlEntry sorted = entry;
    sort_keys(sorted.value);
    options_ = empty_arguments(Type::kMap);
    read_arguments(sorted, TomlKind::kTable, options_, nullptr, problems);
    has_options_ = true;
    at_options_ = entry.at;
    for (uint32_t i = 0; i < options_.nodes.size(); ++i) {
        const Node& node = options_.nodes[i];
        if (node.type != Type::kTime && (node.type != Type::kF64 || std::isfinite(node.f64))) continue;
        problems.add(entry.at, fmt::format("{}{} is {}: options are kept as JSON, so write it as a string", entry.key,
                                           place_in(options_, i), describe(options_, i)));
    }
}

void SerializerKeys::settle(Serializer& serializer, SerializerEntry& plugin, ProblemList& problems) const
{
    if (is_wrong_) return;
    if (is_named_) {
        serializer = built_in_;
        plugin = plugin_;
        if (!plugin.is_plugin()) plugin.at = {};  // of a built-in one nothing is said later
        plugin.options = empty_arguments(Type::kMap);
    }
    if (!has_options_) return;
    if (plugin.is_plugin()) {
        plugin.options = options_;
    } else if (!options_.empty() && options_.nodes[0].size > 0) {
        problems.add(at_options_, fmt::format("the serializer {} takes no options: leave them out, or name a plugin's "
                                              "serializer, \"LIBRARY.so:SERIALIZER\"",
                                              serializer_name(serializer)));
    }
}

}  // namespace dumbwaiter
