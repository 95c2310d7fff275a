// SPDX-License-Identifier: BSD-3-Clause
//
// One guarded call of a plugin's function: what it returns, throws or leaves half done becomes plain data.
#pragma once

#include <memory>
#include <string>

#include "call.hpp"
#include "executor.hpp"
#include "manifest.hpp"
#include "registry.hpp"
#include "secret_arguments.hpp"

namespace dumbwaiter {

// The state of one entry's function between invocations. Touched by the worker that runs the function only.
struct Instance {
    void* state = nullptr;
    bool created = false;
};

// Runs invocations on the worker that owns it, one at a time. cancel() may come from any thread.
class Invocation {
public:
    explicit Invocation(CallServices& services) : services_(services, secrets_) {}

    void run(const FunctionSpec& spec, const Function& function, Instance& instance, const Job& job, Returned& out);
    void cancel() { cancellation_.cancel(); }
    void rearm() { cancellation_.reset(); }  // before run(); what is cancelled from then on is

    // Ends a function's state, if it has one.
    static void destroy(const Function& function, Instance& instance);

private:
    bool prepare(const Function& function, Instance& instance, const Job& job, Returned& out);
    bool is_late(const FunctionSpec& spec, Returned& out, int32_t code);
    void judge(const FunctionSpec& spec, const Function& function, int32_t code, Returned& out);
    void store_result(const FunctionSpec& spec, const Function& function, Returned& out);
    std::string failure_text(int32_t code) const;
    void report(Returned& out, Outcome outcome, std::string text);
    template <typename Code>
    bool guarded(Code code, Returned& out);

    SecretArguments secrets_;
    DiscreetServices services_;
    Call call_;
    Call serializer_call_;  // while the value that call_ built is written by a plugin
    Cancellation cancellation_;
    CallContext context_;
};

}  // namespace dumbwaiter
