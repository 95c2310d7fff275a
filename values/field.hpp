// SPDX-License-Identifier: BSD-3-Clause
//
// Looking into JSON documents of the host's and the store's own. An absent field is as good as none: those of other
// versions may have fewer or more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "document.hpp"

namespace dumbwaiter {

// A node of a Document that outlives it, or nothing. Thread-compatible.
class Field {
public:
    Field() = default;
    explicit Field(const Document& document) : document_(document.empty() ? nullptr : &document) {}

    Field operator[](std::string_view key) const;  // nothing, where this is no map or has no such key
    std::vector<Field> elements() const;           // of an array; else none

    bool exists() const { return document_ != nullptr; }
    std::optional<std::string> text() const;
    std::optional<double> number() const;
    std::optional<int64_t> integer() const;
    std::optional<bool> truth() const;
    std::string json() const;  // "null" for nothing

private:
    Field(const Document& document, uint32_t node) : document_(&document), node_(node) {}
    const Node& node() const { return document_->nodes[node_]; }
    bool is(Type type) const { return document_ && node().type == type; }

    const Document* document_ = nullptr;
    uint32_t node_ = 0;
};

}  // namespace dumbwaiter
