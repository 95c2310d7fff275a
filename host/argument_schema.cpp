// SPDX-License-Identifier: BSD-3-Clause
//
// The validator says whether; this finds where, by going into the parts that do not conform.
#include "argument_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <regex>
#include <utility>

#include "describe.hpp"
#include "json_schema.hpp"
#include "plural.hpp"
#include "rfc3339.hpp"
#include "schema_words.hpp"
#include "suggestion.hpp"

namespace dumbwaiter {
namespace {

Json instance_of(const Document& document, uint32_t at)
{
    const Node& node = document.nodes[at];
    switch (node.type) {
        case Type::kNull: return nullptr;
        case Type::kBool: return node.i64 != 0;
        case Type::kI64: return node.i64;
        case Type::kU64: return node.u64;
        case Type::kF64: return node.f64;
        case Type::kStr:
        case Type::kBytes: return document.text_of(node);
        case Type::kTime: return Json{{kTimeKey, rfc3339(node.i64)}};
        case Type::kArray:
        case Type::kMap: break;
    }
    Json out = node.type == Type::kArray ? Json::array() : Json::object();
    for (uint32_t child = at + 1; child < node.end;) {
        const uint32_t value = node.type == Type::kArray ? child : child + 1;
        if (node.type == Type::kArray) {
            out.push_back(instance_of(document, value));
        } else {
            out.emplace(document.text_of(document.nodes[child]), instance_of(document, value));
        }
        child = document.nodes[value].end;
    }
    return out;
}

const Json* member(const Json& schema, const char* keyword)
{
    if (!schema.is_object()) return nullptr;
    const auto at = schema.find(keyword);
    return at == schema.end() ? nullptr : &*at;
}

bool is_false(const Json* schema)
{
    return schema != nullptr && schema->is_boolean() && !schema->get<bool>();
}

class FaultFinder {
public:
    FaultFinder(const Json& root, const Document& document, std::string_view name, std::vector<uint32_t> secrets)
        : root_(root), document_(document), name_(name), secrets_(std::move(secrets))
    {}

    std::vector<ArgumentFault> find(const Json& schema)
    {
        look(schema, 0);
        return std::move(faults_);
    }

private:
    void look(const Json& schema, uint32_t node)
    {
        const Expected<bool> verdict = conforms(root_, schema, instance_of(document_, node));
        if (!verdict)
            return add(node, "cannot be checked against the schema of the function: " + verdict.error().message);
        if (*verdict) return;
        const size_t before = faults_.size(), excused_before = excused_;
        const Json* const target = resolve_reference(root_, schema);
        if (std::ranges::find(secrets_, node) != secrets_.end() && (target == nullptr || takes_text(*target))) {
            ++excused_;  // its source was looked at, and is not what the function will get
            return;
        }
        if (target != nullptr) go_into(*target, node);
        if (faults_.size() != before || excused_ != excused_before) return;
        const std::string words = wanted_words(root_, schema);
        add(node, fmt::format("is {}, and {} was wanted", describe(document_, node),
                              words.empty() ? "something else" : words));
    }

    // Is there any text that may conform, as far as its type says?
    static bool takes_text(const Json& schema)
    {
        const Json* const type = member(schema, "type");
        if (type == nullptr) return !is_false(&schema);
        if (type->is_array()) return std::ranges::find(*type, "string") != type->end();
        return *type == "string";
    }

    void go_into(const Json& schema, uint32_t node)
    {
        const Type type = document_.nodes[node].type;
        if (type == Type::kArray) go_into_array(schema, node);
        if (type == Type::kMap) go_into_map(schema, node);
        if (const Json* parts = member(schema, "allOf"); parts != nullptr && parts->is_array()) {
            for (const Json& part : *parts) look(part, node);
        }
    }

    // The schema of an array's element; null if every value will do.
    static const Json* item_schema(const Json& schema, uint64_t index)
    {
        const Json* const items = member(schema, "items");
        if (items == nullptr || !items->is_array()) return items;
        return index < items->size() ? &(*items)[index] : member(schema, "additionalItems");
    }

    void go_into_array(const Json& schema, uint32_t node)
    {
        const uint64_t size = document_.nodes[node].size;
        uint64_t most = UINT64_MAX, least = 0;
        if (const Json* bound = member(schema, "maxItems")) most = bound->get<uint64_t>();
        if (const Json* bound = member(schema, "minItems")) least = bound->get<uint64_t>();
        uint32_t item = node + 1;
        for (uint64_t i = 0; i < size && i < most; ++i, item = document_.nodes[item].end) {
            const Json* const part = item_schema(schema, i);
            if (is_false(part)) most = i;
            if (part != nullptr && !is_false(part)) look(*part, item);
        }
        if (size > most)
            add(node, fmt::format("has {}, and at most {} can be taken", number_of(size, "element"), most));
        // Not more than a few: a schema may ask for a billion.
        for (uint64_t i = size; i < least && i < size + 3; ++i)
            add_missing(node, fmt::format("[{}]", i), item_schema(schema, i));
    }

