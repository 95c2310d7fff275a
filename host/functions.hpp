// SPDX-License-Identifier: BSD-3-Clause
//
// The functions that a host runs, under ids that stay with their names for as long as it lives.
#pragma once

#include <memory>
#include <utility>

#include "manifest.hpp"
#include "schedule.hpp"
#include "stable_vector.hpp"

namespace dumbwaiter {

// What the manifest says of a function is read by whoever handles a job of it, and replaced only while there is none:
// by the dispatcher, under the executor's lock.
class Functions {
public:
    // Those of a manifest that outlives this, under its indices.
    explicit Functions(const Manifest& manifest) : specs_(manifest.functions.size())
    {
        for (size_t i = 0; i < specs_.size(); ++i) specs_[i] = {std::shared_ptr<void>(), &manifest.functions[i]};
    }

    const FunctionSpec& operator[](FunctionId id) const { return *specs_[id]; }
    size_t size() const { return specs_.size(); }

    FunctionId add(std::shared_ptr<const FunctionSpec> spec)
    {
        specs_.emplace_back() = std::move(spec);
        return static_cast<FunctionId>(specs_.size() - 1);
    }
    void replace(FunctionId id, std::shared_ptr<const FunctionSpec> spec) { specs_[id] = std::move(spec); }

private:
    StableVector<std::shared_ptr<const FunctionSpec>> specs_;
};

}  // namespace dumbwaiter
