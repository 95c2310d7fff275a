// SPDX-License-Identifier: BSD-3-Clause
//
// What a validator must not be handed is refused here first: it follows references for ever, and says little of places.
#include "json_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <regex>
#include <set>
#include <vector>

#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "codec.hpp"
#include "replace_all.hpp"

namespace dumbwaiter {
namespace {

constexpr int kDeepest = 64;

// A part of a schema is compiled as a document of its own, which carries the whole one along for its references.
constexpr std::string_view kRoot = "/$root";

std::unexpected<Error> refused(std::string why)
{
    return failure(Code::kInvalidArgument, std::move(why));
}

// Members of a schema whose values are values, and no schemas.
bool holds_values(std::string_view keyword)
{
    static constexpr std::string_view kKeywords[] = {"enum", "const", "default", "examples"};
    return std::ranges::find(kKeywords, keyword) != std::end(kKeywords);
}

void unify_tuple(Json& schema)
{
    const auto prefix = schema.find("prefixItems");
    if (prefix == schema.end() || !prefix->is_array()) return;
    Json items = std::move(*prefix);
    schema.erase(prefix);
    if (const auto rest = schema.find("items"); rest != schema.end()) schema["additionalItems"] = std::move(*rest);
    schema["items"] = std::move(items);
}

void unify_format(Json& schema)
{
    const auto format = schema.find("format");
    if (format == schema.end() || !format->is_string()) return;
    const bool is_time = *format == "date-time";
    schema.erase(format);
    const auto type = schema.find("type");
    if (!is_time || type == schema.end()) return;
    Json types = type->is_array() ? *type : Json::array({*type});
    const auto text = std::ranges::find(types, Json("string"));
    if (text == types.end()) return;
    *text = "object";
    schema["type"] = std::move(types);
    schema["required"] = Json::array({kTimeKey});
    schema[kTimeKey] = true;
}

void unify_reference(Json& schema)
{
    const auto reference = schema.find("$ref");
    if (reference == schema.end() || !reference->is_string()) return;
    std::string& text = reference->get_ref<std::string&>();
    if (text.starts_with('#')) text.insert(1, kRoot);
    text = replace_all(std::move(text), "/prefixItems/", "/items/");
}

// Every schema of the text.
void unify(Json& node)
{
    if (node.is_object()) {
        for (const char* name : {"$schema", "$id"}) {
            if (const auto at = node.find(name); at != node.end() && at->is_string()) node.erase(at);
        }
        unify_tuple(node);
        unify_format(node);
        unify_reference(node);
        for (auto& [keyword, part] : node.items()) {
            if (!holds_values(keyword)) unify(part);
        }
    } else if (node.is_array()) {
        for (Json& part : node) unify(part);
    }
}

// Why a regular expression or reference somewhere in it cannot be used; "" if all can.
std::string part_fault(const Json& root, const Json& node)
{
    if (!node.is_structured()) return {};
    if (node.is_object()) {
        const auto pattern = node.find("pattern");
        if (pattern != node.end() && pattern->is_string()) std::regex(pattern->get<std::string>());
        if (resolve_reference(root, node) == nullptr) {
            std::string reference = node["$ref"];
            if (const size_t at = reference.find(kRoot); at == 1) reference.erase(at, kRoot.size());
            return fmt::format("refers to {}, which is not in it", json_quote(reference));
        }
    }
    for (const auto& [keyword, part] : node.items()) {
        if (node.is_object() && holds_values(keyword)) continue;
        if (keyword == "patternProperties" && part.is_object()) {
            for (const auto& [expression, schema] : part.items()) std::regex{expression};
        }
        if (std::string fault = part_fault(root, part); !fault.empty()) return fault;
    }
    return {};
}

// Does checking a value against a schema lead back to the same schema with the same value?
class CycleFinder {
public:
    explicit CycleFinder(const Json& root) : root_(root) {}

