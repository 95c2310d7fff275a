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
// are not kept.
class KnownPlaces {
public:
    // Empty unless the name was noted as of this very transaction.
    std::string_view find(std::string_view name, uint64_t txn) const
    {
        if (places_ == nullptr) return {};
        const Place& place = places_[index_of(name)];
        const bool is_it = place.txn == txn && std::string_view(place.name.data(), place.name_length) == name;
        return is_it ? std::string_view(place.bytes, place.length) : std::string_view();
    }
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

    static size_t index_of(std::string_view name);
    struct Free {
        void operator()(Place* places) const;
    };
    std::unique_ptr<Place[], Free> places_;
};

}  // namespace dumbwaiter
