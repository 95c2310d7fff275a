// SPDX-License-Identifier: BSD-3-Clause
//
// libproc.so: `pressure`, how long work waited for processor, memory and disk.
#include <sstream>

#include "proc_file.hpp"

namespace {

using dumbwaiter::Call;
using dumbwaiter::Failed;

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0"; some: at least one task waited, full: all did. Percent, and total
// in seconds.
void put_line(Call& call, const std::string& line)
{
    std::istringstream words(line);
    std::string word;
    words >> word;
    call.key(word);
    call.open_map();
    while (words >> word) {
        auto const equals = word.find('=');
        if (equals == std::string::npos) throw Failed("/proc/pressure has a line that is not understood: " + line);
        std::string const name = word.substr(0, equals);
        double const number = std::stod(word.substr(equals + 1));
        call.put(name, name == "total" ? number / 1e6 : number);
    }
    call.close();
}

void put_resource(Call& call, const std::string& name)
{
    auto file = open_kernel_file("/proc/pressure/" + name, "; this kernel does not count pressure: boot it with psi=1");
    call.open_map();
    for (std::string line; std::getline(file, line);) put_line(call, line);
    call.close();
}

void put_all(Call& call)
{
    call.open_map();
    for (const char* const name : {"cpu", "memory", "io"}) {
        call.key(name);
        put_resource(call, name);
    }
    call.close();
}

void put_pressure(Call& call)
{
    if (call.args().size() == 0) return put_all(call);
    auto const name = call.arg<std::string>(0);
    if (name != "cpu" && name != "memory" && name != "io")
        throw Failed("args[0] = \"" + name + "\" is none of cpu, memory, io");
    put_resource(call, name);
}

constexpr char kPressureArgs[] =
    R"({"type": "array", "maxItems": 1, "prefixItems": [{"enum": ["cpu", "memory", "io"]}], )"
    R"("kwargs": {"additionalProperties": false}})";

}  // namespace

DUMBWAITER_FUNCTION_EX(pressure, "Percent of time that work waited for cpu, memory and io, or for one of them", 0,
                       kPressureArgs, NULL, DW_SECONDS(10), [](Call& call) {
                           put_pressure(call);
                           return dumbwaiter::done;
                       });
