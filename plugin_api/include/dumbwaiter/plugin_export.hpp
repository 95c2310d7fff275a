// SPDX-License-Identifier: BSD-3-Clause
//
// The macros that export C++ callables as functions, and the edge where their exceptions become codes. Included by
// plugin.hpp.
#pragma once

#include <dumbwaiter/plugin.hpp>

DUMBWAITER_PLUGIN_BEGIN

namespace plugin_detail {

template <typename T>
std::int32_t leave(Call& call, const T& value)
{
    if constexpr (std::is_same_v<T, Outcome>) {
        return value.code;
    } else if constexpr (is_a<T, std::variant>) {
        return std::visit([&](const auto& alternative) { return leave(call, alternative); }, value);
    } else {
        call.put(value);
        return DW_OK;
    }
}

// Turns only our own types into codes. What else is thrown goes on to the host, which tells "threw" from "failed", and
// so does the forced unwinding of a cancelled thread, which must not be stopped.
template <typename Body>
std::int32_t guarded(dw_call* call, Body body)
{
    try {
        return body();
    } catch (const Refused& refused) {
        if (!refused.text.empty()) dw_fail(call, refused.text.c_str());
        return refused.code;
    } catch (const Failed& failed) {
        dw_fail(call, failed.what());
        return failed.code();
    }
}

template <typename Function, typename... State>
std::int32_t run(dw_call* raw, const Function& function, State&... state)
{
    return guarded(raw, [&]() -> std::int32_t {
        Call call(raw);
        if constexpr (std::is_void_v<std::invoke_result_t<const Function&, Call&, State&...>>) {
            function(call, state...);
            return DW_OK;
        } else {
            return leave(call, function(call, state...));
        }
    });
}

template <typename State>
std::int32_t create(dw_call* raw, void** out)
{
    return guarded(raw, [&]() -> std::int32_t {
        if constexpr (std::is_constructible_v<State, Call&>) {
            Call call(raw);
            *out = new State(call);
        } else {
            *out = new State();
        }
        return DW_OK;
    });
}

template <typename State>
void destroy(void* state)
{
    delete static_cast<State*>(state);
}

}  // namespace plugin_detail

DUMBWAITER_PLUGIN_END

// DUMBWAITER_FUNCTION(symbol, "summary", [](dumbwaiter::Call& call) { return ...; });
#define DUMBWAITER_FUNCTION(symbol, summary, ...) DUMBWAITER_FUNCTION_EX(symbol, summary, 0, NULL, NULL, 0, __VA_ARGS__)

// The same with flags, JSON Schema texts (or NULL) and the frequency that suits it, in nanoseconds (0 = none).
#define DUMBWAITER_FUNCTION_EX(symbol, summary, flags, args_schema, result_schema, suggested_frequency_ns, ...) \
    static const auto symbol##__dw1_code = __VA_ARGS__;                                                         \
    DW_FUNCTION_EX(symbol, summary, flags, NULL, NULL, args_schema, result_schema, suggested_frequency_ns)      \
    {                                                                                                           \
        return ::dumbwaiter::plugin_detail::run(call, symbol##__dw1_code);                                      \
    }                                                                                                           \
    static_assert(true, "a semicolon follows")

// With state: one State an entry of the manifest, made from a Call& if it can be, else by default, before the first
// run; needs no lock. DUMBWAITER_STATEFUL(symbol, "summary", State, [](dumbwaiter::Call& call, State& state) { ... });
#define DUMBWAITER_STATEFUL(symbol, summary, State, ...) \
    DUMBWAITER_STATEFUL_EX(symbol, summary, State, 0, NULL, NULL, 0, __VA_ARGS__)

#define DUMBWAITER_STATEFUL_EX(symbol, summary, State, flags, args_schema, result_schema, suggested_frequency_ns, ...) \
    static const auto symbol##__dw1_code = __VA_ARGS__;                                                                \
    DW_FUNCTION_EX(symbol, summary, flags, ::dumbwaiter::plugin_detail::create<State>,                                 \
                   ::dumbwaiter::plugin_detail::destroy<State>, args_schema, result_schema, suggested_frequency_ns)    \
    {                                                                                                                  \
        return ::dumbwaiter::plugin_detail::run(call, symbol##__dw1_code, *static_cast<State*>(dw_state(call)));       \
    }                                                                                                                  \
    static_assert(true, "a semicolon follows")
