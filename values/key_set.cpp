// SPDX-License-Identifier: BSD-3-Clause
//
// A scan for small maps, a hash table for the rest.
#include "key_set.hpp"

#include <algorithm>
#include <functional>

namespace dumbwaiter {
namespace {

constexpr size_t kScanned = 16;  // a power of two: the table starts at four times this

std::string_view text_of(const Document& document, uint32_t key)
{
    return document.text_of(document.nodes[key]);
}

}  // namespace

void KeySet::clear()
{
    keys_.clear();
    if (++generation_ == 0) {
        std::fill(slots_.begin(), slots_.end(), Slot{});
        generation_ = 1;
    }
}

bool KeySet::insert(const Document& document, uint32_t key)
{
    if (keys_.size() < kScanned) {
        const std::string_view text = text_of(document, key);
        for (const uint32_t known : keys_) {
            if (text_of(document, known) == text) return false;
        }
        keys_.push_back(key);
        return true;
    }
    const size_t wanted = std::max(slots_.size(), 4 * kScanned);
    if (keys_.size() == kScanned) {
        rehash(document, wanted);
    } else if (keys_.size() * 2 >= slots_.size()) {
        rehash(document, wanted * 2);
    }
    if (!insert_hashed(document, key)) return false;
    keys_.push_back(key);
    return true;
}

bool KeySet::insert_hashed(const Document& document, uint32_t key)
{
    const std::string_view text = text_of(document, key);
    const size_t mask = slots_.size() - 1;
    for (size_t at = std::hash<std::string_view>{}(text)&mask;; at = (at + 1) & mask) {
        Slot& slot = slots_[at];
        if (slot.generation != generation_) {
            slot = {generation_, key};
            return true;
        }
        if (text_of(document, slot.key) == text) return false;
    }
}

void KeySet::rehash(const Document& document, size_t size)
{
    if (size != slots_.size()) slots_.assign(size, Slot{});
    for (const uint32_t key : keys_) insert_hashed(document, key);
}

}  // namespace dumbwaiter
