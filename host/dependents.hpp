// SPDX-License-Identifier: BSD-3-Clause
//
// Who runs after whom: the functions that a new value of another makes due.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "manifest.hpp"
#include "schedule.hpp"

namespace dumbwaiter {

class Dependents {
public:
    Dependents() = default;
    // Ids are the manifest's indices.
    explicit Dependents(const Manifest& manifest)
    {
        for (size_t id = 0; id < manifest.functions.size(); ++id) {
            add(static_cast<FunctionId>(id), manifest.functions[id]);
        }
    }
    void add(FunctionId id, const FunctionSpec& spec)
    {
        for (const FunctionTerms::Input& input : spec->after) by_input_[input.name].push_back(id);
    }

    bool empty() const { return by_input_.empty(); }
    const std::vector<FunctionId>& of(const std::string& input) const
    {
        static const std::vector<FunctionId> kNone;
        const auto found = by_input_.find(input);
        return found == by_input_.end() ? kNone : found->second;
    }

private:
    std::unordered_map<std::string, std::vector<FunctionId>> by_input_;
};

}  // namespace dumbwaiter
