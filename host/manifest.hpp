// SPDX-License-Identifier: BSD-3-Clause
//
// What the user wants run: the manifest as plain data, and everything that is wrong with its text.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec.hpp"
#include "document.hpp"
#include "library_spec.hpp"
#include "position.hpp"
#include "secret.hpp"
#include "signature.hpp"
#include "status.hpp"
#include "store.hpp"
#include "wall_times.hpp"

namespace dumbwaiter {

using Nanoseconds = std::chrono::nanoseconds;

enum class OnStart { kStale, kAlways, kNever };

// What becomes of a due time that finds its function running.
enum class Overlap { kSkip, kQueue };

struct Retry {
    uint32_t attempts = 0;
    Nanoseconds delay = std::chrono::seconds(1);  // doubles from try to try, never past the next due time
    bool operator==(const Retry&) const = default;
};

// A serializer of a library, as the manifest names it.
struct SerializerEntry {
    std::string library;  // as that of a FunctionSpec; "": a built-in serializer
    std::string symbol;
    Document options;  // a map, of what JSON can hold
    Position at;       // its `serializer`
    bool operator==(const SerializerEntry&) const = default;
    bool is_plugin() const { return !library.empty(); }
    std::string name() const { return library + ":" + symbol; }  // as the manifest has it
};

// [dumbwaiter]: the defaults of the contract. Paths are absolute.
struct Settings {
    std::filesystem::path store;
    std::vector<std::filesystem::path> plugin_path;
    Nanoseconds default_frequency = std::chrono::seconds(300);
    bool align = false;  // of functions that do not say
    uint32_t default_saved = 10;
    Serializer serializer = Serializer::kJson;
    SerializerEntry serializer_plugin;
    bool threaded = true;
    uint32_t workers = 0;  // 0 = number of cores, at least 4
    Isolation isolation = Isolation::kProcess;
    Position at_isolation;
    Trust trust = Trust::kOwner;
    Nanoseconds timeout{0};
    Durability durability = Durability::kFull;
    Nanoseconds commit_interval = std::chrono::milliseconds(10);
    Nanoseconds shutdown_grace = std::chrono::seconds(5);
    bool watch = true;      // take over changes of the manifest and of libraries by itself
    bool autoload = false;  // run what lies in plugin_path, and no line names
    std::string store_group;
    Position at_store_group;
    Limits limits;      // [limits]
    Position at_limit;  // as that of a LibrarySpec
    Sandbox sandbox;    // of libraries that do not say
    std::vector<LibrarySpec> libraries;
};

// What an entry of [functions] says, its defaults filled in.
struct FunctionTerms {
    std::string library;  // "libtime.so", or an absolute path where the manifest has a slash
    std::string symbol;
    Nanoseconds frequency{0};       // 0 = none: it goes by cron, or only after others
    bool align = false;             // on the wall clock's multiples of frequency
    std::optional<WallTimes> cron;  // due times of `cron` in `timezone`, which are kept as they are written:
    std::string cron_line, timezone;
    struct Input {
        std::string name;
        Position at;
        bool operator==(const Input&) const = default;
    };
    std::vector<Input> after;  // functions whose new values make it due
    Overlap overlap = Overlap::kSkip;
    Document args;                       // an array
    Document kwargs;                     // a map
    std::vector<Secret> secrets;         // in args and kwargs
    std::optional<Signature> signature;  // a plain C function; args fit it
    bool has_sound_arguments = true;     // false: a problem was found in args or kwargs, and they are not whole
    uint32_t max_saved = 10;
    Nanoseconds timeout{0};  // 0 = none
    SerializerEntry serializer_plugin;
    OnStart on_start = OnStart::kStale;
    Retry retry;
    bool enabled = true;
    Isolation isolation = Isolation::kProcess;
    std::string group;                // functions of one group share a child process; "" = with its library
    uint64_t result_limit = 1 << 20;  // result_size of its library, bytes

    bool operator==(const FunctionTerms&) const = default;
};

// Where the keys of an entry stand.
struct FunctionPlaces {
    Position function;                  // the value's key, or the short form
    Position group;                     // the `group` that it has, which may be its library's
    Position args;                      // or the entry
    Position kwargs;                    // or the entry
    std::vector<Position> kwargs_keys;  // in order

