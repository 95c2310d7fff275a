// SPDX-License-Identifier: BSD-3-Clause
#include "store_reader.hpp"

#include <unistd.h>

#include <csignal>

#include "clock.hpp"
#include "codec.hpp"
#include "documents.hpp"
#include "field.hpp"
#include "host_presence.hpp"
#include "places.hpp"
#include "reader_registry.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

namespace {

int collect_name(void* context, const char* name)
{
    static_cast<std::vector<std::string>*>(context)->emplace_back(name);
    return 0;
}

// A page that lies past the end of data.mdb, or that its disk cannot give. Only the roots are looked for when a store
// is opened: LMDB says of no other page whether it was written.
void leave_torn_store(int)
{
    static constexpr char kText[] =
        "dumbwaiter: data.mdb is damaged: it is cut short, or its disk fails; "
        "restore a backup, or move it away to start anew\n";
    (void)!write(STDERR_FILENO, kText, sizeof kText - 1);
    _exit(static_cast<int>(ExitCode::kDamage));
}

}  // namespace

StoreReader::StoreReader(dw_reader* reader, std::filesystem::path folder)
    : reader_(reader, &dw_reader_close), folder_(std::move(folder))
{}

std::optional<StoreReader> StoreReader::open(const Options& options, ExitCode& code, int64_t until)
{
    const auto folder = find_store(options);
    if (!folder) {
        complain(folder.error().message);
        code = ExitCode::kUsage;
        return std::nullopt;
    }
    std::signal(SIGBUS, &leave_torn_store);
    dw_reader* reader = nullptr;
    int32_t opened = dw_reader_open(folder->c_str(), &reader);
    while (opened == DW_NO_STORE && monotonic_ns() < until) {
        usleep(kStorePause);
        opened = dw_reader_open(folder->c_str(), &reader);
    }
    code = exit_code_of(opened);
    if (opened != DW_OK) return std::nullopt;
    return StoreReader(reader, *folder);
}

bool StoreReader::allow_plugins(const Options& options) const
{
    for (const auto& folder : options.plugins) {
        if (dw_reader_allow_plugins(reader_.get(), folder.c_str()) == DW_OK) continue;
        complain(dw_reader_error());
        return false;
    }
    return true;
}

void StoreReader::allow_plugins_of_manifest(const Options& options) const
{
    for (const auto& folder : plugin_folders(options)) (void)dw_reader_allow_plugins(reader_.get(), folder.c_str());
}

std::string StoreReader::serializer_name(uint32_t serializer) const
{
    if (serializer <= static_cast<uint32_t>(Serializer::kCbor)) {
        return std::string(dumbwaiter::serializer_name(static_cast<Serializer>(serializer)));
    }
    const SerializerFacts facts = parse_serializer_facts(text("#serializers", std::to_string(serializer)));
    return facts.library.empty() ? "plugin " + std::to_string(serializer) : facts.name();
}

std::vector<std::string> StoreReader::value_names() const
{
    std::vector<std::string> names;
    dw_each_name(reader_.get(), &collect_name, &names);
    return names;
}

std::vector<std::string> StoreReader::function_names() const
{
    // reader.h has no walk over documents: only we list functions that never had a value.
    std::vector<std::string> names;
    Snapshot snapshot;
    if (!ReaderRegistry::instance().begin_for_all(*reader_, snapshot)) return names;
    LmdbCursor cursor;
    int code = cursor.open(snapshot.txn(), snapshot.databases().functions);
    if (code == kLmdbOk) code = cursor.first();
    for (; code == kLmdbOk; code = cursor.next()) names.emplace_back(cursor.key());
    return names;
}

std::string StoreReader::text(const char* database, const std::string& key) const
{
    char* text = nullptr;
    uint64_t length = 0;
    if (dw_get_document(reader_.get(), database, key.c_str(), &text, &length) != DW_OK) return "";
    const std::unique_ptr<char, void (*)(void*)> owner(text, &dw_free);
    return std::string(text, length);
}

Document StoreReader::document(const char* database, const std::string& key) const
{
    auto document = decode(Serializer::kJson, text(database, key));
    return document ? std::move(*document) : Document{};
}

Document StoreReader::live_host() const
{
    const std::string host = text("#host", "host");
    if (!host_alive(host, wall_ns())) return {};
    auto document = decode(Serializer::kJson, host);
    if (!document || Field(*document)["state"].text() == "stopped") return {};
    return std::move(*document);
}

ExitCode exit_code_of(int32_t code)
{
    if (code == DW_OK) return ExitCode::kDone;
    complain(dw_reader_error());
    switch (code) {
        case DW_NOT_FOUND:
        case DW_TIMEOUT: return ExitCode::kFailed;
        case DW_DAMAGED: return ExitCode::kDamage;
        case DW_MISUSE: return ExitCode::kUsage;
        default: return ExitCode::kStore;
    }
}

}  // namespace dumbwaiter
