// SPDX-License-Identifier: BSD-3-Clause
//
// Copied and put right in a child, as the store may be damaged; then checked, then named.
#include "backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "backup_place.hpp"
#include "databases.hpp"
#include "descriptor.hpp"
#include "in_child.hpp"
#include "lmdb_env.hpp"
#include "store_files.hpp"
#include "wake.hpp"

namespace dumbwaiter {

namespace fs = std::filesystem;

namespace {

constexpr int kNiceness = 10;  // the host's work goes first

Status sync_file(int fd, const fs::path& folder)
{
    if (fsync(fd) == 0) return {};
    return std::unexpected(lmdb_error(errno, folder, fmt::format("writing the copy in {}", folder.string())));
}

Status copy_pages(const fs::path& folder, const fs::path& place)
{
    const Descriptor file(open((place / "data.mdb").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!file.is_open()) {
        return std::unexpected(lmdb_error(errno, place, fmt::format("writing the copy in {}", place.string())));
    }
    auto env = LmdbEnv::open(folder, {.read_only = true});
    if (!env) return std::unexpected(std::move(env.error()));
    if (const int code = env->copy_to(file.number())) {
        return std::unexpected(lmdb_error(code, place, fmt::format("copying the store in {}", folder.string())));
    }
    return sync_file(file.number(), place);
}

// The host that works on the store is none of the copy's: who reads that must not take it for alive.
Status forget_host(const fs::path& place)
{
    auto env = LmdbEnv::open(place, {});
    if (!env) return std::unexpected(std::move(env.error()));
    LmdbTxn txn;
    Databases databases;
    int code = env->begin_write(txn);
    if (code == kLmdbOk) code = databases.open(txn, false);
    if (code == kLmdbOk) code = txn.remove(databases.host, kHostKey);
    if (code == kLmdbOk || code == kLmdbNotFound) code = txn.commit();
    if (code == kLmdbOk) code = env->sync();
    txn.abort();
    if (code == kLmdbOk) return {};
    return std::unexpected(lmdb_error(code, place, fmt::format("opening the copy in {}", place.string())));
}

// "" or, as text, the error's code and message.
std::string copy_here(const fs::path& folder, const fs::path& place)
{
    setpriority(PRIO_PROCESS, 0, kNiceness);
    Status done = copy_pages(folder, place);
    if (done) done = forget_host(place);
    if (done) return {};
    return fmt::format("{} {}", static_cast<int>(done.error().code), done.error().message);
}

Status copy_in_child(const fs::path& folder, const fs::path& place)
{
    const auto work = run_in_child([&] { return copy_here(folder, place); }, 0);
    if (!work) return std::unexpected(work.error());
    if (!work->failure.empty()) {
        return failure(Code::kDamaged,
                       fmt::format("copying the store in {} failed ({})", folder.string(), work->failure));
    }
    if (work->output.empty()) return {};
    const size_t space = work->output.find(' ');
    return failure(static_cast<Code>(std::stoi(work->output.substr(0, space))), work->output.substr(space + 1));
}

Expected<VerifyReport> check_copy(const fs::path& folder, const fs::path& place)
{
    auto report = verify_store(place);
    if (!report || (report->readable && report->found == 0)) return report;
    return failure(Code::kDamaged, fmt::format("the store in {} is damaged, so that no copy was made: `dumbwaiter "
                                               "verify` shows where",
                                               folder.string()));
}

}  // namespace

Expected<VerifyReport> back_up_store(const fs::path& folder, const fs::path& copy)
{
    const auto fail = [](const Error& error) { return std::unexpected(error); };
    // Refused by its own name, before anything is written.
    const auto probe = probe_store(folder);
    if (!probe) return fail(probe.error());
    if (probe->is_empty) {
        return failure(Code::kNoStore,
                       fmt::format("nothing was ever stored in {}; start a host on it", folder.string()));
    }
    auto place = BackupPlace::make(copy);
    if (!place) return fail(place.error());
    if (const auto copied = copy_in_child(folder, place->folder()); !copied) return fail(copied.error());
    if (const auto wake = WakeFile::open_or_make(place->folder()); !wake) return fail(wake.error());
    if (const auto secured = secure_files(place->folder(), ""); !secured) return fail(secured.error());
    auto report = check_copy(folder, place->folder());
    if (!report) return report;
    if (const auto named = place->name(); !named) return fail(named.error());
    return report;
}

}  // namespace dumbwaiter
