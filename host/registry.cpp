// SPDX-License-Identifier: BSD-3-Clause
//
// From entries to code, in two steps: resolve() looks without running anything here, open_registry() loads.
#include "registry.hpp"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include "elf_exports.hpp"
#include "inspection.hpp"

namespace dumbwaiter {
namespace {

// One file that entries of the manifest name, and those entries that found their symbol in it.
struct Candidate {
    std::filesystem::path file;
    uint32_t id = 0;
    std::string fault;  // of the file as a whole
    ElfExports exports;
    std::vector<size_t> functions;  // indices into the manifest
};

// The same file, also by another path.
std::filesystem::path identity_of(const std::filesystem::path& file)
{
    std::error_code error;
    std::filesystem::path canonical = std::filesystem::canonical(file, error);
    return error ? file : canonical;
}

class Resolver {
public:
    explicit Resolver(const Manifest& manifest) : manifest_(manifest)
    {
        resolution_.bindings.resize(manifest.functions.size());
    }

    Resolution run()
    {
        for (size_t i = 0; i < manifest_.functions.size(); ++i) bind(i);
        for (auto& [identity, candidate] : candidates_) {
            if (!candidate.functions.empty()) try_out(candidate);
        }
        return std::move(resolution_);
    }

private:
    void add_problem(size_t index, std::string message)
    {
        resolution_.problems.push_back({manifest_.functions[index].at_function, std::move(message)});
    }

    Candidate& candidate_for(const std::filesystem::path& file)
    {
        const auto [at, is_new] = candidates_.try_emplace(identity_of(file));
        Candidate& candidate = at->second;
        if (!is_new) return candidate;
        candidate.file = file;
        candidate.id = static_cast<uint32_t>(candidates_.size() - 1);
        Expected<ElfExports> exports = read_elf_exports(file);
        if (exports) {
            candidate.exports = std::move(*exports);
        } else {
            candidate.fault = exports.error().message;
        }
        return candidate;
    }

    void bind(size_t index)
    {
        const FunctionSpec& spec = manifest_.functions[index];
        if (spec.library.empty()) return;  // the manifest's own problem, and reported there
        const auto found = find_library(spec.library, manifest_.settings.plugin_path);
        if (!found) return add_problem(index, found.error().message);
        Candidate& candidate = candidate_for(*found);
        resolution_.bindings[index] = {candidate.file, candidate.id};
        if (!candidate.fault.empty()) return add_problem(index, candidate.fault);
        const auto function = find_function(candidate.exports, spec.symbol);
        if (!function) return add_problem(index, candidate.file.string() + ": " + function.error().message);
        candidate.functions.push_back(index);
    }

    void try_out(const Candidate& candidate)
    {
        const Expected<Inspection> inspection = inspect_library(candidate.file);
        const std::string fault = inspection ? inspection->load_fault : inspection.error().message;
        for (const size_t index : candidate.functions) {
            if (!fault.empty()) {
                add_problem(index, fault);
            } else {
                add_function_fault(index, candidate, *inspection);
            }
        }
    }

    void add_function_fault(size_t index, const Candidate& candidate, const Inspection& inspection)
    {
        const std::string& symbol = manifest_.functions[index].symbol;
        const auto at = std::ranges::find(inspection.functions, symbol, &InspectedFunction::symbol);
        if (at == inspection.functions.end() || at->fault.empty()) return;
        add_problem(index, candidate.file.string() + ": \"" + symbol + "\" cannot be used: " + at->fault);
    }

    const Manifest& manifest_;
    std::map<std::filesystem::path, Candidate> candidates_;
    Resolution resolution_;
};

}  // namespace

Resolution resolve(const Manifest& manifest)
{
    return Resolver(manifest).run();
}

Registry open_registry(const Manifest& manifest, const Resolution& resolution)
{
    Registry registry;
    std::map<uint32_t, Expected<std::shared_ptr<const Library>>> opened;
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        const FunctionSpec& spec = manifest.functions[i];
        const Binding& binding = resolution.bindings[i];
        registry.functions.emplace_back();
        if (binding.library.empty()) continue;
        auto at = opened.find(binding.library_id);
        if (at == opened.end()) at = opened.emplace(binding.library_id, Library::open(binding.library)).first;
        if (!at->second) {
            registry.problems.push_back({spec.at_function, at->second.error().message});
            continue;
        }
        Expected<dw_function_info> info = (*at->second)->function(spec.symbol);
        if (!info) {
            registry.problems.push_back({spec.at_function, info.error().message});
            continue;
        }
        registry.functions.back() = {*at->second, *info};
    }
    return registry;
}

}  // namespace dumbwaiter