    bool finds_any(const Json& node)
    {
        if (!node.is_structured()) return false;
        if (node.is_object() && leads_back(node)) return true;
        return std::ranges::any_of(node, [this](const Json& part) { return finds_any(part); });
    }

private:
    bool leads_back(const Json& schema)
    {
        if (!schema.is_object() || done_.contains(&schema)) return false;
        if (!open_.insert(&schema).second) return true;
        const bool is_found = follow(schema);
        open_.erase(&schema);
        done_.insert(&schema);
        return is_found;
    }

    bool follow(const Json& schema)
    {
        const Json* const target = resolve_reference(root_, schema);
        if (target != nullptr && target != &schema && leads_back(*target)) return true;
        for (const char* keyword : {"not", "if", "then", "else"}) {
            if (const auto part = schema.find(keyword); part != schema.end() && leads_back(*part)) return true;
        }
        for (const char* keyword : {"allOf", "anyOf", "oneOf", "dependencies"}) {
            const auto parts = schema.find(keyword);
            if (parts == schema.end() || !parts->is_structured()) continue;
            if (std::ranges::any_of(*parts, [this](const Json& part) { return leads_back(part); })) return true;
        }
        return false;
    }

    const Json& root_;
    std::set<const Json*> open_, done_;
};

void compile(const Json& root, const Json& part, valijson::Schema& schema)
{
    const Json document = {{std::string(kRoot.substr(1)), root}, {"allOf", Json::array({part})}};
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(document), schema);
}

Expected<Json> parse_json(std::string_view text)
{
    bool is_deep = false;
    const auto watch = [&](int depth, Json::parse_event_t, Json&) { return !(is_deep |= depth > kDeepest); };
    Json json = Json::parse(text, watch, false);
    if (is_deep) return refused(fmt::format("nests deeper than {}", kDeepest));
    if (json.is_discarded()) return refused("is no JSON");
    if (!json.is_object() && !json.is_boolean()) return refused("is no JSON Schema: it must be an object");
    return json;
}

std::string schema_fault_of(const Json& root)
{
    try {
        if (std::string fault = part_fault(root, root); !fault.empty()) return fault;
        if (CycleFinder(root).finds_any(root)) return "refers to itself without going into the value";
        valijson::Schema schema, kwargs;
        compile(root, root, schema);
        if (root.is_object() && root.contains("kwargs")) compile(root, root["kwargs"], kwargs);
        return {};
    } catch (const std::exception& error) {
        return fmt::format("is no JSON Schema: {}", error.what());
    }
}

}  // namespace

Expected<Json> read_schema(std::string_view text)
{
    Expected<Json> schema = parse_json(text);
    if (!schema) return schema;
    unify(*schema);
    if (std::string fault = schema_fault_of(*schema); !fault.empty()) return refused(std::move(fault));
    return schema;
}

const Json* resolve_reference(const Json& root, const Json& schema)
{
    const Json* at = &schema;
    for (int steps = 0; steps <= kDeepest && at->is_object(); ++steps) {
        const auto reference = at->find("$ref");
        if (reference == at->end() || !reference->is_string()) return at;
        const std::string& text = reference->get_ref<const std::string&>();
        if (!text.starts_with('#')) return nullptr;
        try {
            const Json::json_pointer pointer(text.substr(1 + kRoot.size()));
            if (!root.contains(pointer)) return nullptr;
            at = &root.at(pointer);
        } catch (const Json::exception&) {
            return nullptr;
        }
    }
    return at->is_object() ? nullptr : at;
}

Expected<bool> conforms(const Json& root, const Json& schema, const Json& value)
{
    try {
        valijson::Schema compiled;
        compile(root, schema, compiled);
        valijson::Validator validator;
        const valijson::adapters::NlohmannJsonAdapter target(value);
        return validator.validate(compiled, target, nullptr);
    } catch (const std::exception& error) {
        return failure(Code::kInvalidArgument, error.what());
    }
}

}  // namespace dumbwaiter
