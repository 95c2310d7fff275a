// SPDX-License-Identifier: BSD-3-Clause
//
// Where newest records lay when they were last looked up, so that a name read again between two commits needs no
// search.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace dumbwaiter {

// One thread's; the places are in the environment's map. Forgets the old for the new; names that are longer than most
// are not kept. Where other names come again and again before one comes twice, it is looked into now and then only.
class KnownPlaces {
public:
    // To be asked once a read; what it says holds for find() and note() of this read.
    bool is_worth_a_look()
    {
        looks_ = patience_ > 0 || ++passed_over_ % kRarely == 0;
        return looks_;
    }
    // Empty unless the name was noted as of this very transaction.
    std::string_view find(std::string_view name, uint64_t txn);
    void note(std::string_view name, uint64_t txn, std::string_view bytes);
    // The map has moved.
    void forget() { places_.reset(); }

private:
    static constexpr size_t kCount = 4096;  // 256 KiB of addresses; of memory what is touched
    struct alignas(64) Place {
        uint64_t txn;
        const char* bytes;
        uint32_t length;
        uint8_t name_length;
        std::array<char, 43> name;
    };
    static_assert(sizeof(Place) == 64);

    // A fifth of the looks must find something to keep it up.
    static constexpr int kMostPatience = 64, kWorthOfAHit = 4;
    static constexpr uint32_t kRarely = 32;

    static size_t index_of(std::string_view name);
    struct Free {
        void operator()(Place* places) const;
    };
    std::unique_ptr<Place[], Free> places_;
    int patience_ = kMostPatience;
    uint32_t passed_over_ = 0;
    bool looks_ = true;
};

}  // namespace dumbwaiter
