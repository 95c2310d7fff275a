// SPDX-License-Identifier: BSD-3-Clause
//
// A store with one value a name, written by another process, and a copy of it for the reference: one process must not
// open one environment twice.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "harness.hpp"

namespace bench {

struct FilledStore {
    FilledStore(const Folder& folder, size_t names, size_t bytes)
        : ours(folder / ("ours" + std::to_string(names))), raw(folder / ("raw" + std::to_string(names)))
    {
        const std::string fill =
            BENCH_FILL " " + ours.string() + " " + std::to_string(names) + " " + std::to_string(bytes);
        if (std::system(fill.c_str()) != 0) std::exit(1);
        std::filesystem::copy(ours, raw);
    }
    std::filesystem::path ours, raw;
};

}  // namespace bench
