// SPDX-License-Identifier: BSD-3-Clause
#include "invocation.hpp"

#include <cxxabi.h>
#include <fmt/format.h>

#include "clock.hpp"
#include "codec.hpp"
#include "exception_text.hpp"
#include "utf8.hpp"

namespace dumbwaiter {

namespace {

// nullptr for a code that neither a function nor a helper returns.
const char* listed_name(int32_t code)
{
    switch (code) {
        case DW_ERROR: return "DW_ERROR";
        case DW_RETRY: return "DW_RETRY";
        case DW_CANCELLED: return "DW_CANCELLED";
        case DW_DISABLE: return "DW_DISABLE";
        case DW_NOT_FOUND: return "DW_NOT_FOUND";
        case DW_TYPE_MISMATCH: return "DW_TYPE_MISMATCH";
        case DW_LIMIT: return "DW_LIMIT";
        case DW_MISUSE: return "DW_MISUSE";
        case DW_UNSUPPORTED: return "DW_UNSUPPORTED";
        case DW_TIMEOUT: return "DW_TIMEOUT";
        case DW_DENIED: return "DW_DENIED";
        case DW_DAMAGED: return "DW_DAMAGED";
        case DW_NO_STORE: return "DW_NO_STORE";
        default: return nullptr;
    }
}

std::string code_name(int32_t code)
{
    const char* listed = listed_name(code);
    return listed != nullptr ? listed : fmt::format("{}, which is no return value of a function", code);
}

// Failures that the ledger treats by their code.
bool asks_for_something(int32_t code)
{
    return code == DW_RETRY || code == DW_DISABLE;
}

std::string size_text(uint64_t bytes)
{
    if (bytes % (1 << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
    if (bytes % (1 << 10) == 0) return fmt::format("{} KiB", bytes >> 10);
    return fmt::format("{} bytes", bytes);
}

}  // namespace

// Runs plugin code; false, with the report made, when an exception left it.
template <typename Code>
bool Invocation::guarded(Code code, Returned& out)
{
    try {
        code();
        return true;
    } catch (abi::__forced_unwind&) {
        throw;  // the thread is being ended: glibc does not allow this to stop here
    } catch (...) {
        report(out, Outcome::kThrew, exception_text());
    }
    return false;
}

void Invocation::run(const FunctionSpec& spec, const Function& function, Instance& instance, const Job& job,
                     Returned& out)
{
    out = {};
    out.started = wall_ns();
    out.late = boot_ns() - job.due;
    const int64_t deadline = spec->timeout.count() > 0 ? monotonic_ns() + spec->timeout.count() : 0;
    if (const Status resolved = secrets_.resolve(spec); !resolved) {
        report(out, Outcome::kFailed, resolved.error().message);
        out.finished = wall_ns();
        return;
    }
    context_ = {.name = spec.name.c_str(),
                .sequence = job.sequence,
                .deadline_ns = static_cast<uint64_t>(deadline),
                .result_limit = spec->result_limit,
                .args = &secrets_.args(),
                .kwargs = &secrets_.kwargs(),
                .state = instance.state,
                .services = &services_,
                .cancellation = &cancellation_};
    if (prepare(function, instance, job, out)) {
        context_.state = instance.state;
        call_.begin(context_);
        int32_t code = DW_ERROR;
        const auto run = [&] {
            code = function.plain ? function.plain->call(secrets_.args(), call_) : function.info.run(&call_);
        };
        if (guarded(run, out)) judge(spec, function, code, out);
    }
    out.finished = wall_ns();
}

bool Invocation::prepare(const Function& function, Instance& instance, const Job& job, Returned& out)
{
    if (job.anew && !guarded([&] { destroy(function, instance); }, out)) return false;
    if (instance.created || function.info.create == nullptr) return true;
    CallContext context = context_;
    context.has_result = false;
    call_.begin(context);
    int32_t code = DW_ERROR;
    if (!guarded([&] { code = function.info.create(&call_, &instance.state); }, out)) return false;
    if (code == DW_OK) {
        instance.created = true;
        return true;
    }
    instance.state = nullptr;
    report(out, Outcome::kRefused, "its create failed: " + failure_text(code));
    if (asks_for_something(code)) out.code = code;
    return false;
}

// What the call said of its failure, and the code where that is no return value.
std::string Invocation::failure_text(int32_t code) const
{
    const std::string& said = call_.failure_text();
    if (said.empty()) return "returned " + code_name(code);
    return listed_name(code) != nullptr ? said : fmt::format("{} (returned {})", said, code_name(code));
}

// Is the deadline over? Then the report is made, with what the function said if it failed: it knows where it was.
bool Invocation::is_late(const FunctionSpec& spec, Returned& out, int32_t code)
{
    const auto deadline = static_cast<int64_t>(context_.deadline_ns);
    if (deadline == 0 || monotonic_ns() <= deadline) return false;
    const std::string text = fmt::format("timed out after {} s", spec->timeout.count() / 1e9);
    const std::string& said = call_.failure_text();
    report(out, Outcome::kTimedOut, code < 0 && !said.empty() ? text + ": " + said : text);
    return true;
}

void Invocation::judge(const FunctionSpec& spec, const Function& function, int32_t code, Returned& out)
{
    out.code = code;
    if (is_late(spec, out, code)) {
        out.lost_value = code == DW_OK;
        return;
    }
    // `return dw_put_...` hands on what was wrong with the result.
    const bool refused_put = (code == DW_LIMIT || code == DW_MISUSE) && !call_.result().fault().empty();
    if (code == DW_OK || refused_put) {
        store_result(spec, function, out);
    } else if (code == DW_UNCHANGED) {
        out.outcome = Outcome::kOk;
    } else if (code == DW_CANCELLED) {
        const std::string& text = call_.failure_text();
        const char* unsaid = cancellation_.cancelled() ? "gave up because it was cancelled"
                                                       : "returned DW_CANCELLED, though nothing asked it to end";
        out.outcome = Outcome::kCancelled;
        out.bytes = secrets_.hide(text.empty() ? unsaid : text);
    } else {
        report(out, Outcome::kFailed, failure_text(code));
        if (asks_for_something(code)) out.code = code;
    }
}

void Invocation::store_result(const FunctionSpec& spec, const Function& function, Returned& out)
{
    Builder& result = call_.result();
    const int32_t code = result.finish();
    out.lost_value = true;
    if (code == DW_LIMIT) return report(out, Outcome::kTooLarge, result.fault());
    if (code != DW_OK) return report(out, Outcome::kMalformed, result.fault());
    if (result.is_raw()) {
        out.media_type = result.media_type();
        out.bytes = result.raw();
    } else {
        out.serializer = static_cast<uint8_t>(spec.serializer);
        const Status encoded = function.serializer ? serialize(*function.serializer, context_, serializer_call_,
                                                               result.document(), out.bytes)
                                                   : encode(spec.serializer, result.document(), out.bytes);
        if (is_late(spec, out, DW_OK)) return;  // the serializer may have taken the rest of the time, and more
        if (!encoded) {
            const bool is_too_large = encoded.error().code == Code::kTooLarge && function.serializer;
            return report(out, is_too_large ? Outcome::kTooLarge : Outcome::kMalformed, encoded.error().message);
        }
    }
    if (out.bytes.size() > spec->result_limit) {
        return report(
            out, Outcome::kTooLarge,
            fmt::format(
                "the result has {} bytes, {} are allowed: return less, or raise result_size in [limits] or [library]",
                out.bytes.size(), size_text(spec->result_limit)));
    }
    out.outcome = Outcome::kOk;
    out.lost_value = false;
}

void Invocation::report(Returned& out, Outcome outcome, std::string text)
{
    out.code = DW_ERROR;
    out.outcome = outcome;
    out.serializer = 0;
    out.media_type.clear();
    if (secrets_.has_any()) text = secrets_.hide(std::move(text));
    // Clean already where a plugin said it, but what the host put around it counts too.
    out.bytes = text.size() <= kMaxReportText && is_utf8(text) ? std::move(text) : clean_utf8(text, kMaxReportText);
}

void Invocation::destroy(const Function& function, Instance& instance)
{
    const Instance old = std::exchange(instance, Instance{});
    if (old.created && function.info.destroy != nullptr) function.info.destroy(old.state);
}

}  // namespace dumbwaiter
