// SPDX-License-Identifier: BSD-3-Clause
//
// Near-miss names by edit distance (optimal string alignment: a swapped pair counts once).
#include "suggestion.hpp"

#include <algorithm>
#include <vector>

namespace dumbwaiter {
namespace {

// Past this a name is no typing slip, and comparing it with thousands of symbols would take long.
constexpr size_t kLongestWord = 100;

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<size_t> two_above(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
        }
        two_above.swap(above);
        above.swap(row);
    }
    return above[b.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates)
{
    if (word.empty() || word.size() > kLongestWord) return {};
    const std::string wanted = lower(word);
    std::string_view best;
    size_t least = std::min<size_t>(wanted.size() / 3, 3) + 1;
    for (const std::string_view candidate : candidates) {
        const size_t gap =
            candidate.size() > wanted.size() ? candidate.size() - wanted.size() : wanted.size() - candidate.size();
        if (gap >= least) continue;
        const size_t distance = edit_distance(wanted, lower(candidate));
        if (distance >= least) continue;
        least = distance;
        best = candidate;
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates)
{
    const std::string_view near = nearest(word, candidates);
    return near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?";
}

}  // namespace dumbwaiter
