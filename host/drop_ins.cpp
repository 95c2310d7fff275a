// SPDX-License-Identifier: BSD-3-Clause
//
// A look through plugin folders: what each library in them is, and why a function of one is not run.
#include "drop_ins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "argument_schema.hpp"
#include "autoload_name.hpp"
#include "canonical_path.hpp"
#include "inspection.hpp"
#include "key.hpp"
#include "manifest_arguments.hpp"
#include "manifest_fields.hpp"
#include "trust.hpp"

namespace dumbwaiter {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".so";

// In byte order. Hidden files are those of copies under way; libx.so.1 is libx.so once more.
std::vector<std::string> libraries_in(const fs::path& folder)
{
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::string name = entry->path().filename().string();
        std::error_code ignored;
        const bool is_library = name.ends_with(kSuffix) && !name.starts_with('.');
        if (is_library && fs::is_regular_file(entry->path(), ignored)) names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
}

// Why it cannot be run without arguments; "" = it can.
std::string missing_arguments(const InspectedFunction& function)
{
    if (function.args_schema.empty()) return {};
    const auto faults =
        argument_faults(function.args_schema, empty_arguments(Type::kArray), empty_arguments(Type::kMap));
    return faults.empty() ? std::string() : faults.front().message;
}

struct DropIn {
    fs::path file;
    std::string name;  // "libfoo.so"
    uint32_t id = 0;
    std::shared_ptr<const SealedLibrary> taken;
};

class Look {
public:
    Look(const Manifest& manifest, Resolution& resolution, const std::vector<std::string>& hung)
        : manifest_(manifest), resolution_(resolution), hung_(hung)
    {
        for (uint32_t id = 0; id < resolution.files.size(); ++id) {
            if (resolution.libraries.contains(id)) known_.emplace(canonical_of(resolution.files[id].path), id);
        }
        for (size_t i = 0; i < manifest.functions.size(); ++i) {
            const FunctionSpec& spec = manifest.functions[i];
            if (!spec->signature) run_by_manifest_.emplace(resolution.bindings[i].library_id, spec->symbol);
        }
    }

    DropIns run()
    {
        for (const fs::path& folder : manifest_.settings.plugin_path) {
            for (const std::string& name : libraries_in(folder)) {
                look_at(folder / name, name);
                found_.names.push_back(name);
            }
        }
        return std::move(found_);
    }

private:
    void fault(const DropIn& library, const std::string& why)
    {
        found_.autoload.faults.push_back({{}, fmt::format("{}: {}", library.file.string(), why)});
    }

    bool is_seen(const DropIn& library, const fs::path& canonical)
    {
        const auto same = seen_.find(canonical);
        if (same == seen_.end()) return false;
        if (same->second != library.name)
            fault(library, fmt::format("is the file {} once more, and goes by that name", same->second));
        return true;
    }

    static bool has_good_name(const DropIn& library) { return is_valid_name(autoload_name(library.name, "f")); }

    void look_at(const fs::path& file, const std::string& name)
    {
        DropIn library{.file = file, .name = name};
        const fs::path canonical = canonical_of(file);
        if (is_seen(library, canonical)) return;
        if (!names_.insert(name).second) {
            return fault(library, "is passed over: another folder of plugin_path has a library of that name");
        }
        // A link may have a better name: who has none stands in nobody's way, nor who was passed over.
        if (has_good_name(library)) seen_.emplace(canonical, name);
        const auto known = known_.find(canonical);
        library.id = known == known_.end() ? static_cast<uint32_t>(resolution_.files.size()) : known->second;
        if (known != known_.end() && resolution_.at_fault.contains(library.id)) {
            found_.autoload.broken.push_back(name);  // the manifest has told why; what ran of it runs on
            return;
        }
        if (known != known_.end()) {
            library.taken = resolution_.libraries.at(library.id);
        } else if (!take(library)) {
            return;
        }
        if (!library.taken->exports.functions.empty()) try_out(library);
    }

    // False: there is nothing of it to be run, and it is said why.
    bool take(DropIn& library)
    {
        const Settings& settings = manifest_.settings;
        const Trust trust = trust_of_library(settings, library.name, library.file);
        auto taken = take_library(library.file, trust);
        std::error_code ignored;
        if (!taken && taken.error().code == Code::kNotFound && !fs::exists(library.file, ignored)) return false;
        if (!taken) return refuse(library, taken.error().message);
        const LibrarySpec* const spec = spec_of_library(settings, library.name, library.file);
        if (spec != nullptr && spec->sha256) {
            const std::string pin = pin_fault(*taken, *spec->sha256);
            if (!pin.empty()) return refuse(library, fmt::format("{}: {}", library.file.string(), pin));
        }
        if (!taken->exports.functions.empty()) warn(*taken, trust);
        library.taken = std::make_shared<const SealedLibrary>(std::move(*taken));
        return true;
    }

