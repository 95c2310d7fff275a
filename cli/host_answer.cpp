// SPDX-License-Identifier: BSD-3-Clause
#include "host_answer.hpp"

#include <dumbwaiter/codes.h>

#include <utility>

#include "field.hpp"
#include "host_request.hpp"
#include "places.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

namespace {

HostAnswer refuse(ExitCode code, const std::string& why)
{
    complain(why);
    return {code, {}};
}

ExitCode exit_code_of_answer(int64_t code)
{
    switch (code) {
        case DW_OK: return ExitCode::kDone;
        case DW_DENIED: return ExitCode::kStore;
        case DW_MISUSE:
        case DW_UNSUPPORTED: return ExitCode::kUsage;
        default: return ExitCode::kFailed;
    }
}

}  // namespace

HostAnswer ask_running_host(const Options& options, std::string_view request)
{
    const auto store = find_store(options);
    if (!store) return refuse(ExitCode::kUsage, store.error().message);
    auto answer = ask_host(*store, request);
    if (!answer) {
        const bool no_host = answer.error().code == Code::kNotFound;
        return refuse(ExitCode::kStore, answer.error().message + (no_host ? "; start one with run_dumbwaiter" : ""));
    }
    const Field fields(*answer);
    const ExitCode code = exit_code_of_answer(fields["code"].integer().value_or(DW_ERROR));
    const bool has_list = fields["problems"].exists();  // which is shown as it is
    if (code != ExitCode::kDone && !has_list) complain(fields["text"].text().value_or("the host refused without a word"));
    return {code, std::move(*answer)};
}

}  // namespace dumbwaiter
