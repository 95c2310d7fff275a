// SPDX-License-Identifier: BSD-3-Clause
#include "secret_output.hpp"

#include <mutex>
#include <set>

#include "manifest.hpp"
#include "secret.hpp"

namespace dumbwaiter {
namespace {

std::mutex g_mutex;
std::set<std::string> g_sources;  // guarded by g_mutex

}  // namespace

void keep_out_of_output(const Manifest& manifest)
{
    const std::lock_guard lock(g_mutex);
    for (const FunctionSpec& spec : manifest.functions) {
        for (const Secret& secret : spec->secrets) {
            const Document& document = secret.in_kwargs ? spec->kwargs : spec->args;
            g_sources.emplace(document.text_of(document.nodes[secret.node]));
        }
    }
}

std::string discreet_output(std::string_view line)
{
    const std::lock_guard lock(g_mutex);
    std::vector<std::string> secrets;
    for (const std::string& source : g_sources) {
        if (Expected<std::string> text = read_secret(source)) secrets.push_back(std::move(*text));
    }
    return without_secrets(std::string(line), secrets);
}

}  // namespace dumbwaiter
