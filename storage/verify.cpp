// SPDX-License-Identifier: BSD-3-Clause
//
// The walk and the probe in a child, and their answers as text through a pipe.
#include "verify.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <sstream>

#include "databases.hpp"
#include "in_child.hpp"
#include "lmdb_env.hpp"
#include "store_walk.hpp"

namespace dumbwaiter {

namespace {

constexpr unsigned kProbeSeconds = 30;

// Answers of the child: a word, then what belongs to it.
constexpr std::string_view kRefused = "refused ", kEmpty = "empty", kInfo = "info ", kReport = "report ";

struct Opened {
    LmdbEnv env;
    LmdbTxn txn;  // ends before env closes
    Databases databases;
};

std::string refusal(const Error& error)
{
    return fmt::format("{}{} {}", kRefused, static_cast<int>(error.code), error.message);
}

Error parsed_refusal(const std::string& text)
{
    std::istringstream in(text.substr(kRefused.size()));
    int code = 0;
    in >> code;
    in.get();
    Error error{static_cast<Code>(code), {}};
    std::getline(in, error.message);
    return error;
}

Status open_snapshot(const std::filesystem::path& folder, Opened& opened)
{
    auto env = LmdbEnv::open(folder, {.read_only = true});
    if (!env) return std::unexpected(std::move(env.error()));
    opened.env = std::move(*env);
    if (int code = opened.env.begin_read(opened.txn)) {
        return std::unexpected(lmdb_error(code, folder, fmt::format("reading the store in {}", folder.string())));
    }
    return {};
}

std::unexpected<Error> not_ours(const std::filesystem::path& folder)
{
    // Beside a wake file it was ours once.
    if (std::filesystem::exists(folder / "wake")) {
        return std::unexpected(lmdb_error(kLmdbCorrupted, folder, fmt::format("reading #info of {}", folder.string())));
    }
    return failure(Code::kIncompatible,
                   fmt::format("{} holds an LMDB environment that is not a dumbwaiter store; give another folder",
                               folder.string()));
}

Expected<std::string> read_info(const std::filesystem::path& folder, Opened& opened)
{
    Databases& databases = opened.databases;
    int code = opened.txn.open_database(nullptr, false, databases.newest);
    uint64_t entries = 0;
    if (code == kLmdbOk) code = opened.txn.count(databases.newest, entries);
    if (code == kLmdbOk && entries == 0) return std::string(kEmpty);
    if (code == kLmdbOk) code = opened.txn.open_database(kInfoDatabase, false, databases.info);
    std::string_view json;
    if (code == kLmdbOk) code = opened.txn.get(databases.info, kInfoKey, json);
    if (code == kLmdbNotFound || code == kLmdbIncompatible) return not_ours(folder);
    if (code != kLmdbOk)
        return std::unexpected(lmdb_error(code, folder, fmt::format("reading #info of {}", folder.string())));
    return std::string(kInfo) + std::string(json);
}

std::string probe_here(const std::filesystem::path& folder)
{
    Opened opened;
    if (auto open = open_snapshot(folder, opened); !open) return refusal(open.error());
    auto info = read_info(folder, opened);
    return info ? *info : refusal(info.error());
}

std::string as_text(const VerifyReport& report)
{
    std::string text = fmt::format("{}{} {} {} {} {:d}\n", kReport, report.names, report.values, report.errors,
                                   report.found, report.readable);
    for (const auto& finding : report.findings) text += finding + '\n';
    return text;
}

VerifyReport parsed_report(const std::string& text)
{
    VerifyReport report;
    std::istringstream in(text.substr(kReport.size()));
    in >> report.names >> report.values >> report.errors >> report.found >> report.readable;
    in.get();
    for (std::string line; std::getline(in, line);) report.findings.push_back(line);
    return report;
}

std::string walk_here(const std::filesystem::path& folder)
{
    Opened opened;
    if (auto open = open_snapshot(folder, opened); !open) return refusal(open.error());
    auto info = read_info(folder, opened);
    if (!info) return refusal(info.error());
    if (*info == kEmpty) return refusal(lacks_info(folder.string()));
    auto known = parse_store_info(std::string_view(*info).substr(kInfo.size()), folder.string());
    if (!known) return refusal(known.error());
    if (int code = opened.databases.open(opened.txn, false)) {
        return refusal(lmdb_error(code, folder, fmt::format("opening the databases of {}", folder.string())));
    }
    return as_text(StoreWalk(opened.txn, opened.databases).run());
}

Status check_place(const std::filesystem::path& folder)
{
    struct stat info;
    if (stat((folder / "data.mdb").c_str(), &info) == 0) return {};
    return std::unexpected(lmdb_error(errno, folder, fmt::format("opening the store in {}", folder.string())));
}

VerifyReport crashed(const std::filesystem::path& folder, const std::string& how)
{
    VerifyReport report;
    report.found = 1;
    report.readable = false;
    report.findings.push_back(fmt::format("data.mdb in {} is damaged: reading it failed ({})", folder.string(), how));
    return report;
}

}  // namespace

Expected<VerifyReport> verify_store(const std::filesystem::path& folder, unsigned limit_seconds)
{
    if (auto place = check_place(folder); !place) return std::unexpected(std::move(place.error()));
    auto work = run_in_child([&] { return walk_here(folder); }, limit_seconds);
    if (!work) return std::unexpected(std::move(work.error()));
    if (!work->failure.empty()) return crashed(folder, work->failure);
    if (!work->output.starts_with(kRefused)) return parsed_report(work->output);
    Error error = parsed_refusal(work->output);
    if (error.code != Code::kDamaged) return std::unexpected(std::move(error));
    VerifyReport report;
    report.found = 1;
    report.readable = false;
    report.findings.push_back(std::move(error.message));
    return report;
}

Expected<StoreProbe> probe_store(const std::filesystem::path& folder)
{
    if (auto place = check_place(folder); !place) return std::unexpected(std::move(place.error()));
    auto work = run_in_child([&] { return probe_here(folder); }, kProbeSeconds);
    if (!work) return std::unexpected(std::move(work.error()));
    if (!work->failure.empty()) {
        return failure(
            Code::kDamaged,
            fmt::format("data.mdb in {} is damaged: reading it failed ({}); restore a backup, or move data.mdb "
                        "away to start anew",
                        folder.string(), work->failure));
    }
    if (work->output.starts_with(kRefused)) return std::unexpected(parsed_refusal(work->output));
    StoreProbe probe;
    probe.is_empty = work->output == kEmpty;
    if (!probe.is_empty) probe.info_json = work->output.substr(kInfo.size());
    return probe;
}

}  // namespace dumbwaiter
