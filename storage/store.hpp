// SPDX-License-Identifier: BSD-3-Clause
//
// The one writer of a store: results are appended, trimmed and committed in groups. Knows neither host nor plugins, and
// is usable by any process that is to be a store's only writer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record.hpp"
#include "status.hpp"

namespace dumbwaiter {

enum class Durability { kFull, kRelaxed, kVolatile };  // see FORMAT.md section 6

struct StoreOptions {
    Durability durability = Durability::kFull;
    std::string group;                      // name of the group that may read; empty = leave as it is
    uint64_t map_size = uint64_t{1} << 36;  // bytes of address space, not of disk; grown when full
    // Of the data file that stay mapped in this process; above, all is unmapped, but not again before the pause is
    // over: whoever meets all of a large store all the time would do little else than map it.
    uint64_t mapped_bytes = 96 * 1024 * 1024;
    int64_t unmap_pause_ns = 250'000'000;
};

// One change, in the order in which it was accepted. Owns its bytes.
struct Append {
    enum class Kind {
        kValue,    // becomes the newest value; the one before goes to #history
        kRefresh,  // moves started, finished and fresh_until of the newest value (sequence must be the newest's)
        kError,    // goes to #errors
    };
    Kind kind = Kind::kValue;
    std::string name;
    uint32_t depth = 1;  // max_saved
    uint8_t serializer = 0;
    Outcome outcome = Outcome::kOk;
    uint64_t sequence = 0;
    int64_t due = 0, started = 0, finished = 0, fresh_until = 0;
    std::string media_type, payload;
};

// What is known of a name when a host starts.
struct NameState {
    uint64_t last_value = 0, last_error = 0;  // sequences; 0 = none yet
    int64_t finished = 0, fresh_until = 0;    // of the newest value
};

// commit(), forget() and clear_dead_readers() on one thread at a time; the rest on any thread.
class Store {
public:
    // Makes the folder and the environment if there is none. Takes host.lock first: kBusy names the pid that holds it.
    // What is there is looked at in a child process before: kDamaged, kIncompatible (none of ours, or newer). A damaged
    // store is set aside instead, and begun anew, where values are volatile; set_aside() says where it went.
    static Expected<std::unique_ptr<Store>> open(const std::filesystem::path& folder, const StoreOptions& options);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // All of `appends` and, if given, the documents of the store's own databases, in one transaction; nothing on error,
    // so the same batch can be tried again, also if it is in doubt whether the commit took place: an append that is
    // there already (its sequence is not above the stored one) is passed over, as is a kRefresh of a value that is not
    // the newest. Raises the wake words of names that got a new value. A damaged newest record met by a kValue, or by a
    // kRefresh that brings its payload along, is replaced, and counted in damaged_replaced(). kInvalidArgument: a
    // name, sequence or database that cannot be; kTooLarge: too much for one transaction.
    struct Put {
        const char* database;  // "#functions", "#host", "#info", "#serializers"
        std::string key, json;
    };
    Status commit(std::span<const Append> appends, std::span<const Put> puts = {});

    // Last sequences of a name, from its records and the #functions document, whichever is higher. `document`, if
    // given, gets that; "" if there is none.
    Expected<NameState> state_of(std::string_view name, std::string* document = nullptr);

    // Bytes of the newest record of a name, copied; kNotFound if there is none. The record is not checked here.
    Status newest(std::string_view name, std::string& bytes);

    // JSON of one of the store's own documents; nullopt if there is none.
    Expected<std::optional<std::string>> document(const char* database, std::string_view key);

    // Keys of one of those databases, in byte order.
    Expected<std::vector<std::string>> document_keys(const char* database);

    // Removes every record and document of a name. kNotFound if there was nothing.
    Status forget(std::string_view name);

    Status sync();             // for relaxed: what was committed becomes durable
    int clear_dead_readers();  // slots of processes that died; how many were freed
    uint64_t damaged_replaced() const;
    const std::filesystem::path& set_aside() const;  // folder of the damaged files that open() moved away; empty = none

    struct Reader {
        int pid;
        uint64_t lag;  // transactions behind the newest
    };
    std::vector<Reader> readers();  // those inside a transaction now
    const std::filesystem::path& folder() const;

private:
    struct Parts;
    explicit Store(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace dumbwaiter
