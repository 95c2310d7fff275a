// SPDX-License-Identifier: BSD-3-Clause
//
// How a batch changes the databases: first the newest values, then #history, then #errors, each in key order.
#include "store_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "key.hpp"
#include "utf8.hpp"

namespace dumbwaiter {

namespace {

Record as_record(const Append& append)
{
    Record record;
    record.serializer = append.serializer;
    record.outcome = append.outcome;
    record.sequence = append.sequence;
    record.due = append.due;
    record.started = append.started;
    record.finished = append.finished;
    record.fresh_until = append.fresh_until;
    record.media_type = append.media_type;
    record.payload = append.payload;
    return record;
}

void encode_anew(std::string_view name, const Record& record, std::string& out)
{
    out.clear();
    encode_record(name, record, out);
}

}  // namespace

Status check_appends(std::span<const Append> appends)
{
    for (const auto& append : appends) {
        if (!is_valid_name(append.name)) {
            return failure(
                Code::kInvalidArgument,
                fmt::format("\"{}\" is not a name ([A-Za-z0-9_.:-], 1 to {} of them)", append.name, kMaxNameLength));
        }
        if (append.sequence == 0) {
            return failure(Code::kInvalidArgument, fmt::format("{}: sequences count from 1", append.name));
        }
    }
    return {};
}

int StoreBatch::apply(LmdbTxn& txn, std::span<const Append> appends)
{
    sort(appends);
    group();
    history_.clear();
    older_.clear();
    trims_.clear();
    damaged_ = bytes_ = 0;
    if (int code = put_newest(txn)) return code;
    if (int code = put_history(txn)) return code;
    return put_errors(txn);
}

void StoreBatch::sort(std::span<const Append> appends)
{
    appends_ = appends;
    order_.resize(appends.size());
    std::iota(order_.begin(), order_.end(), 0u);
    // What is due together has neighbouring names, so that this is the usual case.
    if (std::ranges::is_sorted(appends, {}, &Append::name)) return;
    // Names are compared where they lie side by side: appends are far apart.
    named_.clear();
    for (const uint32_t index : order_) named_.emplace_back(appends[index].name, index);
    std::ranges::sort(named_);
    std::ranges::transform(named_, order_.begin(), &std::pair<std::string_view, uint32_t>::second);
}

// The runs of one name in the order.
void StoreBatch::group()
{
    groups_.clear();
    const std::span<const uint32_t> order = order_;
    for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
        while (++end < order.size() && appends_[order[end]].name == appends_[order[begin]].name) {
        }
        groups_.push_back(order.subspan(begin, end - begin));
    }
}

int StoreBatch::put_newest(LmdbTxn& txn)
{
    LmdbCursor cursor;
    if (int code = cursor.open(txn, databases_.newest)) return code;
    for (const auto& group : groups_) {
        if (int code = apply_values(cursor, group)) return code;
    }
    return kLmdbOk;
}

int StoreBatch::apply_values(LmdbCursor& cursor, std::span<const uint32_t> group)
{
    auto is_value = [&](uint32_t index) { return appends_[index].kind != Append::Kind::kError; };
    auto last = std::find_if(group.rbegin(), group.rend(), is_value);
    if (last == group.rend()) return kLmdbOk;
    const Append& latest = appends_[*last];

    const int code = cursor.find(latest.name);
    if (code != kLmdbOk && code != kLmdbNotFound) return code;
    newest_.assign(code == kLmdbOk ? cursor.value() : std::string_view());
    bytes_ += newest_.size();
    Record record;
    sequence_ = take_record(latest.name, newest_, record) ? record.sequence : 0;
    changed_ = false;

    for (uint32_t index : group) {
        const Append& append = appends_[index];
        if (append.kind == Append::Kind::kValue) take_value(append);
        if (append.kind == Append::Kind::kRefresh) take_refresh(append);
    }
    if (!changed_) return kLmdbOk;
    bytes_ += newest_.size();
    trims_.push_back({latest.name, sequence_, std::max<uint64_t>(latest.depth, 1)});
    return code == kLmdbOk ? cursor.replace(newest_) : cursor.put(latest.name, newest_);
}

