// SPDX-License-Identifier: BSD-3-Clause
//
// What a store answers, and its end. Opening is in store_open.cpp, writing in store_commit.cpp.
#include "store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <mutex>
#include <utility>

#include "key.hpp"
#include "store_parts.hpp"

namespace dumbwaiter {

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Store::~Store()
{
    parts_->close_cleanly();
}

void Store::Parts::close_cleanly()
{
    std::unique_lock exclusive(env_mutex);
    if (!env.is_open()) return;
    // First the values, then the word that they are there.
    if (env.sync() == kLmdbOk) {
        info.clean = true;
        LmdbTxn txn;
        if (env.begin_write(txn) == kLmdbOk && put_info(txn) == kLmdbOk && txn.commit() == kLmdbOk) env.sync();
    }
    env.close();
}

Status Store::newest(std::string_view name, std::string& bytes)
{
    std::shared_lock shared(parts_->env_mutex);
    std::string doing = fmt::format("reading {}", name);
    if (!parts_->env.is_open()) return failure(Code::kIo, doing + ": the environment is not open after a failure");
    LmdbTxn txn;
    if (int code = parts_->env.begin_read(txn)) return parts_->fault(code, doing);
    std::string_view found;
    if (is_reserved_key(name)) return failure(Code::kNotFound, fmt::format("there is no value of \"{}\"", name));
    int code = txn.get(parts_->databases.newest, name, found);
    if (code == kLmdbNotFound) return failure(Code::kNotFound, fmt::format("there is no value of {}", name));
    if (code != kLmdbOk) return parts_->fault(code, doing);
    bytes.assign(found);
    parts_->note_read(found.size());
    return {};
}

Expected<std::optional<std::string>> Store::document(const char* database, std::string_view key)
{
    std::shared_lock shared(parts_->env_mutex);
    std::string doing = fmt::format("reading {} of {}", key, database);
    auto handle = parts_->databases.documents(database);
    if (!handle) return failure(Code::kInvalidArgument, fmt::format("{} is not a database of documents", database));
    if (!parts_->env.is_open()) return failure(Code::kIo, doing + ": the environment is not open after a failure");
    LmdbTxn txn;
    if (int code = parts_->env.begin_read(txn)) return parts_->fault(code, doing);
    std::string_view found;
    int code = txn.get(*handle, key, found);
    if (code == kLmdbNotFound) return std::optional<std::string>();
    if (code != kLmdbOk) return parts_->fault(code, doing);
    parts_->note_read(found.size());
    return std::optional<std::string>(found);
}

Expected<std::vector<std::string>> Store::document_keys(const char* database)
{
    std::shared_lock shared(parts_->env_mutex);
    std::string doing = fmt::format("reading {}", database);
    auto handle = parts_->databases.documents(database);
    if (!handle) return failure(Code::kInvalidArgument, fmt::format("{} is not a database of documents", database));
    if (!parts_->env.is_open()) return failure(Code::kIo, doing + ": the environment is not open after a failure");
    LmdbTxn txn;
    if (int code = parts_->env.begin_read(txn)) return parts_->fault(code, doing);
    LmdbCursor cursor;
    std::vector<std::string> keys;
    int code = cursor.open(txn, *handle);
    if (code == kLmdbOk) code = cursor.first();
    uintptr_t mapped_last = 0;  // counted once for all that one fault brings along
    for (; code == kLmdbOk; code = cursor.next()) {
        keys.emplace_back(cursor.key());
        const uintptr_t mapped_now = std::bit_cast<uintptr_t>(cursor.key().data()) / MappedPages::kOfAFault;
        if (mapped_now == std::exchange(mapped_last, mapped_now)) continue;
        parts_->mapped.passed(MappedPages::kOfAFault, parts_->env, parts_->databases);
    }
    if (code != kLmdbNotFound) return parts_->fault(code, doing);
    return keys;
}

namespace {

// Sequence of the first record of a name in #history or #errors; 0 if there is none.
int newest_of_series(LmdbTxn& txn, Database database, std::string_view name, uint64_t& sequence)
{
    LmdbCursor cursor;
    int code = cursor.open(txn, database);
    if (code == kLmdbOk) code = cursor.seek(history_key(name, ~uint64_t{0}));
    sequence = 0;
    if (code == kLmdbNotFound) return kLmdbOk;
    if (code != kLmdbOk) return code;
    auto key = parse_history_key(cursor.key());
    if (key && key->name == name) sequence = key->sequence;
    return kLmdbOk;
}

// `length`: of the newest record, which is looked at. `document` is the name's, where it lies.
int read_state(LmdbTxn& txn, const Databases& databases, std::string_view name, NameState& state, size_t& length,
               std::string_view& document)
{
    std::string_view bytes;
    // A host asks for each of its functions as it starts: what is most often empty is not searched.
    uint64_t reports = 0;
    if (int code = txn.count(databases.errors, reports)) return code;
    if (reports != 0) {
        if (int code = newest_of_series(txn, databases.errors, name, state.last_error)) return code;
    }
    int code = txn.get(databases.newest, name, bytes);
    if (code != kLmdbOk && code != kLmdbNotFound) return code;
    length = bytes.size();
    if (code == kLmdbOk) {
        Record record;
        if (take_record(name, bytes, record)) {
            state.last_value = record.sequence;
            state.finished = record.finished;
            state.fresh_until = record.fresh_until;
        } else {
            uint64_t older = 0;
            if (int failed = newest_of_series(txn, databases.history, name, older)) return failed;
            state.last_value = older != 0 ? older + 1 : claimed_sequence(bytes);
        }
    }
    code = txn.get(databases.functions, name, document);
    if (code == kLmdbNotFound) return kLmdbOk;
    if (code != kLmdbOk) return code;
    FunctionFacts facts = parse_function_facts(document);
    state.last_value = std::max(state.last_value, facts.value_sequence);
    state.last_error = std::max(state.last_error, facts.error_sequence);
    return kLmdbOk;
}

}  // namespace

Expected<NameState> Store::state_of(std::string_view name, std::string* document)
{
    if (document != nullptr) document->clear();
    std::shared_lock shared(parts_->env_mutex);
    std::string doing = fmt::format("reading {}", name);
    if (!is_valid_name(name)) return NameState{};
    if (!parts_->env.is_open()) return failure(Code::kIo, doing + ": the environment is not open after a failure");
    LmdbTxn txn;
    if (int code = parts_->env.begin_read(txn)) return parts_->fault(code, doing);
    NameState state;
    size_t length = 0;
    std::string_view found;
    if (int code = read_state(txn, parts_->databases, name, state, length, found)) return parts_->fault(code, doing);
    parts_->note_read(length);
    parts_->note_read(found.size());
    if (document != nullptr) document->assign(found);
    return state;
}

Status Store::sync()
{
    std::shared_lock shared(parts_->env_mutex);
    if (!parts_->env.is_open()) return failure(Code::kIo, "syncing: the environment is not open after a failure");
    if (int code = parts_->env.sync()) return parts_->fault(code, "syncing");
    return {};
}

int Store::clear_dead_readers()
{
    std::shared_lock shared(parts_->env_mutex);
    return parts_->env.is_open() ? parts_->env.clear_dead_readers() : 0;
}

std::vector<Store::Reader> Store::readers()
{
    std::shared_lock shared(parts_->env_mutex);
    std::vector<Reader> readers;
    if (!parts_->env.is_open()) return readers;
    uint64_t last = parts_->env.last_txn();
    for (const auto& slot : parts_->env.readers()) readers.push_back({slot.pid, last > slot.txn ? last - slot.txn : 0});
    return readers;
}

uint64_t Store::damaged_replaced() const
{
    return parts_->damaged_replaced;
}

const std::filesystem::path& Store::set_aside() const
{
    return parts_->set_aside;
}

const std::filesystem::path& Store::folder() const
{
    return parts_->folder;
}

}  // namespace dumbwaiter
