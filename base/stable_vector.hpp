// SPDX-License-Identifier: BSD-3-Clause
//
// A vector whose elements never move: one thread may add some while others use those that they know of.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <memory>

namespace dumbwaiter {

// Whoever uses an element learned of it from the thread that added it, by a lock or the like; the elements themselves
// are guarded by their users.
template <typename T>
class StableVector {
public:
    StableVector() = default;
    explicit StableVector(size_t size) { grow(size); }

    T& operator[](size_t index) { return *at(index); }
    const T& operator[](size_t index) const { return *at(index); }
    size_t size() const { return size_; }  // for the thread that adds

    T& emplace_back()
    {
        grow(size_ + 1);
        return (*this)[size_ - 1];
    }
    void grow(size_t size)
    {
        while (capacity_ < size) {
            blocks_[used_] = std::make_unique<T[]>(size_t{kFirst} << used_);
            capacity_ += size_t{kFirst} << used_++;
        }
        if (size > size_) size_ = size;
    }

private:
    static constexpr size_t kFirst = 256, kFirstBits = 8;  // block i holds kFirst x 2^i elements

    T* at(size_t index) const
    {
        const size_t shifted = index + kFirst;
        const size_t block = static_cast<size_t>(std::bit_width(shifted)) - 1 - kFirstBits;
        return &blocks_[block][shifted - (kFirst << block)];
    }

    std::array<std::unique_ptr<T[]>, 32> blocks_;
    size_t used_ = 0, capacity_ = 0, size_ = 0;
};

}  // namespace dumbwaiter
