// SPDX-License-Identifier: BSD-3-Clause
//
// Reading one table of the manifest by a list of its keys: types, ranges, choices, and keys that are not in the list.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manifest.hpp"
#include "manifest_tree.hpp"

namespace dumbwaiter {

// Everything wrong so far, in the order in which it was found.
class ProblemList {
public:
    ProblemList() = default;
    // Of these files, as place_text() has them.
    ProblemList(std::filesystem::path file, std::vector<std::string> parts)
        : file_(std::move(file)), parts_(std::move(parts))
    {}

    void add(Position at, std::string message) { problems_.push_back({at, std::move(message)}); }
    void add_nothing_to_run(std::string message)
    {
        problems_.push_back({{1, 1}, std::move(message), Problem::Kind::kNothingToRun});
    }
    // Several functions may suffer from one place: the first of them is enough.
    void add_once(Position at, std::string message);
    bool empty() const { return problems_.empty(); }
    size_t size() const { return problems_.size(); }
    std::vector<Problem> take() { return std::move(problems_); }
    // ", at conf.d/x.toml:3:1", for what is met a second time; "" where both stand in one file, and are easily found.
    std::string first_place(Position first, Position second) const;

private:
    std::filesystem::path file_;
    std::vector<std::string> parts_;
    std::vector<Problem> problems_;
};

// One key that a table may have. `read` stores the value into the target or adds a problem.
template <typename Target>
struct Field {
    std::string_view key;
    void (*read)(const TomlEntry&, Target&, ProblemList&);
};

// Where the key of `where` (a table) is unknown: its near miss among `known`, else `advice` (may be empty).
void add_unknown_key(const TomlEntry& entry, std::span<const std::string_view> known, std::string_view advice,
                     ProblemList& problems);

// Reads every entry of `table` by its field. `advice(entry)` is asked for unknown keys that resemble none of the
// fields.
template <typename Target, typename Advice>
void read_fields(const TomlValue& table, std::span<const Field<Target>> fields, Target& target, ProblemList& problems,
                 Advice advice)
{
    for (const TomlEntry& entry : table.entries) {
        const auto* field = fields.data();
        const auto* const end = field + fields.size();
        while (field != end && field->key != entry.key) ++field;
        if (field != end) {
            field->read(entry, target, problems);
            continue;
        }
        std::vector<std::string_view> known;
        for (const auto& one : fields) known.push_back(one.key);
        add_unknown_key(entry, known, advice(entry), problems);
    }
}

template <typename Target>
void read_fields(const TomlValue& table, std::span<const Field<Target>> fields, Target& target, ProblemList& problems)
{
    read_fields(table, fields, target, problems, [](const TomlEntry&) { return std::string(); });
}

// Each of these leaves `out` alone where it adds a problem.

// `wanted` completes the sentence: `"workers" must be ... , not "many"`.
void add_wrong_value(const TomlEntry& entry, std::string_view wanted, ProblemList& problems);
bool is_kind(const TomlEntry& entry, TomlKind kind, ProblemList& problems);

void read_boolean(const TomlEntry& entry, bool& out, ProblemList& problems);
void read_integer(const TomlEntry& entry, uint32_t low, uint32_t high, uint32_t& out, ProblemList& problems);

// Integer or fractional seconds, rounded to the nearest nanosecond.
void read_seconds(const TomlEntry& entry, Nanoseconds low, Nanoseconds high, Nanoseconds& out, ProblemList& problems);

// Not empty, and without control characters, so that it can be a path or a name.
void read_plain_text(const TomlEntry& entry, std::string& out, ProblemList& problems);

// Bytes as an integer, or "512KiB", "1MiB".
void read_size(const TomlEntry& entry, uint64_t low, uint64_t high, uint64_t& out, ProblemList& problems);

// The index of the choice that was written, or -1.
int read_choice_index(const TomlEntry& entry, std::span<const std::string_view> choices, ProblemList& problems);

template <typename T>
void read_choice(const TomlEntry& entry, std::initializer_list<std::pair<std::string_view, T>> choices, T& out,
                 ProblemList& problems)
{
    std::vector<std::string_view> names;
    for (const auto& choice : choices) names.push_back(choice.first);
    if (const int index = read_choice_index(entry, names, problems); index >= 0) out = choices.begin()[index].second;
}

void read_isolation(const TomlEntry& entry, Isolation& out, ProblemList& problems);
void read_trust(const TomlEntry& entry, Trust& out, ProblemList& problems);

// Of the form that names of functions have.
void read_group(const TomlEntry& entry, std::string& out, ProblemList& problems);

// Keys that are part of the language, for capabilities that this build does not have.
void add_not_yet(const TomlEntry& entry, ProblemList& problems);

// Readers that fit any target, for lists of fields.
template <typename Target>
void refuse_for_now(const TomlEntry& entry, Target&, ProblemList& problems)
{
    add_not_yet(entry, problems);
}

template <typename Target>
void accept_only_empty_table(const TomlEntry& entry, Target&, ProblemList& problems)
{
    if (is_kind(entry, TomlKind::kTable, problems) && !entry.value.entries.empty()) add_not_yet(entry, problems);
}

inline constexpr Nanoseconds kLongestTime = std::chrono::days(366);
inline constexpr Nanoseconds kLeastFrequency = std::chrono::milliseconds(10);

// Deeper histories than this belong in a database: a reader walks them whole, and a cut to a smaller bound goes in one
// transaction.
inline constexpr uint32_t kMostSaved = 1'000'000;

}  // namespace dumbwaiter
