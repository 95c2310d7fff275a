// SPDX-License-Identifier: BSD-3-Clause
//
// The libraries that functions run from, by the names that the manifest has for them, and how one of them stays where
// its file was replaced by a bad one. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "manifest.hpp"
#include "registry.hpp"
#include "roster.hpp"

namespace dumbwaiter {

class LibrariesInUse {
public:
    LibrariesInUse() = default;
    // Those of a manifest that was taken over.
    LibrariesInUse(const Manifest& manifest, const Resolution& resolution);

    // Where a library is at fault, the one that ran under its name stands in `resolution` again, as far as codes go.
    void stand_in(const Manifest& manifest, Resolution& resolution) const;

    // Libraries at fault that somebody needs nevertheless: a function that is new or changed, or a pin that the one
    // in use does not meet. After stand_in().
    std::set<uint32_t> missed(const Manifest& manifest, const Resolution& resolution,
                              const Difference& difference) const;

private:
    struct File {
        std::string path, sha256;
        bool is_system = false;
    };
    using Key = std::pair<std::string, bool>;  // name, and whether it is called by a signature
    static Key key_of(const FunctionSpec& spec) { return {spec->library, spec->signature.has_value()}; }

    std::map<Key, File> files_;
    std::map<std::string, File> serializers_;  // by "library:symbol"
};

}  // namespace dumbwaiter
