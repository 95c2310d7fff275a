// SPDX-License-Identifier: BSD-3-Clause
//
// conformance_cpp.so: every slot of the ABI used once, by plugin.hpp; see conformance_c.c.
#include <poll.h>
#include <dumbwaiter/plugin.hpp>

using dumbwaiter::Argument;
using dumbwaiter::Call;
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
using namespace std::chrono_literals;

static void copy(Call& call, const Argument& value)
{
    switch (value.type()) {
        case DW_TYPE_NULL: return call.put(nullptr);
        case DW_TYPE_BOOL: return call.put(value.get<bool>());
        case DW_TYPE_I64: return call.put(value.get<std::int64_t>());
        case DW_TYPE_U64: return call.put(value.get<std::uint64_t>());
        case DW_TYPE_F64: return call.put(value.get<double>());
        case DW_TYPE_STR: return call.put(value.get<std::string_view>());
        case DW_TYPE_BYTES: return call.put(value.get<dumbwaiter::bytes_view>());
        case DW_TYPE_TIME: return call.put(value.get<Time>());
        case DW_TYPE_ARRAY:
            call.open_array();
            for (const Argument& element : value.elements()) copy(call, element);
            return call.close();
        case DW_TYPE_MAP:
            call.open_map();
            for (const auto& [key, entry] : value.entries()) {
                call.key(key);
                copy(call, entry);
            }
            return call.close();
        default: throw dumbwaiter::Failed("a type that this plugin does not know");
    }
}

DUMBWAITER_FUNCTION(echo, "Its arguments, copied node by node", [](Call& call) {
    call.open_array();
    copy(call, call.args());
    copy(call, call.kwargs());
    call.close();
    return dumbwaiter::done;
});

DUMBWAITER_FUNCTION(whole, "Its positional arguments, copied at once", [](Call& call) { return call.args(); });

DUMBWAITER_FUNCTION(types, "A map with one of each type", [](Call& call) {
    call.open_map();
    call.put("null", nullptr);
    call.put("bool", true);
    call.put("i64", std::numeric_limits<std::int64_t>::min());
    call.put("u64", std::numeric_limits<std::uint64_t>::max());
    call.put("f64", 0.1);
    call.put("str", "snow \xe2\x98\x83");
    call.put("bytes", dumbwaiter::bytes_view{"\0\xff\x80", 3});
    call.put("time", Time(1700000000123456789ns));
    call.key("array");
    call.open_array();
    call.close();
    call.key("map");
    call.open_map();
    call.close();
    call.close();
    return dumbwaiter::done;
});

DUMBWAITER_FUNCTION(relay, "The newest value of the function args[0], copied node by node", [](Call& call) {
    const auto value = call.read(call.arg<std::string>(0).c_str());
    if (!value) throw dumbwaiter::Failed("there is none yet");
    copy(call, *value);
    return dumbwaiter::done;
});

DUMBWAITER_FUNCTION(raw, "Bytes with a media type", [](Call& call) {
    call.put_raw("application/x-conformance", {"\x01\x00\x02", 3});
    return dumbwaiter::done;
});

DUMBWAITER_FUNCTION(ends, "Logs args[0], makes it its report and returns args[1]", [](Call& call) -> int {
    const auto text = call.arg<std::string>(0);
    call.log(DW_LOG_WARNING, text);
    throw dumbwaiter::Failed(text, call.arg<std::int32_t>(1));
});

DUMBWAITER_FUNCTION(wants, "kwargs.n, an integer", [](Call& call) { return call.kwarg<std::int64_t>("n"); });

DUMBWAITER_FUNCTION(steady, "42, and unchanged from then on", [](Call& call) -> std::variant<dumbwaiter::Outcome, int> {
    if (call.read(std::string(call.name()).c_str())) return dumbwaiter::unchanged;
    return 42;
});

struct Counter {
    explicit Counter(Call& call) : count(call.kwarg<std::int64_t>("from")) {}
    std::int64_t count;
};

DUMBWAITER_STATEFUL_EX(counter, "Counts in its state, on from kwargs.from, and asks for more until kwargs.until",
                       Counter, DW_SERIAL, "{}", "{\"type\": \"integer\"}", DW_SECONDS(15),
                       [](Call& call, Counter& counter) {
                           if (++counter.count < call.kwarg<std::int64_t>("until")) throw dumbwaiter::Retry("not yet");
                           return counter.count;
                       });

DUMBWAITER_FUNCTION(context, "What a call knows of itself", [](Call& call) {
    call.open_map();
    call.put("name", call.name());
    call.put("sequence", call.sequence());
    call.put("has a deadline", call.deadline().has_value());
    call.put("is cancelled", call.cancelled());
    call.put("has a descriptor", call.cancel_fd() >= 0);
    call.put("has a state", dw_state(call.raw()) != nullptr);
    call.put("has an extension", dw_extension(call.raw(), "nobody.has/1") != nullptr);
    call.close();
    return dumbwaiter::done;
});

DUMBWAITER_FUNCTION(waits, "Waits until it is cancelled: \"asleep\", at the \"descriptor\", or \"awake\"",
                    [](Call& call) -> std::nullptr_t {
                        const auto how = call.arg<std::string_view>(0);
                        if (how == "asleep" && call.sleep_for(60s)) throw dumbwaiter::Failed("nobody came");
                        if (how == "descriptor") {
                            pollfd descriptor = {call.cancel_fd(), POLLIN, 0};
                            if (poll(&descriptor, 1, 60000) != 1) throw dumbwaiter::Failed("nobody came");
                        }
                        while (!call.cancelled()) poll(nullptr, 0, 1);
                        throw dumbwaiter::Cancelled();
                    });
