// SPDX-License-Identifier: BSD-3-Clause
//
// A begun call with arguments of every kind, and services that answer from a table.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "call.hpp"
#include "samples.hpp"

namespace dumbwaiter::samples {

struct Services : CallServices {
    Expected<Document> read(std::string_view name) override
    {
        const auto found = values.find(std::string(name));
        if (found == values.end()) return failure(Code::kNotFound, "none");
        return found->second;
    }
    void log(std::string_view function, uint32_t level, std::string_view text) override
    {
        const std::lock_guard lock(mutex);
        lines.push_back(std::string(function) + " " + std::to_string(level) + " " + std::string(text));
    }

    std::map<std::string, Expected<Document>> values;
    std::mutex mutex;
    std::vector<std::string> lines;
};

struct CallFixture {
    CallFixture() { begin(); }

    void begin()
    {
        context.name = "self";
        context.sequence = 42;
        context.args = &args;
        context.kwargs = &kwargs;
        context.services = &services;
        context.cancellation = &cancellation;
        call.begin(context);
    }
    dw_value arg(uint64_t index)
    {
        dw_value value = 0;
        dw_at(&call, dw_args(&call), index, &value);
        return value;
    }

    Document args = array(str("seven"), i64(7), f64(0.5), boolean(true), null(), bytes("ab"), time(5), u64(UINT64_MAX),
                          array(i64(10), map(Entry{"name", str("x")})), i64(-1));
    Document kwargs = map(Entry{"n", i64(3)}, Entry{"limits", array(i64(1), str("two"))}, Entry{"odd key", null()});
    Services services;
    Cancellation cancellation;
    CallContext context;
    Call call;
};

}  // namespace dumbwaiter::samples
