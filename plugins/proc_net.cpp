// SPDX-License-Identifier: BSD-3-Clause
//
// libproc.so: `net`, what went over each network interface since it came up.
#include <sstream>

#include "proc_file.hpp"

namespace {

using dumbwaiter::Call;
using dumbwaiter::Failed;

using Counters = Entries<std::uint64_t>;
struct Interface {
    std::string name;
    Counters received, sent;
};

// "  eth0: bytes packets errs drop fifo frame compressed multicast  bytes packets errs drop ..."
Interface parse_interface(const std::string& line)
{
    auto const colon = line.rfind(':');  // an alias has one in its name
    std::uint64_t column[12] = {};
    std::istringstream numbers(colon == std::string::npos ? std::string() : line.substr(colon + 1));
    for (auto& number : column) numbers >> number;
    if (!numbers) throw Failed("/proc/net/dev has a line that is not understood: \"" + line + "\"");
    auto const counters = [&](int from) {
        return Counters{{"bytes", column[from]},
                        {"packets", column[from + 1]},
                        {"errors", column[from + 2]},
                        {"dropped", column[from + 3]}};
    };
    auto const start = line.find_first_not_of(' ');
    return {line.substr(start, colon - start), counters(0), counters(8)};
}

std::vector<Interface> interfaces()
{
    auto file = open_kernel_file("/proc/net/dev");
    std::vector<Interface> all;
    std::string line;
    for (int header = 0; header < 2; ++header) std::getline(file, line);
    while (std::getline(file, line)) all.push_back(parse_interface(line));
    return all;
}

void put(Call& call, const Interface& interface)
{
    call.open_map();
    call.put("received", interface.received);
    call.put("sent", interface.sent);
    call.close();
}

void put_one(Call& call, const std::string& name)
{
    std::string known;
    for (const Interface& interface : interfaces()) {
        if (interface.name == name) return put(call, interface);
        known += (known.empty() ? "" : ", ") + interface.name;
    }
    throw Failed("args[0] = \"" + name + "\": there is no such interface; there are " + known);
}

void put_all(Call& call)
{
    call.open_map();
    for (const Interface& interface : interfaces()) {
        call.key(interface.name);
        put(call, interface);
    }
    call.close();
}

constexpr char kNetArgs[] = R"({"type": "array", "maxItems": 1, "prefixItems": )"
                            R"([{"type": "string", "description": "one network interface"}], )"
                            R"("kwargs": {"additionalProperties": false}})";

}  // namespace

DUMBWAITER_FUNCTION_EX(net, "Bytes, packets, errors and drops of each network interface, or of one", 0, kNetArgs, NULL,
                       DW_SECONDS(10), [](Call& call) {
                           call.args().size() == 0 ? put_all(call) : put_one(call, call.arg<std::string>(0));
                           return dumbwaiter::done;
                       });
