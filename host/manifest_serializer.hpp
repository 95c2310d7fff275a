// SPDX-License-Identifier: BSD-3-Clause
//
// `serializer` and `serializer_options`, of [dumbwaiter] and of a function.
#pragma once

#include <filesystem>

#include "manifest_fields.hpp"

namespace dumbwaiter {

// What the two keys of one table say. They may come in either order, so what they come to is settled after both.
class SerializerKeys {
public:
    void read(const TomlEntry& entry, const std::filesystem::path& folder, ProblemList& problems);
    void read_options(const TomlEntry& entry, ProblemList& problems);

    // Puts what was read over what holds without it. Options belong to the serializer beside which they stand: another
    // serializer begins without any. A built-in one takes none.
    void settle(Serializer& serializer, SerializerEntry& plugin, ProblemList& problems) const;

private:
    bool is_named_ = false, is_wrong_ = false, has_options_ = false;
    Serializer built_in_ = Serializer::kJson;
    SerializerEntry plugin_;
    Document options_;
    Position at_options_;
};

}  // namespace dumbwaiter
