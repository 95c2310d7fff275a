// SPDX-License-Identifier: BSD-3-Clause
#include "libraries_in_use.hpp"

#include "trust.hpp"

namespace dumbwaiter {

namespace {

std::string digest_of(const Resolution& resolution, uint32_t id)
{
    const auto at = resolution.digests.find(id);
    return at == resolution.digests.end() ? std::string() : at->second;
}

// "" = none, as of one of the system.
void set_digest(Resolution& resolution, uint32_t id, const std::string& sha256)
{
    if (sha256.empty()) {
        resolution.digests.erase(id);
    } else {
        resolution.digests[id] = sha256;
    }
}

}  // namespace

LibrariesInUse::LibrariesInUse(const Manifest& manifest, const Resolution& resolution)
{
    const FunctionSpec* last = nullptr;  // most stand beside others of their library
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        const FunctionSpec& spec = manifest.functions[i];
        if (last && (*last)->library == spec->library && (*last)->signature.has_value() == spec->signature.has_value())
            continue;
        last = &spec;
        const Binding& binding = resolution.bindings[i];
        const LibraryFile& file = resolution.file_of(binding);
        files_[key_of(spec)] = {file.path, digest_of(resolution, binding.library_id), file.is_system};
    }
    for (const auto& [name, binding] : resolution.serializers) {
        serializers_[name] = {binding.library.string(), digest_of(resolution, binding.library_id), false};
    }
}

void LibrariesInUse::stand_in(const Manifest& manifest, Resolution& resolution) const
{
    if (resolution.at_fault.empty()) return;
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        const Binding& binding = resolution.bindings[i];
        if (!resolution.at_fault.contains(binding.library_id)) continue;
        const auto file = files_.find(key_of(manifest.functions[i]));
        if (file == files_.end()) continue;
        resolution.files[binding.library_id] = {file->second.path, file->second.is_system};
        set_digest(resolution, binding.library_id, file->second.sha256);
    }
    for (auto& [name, binding] : resolution.serializers) {
        const auto file = serializers_.find(name);
        if (!resolution.at_fault.contains(binding.library_id) || file == serializers_.end()) continue;
        binding.library = file->second.path;
        set_digest(resolution, binding.library_id, file->second.sha256);
    }
}

std::set<uint32_t> LibrariesInUse::missed(const Manifest& manifest, const Resolution& resolution,
                                          const Difference& difference) const
{
    std::set<uint32_t> missed;
    const auto miss = [&](uint32_t id) {
        if (resolution.at_fault.contains(id)) missed.insert(id);
    };
    for (const Newcomer& newcomer : difference.newcomers) {
        if (!newcomer.moves) continue;
        const FunctionSpec& spec = manifest.functions[newcomer.index];
        miss(resolution.bindings[newcomer.index].library_id);
        const auto serializer = resolution.serializers.find(spec->serializer_plugin.name());
        if (spec->serializer_plugin.is_plugin() && serializer != resolution.serializers.end()) {
            miss(serializer->second.library_id);
        }
    }
    for (const auto& [key, file] : files_) {
        const LibrarySpec* const spec = spec_of_library(manifest.settings, key.first, file.path);
        if (spec == nullptr || !spec->sha256 || *spec->sha256 == file.sha256) continue;
        for (size_t i = 0; i < manifest.functions.size(); ++i) {
            if (key_of(manifest.functions[i]) == key) miss(resolution.bindings[i].library_id);
        }
    }
    return missed;
}

}  // namespace dumbwaiter
