// SPDX-License-Identifier: BSD-3-Clause
//
// When a function runs: `frequency`, `align`, `cron`, `timezone` and `after`, and what they mean for each other.
#pragma once

#include <vector>

#include "manifest_fields.hpp"

namespace dumbwaiter {

// What the keys of one function say. They come in any order, so what they come to is settled after all of them.
class WhenKeys {
public:
    void read_frequency(const TomlEntry& entry, ProblemList& problems);
    void read_align(const TomlEntry& entry, ProblemList& problems);
    void read_cron(const TomlEntry& entry, ProblemList& problems);
    void read_timezone(const TomlEntry& entry, ProblemList& problems);
    void read_after(const TomlEntry& entry, ProblemList& problems);

    // Into `terms`, where what [dumbwaiter] says stands for what is not given. With cron, or with `after` alone, there
    // is no frequency.
    void settle(FunctionTerms& terms, const Settings& settings, ProblemList& problems);

private:
    void check(ProblemList& problems) const;
    void settle_cron(FunctionTerms& terms, ProblemList& problems) const;

    // Line 0: not given.
    Position at_frequency_, at_align_, at_cron_, at_timezone_;
    Nanoseconds frequency_{0};
    bool align_ = false;
    std::string cron_, timezone_;
    std::vector<FunctionTerms::Input> after_;
};

// Whether the names in `after` are functions, or may be of those that are dropped in where that is run, and whether
// none waits for itself by way of others: what is dropped in waits for nobody. `functions` are in byte order of their
// names.
void check_after(const std::vector<FunctionSpec>& functions, const Settings& settings, ProblemList& problems);

}  // namespace dumbwaiter
