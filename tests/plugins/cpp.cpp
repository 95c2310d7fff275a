// SPDX-License-Identifier: BSD-3-Clause
//
// cpp.so: what plugin.hpp converts, both ways.
#include <dumbwaiter/plugin.hpp>

#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_map>

namespace shop {

struct Order {
    std::int64_t id = 0;
    double total = 0;
};

void dumbwaiter_put(dumbwaiter::Call& call, const Order& order)
{
    call.open_map();
    call.put("id", order.id);
    call.put("total", order.total);
    call.close();
}

void dumbwaiter_get(const dumbwaiter::Argument& from, Order& order)
{
    order.id = from["id"].get<std::int64_t>();
    order.total = from["total"].get<double>();
}

}  // namespace shop

using dumbwaiter::Call;

DUMBWAITER_FUNCTION(everything, "One of each type", [](Call&) {
    using namespace std::chrono;
    return std::make_tuple(
        nullptr, true, std::int8_t(-1), std::uint64_t(18446744073709551615u), 0.5f, "text", std::string("string"),
        std::string_view("view"), std::vector<int>{1, 2}, std::vector<bool>{true}, std::array<unsigned, 2>{3, 4},
        std::set<std::string>{"a", "b"}, std::map<std::string, std::optional<int>>{{"none", {}}, {"one", 1}},
        std::vector<std::pair<const char*, int>>{{"z", 1}, {"a", 2}}, std::variant<int, std::string>("or"),
        std::filesystem::path("/tmp"), static_cast<const char*>(nullptr));
});

DUMBWAITER_FUNCTION(time, "A time",
                    [](Call&) { return std::chrono::system_clock::time_point(std::chrono::seconds(1700000000)); });

DUMBWAITER_FUNCTION(bytes, "Bytes", [](Call&) { return std::vector<std::byte>{std::byte{0}, std::byte{255}}; });

DUMBWAITER_FUNCTION(nothing, "Returns void: null", [](Call&) {});

DUMBWAITER_FUNCTION(streamed, "Puts its value piece by piece", [](Call& call) {
    call.open_map();
    call.put("name", call.name());
    call.key("numbers");
    call.open_array();
    for (int i = 0; i < 3; ++i) call.put(i);
    call.close();
    call.close();
    return dumbwaiter::done;
});

DUMBWAITER_FUNCTION(order, "Takes and gives a type of its own", [](Call& call) {
    auto order = call.arg<shop::Order>(0);
    order.total *= 2;
    return std::vector<shop::Order>{order};
});

DUMBWAITER_FUNCTION(sum, "The sum of args[0], an array, times kwargs.by", [](Call& call) {
    double total = 0;
    for (double number : call.arg<std::vector<double>>(0)) total += number;
    return total * call.kwarg<double>("by", 1);
});

DUMBWAITER_FUNCTION(walk, "Keys of the keyword arguments and the types of the positional ones", [](Call& call) {
    std::vector<std::string> out;
    for (auto [key, value] : call.kwargs().entries()) out.push_back(std::string(key) + std::to_string(value.type()));
    for (auto element : call.args().elements()) out.push_back(std::to_string(element.type()));
    return out;
});

DUMBWAITER_FUNCTION(table, "A map argument as std::unordered_map", [](Call& call) {
    std::int64_t total = 0;
    for (const auto& entry : call.arg<std::unordered_map<std::string, std::int64_t>>(0)) total += entry.second;
    return total;
});

DUMBWAITER_FUNCTION(narrow, "args[0] as an 8-bit integer", [](Call& call) { return call.arg<std::int8_t>(0); });

DUMBWAITER_FUNCTION(outcome, "Leaves as args[0] says", [](Call& call) -> std::variant<dumbwaiter::Outcome, int> {
    auto how = call.arg<std::string_view>(0);
    if (how == "unchanged") return dumbwaiter::unchanged;
    if (how == "failed") throw dumbwaiter::Failed("failed on purpose");
    if (how == "retry") throw dumbwaiter::Retry("retry on purpose");
    if (how == "disable") throw dumbwaiter::Disable("disable on purpose");
    if (how == "cancelled") throw dumbwaiter::Cancelled();
    if (how == "throw") throw std::runtime_error("thrown on purpose");
    return 1;
});

DUMBWAITER_FUNCTION(misuse, "Two values at the top", [](Call& call) {
    call.put(1);
    return 2;
});

DUMBWAITER_FUNCTION(previous, "One more than its own previous value", [](Call& call) {
    auto previous = call.read(std::string(call.name()).c_str());
    return previous ? previous->get<int>() + 1 : 1;
});

DUMBWAITER_FUNCTION(copy, "args[0] as it is", [](Call& call) { return call.args()[0]; });

struct Counter {
    explicit Counter(Call& call) : count(call.kwarg<int>("from", 0)) {}
    int count;
};

DUMBWAITER_STATEFUL(counter, "Counts in its state, on from kwargs.from", Counter,
                    [](Call&, Counter& counter) { return ++counter.count; });
