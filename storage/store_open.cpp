// SPDX-License-Identifier: BSD-3-Clause
//
// From a folder to an open store: the lock, a look in a child at what is there, the environment, the wake file.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "clock.hpp"
#include "host_presence.hpp"
#include "rfc3339.hpp"
#include "store_files.hpp"
#include "store_parts.hpp"
#include "verify.hpp"

namespace dumbwaiter {

namespace {

// Up to this size every record is looked at before opening: it takes less than a tenth of a second.
constexpr uint64_t kWholeLookBytes = 64 * 1024 * 1024;
constexpr unsigned kLookSeconds = 600;

// What lies in the folder before it is opened.
struct Found {
    bool exists = false;
    StoreInfo info;
};

Status look_at_records(const std::filesystem::path& folder, const StoreInfo& info)
{
    bool in_doubt =
        info.durability == durability_name(Durability::kVolatile) && !info.clean && info.boot_id != boot_id();
    struct stat file;
    if (stat((folder / "data.mdb").c_str(), &file) != 0) file.st_size = 0;
    if (!in_doubt && static_cast<uint64_t>(file.st_size) > kWholeLookBytes) return {};
    auto report = verify_store(folder, kLookSeconds);
    if (!report) return std::unexpected(std::move(report.error()));
    // A single bad record does not keep a store from opening: its readers are told, and it is replaced in time.
    if (report->readable && (!in_doubt || report->found == 0)) return {};
    return failure(Code::kDamaged,
                   fmt::format("the store in {} is damaged ({}); restore a backup, or move data.mdb away to "
                               "start anew",
                               folder.string(), report->findings.front()));
}

Expected<Found> look(const std::filesystem::path& folder)
{
    Found found;
    struct stat file;
    if (stat((folder / "data.mdb").c_str(), &file) != 0) {
        // A lock file without its data would hand the next environment the transaction numbers of the last.
        unlink((folder / "lock.mdb").c_str());
        return found;
    }
    if (file.st_size == 0) return found;
    auto probe = probe_store(folder);
    if (!probe) return std::unexpected(std::move(probe.error()));
    if (probe->is_empty) return found;
    found.exists = true;
    auto info = parse_store_info(probe->info_json, folder.string());
    if (!info) return std::unexpected(std::move(info.error()));
    found.info = std::move(*info);
    if (auto looked = look_at_records(folder, found.info); !looked) return std::unexpected(std::move(looked.error()));
    return found;
}

// The same, and where values are volatile, what is damaged goes out of the way.
Expected<Found> look_or_set_aside(const std::filesystem::path& folder, Durability durability,
                                  std::filesystem::path& aside)
{
    auto found = look(folder);
    if (found || found.error().code != Code::kDamaged || durability != Durability::kVolatile) return found;
    auto moved = dumbwaiter::set_aside(folder);
    if (!moved) return std::unexpected(std::move(moved.error()));
    aside = std::move(*moved);
    return Found{};
}

StoreInfo new_info()
{
    StoreInfo info;
    info.creator = "dumbwaiter " DUMBWAITER_VERSION;
    info.created = rfc3339(wall_ns());
    return info;
}

}  // namespace

std::string_view durability_name(Durability durability)
{
    switch (durability) {
        case Durability::kFull: return "full";
        case Durability::kRelaxed: return "relaxed";
        case Durability::kVolatile: return "volatile";
    }
    return "full";
}

Expected<std::unique_ptr<Store>> Store::open(const std::filesystem::path& folder, const StoreOptions& options)
{
    auto fail = [](Error& error) { return std::unexpected(std::move(error)); };
    if (auto ready = prepare_folder(folder, options.group); !ready) return fail(ready.error());
    auto lock = HostLock::take(folder);
    if (!lock) return fail(lock.error());

    auto parts = std::make_unique<Parts>(folder, options, std::move(*lock));
    auto found = look_or_set_aside(folder, options.durability, parts->set_aside);
    if (!found) return fail(found.error());
    parts->info = found->exists ? std::move(found->info) : new_info();
    parts->info.map_size = std::max(parts->info.map_size, options.map_size);
    // The wake file first: whoever can read the store can then wait on it.
    auto wake = WakeFile::open_or_make(folder);
    if (!wake) return fail(wake.error());
    parts->wake = std::move(*wake);
    if (auto opened = parts->open_environment(); !opened) return fail(opened.error());
    if (auto secured = secure_files(folder, options.group); !secured) return fail(secured.error());
    // Whoever still has an environment that lay here before must open this one.
    if (!found->exists) parts->wake.next_generation();
    return std::unique_ptr<Store>(new Store(std::move(parts)));
}

LmdbOptions Store::Parts::lmdb_options() const
{
    LmdbOptions lmdb;
    lmdb.map_size = info.map_size;
    lmdb.no_sync = options.durability == Durability::kVolatile;
    lmdb.no_meta_sync = options.durability == Durability::kRelaxed;
    return lmdb;
}

Status Store::Parts::open_environment()
{
    auto opened = LmdbEnv::open(folder, lmdb_options());
    if (!opened) return std::unexpected(std::move(opened.error()));
    env = std::move(*opened);
    env.clear_dead_readers();

    info.boot_id = boot_id();
    info.durability = durability_name(options.durability);
    info.clean = false;
    int code = make_ready();
    for (int growths = 0; code == kLmdbMapFull && growths < 8; growths++) {
        info.map_size = env.map_size() * 2;
        code = env.set_map_size(info.map_size);
        if (code == kLmdbOk) code = make_ready();
    }
    if (code != kLmdbOk) return fault(code, fmt::format("opening the store in {}", folder.string()));
    return {};
}

int Store::Parts::make_ready()
{
    LmdbTxn txn;
    int code = env.begin_write(txn);
    if (code == kLmdbOk) code = databases.open(txn, true);
    if (code == kLmdbOk) code = put_info(txn);
    if (code == kLmdbOk) code = txn.commit();
    // "Not clean" must be on the disk before anything that may be lost.
    return code == kLmdbOk ? env.sync() : code;
}

}  // namespace dumbwaiter
