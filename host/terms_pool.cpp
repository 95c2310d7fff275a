// SPDX-License-Identifier: BSD-3-Clause
#include "terms_pool.hpp"

#include <functional>
#include <string_view>
#include <utility>

namespace dumbwaiter {
namespace {

void mix(size_t& hash, size_t more)
{
    hash = (hash ^ more) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
}

void mix(size_t& hash, std::string_view text)
{
    mix(hash, std::hash<std::string_view>()(text));
}

void mix(size_t& hash, const Document& document)
{
    for (const Node& node : document.nodes) {
        if (is_text(node.type)) {
            mix(hash, document.text_of(node));
        } else {
            mix(hash, is_container(node.type) ? node.size : node.u64);
        }
    }
}

}  // namespace

// Of what differs where most is the same; the rest is left to the comparison.
size_t TermsPool::Hash::operator()(const Shared& terms) const
{
    size_t hash = 0;
    for (const std::string_view text : {terms->library, terms->symbol, terms->group, terms->cron_line}) mix(hash, text);
    mix(hash, static_cast<size_t>(terms->frequency.count()));
    mix(hash, terms->args);
    mix(hash, terms->kwargs);
    for (const FunctionTerms::Input& input : terms->after) mix(hash, input.name);
    return hash;
}

std::shared_ptr<const FunctionTerms> TermsPool::share(FunctionTerms&& terms)
{
    return *known_.insert(std::make_shared<const FunctionTerms>(std::move(terms))).first;
}

}  // namespace dumbwaiter