    bool operator==(const FunctionPlaces&) const = default;
};

// One entry of [functions]. Of a million most say the same: they share their terms, which `->` reads.
struct FunctionSpec {
    std::string name;
    Position at;                                                   // the header or key that makes the entry
    std::shared_ptr<const FunctionTerms> terms = default_terms();  // never null
    std::shared_ptr<const FunctionPlaces> places{};                // null: all of it stands at `at`
    // Of a plugin: the number that the store gives it when the host starts, see serializer_numbers.hpp.
    Serializer serializer = Serializer::kJson;

    const FunctionTerms* operator->() const { return terms.get(); }
    FunctionTerms& edit();  // terms of its own from now on

    bool runs_in_host() const { return terms->isolation == Isolation::kThread; }
    Position at_function() const { return places ? places->function : at; }
    Position at_args() const { return places ? places->args : at; }
    Position at_kwargs() const { return places ? places->kwargs : at; }
    // Of the key of kwargs number `index`.
    Position at_kwargs_key(size_t index) const
    {
        return places && index < places->kwargs_keys.size() ? places->kwargs_keys[index] : at_kwargs();
    }
    Position at_group() const { return places ? places->group : Position(); }

    static const std::shared_ptr<const FunctionTerms>& default_terms();
};

// A file of the folder conf.d beside the manifest.
struct ManifestPart {
    std::string name;  // "x.toml"
    std::string text;
    std::string fault;  // why it could not be read; "" = it was
};

struct Manifest {
    std::filesystem::path file;      // as given
    std::vector<std::string> parts;  // names of the files of conf.d, as their positions count them
    std::filesystem::path folder;    // absolute: where relative paths begin, and where the functions run
    Settings settings;
    std::vector<FunctionSpec> functions;  // in byte order of their names

    std::filesystem::path full_path() const { return folder / file.filename(); }
};

struct ManifestReading {
    Manifest manifest;              // what could be understood
    std::vector<Problem> problems;  // in order of place; empty = good
    // Those for which settings.store may not be the one that was meant. Readers may pass over all others.
    std::vector<Problem> store_problems;
    std::string text;                 // as load_manifest() read it
    std::vector<ManifestPart> parts;  // the same
};

// Reads and validates the text, and what `parts` add to it. Pure but for relative paths, which are taken from `folder`.
ManifestReading parse_manifest(std::string_view text, const std::filesystem::path& file,
                               const std::filesystem::path& folder, std::vector<ManifestPart> parts = {});

// The same for a file, and for those of the conf.d beside it (manifest_parts.hpp). One that cannot be read, or that
// open_trusted() refuses, is a problem at 0:0. Who runs what it says asks for Trust::kOwner; who only looks where the
// store is reads anybody's.
ManifestReading load_manifest(const std::filesystem::path& file, Trust trust = Trust::kAny);

// Index of the function of that name, or their number; they are in byte order of their names.
size_t place_of(const std::vector<FunctionSpec>& functions, std::string_view name);

// The entry [library."NAME"], by the name that a FunctionSpec has; null where there is none.
const LibrarySpec* find_library_spec(const Settings& settings, std::string_view library);

// What holds for a library, whether it has an entry or not.
Limits limits_of(const Settings& settings, std::string_view library);
Sandbox sandbox_of(const Settings& settings, std::string_view library);

// Where the manifest's serializers may be: plugin_path, and the folders of those that it names by a path.
std::vector<std::filesystem::path> serializer_folders(const Manifest& manifest);

// "dumbwaiter.toml:5:1: unknown key ..." lines, ordered by place, 20 at most and then how many more there are. `parts`
// are the names of the files of conf.d.
std::string format_problems(const std::filesystem::path& file, std::vector<Problem> problems,
                            const std::vector<std::string>& parts = {});

// "dumbwaiter.toml:5:1", "conf.d/x.toml:3:1".
std::string place_text(const std::filesystem::path& file, const std::vector<std::string>& parts, const Position& at);

}  // namespace dumbwaiter