void StoreBatch::take_value(const Append& append)
{
    if (append.sequence <= sequence_) return;
    if (sequence_ != 0) {
        history_.push_back({append.name, sequence_, older_.size(), newest_.size()});
        older_ += newest_;
    } else if (!newest_.empty()) {
        damaged_++;
    }
    encode_anew(append.name, as_record(append), newest_);
    sequence_ = append.sequence;
    changed_ = true;
}

void StoreBatch::take_refresh(const Append& append)
{
    bool is_damaged = sequence_ == 0 && !newest_.empty();
    if (is_damaged) {
        if (append.payload.empty()) return;
        damaged_++;
        encode_anew(append.name, as_record(append), newest_);
    } else {
        if (append.sequence != sequence_) return;
        auto record = decode_record(append.name, newest_);
        record->due = append.due;
        record->started = append.started;
        record->finished = append.finished;
        record->fresh_until = append.fresh_until;
        std::string refreshed;
        encode_record(append.name, *record, refreshed);
        newest_ = std::move(refreshed);
    }
    sequence_ = append.sequence;
    changed_ = true;
}

int StoreBatch::put_history(LmdbTxn& txn)
{
    if (trims_.empty()) return kLmdbOk;
    LmdbCursor cursor;
    if (int code = cursor.open(txn, databases_.history)) return code;
    auto next = history_.begin();  // in the order of trims_, a run of a name's entries each
    for (const Trim& bound : trims_) {
        for (; next != history_.end() && next->name == bound.name; ++next) {
            if (bound.newest - next->sequence >= bound.depth) continue;  // would be trimmed at once
            set_history_key(key_, next->name, next->sequence);
            const auto record = std::string_view(older_).substr(next->begin, next->length);
            if (int code = cursor.put(key_, record)) return code;
        }
        if (int code = trim(cursor, bound)) return code;
    }
    return kLmdbOk;
}

int StoreBatch::trim(LmdbCursor& cursor, const Trim& bound)
{
    if (bound.newest <= bound.depth) return kLmdbOk;
    set_history_key(key_, bound.name, bound.newest - bound.depth);
    int code = cursor.seek(key_);
    for (; code == kLmdbOk; code = cursor.next()) {
        if (!is_history_key_of(cursor.key(), bound.name)) return kLmdbOk;
        if (int removed = cursor.remove()) return removed;
    }
    return code == kLmdbNotFound ? static_cast<int>(kLmdbOk) : code;
}

int StoreBatch::put_errors(LmdbTxn& txn)
{
    const auto is_error = [](const Append& append) { return append.kind == Append::Kind::kError; };
    if (std::ranges::none_of(appends_, is_error)) return kLmdbOk;
    LmdbCursor cursor;
    if (int code = cursor.open(txn, databases_.errors)) return code;
    for (const auto& group : groups_) {
        if (int code = apply_errors(cursor, group)) return code;
    }
    return kLmdbOk;
}

int StoreBatch::apply_errors(LmdbCursor& cursor, std::span<const uint32_t> group)
{
    Trim bound;
    for (uint32_t index : group) {
        const Append& append = appends_[index];
        if (append.kind != Append::Kind::kError) continue;
        Record record = as_record(append);
        const std::string text = clean_utf8(record.payload, kMaxErrorText);
        record.payload = text;
        record.fresh_until = 0;
        record.serializer = 0;
        encode_anew(append.name, record, newest_);
        set_history_key(key_, append.name, append.sequence);
        if (int code = cursor.put(key_, newest_)) return code;
        bound = {append.name, std::max(bound.newest, append.sequence), std::max<uint64_t>(append.depth, 1)};
    }
    return bound.newest == 0 ? static_cast<int>(kLmdbOk) : trim(cursor, bound);
}

}  // namespace dumbwaiter
