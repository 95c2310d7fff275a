// SPDX-License-Identifier: BSD-3-Clause
//
// What many functions say alike, kept once.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_set>

#include "manifest.hpp"

namespace dumbwaiter {

class TermsPool {
public:
    // These terms, or equal ones that came before.
    std::shared_ptr<const FunctionTerms> share(FunctionTerms&& terms);

private:
    using Shared = std::shared_ptr<const FunctionTerms>;
    struct Hash {
        size_t operator()(const Shared& terms) const;
    };
    struct Equal {
        bool operator()(const Shared& a, const Shared& b) const { return *a == *b; }
    };
    std::unordered_set<Shared, Hash, Equal> known_;
};

}  // namespace dumbwaiter
