// SPDX-License-Identifier: BSD-3-Clause
//
// From entries to code, the second step: open_registry() loads what resolve() found good.
#include <map>
#include <unordered_map>
#include <utility>

#include "registry.hpp"

namespace dumbwaiter {
namespace {

// Opens each library once.
class Opener {
public:
    explicit Opener(const Resolution& resolution) : resolution_(resolution) {}

    Expected<std::shared_ptr<const Library>> open(const std::string& name, uint32_t id, bool is_system)
    {
        const auto at = opened_.find(id);
        if (at != opened_.end()) return at->second;
        auto library = is_system ? Library::open_system(name) : open_taken(name, id);
        return opened_.emplace(id, std::move(library)).first->second;
    }

private:
    Expected<std::shared_ptr<const Library>> open_taken(const std::string& name, uint32_t id)
    {
        const auto taken = resolution_.libraries.find(id);
        if (taken != resolution_.libraries.end()) return Library::open(*taken->second);
        return failure(Code::kInvalidArgument, name + " was found at fault before");
    }

    const Resolution& resolution_;
    std::map<uint32_t, Expected<std::shared_ptr<const Library>>> opened_;
};

Expected<Function> function_of(const FunctionSpec& spec, const std::shared_ptr<const Library>& library)
{
    if (!spec->signature) {
        const Expected<dw_function_info> info = library->function(spec->symbol);
        if (!info) return std::unexpected(info.error());
        return Function{.library = library, .info = *info, .plain = nullptr, .serializer = nullptr};
    }
    const Expected<void*> code = library->code(spec->symbol);
    if (!code) return std::unexpected(code.error());
    auto plain = PlainFunction::make(*spec->signature, *code);
    if (!plain) return std::unexpected(plain.error());
    return Function{.library = library, .info = {}, .plain = std::move(*plain), .serializer = nullptr};
}

Expected<Function> open_function(Opener& opener, const FunctionSpec& spec, const Resolution& resolution,
                                 const Binding& binding)
{
    const auto library = opener.open(spec->library, binding.library_id, resolution.file_of(binding).is_system);
    return library ? function_of(spec, *library) : std::unexpected(library.error());
}

void open_serializer(Opener& opener, const SerializerEntry& serializer, const Resolution& resolution,
                     Registry& registry)
{
    const std::string name = serializer.name();
    const auto binding = resolution.serializers.find(name);
    if (binding == resolution.serializers.end() || registry.serializer_infos.contains(name)) return;
    const auto library = opener.open(serializer.library, binding->second.library_id, false);
    const Expected<dw_serializer_info> info =
        library ? (*library)->serializer(serializer.symbol) : std::unexpected(library.error());
    if (info) {
        registry.serializer_infos.emplace(name, *info);
    } else {
        registry.problems.push_back({serializer.at, info.error().message});
    }
}

}  // namespace

Registry open_registry(const Manifest& manifest, const Resolution& resolution, const Wanted& wanted)
{
    Registry registry;
    registry.functions.resize(manifest.functions.size());
    Opener opener(resolution);
    std::unordered_map<const FunctionTerms*, std::shared_ptr<Function>> opened;
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        const FunctionSpec& spec = manifest.functions[i];
        const Binding& binding = resolution.bindings[i];
        if (wanted && !wanted(spec, i)) continue;
        std::shared_ptr<Function>& shared = opened[spec.terms.get()];
        if (!shared && binding.library_id != Binding::kNone) {
            Expected<Function> function = open_function(opener, spec, resolution, binding);
            if (function) {
                shared = std::make_shared<Function>(std::move(*function));
            } else {
                registry.problems.push_back({spec.at_function(), function.error().message});
            }
        }
        registry.functions[i] = shared;
        if (spec->serializer_plugin.is_plugin()) open_serializer(opener, spec->serializer_plugin, resolution, registry);
    }
    return registry;
}

}  // namespace dumbwaiter
