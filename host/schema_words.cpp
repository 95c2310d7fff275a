// SPDX-License-Identifier: BSD-3-Clause
#include "schema_words.hpp"

#include <fmt/format.h>

#include <vector>

namespace dumbwaiter {
namespace {

constexpr size_t kMostChoices = 12;

std::string type_words(std::string_view type)
{
    if (type == "integer" || type == "array") return fmt::format("an {}", type);
    if (type == "object") return "a table";
    return type == "null" ? std::string(type) : fmt::format("a {}", type);
}

// "a, b or c"
std::string alternatives(const std::vector<std::string>& words)
{
    std::string text;
    for (size_t i = 0; i < words.size(); ++i) {
        if (i != 0) text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

std::string choice_words(const Json& choices)
{
    std::vector<std::string> words;
    for (const Json& choice : choices) {
        if (words.size() == kMostChoices) {
            words.push_back(fmt::format("{} others", choices.size() - kMostChoices));
            break;
        }
        words.push_back(choice.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
    return alternatives(words);
}

// " from 1 to 9", " of at least 1", ...
std::string bound_words(const Json& schema, const char* low, const char* high, std::string_view unit)
{
    const auto least = schema.find(low), most = schema.find(high);
    const auto is_number = [&](auto at) { return at != schema.end() && at->is_number(); };
    if (is_number(least) && is_number(most)) {
        if (*least == *most) return fmt::format(" of {}{}", least->dump(), unit);
        return fmt::format(" {} {} to {}{}", unit.empty() ? "from" : "of", least->dump(), most->dump(), unit);
    }
    if (is_number(least)) return fmt::format(" of at least {}{}", least->dump(), unit);
    if (is_number(most)) return fmt::format(" of at most {}{}", most->dump(), unit);
    return {};
}

std::string number_limits(const Json& schema)
{
    std::string text = bound_words(schema, "minimum", "maximum", "");
    const auto add = [&](const char* keyword, std::string_view words) {
        const auto at = schema.find(keyword);
        if (at != schema.end() && at->is_number())
            text += fmt::format("{}{} {}", text.empty() ? " " : ", ", words, at->dump());
    };
    add("exclusiveMinimum", "above");
    add("exclusiveMaximum", "below");
    add("multipleOf", "that is a multiple of");
    return text;
}

std::string string_limits(const Json& schema)
{
    std::string text = bound_words(schema, "minLength", "maxLength", " characters");
    const auto pattern = schema.find("pattern");
    if (pattern != schema.end() && pattern->is_string()) {
        text += fmt::format(" that matches /{}/", pattern->get<std::string>());
    }
    return text;
}

std::string limits(const Json& schema, std::string_view type)
{
    if (type == "integer" || type == "number") return number_limits(schema);
    if (type == "string") return string_limits(schema);
    if (type != "array") return {};
    const bool is_set = schema.value("uniqueItems", Json()) == Json(true);
    return bound_words(schema, "minItems", "maxItems", " elements") + (is_set ? ", each once" : "");
}

std::string typed_words(const Json& schema)
{
    const auto type = schema.find("type");
    if (type == schema.end()) return {};
    std::vector<std::string> words;
    for (const Json& one : type->is_array() ? *type : Json::array({*type})) {
        const std::string name = one.is_string() ? one.get<std::string>() : std::string();
        const bool is_time = name == "object" && schema.contains(kTimeKey);
        words.push_back(is_time ? "a date-time" : type_words(name) + limits(schema, name));
    }
    return alternatives(words);
}

std::string words_of(const Json& root, const Json& reference, int depth)
{
    const Json* const schema = resolve_reference(root, reference);
    if (schema == nullptr || !schema->is_object() || depth > 4) return {};
    if (const auto value = schema->find("const"); value != schema->end()) return choice_words(Json::array({*value}));
    if (const auto values = schema->find("enum"); values != schema->end()) return choice_words(*values);
    if (std::string words = typed_words(*schema); !words.empty()) return words;
    for (const char* keyword : {"anyOf", "oneOf"}) {
        const auto parts = schema->find(keyword);
        if (parts == schema->end()) continue;
        std::vector<std::string> words;
        for (const Json& part : *parts) words.push_back(words_of(root, part, depth + 1));
        if (std::ranges::find(words, std::string()) == words.end()) return alternatives(words);
    }
    return {};
}

}  // namespace

std::string wanted_words(const Json& root, const Json& schema)
{
    std::string words = words_of(root, schema, 0);
    const Json* const target = resolve_reference(root, schema);
    const auto text = [&](const char* keyword) {
        const bool is_there = target != nullptr && target->is_object() && target->contains(keyword);
        return is_there && (*target)[keyword].is_string() ? (*target)[keyword].get<std::string>() : std::string();
    };
    const std::string said = text("description").empty() ? text("title") : text("description");
    if (words.empty()) return said;
    return said.empty() ? words : fmt::format("{} ({})", words, said);
}

}  // namespace dumbwaiter
