// SPDX-License-Identifier: BSD-3-Clause
//
// From a number to code: the store's document of it, a folder that may be looked into, the library.
#include "reader_serializers.hpp"

#include <dumbwaiter/reader.h>
#include <fmt/format.h>

#include "codec.hpp"
#include "documents.hpp"
#include "reader_reading.hpp"
#include "reader_registry.hpp"
#include "serializer_library.hpp"

namespace dumbwaiter {
namespace {

namespace fs = std::filesystem;

// JSON of the number's document; "" if the store has none.
Expected<std::string> document_of(dw_reader& reader, uint32_t number)
{
    Snapshot snapshot;
    if (auto begun = ReaderRegistry::instance().begin_for_all(reader, snapshot); !begun) {
        return std::unexpected(std::move(begun.error()));
    }
    std::string_view json;
    const int code = snapshot.txn().get(snapshot.databases().serializers, fmt::to_string(number), json);
    if (code == kLmdbNotFound) return std::string();
    if (code != kLmdbOk) return std::unexpected(lmdb_error(code, reader.folder, "reading #serializers"));
    return std::string(json);
}

}  // namespace

Status ReaderSerializers::allow(std::string_view folder)
{
    std::error_code error;
    const fs::path path = fs::absolute(folder, error);
    if (error || !fs::is_directory(path, error)) {
        return failure(Code::kNotFound, fmt::format("there is no folder {} to load plugins from", folder));
    }
    const std::lock_guard lock(mutex_);
    folders_.push_back(path);
    return {};
}

Expected<std::shared_ptr<const SerializerPlugin>> ReaderSerializers::find(dw_reader& reader, uint32_t number)
{
    const auto json = document_of(reader, number);
    if (!json) return std::unexpected(json.error());
    if (json->empty()) {
        return failure(Code::kUnsupported,
                       fmt::format("serializer {} is not in #serializers of {}", number, reader.folder.string()));
    }
    const std::lock_guard lock(mutex_);
    if (const auto known = loaded_.find(*json); known != loaded_.end()) return known->second;
    auto plugin = load(*json);
    if (plugin) loaded_.emplace(*json, *plugin);
    return plugin;
}

// What could not be loaded is tried again the next time: its folder may have been allowed by then.
Expected<std::shared_ptr<const SerializerPlugin>> ReaderSerializers::load(const std::string& json)
{
    const SerializerFacts facts = parse_serializer_facts(json);
    auto options = decode(Serializer::kJson, facts.options);
    if (facts.library.empty() || !options) {
        return failure(Code::kUnsupported, "its document in #serializers names no library of ours");
    }
    std::vector<fs::path> folders = folders_;
    folders.emplace_back(DUMBWAITER_PLUGINDIR);
    for (const fs::path& folder : folders) {
        std::error_code ignored;
        const fs::path file = folder / facts.library;
        if (!fs::is_regular_file(file, ignored)) continue;
        const auto info = open_serializer(file, facts.symbol);
        if (!info) return failure(Code::kUnsupported, info.error().message);
        return std::make_shared<const SerializerPlugin>(SerializerPlugin{facts.name(), *info, std::move(*options)});
    }
    return failure(
        Code::kUnsupported,
        fmt::format("it takes the serializer \"{}\" of {}, which is not in {}: allow the folder of that library",
                    facts.symbol, facts.library, DUMBWAITER_PLUGINDIR));
}

}  // namespace dumbwaiter

using namespace dumbwaiter;

extern "C" int32_t dw_reader_allow_plugins(dw_reader* reader, const char* folder)
{
    if (reader == nullptr || folder == nullptr || *folder == '\0') {
        return refuse(DW_MISUSE, "dw_reader_allow_plugins: no reader, or no folder");
    }
    return at_edge([&] {
        Status allowed = reader->serializers.allow(folder);
        return allowed ? DW_OK : refuse(std::move(allowed.error()));
    });
}
