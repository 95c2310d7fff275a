// SPDX-License-Identifier: BSD-3-Clause
#include "slots.hpp"

#include <algorithm>
#include <utility>

namespace dumbwaiter {

namespace {

constexpr uint64_t kLast = std::numeric_limits<uint64_t>::max();

}  // namespace

Slots::Slots(std::vector<Place> places, const Options& options)
    : options_(options), places_(std::move(places)), took_(places_.size(), 0)
{
    make_room({});
    for (const Place& place : places_) make_room(place);
}

void Slots::make_room(const Place& place)
{
    if (lanes_.size() <= place.lane) lanes_.resize(place.lane + 1);
    if (serials_.size() <= place.serial) serials_.resize(place.serial + 1);
}

void Slots::set_place(FunctionId id, const Place& place)
{
    if (places_.size() <= id) {
        places_.resize(id + 1);
        took_.resize(id + 1, 0);
    }
    make_room(place);
    places_[id] = place;
    took_[id] = 0;
}

void Slots::submit(std::span<const Job> jobs)
{
    for (const Job& job : jobs) {
        const uint32_t lane = places_[job.id].lane;
        lanes_[lane].queue.push_back({order_++, job});
        if (lanes_[lane].queue.size() == 1) line_up(lane);
    }
}

// Called whenever a lane's first job, width or openness may have changed for the better; take() removes what is stale.
void Slots::line_up(uint32_t lane)
{
    if (may_start(lanes_[lane])) line_.emplace(lanes_[lane].queue.front().order, lane);
}

bool Slots::may_start(Lane& lane)
{
    return lane.is_open && lane.out < lane.width && !lane.queue.empty();
}

std::optional<Parcel> Slots::take()
{
    while (out_ - given_back_ < options_.slots && !line_.empty()) {
        const auto [order, index] = *line_.begin();
        line_.erase(line_.begin());
        Lane& lane = lanes_[index];
        if (!may_start(lane)) continue;
        if (lane.queue.front().order != order || waits_for_others(lane.queue.front())) {
            line_up(index);
            continue;
        }
        if (free_.empty()) {
            free_.push_back(static_cast<uint32_t>(parcels_.size()));
            parcels_.emplace_back();
        }
        Parcel parcel{.id = free_.back(), .lane = index, .jobs = {}};
        free_.pop_back();
        Out& out = parcels_[parcel.id];
        out.lane = index;
        out.library = places_[lane.queue.front().job.id].library;
        fill(parcel, out, lane);
        ++out_;
        ++lane.out;
        ++libraries_[out.library].out;
        line_up(index);
        return parcel;
    }
    return std::nullopt;
}

// Moves the first job of a lane to where it waits for its group or its library's share; false if it may start now.
bool Slots::waits_for_others(const Waiting& head)
{
    const Place& place = places_[head.job.id];
    Lane& lane = lanes_[place.lane];
    Library& library = libraries_[place.library];
    std::deque<Waiting>* where = nullptr;
    if (library.given_back > 0 && library.out >= options_.extra_of_a_library) {
        where = &held_back_[place.library];
    } else if (place.serial != Place::kFree && serials_[place.serial].busy) {
        where = &serials_[place.serial].waiting;
    }
    if (where == nullptr) return false;
    where->push_back(head);
    lane.queue.pop_front();
    return true;
}

void Slots::fill(Parcel& parcel, Out& out, Lane& lane)
{
    // With one slot the order is kept over all lanes.
    const uint64_t others = options_.slots == 1 && !line_.empty() ? line_.begin()->first : kLast;
    const size_t most = std::min(options_.parcel_jobs, lane.parcel_jobs);
    int64_t sum = 0;
    do {
        const Job& job = lane.queue.front().job;
        sum += expected(job.id);
        claim(job, out);
        parcel.jobs.push_back(job);
        lane.queue.pop_front();
    } while (parcel.jobs.size() < most && !lane.queue.empty() && fits(lane.queue.front(), out, others) &&
             sum + expected(lane.queue.front().job.id) <= options_.parcel_ns);
    out.left = static_cast<uint32_t>(parcel.jobs.size());
}

bool Slots::fits(const Waiting& next, const Out& out, uint64_t others) const
{
    const Place& place = places_[next.job.id];
    if (place.library != out.library || next.order > others) return false;
    return place.serial == Place::kFree || !serials_[place.serial].busy ||
           std::ranges::find(out.serials, place.serial) != out.serials.end();
}

void Slots::claim(const Job& job, Out& out)
{
    const uint32_t serial = places_[job.id].serial;
    if (serial == Place::kFree || std::ranges::find(out.serials, serial) != out.serials.end()) return;
    serials_[serial].busy = true;
    out.serials.push_back(serial);
}

bool Slots::finished(uint32_t parcel, FunctionId id, int64_t took)
{
    took_[id] = static_cast<uint32_t>(std::clamp<int64_t>(took / 1000, 1, std::numeric_limits<uint32_t>::max()));
    Out& out = parcels_[parcel];
    if (--out.left > 0) return false;
    release(out);
    free_.push_back(parcel);
    return true;
}

bool Slots::put_back(uint32_t parcel, std::span<const Job> jobs)
{
    Out& out = parcels_[parcel];
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) back_to_head({0, *job});
    out.left -= static_cast<uint32_t>(jobs.size());
    if (out.left > 0) return false;
    release(out);
    free_.push_back(parcel);
    return true;
}

