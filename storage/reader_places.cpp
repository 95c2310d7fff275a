// SPDX-License-Identifier: BSD-3-Clause
#include "reader_places.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <tuple>

#include "crc32c.hpp"

namespace dumbwaiter {

size_t KnownPlaces::index_of(std::string_view name)
{
    return crc32c(name) % kCount;
}

void KnownPlaces::Free::operator()(Place* places) const
{
    munmap(places, kCount * sizeof(Place));
}

std::string_view KnownPlaces::find(std::string_view name, uint64_t txn)
{
    if (places_ == nullptr) return {};
    const Place& place = places_[index_of(name)];
    if (std::string_view(place.name.data(), place.name_length) != name) {
        if (place.txn == txn && patience_ > 0) --patience_;
        return {};
    }
    if (place.txn != txn) return {};
    patience_ = std::min(patience_ + kWorthOfAHit, kMostPatience);
    return {place.bytes, place.length};
}

void KnownPlaces::note(std::string_view name, uint64_t txn, std::string_view bytes)
{
    if (!looks_ || name.size() > std::tuple_size_v<decltype(Place::name)> ||
        bytes.size() > std::numeric_limits<uint32_t>::max())
        return;
    if (places_ == nullptr) {
        // Zeroed, and without memory until it is used: a process of many threads may read a name each.
        void* made = mmap(nullptr, kCount * sizeof(Place), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (made == MAP_FAILED) return;
        places_.reset(static_cast<Place*>(made));
    }
    Place& place = places_[index_of(name)];
    place.txn = txn;
    place.bytes = bytes.data();
    place.length = static_cast<uint32_t>(bytes.size());
    place.name_length = static_cast<uint8_t>(name.size());
    std::memcpy(place.name.data(), name.data(), name.size());
}

}  // namespace dumbwaiter