    bool refuse(const DropIn& library, std::string why)
    {
        // A folder's fault is that of each library in it.
        auto& faults = found_.autoload.faults;
        if (std::ranges::find(faults, why, &Problem::message) == faults.end()) faults.push_back({{}, std::move(why)});
        found_.autoload.broken.push_back(library.name);
        return false;
    }

    // Said in the same words when it is not even tried: nothing has changed.
    void refuse_hung(const DropIn& library)
    {
        found_.autoload.hung.push_back(library.taken->copy.sha256);
        refuse(library, hang_fault(*library.taken) + "; it is tried again when it changes, or by `dumbwaiter reload`");
    }

    void warn(const SealedLibrary& taken, Trust trust)
    {
        for (const std::string& warning : {trust_warning(manifest_.settings, taken.file, trust), copy_warning(taken)}) {
            if (!warning.empty()) resolution_.warnings.push_back(warning);
        }
    }

    void try_out(const DropIn& library)
    {
        if (!has_good_name(library)) {
            return fault(library, fmt::format("its functions cannot be called {}: rename it, a name has 1 to {} of "
                                              "A-Z a-z 0-9 _ . : -",
                                              json_quote(autoload_name(library.name, "...")), kMaxNameLength));
        }
        if (std::ranges::find(hung_, library.taken->copy.sha256) != hung_.end()) return refuse_hung(library);
        const Expected<Inspection> inspection = inspect_library(*library.taken);
        if (inspection && inspection->has_hung) return refuse_hung(library);
        const std::string why = inspection ? inspection->load_fault : inspection.error().message;
        if (!why.empty()) {
            refuse(library, why);
            return;
        }
        for (const InspectedFunction& function : inspection->functions) {
            if (run_by_manifest_.contains({library.id, function.symbol})) continue;
            if (const std::string refused = refusal(library, function); !refused.empty()) {
                fault(library, fmt::format("{} is not run: {}", json_quote(function.symbol), refused));
            } else {
                add(library, function);
            }
        }
    }

    std::string refusal(const DropIn& library, const InspectedFunction& function) const
    {
        const std::string name = autoload_name(library.name, function.symbol);
        if (!function.fault.empty()) return function.fault;
        if (!is_valid_name(name)) {
            return fmt::format("{} is no name of 1 to {} of A-Z a-z 0-9 _ . : -", json_quote(name), kMaxNameLength);
        }
        const size_t place = place_of(manifest_.functions, name);
        if (place < manifest_.functions.size()) {
            const FunctionSpec& other = manifest_.functions[place];
            return fmt::format("the manifest has given the name {} to {}:{}", name, other->library, other->symbol);
        }
        const std::string missing = missing_arguments(function);
        return missing.empty() ? missing
                               : fmt::format("{}; write its arguments under [functions.\"{}\"]", missing, name);
    }

    void add(const DropIn& library, const InspectedFunction& function)
    {
        resolution_.libraries.emplace(library.id, library.taken);
        resolution_.digests.emplace(library.id, library.taken->copy.sha256);
        if (library.id == resolution_.files.size()) resolution_.files.push_back({library.file.string()});
        found_.autoload.functions.push_back(
            {.library = library.name, .symbol = function.symbol, .frequency = autoload_frequency(function)});
        found_.bindings.push_back({library.id, function.flags});
    }

    const Manifest& manifest_;
    Resolution& resolution_;
    const std::vector<std::string>& hung_;
    DropIns found_;
    std::map<fs::path, uint32_t> known_;    // libraries that the manifest names, by their canonical path
    std::map<fs::path, std::string> seen_;  // canonical path -> name
    std::set<std::string> names_;
    std::set<std::pair<uint32_t, std::string>> run_by_manifest_;  // library and symbol
};

}  // namespace

Nanoseconds autoload_frequency(const InspectedFunction& function)
{
    if (function.suggested_frequency_ns <= 0) return Nanoseconds(0);
    return std::clamp(Nanoseconds(function.suggested_frequency_ns), kLeastFrequency, kLongestTime);
}

DropIns look_for_drop_ins(const Manifest& manifest, Resolution& resolution, const std::vector<std::string>& hung)
{
    return Look(manifest, resolution, hung).run();
}

}  // namespace dumbwaiter