void Slots::release(Out& out)
{
    Library& library = libraries_[out.library];
    --out_;
    --library.out;
    --lanes_[out.lane].out;
    if (std::exchange(out.gave_back, false)) {
        --given_back_;
        --library.given_back;
    }
    for (const uint32_t index : std::exchange(out.serials, {})) {
        Serial& serial = serials_[index];
        serial.busy = false;
        if (serial.waiting.empty()) continue;
        back_to_head(serial.waiting.front());
        serial.waiting.pop_front();
    }
    if (const auto held_back = held_back_.find(out.library); held_back != held_back_.end()) {
        back_to_head(held_back->second.front());
        held_back->second.pop_front();
        if (held_back->second.empty()) held_back_.erase(held_back);
    }
    line_up(out.lane);
}

void Slots::back_to_head(Waiting waiting)
{
    const uint32_t lane = places_[waiting.job.id].lane;
    lanes_[lane].queue.push_front(std::move(waiting));
    line_up(lane);
}

bool Slots::give_back(uint32_t parcel)
{
    Out& out = parcels_[parcel];
    Library& library = libraries_[out.library];
    const bool is_free = options_.gives_back && out.left > 0 && !out.gave_back && given_back_ < options_.extra &&
                         library.given_back < options_.extra_of_a_library;
    if (!is_free) return false;
    out.gave_back = true;
    ++given_back_;
    ++library.given_back;
    return true;
}

void Slots::set_open(uint32_t lane, bool is_open)
{
    make_room({.lane = lane});
    lanes_[lane].is_open = is_open;
    line_up(lane);
}

void Slots::set_width(uint32_t lane, uint32_t parcels)
{
    make_room({.lane = lane});
    lanes_[lane].width = parcels;
    line_up(lane);
}

void Slots::set_parcel_jobs(uint32_t lane, size_t jobs)
{
    make_room({.lane = lane});
    lanes_[lane].parcel_jobs = jobs;
}

bool Slots::has_waiting(uint32_t lane) const
{
    return !lanes_[lane].queue.empty();
}

bool Slots::is_quiet(uint32_t lane) const
{
    const auto waits = [&](const std::deque<Waiting>& where) {
        return std::ranges::any_of(where, [&](const Waiting& waiting) { return places_[waiting.job.id].lane == lane; });
    };
    return lanes_[lane].out == 0 && lanes_[lane].queue.empty() &&
           std::ranges::none_of(serials_, [&](const Serial& serial) { return waits(serial.waiting); }) &&
           std::ranges::none_of(held_back_, [&](const auto& entry) { return waits(entry.second); });
}

std::vector<Job> Slots::drop(uint32_t lane)
{
    std::vector<Job> jobs;
    const auto move_out = [&](std::deque<Waiting>& from) {
        std::erase_if(from, [&](const Waiting& waiting) {
            if (places_[waiting.job.id].lane != lane) return false;
            jobs.push_back(waiting.job);
            return true;
        });
    };
    move_out(lanes_[lane].queue);
    for (Serial& serial : serials_) move_out(serial.waiting);
    for (auto& [id, waiting] : held_back_) move_out(waiting);
    std::erase_if(held_back_, [](const auto& entry) { return entry.second.empty(); });
    return jobs;
}

void Slots::drop_all()
{
    for (Lane& lane : lanes_) lane.queue.clear();
    for (Serial& serial : serials_) serial.waiting.clear();
    held_back_.clear();
    line_.clear();
}

// A function that never ran may take any time: it goes alone.
int64_t Slots::expected(FunctionId id) const
{
    return took_[id] == 0 ? options_.parcel_ns : int64_t{took_[id]} * 1000;
}

}  // namespace dumbwaiter
