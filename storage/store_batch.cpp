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

std::string encoded(std::string_view name, const Record& record)
{
    std::string bytes;
    encode_record(name, record, bytes);
    return bytes;
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
    history_.clear();
    trims_.clear();
    damaged_ = 0;
    auto each_group = [&](auto&& work) {
        for (size_t begin = 0; begin < order_.size();) {
            size_t end = begin;
            while (end < order_.size() && appends_[order_[end]].name == appends_[order_[begin]].name) end++;
            if (int code = work(std::span<const uint32_t>(order_).subspan(begin, end - begin))) return code;
            begin = end;
        }
        return static_cast<int>(kLmdbOk);
    };
    if (int code = each_group([&](auto group) { return apply_values(txn, group); })) return code;
    if (int code = put_history(txn)) return code;
    return each_group([&](auto group) { return apply_errors(txn, group); });
}

void StoreBatch::sort(std::span<const Append> appends)
{
    appends_ = appends;
    order_.resize(appends.size());
    std::iota(order_.begin(), order_.end(), 0u);
    std::stable_sort(order_.begin(), order_.end(),
                     [&](uint32_t a, uint32_t b) { return appends[a].name < appends[b].name; });
}

int StoreBatch::apply_values(LmdbTxn& txn, std::span<const uint32_t> group)
{
    auto is_value = [&](uint32_t index) { return appends_[index].kind != Append::Kind::kError; };
    auto last = std::find_if(group.rbegin(), group.rend(), is_value);
    if (last == group.rend()) return kLmdbOk;
    const Append& latest = appends_[*last];

    std::string_view stored;
    int code = txn.get(databases_.newest, latest.name, stored);
    if (code != kLmdbOk && code != kLmdbNotFound) return code;
    newest_.assign(code == kLmdbOk ? stored : std::string_view());
    auto record = decode_record(latest.name, newest_);
    sequence_ = record ? record->sequence : 0;
    changed_ = false;

    for (uint32_t index : group) {
        const Append& append = appends_[index];
        if (append.kind == Append::Kind::kValue) take_value(append);
        if (append.kind == Append::Kind::kRefresh) take_refresh(append);
    }
    return changed_ ? keep_newest(txn, latest.name, std::max<uint64_t>(latest.depth, 1)) : static_cast<int>(kLmdbOk);
}

void StoreBatch::take_value(const Append& append)
{
    if (append.sequence <= sequence_) return;
    if (sequence_ != 0) {
        history_.push_back({history_key(append.name, sequence_), std::move(newest_)});
    } else if (!newest_.empty()) {
        damaged_++;
    }
    newest_ = encoded(append.name, as_record(append));
    sequence_ = append.sequence;
    changed_ = true;
}

void StoreBatch::take_refresh(const Append& append)
{
    bool is_damaged = sequence_ == 0 && !newest_.empty();
    if (is_damaged) {
        if (append.payload.empty()) return;
        damaged_++;
        newest_ = encoded(append.name, as_record(append));
    } else {
        if (append.sequence != sequence_) return;
        auto record = decode_record(append.name, newest_);
        record->due = append.due;
        record->started = append.started;
        record->finished = append.finished;
        record->fresh_until = append.fresh_until;
        newest_ = encoded(append.name, *record);
    }
    sequence_ = append.sequence;
    changed_ = true;
}

int StoreBatch::keep_newest(LmdbTxn& txn, std::string_view name, uint64_t depth)
{
    trims_.push_back({name, sequence_, depth});
    return txn.put(databases_.newest, name, newest_);
}

int StoreBatch::put_history(LmdbTxn& txn)
{
    size_t next = 0;  // history_ is in the order of trims_, a run of a name's entries each
    for (const Trim& bound : trims_) {
        for (; next < history_.size() && parse_history_key(history_[next].key)->name == bound.name; next++) {
            auto sequence = parse_history_key(history_[next].key)->sequence;
            if (bound.newest - sequence >= bound.depth) continue;  // would be trimmed at once
            if (int code = txn.put(databases_.history, history_[next].key, history_[next].record)) return code;
        }
        if (int code = trim(txn, databases_.history, bound)) return code;
    }
    return kLmdbOk;
}

int StoreBatch::trim(LmdbTxn& txn, Database database, const Trim& bound)
{
    if (bound.newest <= bound.depth) return kLmdbOk;
    LmdbCursor cursor;
    int code = cursor.open(txn, database);
    if (code == kLmdbOk) code = cursor.seek(history_key(bound.name, bound.newest - bound.depth));
    for (; code == kLmdbOk; code = cursor.next()) {
        auto key = parse_history_key(cursor.key());
        if (!key || key->name != bound.name) return kLmdbOk;
        if (int removed = cursor.remove()) return removed;
    }
    return code == kLmdbNotFound ? static_cast<int>(kLmdbOk) : code;
}

int StoreBatch::apply_errors(LmdbTxn& txn, std::span<const uint32_t> group)
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
        int code = txn.put(databases_.errors, history_key(append.name, append.sequence), encoded(append.name, record));
        if (code != kLmdbOk) return code;
        bound = {append.name, std::max(bound.newest, append.sequence), std::max<uint64_t>(append.depth, 1)};
    }
    return bound.newest == 0 ? static_cast<int>(kLmdbOk) : trim(txn, databases_.errors, bound);
}

}  // namespace dumbwaiter
