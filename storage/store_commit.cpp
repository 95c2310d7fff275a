// SPDX-License-Identifier: BSD-3-Clause
//
// Writing: one transaction a batch, a larger map when it is full, a new environment when LMDB gave up on the old.
#include <fmt/format.h>

#include <bitset>
#include <mutex>

#include "key.hpp"
#include "store_parts.hpp"

namespace dumbwaiter {

namespace {

constexpr int kMaxGrowths = 8;                       // for one batch: 256 times the map
constexpr uint64_t kMaxMapSize = uint64_t{1} << 46;  // half of what 47 bits of addresses hold

// Removes every record of a name from #history or #errors; `removed` counts.
int remove_series(LmdbTxn& txn, Database database, std::string_view name, uint64_t& removed)
{
    LmdbCursor cursor;
    int code = cursor.open(txn, database);
    if (code == kLmdbOk) code = cursor.seek(history_key(name, ~uint64_t{0}));
    for (; code == kLmdbOk; code = cursor.next()) {
        auto key = parse_history_key(cursor.key());
        if (!key || key->name != name) return kLmdbOk;
        if (int failed = cursor.remove()) return failed;
        removed++;
    }
    return code == kLmdbNotFound ? static_cast<int>(kLmdbOk) : code;
}

int remove_one(LmdbTxn& txn, Database database, std::string_view name, uint64_t& removed)
{
    int code = txn.remove(database, name);
    if (code == kLmdbOk) removed++;
    return code == kLmdbNotFound ? static_cast<int>(kLmdbOk) : code;
}

}  // namespace

void Store::Parts::note_committed(uint64_t bytes)
{
    const std::shared_lock shared(env_mutex);
    if (env.is_open()) mapped.met(bytes, env, databases);
}

int Store::Parts::put_info(LmdbTxn& txn)
{
    return txn.put(databases.info, kInfoKey, to_json(info));
}

Status Store::Parts::reopen()
{
    std::unique_lock exclusive(env_mutex);
    env.close();
    return open_environment();
}

Status Store::Parts::grow()
{
    std::unique_lock exclusive(env_mutex);
    uint64_t size = env.map_size() * 2;
    std::string doing = fmt::format("growing the map of {} to {} bytes", folder.string(), size);
    if (size > kMaxMapSize) return failure(Code::kFull, doing + ": that is more than there are addresses");
    if (int code = env.set_map_size(size)) {
        env.close();  // LMDB has unmapped it already
        return fault(code, doing);
    }
    info.map_size = size;
    return {};
}

// Runs `work` in one write transaction and commits it. It is run again after the map was grown.
template <typename Work>
static Status write_transaction(auto& parts, std::string_view doing, Work&& work)
{
    for (int growths = 0;; growths++) {
        if (!parts.env.is_open()) {
            if (auto opened = parts.reopen(); !opened) return opened;
        }
        int code;
        {
            std::shared_lock shared(parts.env_mutex);
            LmdbTxn txn;
            code = parts.env.begin_write(txn);
            if (code == kLmdbOk && growths > 0) code = parts.put_info(txn);
            if (code == kLmdbOk) code = work(txn);
            if (code == kLmdbOk) code = txn.commit();
        }
        if (code == kLmdbOk) return {};
        if (code == kLmdbPanic) {
            // The next try, at the latest, finds a new environment; what was committed is in it.
            if (auto opened = parts.reopen(); !opened) return opened;
            return parts.fault(code, doing);
        }
        if (code != kLmdbMapFull || growths == kMaxGrowths) return parts.fault(code, doing);
        if (auto grown = parts.grow(); !grown) return grown;
    }
}

Status Store::commit(std::span<const Append> appends, std::span<const Put> puts)
{
    if (auto checked = check_appends(appends); !checked) return checked;
    for (const auto& put : puts) {
        if (!parts_->databases.documents(put.database)) {
            return failure(Code::kInvalidArgument, fmt::format("{} is not a database of documents", put.database));
        }
    }
    auto work = [&](LmdbTxn& txn) {
        if (int code = parts_->batch.apply(txn, appends)) return code;
        for (const auto& put : puts) {
            if (int code = txn.put(*parts_->databases.documents(put.database), put.key, put.json)) return code;
        }
        return static_cast<int>(kLmdbOk);
    };
    if (auto done = write_transaction(*parts_, "committing results", work); !done) return done;
    parts_->damaged_replaced += parts_->batch.damaged();

    std::bitset<kWakeWords> words;
    for (const auto& append : appends) {
        if (append.kind == Append::Kind::kValue) words.set(wake_word(append.name));
    }
    for (uint32_t index = 0; words.any() && index < kWakeWords; index++) {
        if (words.test(index)) parts_->wake.raise(index);
    }
    parts_->note_committed((appends.size() + puts.size()) * MappedPages::kOfAFault + parts_->batch.bytes());
    return {};
}

Status Store::forget(std::string_view name)
{
    if (!is_valid_name(name)) return failure(Code::kNotFound, fmt::format("\"{}\" is not a name", name));
    uint64_t removed = 0;
    const Databases& databases = parts_->databases;
    auto work = [&](LmdbTxn& txn) {
        removed = 0;
        if (int code = remove_one(txn, databases.newest, name, removed)) return code;
        if (int code = remove_series(txn, databases.history, name, removed)) return code;
        if (int code = remove_series(txn, databases.errors, name, removed)) return code;
        return remove_one(txn, databases.functions, name, removed);
    };
    if (auto done = write_transaction(*parts_, fmt::format("forgetting {}", name), work); !done) return done;
    if (removed == 0) return failure(Code::kNotFound, fmt::format("there is nothing stored of {}", name));
    return {};
}

}  // namespace dumbwaiter
