// SPDX-License-Identifier: BSD-3-Clause
//
// How late invocations start: a histogram of durations with a relative error of at most an eighth.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace dumbwaiter {

// Thread-safe; counts since the host started.
class Lateness {
public:
    void add(int64_t nanoseconds)
    {
        const auto value = static_cast<uint64_t>(std::max<int64_t>(nanoseconds, 0));
        buckets_[bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
        uint64_t most = most_.load(std::memory_order_relaxed);
        while (value > most && !most_.compare_exchange_weak(most, value, std::memory_order_relaxed)) {
        }
    }

    // Upper bound of the bucket that holds this share of all durations; 0 when there are none.
    int64_t quantile(double share) const
    {
        uint64_t total = 0;
        for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
        if (total == 0) return 0;
        const auto wanted = static_cast<uint64_t>(share * static_cast<double>(total - 1)) + 1;
        uint64_t seen = 0;
        for (size_t i = 0; i < buckets_.size(); ++i) {
            seen += buckets_[i].load(std::memory_order_relaxed);
            if (seen >= wanted) return std::min(upper_bound(i), most());
        }
        return most();
    }

    int64_t most() const { return static_cast<int64_t>(most_.load(std::memory_order_relaxed)); }

private:
    static constexpr unsigned kFineBits = 3;  // each power of two is cut into 8

    static size_t bucket_of(uint64_t value)
    {
        if (value < (1u << kFineBits)) return value;
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - kFineBits - 1;
        return ((shift + 1) << kFineBits) + ((value >> shift) & ((1u << kFineBits) - 1));
    }
    static int64_t upper_bound(size_t bucket)
    {
        if (bucket < (1u << kFineBits)) return static_cast<int64_t>(bucket);
        const size_t shift = (bucket >> kFineBits) - 1;
        const uint64_t fine = (bucket & ((1u << kFineBits) - 1)) + (1u << kFineBits);
        return static_cast<int64_t>(((fine + 1) << shift) - 1);
    }

    std::array<std::atomic<uint64_t>, (62u << kFineBits)> buckets_{};
    std::atomic<uint64_t> most_{0};
};

}  // namespace dumbwaiter
