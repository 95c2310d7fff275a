// SPDX-License-Identifier: BSD-3-Clause
//
// What the host runs now, by id, and how a new manifest differs from it. Pure; the main thread's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "manifest.hpp"
#include "registry.hpp"
#include "schedule.hpp"
#include "slots.hpp"

namespace dumbwaiter {

// Codes: a number for the bytes of a library together with all that is fixed when it is loaded (isolation, group,
// limits, sandbox, its serializer's bytes, the folder that it runs in). Functions of one code can share a process.
class Codes {
public:
    std::vector<uint32_t> of(const Manifest& manifest, const Resolution& resolution);

private:
    std::unordered_map<std::string, uint32_t> numbers_;
};

struct Member {
    std::shared_ptr<const FunctionSpec> spec;
    uint32_t code = 0;
    Place place;
    bool is_in_manifest = true;  // changed by set_in_manifest()
    int64_t phase = 0;
};

class Roster {
public:
    // Of a manifest that outlives this: ids are its indices.
    Roster(const Manifest& manifest, const std::vector<uint32_t>& codes, const std::vector<Place>& places,
           const std::vector<int64_t>& phases);

    // Of a name that was ever in the manifest; its id stays with it.
    std::optional<FunctionId> find(std::string_view name) const;
    // Of one that is in it now.
    std::optional<FunctionId> find_in_manifest(std::string_view name) const;
    FunctionId add(Member member);
    Member& operator[](FunctionId id) { return members_[id]; }
    const Member& operator[](FunctionId id) const { return members_[id]; }
    const std::string& name(FunctionId id) const { return members_[id].spec->name; }
    size_t size() const { return members_.size(); }
    size_t in_manifest() const { return in_manifest_; }  // how many
    void set_in_manifest(FunctionId id, bool is_in);
    // Of the libraries that are named by a path.
    std::set<std::filesystem::path> library_folders() const;

private:
    const Manifest& first_;  // in byte order of names
    std::vector<Member> members_;
    size_t in_manifest_;
    std::unordered_map<std::string, FunctionId> later_;
};

// A function of a new manifest that is new, or is to run otherwise than it does now.
struct Newcomer {
    size_t index = 0;              // in the new manifest
    std::optional<FunctionId> id;  // of one that was known
    bool is_known = false;         // and in the manifest
    bool moves = true;             // its code or its arguments are others; else only when it runs
    bool changes_freshness = false;
};

struct Difference {
    std::vector<Newcomer> newcomers;
    std::vector<FunctionId> leavers;
    bool is_none() const { return newcomers.empty() && leavers.empty(); }
};

// Their values stay fresh for as long.
bool same_freshness(const FunctionSpec& a, const FunctionSpec& b);

Difference difference(const Roster& roster, const Manifest& manifest, const std::vector<uint32_t>& codes);

}  // namespace dumbwaiter
