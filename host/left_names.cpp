// SPDX-License-Identifier: BSD-3-Clause
#include "left_names.hpp"

#include <algorithm>

namespace dumbwaiter {

namespace {

constexpr std::string_view kMark = R"("in_manifest":false)";

bool is_in(const Manifest& manifest, std::string_view name)
{
    return std::ranges::binary_search(manifest.functions, name, {},
                                      [](const FunctionSpec& spec) { return std::string_view(spec.name); });
}

}  // namespace

std::string marked_as_left(std::string json)
{
    const bool is_object = json.size() > 2 && json.front() == '{' && json.back() == '}';
    if (!is_object || json.find(kMark) != json.npos) return {};
    json.pop_back();
    return json.append(",").append(kMark).append("}");
}

Expected<std::vector<Store::Put>> mark_left_names(const Manifest& manifest, Store& store)
{
    const auto names = store.document_keys("#functions");
    if (!names) return std::unexpected(names.error());
    std::vector<Store::Put> puts;
    for (const std::string& name : *names) {
        if (is_in(manifest, name)) continue;
        const auto document = store.document("#functions", name);
        if (!document) return std::unexpected(document.error());
        std::string json = marked_as_left(document->value_or(""));
        if (!json.empty()) puts.push_back({"#functions", name, std::move(json)});
    }
    return puts;
}

}  // namespace dumbwaiter
