// SPDX-License-Identifier: BSD-3-Clause
//
// The keys of one map that is being built: finds duplicates in constant time, however many keys there are.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "document.hpp"

namespace dumbwaiter {

// Thread-compatible. Keeps its memory when cleared.
class KeySet {
public:
    void clear();
    // Takes the kStr node `key` of `document`; false if a key of the same text is in.
    bool insert(const Document& document, uint32_t key);

private:
    struct Slot {
        uint32_t generation = 0;  // holds a key of this map only if it is generation_: clearing costs nothing
        uint32_t key = 0;
    };

    bool insert_hashed(const Document& document, uint32_t key);
    void rehash(const Document& document, size_t size);

    std::vector<uint32_t> keys_;  // in order
    std::vector<Slot> slots_;     // open addressing, used once there are more keys than a short scan should see
    uint32_t generation_ = 1;
};

}  // namespace dumbwaiter
