// SPDX-License-Identifier: BSD-3-Clause
#include "document_batch.hpp"

#include <utility>

namespace dumbwaiter {

namespace {

// No database has a zero in its name.
std::string place_of(const Store::Put& put)
{
    return std::string(put.database) + '\0' + put.key;
}

}  // namespace

void DocumentBatch::add(std::vector<Store::Put>& newer)
{
    // Whole, and without a look at each: a start has as many as functions, and a commit that works leaves none behind.
    if (puts_.empty()) return puts_.swap(newer);
    if (places_.empty()) find_places();
    for (Store::Put& put : newer) {
        ++looked_at_;
        const auto [at, is_new] = places_.try_emplace(place_of(put), puts_.size());
        if (is_new) {
            puts_.push_back(std::move(put));
        } else {
            puts_[at->second] = std::move(put);
        }
    }
    newer.clear();
}

// Of one that is there twice, the place of the newer text, which is written last.
void DocumentBatch::find_places()
{
    for (size_t place = 0; place < puts_.size(); ++place) places_[place_of(puts_[place])] = place;
    looked_at_ += puts_.size();
}

void DocumentBatch::clear()
{
    puts_.clear();
    places_.clear();
}

}  // namespace dumbwaiter
