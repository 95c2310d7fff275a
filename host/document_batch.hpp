// SPDX-License-Identifier: BSD-3-Clause
//
// Documents of the store's own that are to be committed together.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "store.hpp"

namespace dumbwaiter {

// Of each document the newest text. Thread-compatible.
class DocumentBatch {
public:
    // Takes all of `newer`, in its order; it is empty afterwards. What it takes replaces older texts of the same
    // documents, so that a store that cannot be written costs the memory of one text each. Its cost grows with `newer`
    // only, but for the first time that something is there already.
    void add(std::vector<Store::Put>& newer);
    void clear();

    bool empty() const { return puts_.empty(); }
    const std::vector<Store::Put>& puts() const { return puts_; }
    uint64_t looked_at() const { return looked_at_; }  // documents so far, to find whether they are there already

private:
    void find_places();

    std::vector<Store::Put> puts_;
    std::unordered_map<std::string, size_t> places_;  // in puts_, by database and key; empty until something is added
    uint64_t looked_at_ = 0;
};

}  // namespace dumbwaiter
