// SPDX-License-Identifier: BSD-3-Clause
//
// The store's small JSON documents, written field by field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "builder.hpp"
#include "document.hpp"

namespace dumbwaiter {

// Thread-compatible. Fields stand in the order in which they are added.
class JsonObject {
public:
    JsonObject& text(std::string_view key, std::string_view value);
    JsonObject& integer(std::string_view key, int64_t value);
    JsonObject& real(std::string_view key, double value);
    JsonObject& boolean(std::string_view key, bool value);
    JsonObject& null(std::string_view key);
    // For arrays and objects inside: open them on the builder, and close them again.
    Builder& field(std::string_view key);
    std::string finish();

private:
    void begin_field(std::string_view key);
    void end_nested();

    std::string json_;
    Builder nested_;  // of field()
    bool is_nested_ = false;
};

}  // namespace dumbwaiter
