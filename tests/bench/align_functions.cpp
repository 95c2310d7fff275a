// SPDX-License-Identifier: BSD-3-Clause
//
// Makes a store in which functions have their phases already: all the same one, so that they fall due together. A host
// keeps them.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "names.hpp"
#include "store.hpp"

// align_functions FOLDER FUNCTIONS FREQUENCY_NS
int main(int argc, char** argv)
{
    if (argc != 4) return 2;
    auto store = dumbwaiter::Store::open(argv[1], {});
    if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
    const std::string document = R"({"phase_ns": 0, "frequency_ns": )" + std::string(argv[3]) + "}";
    std::vector<dumbwaiter::Store::Put> puts;
    for (const std::string& name : bench::make_names(std::strtoull(argv[2], nullptr, 10))) {
        puts.push_back({"#functions", name, document});
    }
    if (const auto done = (*store)->commit({}, puts); !done)
        return std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1;
    return 0;
}
