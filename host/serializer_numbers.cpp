// SPDX-License-Identifier: BSD-3-Clause
#include "serializer_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "codec.hpp"
#include "documents.hpp"
#include "inspection.hpp"
#include "library.hpp"
#include "trust.hpp"

namespace dumbwaiter {
namespace {

// One number that is given out.
struct Given {
    uint8_t number;
    SerializerFacts facts;
    Document options;
};

Document options_of(const SerializerFacts& facts)
{
    auto options = decode(Serializer::kJson, facts.options);
    return options ? std::move(*options) : Document{};
}

SerializerFacts facts_of(const SerializerEntry& serializer, uint64_t number, const std::string& media_type)
{
    return {.number = number,
            .library = std::filesystem::path(serializer.library).filename().string(),
            .symbol = serializer.symbol,
            .media_type = media_type,
            .options = to_json(serializer.options)};
}

class NumberBook {
public:
    explicit NumberBook(Store& store) : store_(store) {}

    Status read()
    {
        for (uint32_t number = kFirstPluginSerializer; number <= kLastPluginSerializer; ++number) {
            const auto json = store_.document("#serializers", fmt::to_string(number));
            if (!json) return within("reading #serializers", json.error());
            if (!*json) continue;
            SerializerFacts facts = parse_serializer_facts(**json);
            Document options = options_of(facts);
            given_.push_back({static_cast<uint8_t>(number), std::move(facts), std::move(options)});
        }
        return {};
    }

    Expected<Given> number_for(const SerializerEntry& serializer, const std::string& media_type)
    {
        const std::string library = std::filesystem::path(serializer.library).filename().string();
        const auto known = std::ranges::find_if(given_, [&](const Given& one) {
            return one.facts.library == library && one.facts.symbol == serializer.symbol &&
                   same(one.options, serializer.options);
        });
        if (known != given_.end()) return *known;
        // Past the highest, so that a number whose document was lost is not given out again.
        const uint32_t next = given_.empty() ? kFirstPluginSerializer : given_.back().number + 1U;
        if (next > kLastPluginSerializer) {
            return failure(Code::kFull,
                           fmt::format("there is no number left for the serializer {}:{}: those from {} to "
                                       "{} are given out for ever, one for each library, symbol and "
                                       "options; go back to options that were used, or begin a new store",
                                       library, serializer.symbol, kFirstPluginSerializer, kLastPluginSerializer));
        }
        puts_.push_back({"#serializers", fmt::to_string(next), to_json(facts_of(serializer, next, media_type))});
        // As every reader will decode them.
        SerializerFacts facts = parse_serializer_facts(puts_.back().json);
        Document options = options_of(facts);
        given_.push_back({static_cast<uint8_t>(next), std::move(facts), std::move(options)});
        return given_.back();
    }

