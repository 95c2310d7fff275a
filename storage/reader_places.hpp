// SPDX-License-Identifier: BSD-3-Clause
//
// Where newest records lay when they were last looked up, so that a name read again between two commits needs no
// search.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace dumbwaiter {

// One thread's; the places are in the environment's map. Forgets the old for the new. Has room for a few thousand names
// at first, for many where many are read again and again from one commit to the next; where other names come before one
// comes twice, it is looked into now and then only.
class KnownPlaces {
public:
    // Names that there is room for. Takes 256 KiB of memory, or 8 MiB, when all of it has been used.
    static constexpr size_t kFew = size_t{1} << 13, kMany = size_t{1} << 18;

    // To be asked once a read; what it says holds for find() and note() of this read.
    bool is_worth_a_look()
    {
        looks_ = patience_ > 0 || reads_ % kRarely == 0;
        ++reads_;
        return looks_;
    }
    // The record; empty unless the name was noted as of this very transaction, the newest.
    std::string_view find(std::string_view name, uint64_t txn);
    // `bytes`: the record, where it lies in the map. Looks at what lies right before it, which a short record's key
    // does; a long one lies in pages of its own, and is passed over.
    void note(std::string_view name, uint64_t txn, std::string_view bytes);
    // The map has moved, or is gone.
    void forget() { places_.reset(); }

    size_t room() const { return room_; }

private:
    struct Place {
        uint64_t txn;
        const char* bytes;
        uint32_t length;
        uint32_t hash;
        uint32_t name_length;
        bool is_of(std::string_view name, uint32_t name_hash) const;
    };
    // Of names whose hashes meet: the last two of a transaction. One cache line.
    struct alignas(64) Pair {
        Place last, before;
    };

    // A fifth of the looks must find something to keep it up; half, where there may be room for many instead.
    static constexpr int kWorthOfAHit = 4;
    static constexpr uint64_t kRarely = 32;
    // Reads from one attempt at room for many that did not pay to the next: twice as many each time.
    static constexpr uint64_t kFirstRest = uint64_t{1} << 22, kMostRest = uint64_t{1} << 26;

    int most_patience() const { return static_cast<int>(room_ / 4); }
    Pair& pair_of(uint32_t hash);
    bool may_grow() const { return room_ == kFew && reads_ >= may_grow_at_; }
    void begin(uint64_t txn);
    void judge_many();
    void met_others();
    void resize(size_t room);
    void give_up_many();

    struct Free {
        size_t bytes;
        void operator()(Pair* places) const;
    };
    std::unique_ptr<Pair[], Free> places_;
    size_t room_ = kFew;
    int patience_ = kFew / 4;
    bool looks_ = true;
    uint64_t reads_ = 0, may_grow_at_ = 0, rest_ = kFirstRest;
    uint64_t txn_ = 0;  // that was looked for last
    // Since this room was made, or judged last: looks, those that found something, and the most names that were noted
    // in one transaction; those of this one.
    uint64_t looked_ = 0, found_ = 0, most_noted_ = 0, noted_ = 0;
};

}  // namespace dumbwaiter
