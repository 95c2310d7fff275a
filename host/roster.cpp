// SPDX-License-Identifier: BSD-3-Clause
#include "roster.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "file_identity.hpp"

namespace dumbwaiter {

namespace {

std::string limits_text(const Limits& limits)
{
    const auto text = [](const std::optional<uint64_t>& limit) { return limit ? fmt::to_string(*limit) : "-"; };
    return fmt::format("{} {} {} {} {} {}", text(limits.memory), text(limits.open_files), text(limits.processes),
                       text(limits.cpu_seconds), limits.result_size, limits.core_dumps);
}

std::string sandbox_text(const Sandbox& sandbox)
{
    std::string text = fmt::format("{} {} {}", sandbox.strict, sandbox.network, sandbox.processes);
    for (const auto& path : sandbox.read) text += "\nr " + path.string();
    for (const auto& path : sandbox.write) text += "\nw " + path.string();
    return text;
}

std::string bytes_text(const Resolution& resolution, const std::filesystem::path& file, uint32_t id)
{
    const auto digest = resolution.digests.find(id);
    return file.string() + "@" + (digest == resolution.digests.end() ? std::string() : digest->second);
}

std::string serializer_text(const Resolution& resolution, const SerializerEntry& serializer)
{
    if (!serializer.is_plugin()) return {};
    const auto binding = resolution.serializers.find(serializer.name());
    if (binding == resolution.serializers.end()) return {};
    return bytes_text(resolution, binding->second.library, binding->second.library_id);
}

bool same_inputs(const FunctionSpec& a, const FunctionSpec& b)
{
    return std::ranges::equal(a->after, b->after, {}, &FunctionTerms::Input::name, &FunctionTerms::Input::name);
}

// A plugin's number follows from what is compared here.
bool same_serializer(const FunctionSpec& a, const FunctionSpec& b)
{
    const SerializerEntry &one = a->serializer_plugin, &other = b->serializer_plugin;
    if (!one.is_plugin() && !other.is_plugin()) return a.serializer == b.serializer;
    return one.library == other.library && one.symbol == other.symbol && same(one.options, other.options);
}

// All that the code that runs it is told.
bool same_task(const FunctionSpec& a, const FunctionSpec& b)
{
    const auto scalars = [](const FunctionSpec& spec) {
        return std::tie(spec->library, spec->symbol, spec->signature, spec->secrets, spec->timeout, spec->isolation,
                        spec->group, spec->result_limit);
    };
    return scalars(a) == scalars(b) && same(a->args, b->args) && same(a->kwargs, b->kwargs) && same_serializer(a, b);
}

bool same_plan(const FunctionSpec& a, const FunctionSpec& b)
{
    const auto scalars = [](const FunctionSpec& spec) {
        return std::tie(spec->max_saved, spec->overlap, spec->on_start, spec->retry, spec->enabled);
    };
    return scalars(a) == scalars(b) && same_freshness(a, b);
}

}  // namespace

bool same_freshness(const FunctionSpec& a, const FunctionSpec& b)
{
    const auto scalars = [](const FunctionSpec& spec) {
        return std::tie(spec->frequency, spec->align, spec->cron_line, spec->timezone, spec->timeout);
    };
    return scalars(a) == scalars(b) && same_inputs(a, b);
}

std::vector<uint32_t> Codes::of(const Manifest& manifest, const Resolution& resolution)
{
    using Key = std::tuple<uint32_t, Isolation, std::string_view, std::string_view, std::string_view>;
    const FileIdentity folder = identity_of(manifest.folder);
    std::map<Key, uint32_t> known;  // what is the same for most need not be spelled out for each
    std::vector<uint32_t> codes;
    codes.reserve(manifest.functions.size());
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        const FunctionSpec& spec = manifest.functions[i];
        const Binding& binding = resolution.bindings[i];
        const Key key{binding.library_id, spec->isolation, spec->group, spec->serializer_plugin.library,
                      spec->serializer_plugin.symbol};
        const auto [at, is_new] = known.try_emplace(key);
        if (is_new) {
            const std::string text = fmt::format(
                "{} {}\n{}\n{}\n{}\n{}\n{}\n{}", folder.device, folder.inode, static_cast<int>(spec->isolation),
                spec->group, bytes_text(resolution, resolution.file_of(binding).path, binding.library_id),
                limits_text(limits_of(manifest.settings, spec->library)),
                sandbox_text(sandbox_of(manifest.settings, spec->library)),
                serializer_text(resolution, spec->serializer_plugin));
            at->second = numbers_.try_emplace(text, static_cast<uint32_t>(numbers_.size())).first->second;
        }
        codes.push_back(at->second);
    }
    return codes;
}

