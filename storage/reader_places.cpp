// SPDX-License-Identifier: BSD-3-Clause
#include "reader_places.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "crc32c.hpp"

namespace dumbwaiter {

void KnownPlaces::Free::operator()(Pair* places) const
{
    munmap(places, bytes);
}

// LMDB leaves a short value right behind its key; note() has seen that it did. Of another length it is another name,
// though it ended alike.
bool KnownPlaces::Place::is_of(std::string_view name, uint32_t name_hash) const
{
    return hash == name_hash && name_length == name.size() &&
           std::memcmp(bytes - name.size(), name.data(), name.size()) == 0;
}

// By the upper bits of a product (Knuth, TAOCP 6.4, multiplicative hashing): numbered names differ in few bits, and so
// does their CRC.
KnownPlaces::Pair& KnownPlaces::pair_of(uint32_t hash)
{
    constexpr uint32_t kGolden = 0x9e3779b1;
    return places_[uint64_t{hash * kGolden} * (room_ / 2) >> 32];
}

std::string_view KnownPlaces::find(std::string_view name, uint64_t txn)
{
    if (txn != txn_) begin(txn);
    ++looked_;
    if (places_ == nullptr) return {};
    const uint32_t hash = crc32c(name);
    const Pair& pair = pair_of(hash);
    for (const Place* place : {&pair.last, &pair.before}) {
        if (place->txn != txn) return {};
        if (!place->is_of(name, hash)) continue;
        ++found_;
        patience_ = std::min(patience_ + (may_grow() ? 1 : kWorthOfAHit), most_patience());
        return {place->bytes, place->length};
    }
    met_others();
    return {};
}

void KnownPlaces::begin(uint64_t txn)
{
    txn_ = txn;
    most_noted_ = std::max(most_noted_, std::exchange(noted_, 0));
    // Commits may come in bursts: one transaction tells little.
    if (room_ == kMany && looked_ >= kMany) judge_many();
}

void KnownPlaces::judge_many()
{
    if (found_ * (1 + kWorthOfAHit) < looked_) return give_up_many();
    rest_ = kFirstRest;
    if (most_noted_ < kFew / 2) return resize(kFew);
    looked_ = found_ = most_noted_ = 0;
}

// Its places hold other names of the same transaction.
void KnownPlaces::met_others()
{
    patience_ = std::max(patience_ - 1, 0);
    if (patience_ > 0) return;
    if (room_ == kMany) {
        give_up_many();
    } else if (may_grow()) {
        resize(kMany);
    }
}

void KnownPlaces::give_up_many()
{
    may_grow_at_ = reads_ + rest_;
    rest_ = std::min(2 * rest_, kMostRest);
    resize(kFew);
}

void KnownPlaces::resize(size_t room)
{
    places_.reset();
    room_ = room;
    patience_ = most_patience();
    looked_ = found_ = most_noted_ = noted_ = 0;
}

void KnownPlaces::note(std::string_view name, uint64_t txn, std::string_view bytes)
{
    // The byte before pages of its own is the last of their count, and 0 where the least comes first: nothing more of
    // what lies there is touched.
    if (!looks_ || bytes.size() > std::numeric_limits<uint32_t>::max() || name.empty() ||
        bytes.data()[-1] != name.back() || std::memcmp(bytes.data() - name.size(), name.data(), name.size()) != 0)
        return;
    if (places_ == nullptr) {
        // Zeroed, and without memory until it is used: a process of many threads may read a name each.
        const size_t size = room_ / 2 * sizeof(Pair);
        void* made = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (made == MAP_FAILED) return room_ == kMany ? give_up_many() : void(patience_ = 0);
        places_ = {static_cast<Pair*>(made), Free{size}};
    }
    ++noted_;
    const uint32_t hash = crc32c(name);
    Pair& pair = pair_of(hash);
    pair.before = pair.last;
    pair.last = {.txn = txn,
                 .bytes = bytes.data(),
                 .length = static_cast<uint32_t>(bytes.size()),
                 .hash = hash,
                 .name_length = static_cast<uint32_t>(name.size())};
}

}  // namespace dumbwaiter
