// SPDX-License-Identifier: BSD-3-Clause
//
// Makes a small store in the folder it is given, for readers in other languages.
#include <cstdio>

#include "scratch.hpp"

int main(int argc, char** argv)
{
    if (argc != 2) return 2;
    auto store = dumbwaiter::Store::open(argv[1], scratch::small_store());
    if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
    for (uint64_t i = 1; i <= 3; i++) {
        std::vector<dumbwaiter::Append> appends = {scratch::value("seed", i, std::to_string(i))};
        if (!(*store)->commit(appends)) return 1;
    }
    return 0;
}
