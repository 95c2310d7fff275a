// SPDX-License-Identifier: BSD-3-Clause
#include "secret_arguments.hpp"

#include <fmt/format.h>

#include "describe.hpp"
#include "secret.hpp"

namespace dumbwaiter {

Status SecretArguments::resolve(const FunctionSpec& spec)
{
    args_ = &spec->args;
    kwargs_ = &spec->kwargs;
    texts_.clear();
    if (spec->secrets.empty()) return {};
    own_args_ = spec->args;
    own_kwargs_ = spec->kwargs;
    for (const Secret& secret : spec->secrets) {
        Document& document = secret.in_kwargs ? own_kwargs_ : own_args_;
        Node& node = document.nodes[secret.node];
        const std::string source(document.text_of(node));
        Expected<std::string> text = read_secret(source);
        if (!text) {
            const std::string place = place_in(document, secret.node);
            return within(fmt::format("{}{}: its secret \"{}\" cannot be had", secret.in_kwargs ? "kwargs" : "args",
                                      place, source),
                          text.error());
        }
        node.offset = document.text.size();
        node.size = text->size();
        document.text.append(*text).push_back('\0');
        texts_.push_back(std::move(*text));
    }
    args_ = &own_args_;
    kwargs_ = &own_kwargs_;
    return {};
}

std::string SecretArguments::hide(std::string text) const
{
    return without_secrets(std::move(text), texts_);
}

void DiscreetServices::log(std::string_view function, uint32_t level, std::string_view text)
{
    if (!secrets_.has_any()) return services_.log(function, level, text);
    services_.log(function, level, secrets_.hide(std::string(text)));
}

}  // namespace dumbwaiter