Roster::Roster(const Manifest& manifest, const std::vector<uint32_t>& codes, const std::vector<Place>& places,
               const std::vector<int64_t>& phases)
    : first_(manifest), in_manifest_(manifest.functions.size())
{
    members_.reserve(manifest.functions.size());
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        members_.push_back({.spec = {std::shared_ptr<void>(), &manifest.functions[i]},
                            .code = codes[i],
                            .place = places[i],
                            .phase = phases[i]});
    }
}

std::optional<FunctionId> Roster::find(std::string_view name) const
{
    const auto& functions = first_.functions;
    const auto at = std::ranges::lower_bound(functions, name, {},
                                             [](const FunctionSpec& spec) { return std::string_view(spec.name); });
    if (at != functions.end() && at->name == name) return static_cast<FunctionId>(at - functions.begin());
    const auto later = later_.find(std::string(name));
    return later == later_.end() ? std::nullopt : std::optional(later->second);
}

std::optional<FunctionId> Roster::find_in_manifest(std::string_view name) const
{
    const auto id = find(name);
    return id && members_[*id].is_in_manifest ? id : std::nullopt;
}

FunctionId Roster::add(Member member)
{
    const auto id = static_cast<FunctionId>(members_.size());
    later_.emplace(member.spec->name, id);
    in_manifest_ += member.is_in_manifest;
    members_.push_back(std::move(member));
    return id;
}

void Roster::set_in_manifest(FunctionId id, bool is_in)
{
    if (members_[id].is_in_manifest == is_in) return;
    members_[id].is_in_manifest = is_in;
    in_manifest_ = is_in ? in_manifest_ + 1 : in_manifest_ - 1;
}

std::set<std::filesystem::path> Roster::library_folders() const
{
    std::set<std::filesystem::path> folders;
    std::string_view last;
    for (const Member& member : members_) {
        const std::string& library = member.spec->terms->library;
        if (!member.is_in_manifest || library == last || library.find('/') == library.npos) continue;
        last = library;
        folders.insert(std::filesystem::path(library).parent_path());
    }
    return folders;
}

Difference difference(const Roster& roster, const Manifest& manifest, const std::vector<uint32_t>& codes)
{
    Difference difference;
    std::vector<bool> stays(roster.size(), false);
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        const FunctionSpec& spec = manifest.functions[i];
        const auto id = roster.find(spec.name);
        Newcomer newcomer{.index = i, .id = id};
        if (id) {
            const Member& member = roster[*id];
            newcomer.is_known = member.is_in_manifest;
            newcomer.moves = !member.is_in_manifest || member.code != codes[i] || !same_task(*member.spec, spec);
            stays[*id] = true;
            if (newcomer.is_known && !newcomer.moves && same_plan(*member.spec, spec)) continue;
        }
        difference.newcomers.push_back(newcomer);
    }
    for (FunctionId id = 0; id < roster.size(); ++id) {
        if (roster[id].is_in_manifest && !stays[id]) difference.leavers.push_back(id);
    }
    return difference;
}

}  // namespace dumbwaiter
