// SPDX-License-Identifier: BSD-3-Clause
//
// What must hold in a store, looked at record by record.
#include "store_walk.hpp"

#include <fmt/format.h>

namespace dumbwaiter {

namespace {

// Keys as a person can read them, whatever bytes they are.
std::string shown(std::string_view key)
{
    std::string text;
    for (unsigned char byte : key) {
        if (byte > 0x20 && byte < 0x7f && byte != '\\') {
            text.push_back(static_cast<char>(byte));
        } else {
            text += fmt::format("\\x{:02x}", byte);
        }
    }
    return text;
}

}  // namespace

VerifyReport StoreWalk::run()
{
    walk_newest();
    walk_series(databases_.history, false);
    walk_series(databases_.errors, true);
    walk_documents(databases_.functions, "#functions");
    walk_documents(databases_.host, "#host");
    walk_documents(databases_.info, "#info");
    walk_documents(databases_.serializers, "#serializers");
    return std::move(report_);
}

void StoreWalk::walk_newest()
{
    LmdbCursor cursor;
    int code = cursor.open(txn_, databases_.newest);
    if (code == kLmdbOk) code = cursor.first();
    for (; code == kLmdbOk; code = cursor.next()) {
        std::string_view name = cursor.key();
        if (is_reserved_key(name)) continue;
        if (!is_valid_name(name)) {
            find(fmt::format("the key {} is not a name", shown(name)));
            continue;
        }
        report_.names++;
        report_.values++;
        auto record = decode_record(name, cursor.value());
        if (!record) {
            find(fmt::format("{}: newest value: {}", name, record.error().message));
        } else if (record->sequence == 0) {
            find(fmt::format("{}: the newest value has sequence 0", name));
        }
    }
    unreadable("the newest values", code);
}

void StoreWalk::walk_series(Database database, bool errors)
{
    Run run;
    LmdbCursor cursor;
    int code = cursor.open(txn_, database);
    if (code == kLmdbOk) code = cursor.first();
    for (; code == kLmdbOk; code = cursor.next()) check_series_record(cursor.key(), cursor.value(), errors, run);
    end_run(run, errors);
    unreadable(errors ? "#errors" : "#history", code);
}

void StoreWalk::check_series_record(std::string_view key_bytes, std::string_view value, bool errors, Run& run)
{
    const char* title = errors ? "#errors" : "#history";
    (errors ? report_.errors : report_.values)++;
    auto key = parse_history_key(key_bytes);
    if (!key) return find(fmt::format("{}: the key {} cannot be parsed", title, shown(key_bytes)));

    if (key->name != run.name) {
        end_run(run, errors);
        begin_run(key->name, key->sequence, errors, run);
    } else if (key->sequence + 1 != run.last) {
        find(fmt::format("{}: {}: {} is followed by {}", key->name, title, run.last, key->sequence));
    }
    run.last = key->sequence;
    run.length++;

    auto record = decode_record(key->name, value);
    if (!record) return find(fmt::format("{}: {} {}: {}", key->name, title, key->sequence, record.error().message));
    if (record->sequence != key->sequence) {
        find(fmt::format("{}: {} {}: the record says sequence {}", key->name, title, key->sequence, record->sequence));
    }
    if (errors == (record->outcome == Outcome::kOk)) {
        find(fmt::format("{}: {} {}: its outcome is {}", key->name, title, key->sequence,
                         outcome_name(record->outcome)));
    }
}

void StoreWalk::begin_run(std::string_view name, uint64_t sequence, bool errors, Run& run)
{
    run = Run{.name = std::string(name), .first = sequence, .last = 0, .length = 0};
    if (errors) return;
    auto newest = newest_sequence(name);
    if (!newest) return find(fmt::format("{}: #history without a newest value", name));
    if (*newest != 0 && sequence + 1 != *newest) {
        find(fmt::format("{}: the newest value is {}, #history begins with {}", name, *newest, sequence));
    }
}

void StoreWalk::end_run(const Run& run, bool errors)
{
    if (run.length == 0) return;
    const FunctionFacts facts = facts_of(run.name);
    const uint64_t saved = facts.max_saved;
    if (saved == 0) return;
    uint64_t bound = errors ? saved : saved - 1;
    if (run.length <= bound) return;
    // A smaller max_saved is made true by the next record that is added, not before.
    const uint64_t newest = errors ? run.first : run.first + 1;
    if (newest <= (errors ? facts.bound_from_error : facts.bound_from_value)) return;
    find(fmt::format("{}: {} records in {}, its max_saved {} allows {}", run.name, run.length,
                     errors ? "#errors" : "#history", saved, bound));
}

void StoreWalk::walk_documents(Database database, const char* title)
{
    LmdbCursor cursor;
    int code = cursor.open(txn_, database);
    if (code == kLmdbOk) code = cursor.first();
    for (; code == kLmdbOk; code = cursor.next()) {
        if (!is_json(cursor.value())) find(fmt::format("{}: {} is not JSON", title, shown(cursor.key())));
    }
    unreadable(title, code);
}

FunctionFacts StoreWalk::facts_of(std::string_view name)
{
    std::string_view json;
    if (txn_.get(databases_.functions, name, json) != kLmdbOk) return {};
    return parse_function_facts(json);
}

// 0 if it is damaged, which walk_newest() has said.
std::optional<uint64_t> StoreWalk::newest_sequence(std::string_view name)
{
    std::string_view value;
    if (txn_.get(databases_.newest, name, value) != kLmdbOk) return std::nullopt;
    auto record = decode_record(name, value);
    return record ? record->sequence : 0;
}

void StoreWalk::find(std::string finding)
{
    if (++report_.found <= kMaxFindings) report_.findings.push_back(std::move(finding));
}

void StoreWalk::unreadable(const char* where, int code)
{
    if (code == kLmdbNotFound) return;  // the end
    report_.readable = false;
    find(lmdb_error(code, {}, fmt::format("reading {}", where)).message);
}

}  // namespace dumbwaiter
