// SPDX-License-Identifier: BSD-3-Clause
#include "autoload.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "autoload_name.hpp"
#include "autoload_warnings.hpp"
#include "drop_ins.hpp"
#include "manifest_tables.hpp"

namespace dumbwaiter {
namespace {

FunctionSpec spec_of(const Autoloaded& function, const Manifest& manifest)
{
    FunctionSpec spec = function_by_default(autoload_name(function.library, function.symbol), function.library,
                                            function.symbol, manifest);
    FunctionTerms& terms = spec.edit();
    if (function.frequency > Nanoseconds(0)) terms.frequency = function.frequency;
    terms.isolation = Isolation::kProcess;  // nobody said that it may come into the host
    return spec;
}

// Both of them get the new functions, and stay in the order of their names.
void add(DropIns& found, Manifest& manifest, Resolution& resolution)
{
    std::map<std::string, Binding> bindings;
    for (size_t i = 0; i < manifest.functions.size(); ++i) {
        bindings.emplace(manifest.functions[i].name, std::move(resolution.bindings[i]));
    }
    const std::vector<Autoloaded>& functions = found.autoload.functions;
    for (size_t i = 0; i < functions.size(); ++i) {
        bindings.emplace(autoload_name(functions[i].library, functions[i].symbol), std::move(found.bindings[i]));
    }
    add_autoloaded(manifest, functions);
    resolution.bindings.clear();
    for (const FunctionSpec& spec : manifest.functions) resolution.bindings.push_back(std::move(bindings[spec.name]));
}

}  // namespace

bool Autoload::keeps(const FunctionSpec& spec) const
{
    return std::ranges::find(broken, spec->library) != broken.end() &&
           spec.name == autoload_name(spec->library, spec->symbol);
}

Autoload load_drop_ins(Manifest& manifest, Resolution& resolution, const std::vector<std::string>& hung)
{
    DropIns found = look_for_drop_ins(manifest, resolution, hung);
    if (!found.autoload.functions.empty()) add(found, manifest, resolution);
    std::ranges::move(autoload_warnings(manifest, found.autoload, found.names),
                      std::back_inserter(found.autoload.faults));
    return std::move(found.autoload);
}

void add_autoloaded(Manifest& manifest, const std::vector<Autoloaded>& functions)
{
    for (const Autoloaded& function : functions) manifest.functions.push_back(spec_of(function, manifest));
    std::ranges::sort(manifest.functions, {}, &FunctionSpec::name);
}

}  // namespace dumbwaiter