    const std::vector<Store::Put>& puts() const { return puts_; }
    const std::vector<Given>& given() const { return given_; }

private:
    Store& store_;
    std::vector<Given> given_;  // by number
    std::vector<Store::Put> puts_;
};

std::shared_ptr<const SerializerPlugin> plugin_of(const Given& given, const dw_serializer_info& info)
{
    return std::make_shared<const SerializerPlugin>(SerializerPlugin{given.facts.name(), info, given.options});
}

Expected<SealedLibrary> take_older(const SerializerFacts& facts, const Manifest& manifest)
{
    if (facts.library.empty()) return failure(Code::kIncompatible, "its document in #serializers is not readable");
    const auto file = find_library(facts.library, serializer_folders(manifest));
    if (!file) return std::unexpected(file.error());
    const LibrarySpec* const spec = spec_of_library(manifest.settings, facts.library, *file);
    return take_library(*file, trust_of_library(manifest.settings, facts.library, *file),
                        spec == nullptr ? std::nullopt : spec->sha256);
}

Expected<dw_serializer_info> open_taken(const SerializerFacts& facts, const SealedLibrary& taken)
{
    const auto library = Library::open(taken);
    return library ? (*library)->serializer(facts.symbol) : std::unexpected(library.error());
}

// A library that the manifest does not name any more; tried out before it runs here.
Expected<dw_serializer_info> open_older(const SerializerFacts& facts, const Manifest& manifest)
{
    const auto taken = take_older(facts, manifest);
    if (!taken) return std::unexpected(taken.error());
    const auto inspection = inspect_library(*taken);
    if (!inspection) return std::unexpected(inspection.error());
    if (!inspection->load_fault.empty()) return failure(Code::kIncompatible, inspection->load_fault);
    return open_taken(facts, *taken);
}

// Every slot gets its plugin that has none.
void open_those_of_older_values(const Manifest& manifest, const NumberBook& book, SerializerTable& table)
{
    std::map<std::string, Expected<dw_serializer_info>> older;
    for (const Given& given : book.given()) {
        SerializerTable::Slot& slot = table.slots[given.number];
        if (slot.plugin) continue;
        const std::string name = given.facts.name();
        auto at = older.find(name);
        if (at == older.end()) at = older.emplace(name, open_older(given.facts, manifest)).first;
        if (at->second) {
            slot.plugin = plugin_of(given, *at->second);
        } else {
            slot.fault = at->second.error().message;
        }
    }
}

Status number(Manifest& manifest, const Resolution& resolution, Registry& registry, NumberBook& book)
{
    auto& slots = registry.serializers.slots;
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        FunctionSpec& spec = manifest.functions[i];
        const SerializerEntry& serializer = spec->serializer_plugin;
        if (!serializer.is_plugin()) continue;
        const std::string name = serializer.name();
        const Expected<Given> given = book.number_for(serializer, resolution.serializers.at(name).media_type);
        if (!given) return std::unexpected(given.error());
        spec.serializer = static_cast<Serializer>(given->number);
        const auto info = registry.serializer_infos.find(name);
        if (info == registry.serializer_infos.end()) continue;  // its functions run in children
        SerializerTable::Slot& slot = slots[given->number];
        if (!slot.plugin) slot.plugin = plugin_of(*given, info->second);
        if (registry.functions[i]) registry.functions[i]->serializer = slot.plugin;
    }
    for (const Given& given : book.given()) slots[given.number].facts = to_json(given.facts);
    return {};
}

}  // namespace

Status give_out_more_numbers(Manifest& manifest, const Resolution& resolution, Registry& registry, Store& store,
                             std::vector<Store::Put>& puts)
{
    NumberBook book(store);
    if (Status read = book.read(); !read) return read;
    if (Status numbered = number(manifest, resolution, registry, book); !numbered) return numbered;
    puts = book.puts();
    return {};
}

Status give_out_numbers(Manifest& manifest, const Resolution& resolution, Registry& registry, Store& store)
{
    NumberBook book(store);
    if (Status read = book.read(); !read) return read;
    if (Status numbered = number(manifest, resolution, registry, book); !numbered) return numbered;
    if (!book.puts().empty()) {
        if (Status committed = store.commit({}, book.puts()); !committed) return committed;
    }
    if (std::ranges::any_of(manifest.functions, &FunctionSpec::runs_in_host)) {
        open_those_of_older_values(manifest, book, registry.serializers);
    }
    return {};
}

Expected<dw_serializer_info> open_serializer_here(const SerializerFacts& facts, const Manifest& manifest)
{
    const auto taken = take_older(facts, manifest);
    return taken ? open_taken(facts, *taken) : std::unexpected(taken.error());
}

void use_serializers(Manifest& manifest, Registry& registry)
{
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        FunctionSpec& spec = manifest.functions[i];
        const SerializerEntry& serializer = spec->serializer_plugin;
        const std::string name = serializer.name();
        const auto info = registry.serializer_infos.find(name);
        if (info == registry.serializer_infos.end() || !serializer.is_plugin()) continue;
        const SerializerFacts facts = facts_of(serializer, kFirstPluginSerializer, {});
        spec.serializer = static_cast<Serializer>(kFirstPluginSerializer);
        if (!registry.functions[i]) continue;  // it runs in another process
        registry.functions[i]->serializer =
            std::make_shared<const SerializerPlugin>(SerializerPlugin{facts.name(), info->second, options_of(facts)});
    }
}

}  // namespace dumbwaiter
