// SPDX-License-Identifier: BSD-3-Clause
#include "superseded.hpp"

#include <cstdint>
#include <iterator>
#include <string>
#include <unordered_map>
#include <utility>

namespace dumbwaiter {

size_t drop_superseded(std::vector<Append>& appends)
{
    struct Seen {
        uint32_t values = 0, errors = 0;
        bool refreshed = false;
    };
    std::unordered_map<std::string, Seen> seen;  // owns its keys: the appends move
    std::vector<Append> kept;
    for (auto append = appends.rbegin(); append != appends.rend(); ++append) {
        Seen& of_name = seen[append->name];
        bool keep = false;
        switch (append->kind) {
            case Append::Kind::kValue: keep = of_name.values++ < append->depth; break;
            case Append::Kind::kError: keep = of_name.errors++ < append->depth; break;
            case Append::Kind::kRefresh: keep = !std::exchange(of_name.refreshed, true) && of_name.values == 0; break;
        }
        if (keep) kept.push_back(std::move(*append));
    }
    const size_t dropped = appends.size() - kept.size();
    appends.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
    return dropped;
}

}  // namespace dumbwaiter