    // The schema of a map's entry; null if every value will do.
    static const Json* entry_schema(const Json& schema, const std::string& key)
    {
        if (const Json* properties = member(schema, "properties")) {
            if (const Json* property = member(*properties, key.c_str())) return property;
        }
        if (const Json* patterns = member(schema, "patternProperties"); patterns != nullptr && patterns->is_object()) {
            for (const auto& [pattern, part] : patterns->items()) {
                if (std::regex_search(key, std::regex(pattern))) return &part;
            }
        }
        return member(schema, "additionalProperties");
    }

    void go_into_map(const Json& schema, uint32_t node)
    {
        const Node& map = document_.nodes[node];
        std::vector<std::string> there;
        for (uint32_t key = node + 1; key < map.end; key = document_.nodes[key + 1].end) {
            there.emplace_back(document_.text_of(document_.nodes[key]));
            const Json* const part = entry_schema(schema, there.back());
            if (is_false(part)) {
                add(key + 1, "is unknown" + known_keys(schema, there.back()));
            } else if (part != nullptr) {
                look(*part, key + 1);
            }
        }
        const Json* const required = member(schema, "required");
        if (required == nullptr || !required->is_array()) return;
        for (const Json& key : *required) {
            const std::string name = key.is_string() ? key.get<std::string>() : std::string();
            if (name == kTimeKey || std::ranges::find(there, name) != there.end()) continue;
            add_missing(node, key_step(name), entry_schema(schema, name));
        }
    }

    static std::string known_keys(const Json& schema, const std::string& key)
    {
        std::vector<std::string> names;
        if (const Json* properties = member(schema, "properties")) {
            for (const auto& [name, part] : properties->items()) names.push_back(name);
        }
        if (names.empty()) return ": the function takes none";
        const std::string near = did_you_mean(key, std::vector<std::string_view>(names.begin(), names.end()));
        return near.empty() ? fmt::format("; the function takes {}", fmt::join(names, ", ")) : near;
    }

    void add_missing(uint32_t container, std::string_view step, const Json* schema)
    {
        const std::string words = schema == nullptr ? std::string() : wanted_words(root_, *schema);
        const std::string message = words.empty() ? "is missing" : fmt::format("is missing: {} is wanted", words);
        add(container, message, step);
    }

    void add(uint32_t node, std::string_view message, std::string_view step = {})
    {
        faults_.push_back(
            {false, entry_of(node), fmt::format("{}{}{} {}", name_, place_in(document_, node), step, message)});
    }

    // The entry of the root, a map, in which the node stands.
    std::optional<size_t> entry_of(uint32_t node) const
    {
        if (node == 0 || document_.nodes[0].type != Type::kMap) return std::nullopt;
        size_t index = 0;
        for (uint32_t key = 1; document_.nodes[key + 1].end <= node; key = document_.nodes[key + 1].end) ++index;
        return index;
    }

    const Json& root_;
    const Document& document_;
    std::string_view name_;
    const std::vector<uint32_t> secrets_;  // nodes
    size_t excused_ = 0;                   // secrets of which it is not known whether they conform
    std::vector<ArgumentFault> faults_;
};

std::vector<uint32_t> nodes_of(const std::vector<Secret>& secrets, bool in_kwargs)
{
    std::vector<uint32_t> nodes;
    for (const Secret& secret : secrets) {
        if (secret.in_kwargs == in_kwargs) nodes.push_back(secret.node);
    }
    return nodes;
}

}  // namespace

std::string schema_fault(std::string_view text)
{
    const Expected<Json> schema = read_schema(text);
    return schema ? std::string() : schema.error().message;
}

std::vector<ArgumentFault> argument_faults(std::string_view text, const Document& args, const Document& kwargs,
                                           const std::vector<Secret>& secrets)
{
    const Expected<Json> schema = read_schema(text);
    if (!schema) return {};
    std::vector<ArgumentFault> faults;
    try {
        faults = FaultFinder(*schema, args, "args", nodes_of(secrets, false)).find(*schema);
        if (!schema->is_object() || !schema->contains("kwargs")) return faults;
        for (ArgumentFault& fault :
             FaultFinder(*schema, kwargs, "kwargs", nodes_of(secrets, true)).find((*schema)["kwargs"])) {
            fault.in_kwargs = true;
            faults.push_back(std::move(fault));
        }
    } catch (const std::exception& error) {  // of the JSON library and of regular expressions
        faults.push_back(
            {false, {}, fmt::format("the arguments cannot be checked against the schema: {}", error.what())});
    }
    return faults;
}

}  // namespace dumbwaiter
