// SPDX-License-Identifier: BSD-3-Clause
//
// One call's life: its beginning, what went wrong in it, and what it asks of those around it.
#include "call.hpp"

#include <fmt/format.h>

#include <cstring>

#include "clock.hpp"
#include "codec.hpp"
#include "describe.hpp"
#include "utf8.hpp"

namespace dumbwaiter {
namespace {

Document empty_container(Type type)
{
    Document document;
    document.append(type);
    return document;
}

// Text of a plugin, which may be anything: UTF-8 and bounded afterwards.
std::string clean_text(const char* utf8)
{
    if (utf8 == nullptr) return {};
    const std::string_view given(utf8, strnlen(utf8, kMaxReportText + 1));
    return clean_utf8(given, kMaxReportText);
}

int32_t code_of(Code code)
{
    switch (code) {
        case Code::kInvalidArgument: return DW_MISUSE;
        case Code::kNotFound: return DW_NOT_FOUND;
        case Code::kTooLarge: return DW_LIMIT;
        case Code::kIncompatible:
        case Code::kUnsupported: return DW_UNSUPPORTED;
        case Code::kDenied: return DW_DENIED;
        case Code::kDamaged: return DW_DAMAGED;
        case Code::kTimeout: return DW_TIMEOUT;
        case Code::kBusy:
        case Code::kNoStore:
        case Code::kIo:
        case Code::kFull: break;
    }
    return DW_NO_STORE;
}

std::string no_serializer(const char* name)
{
    return fmt::format("there is no built-in serializer \"{}\": raw, json, msgpack and cbor are", clean_text(name));
}

}  // namespace

Call::Call()
{
    api = &kCallApi;
}

void Call::begin(const CallContext& context)
{
    static const Document kNoArgs = empty_container(Type::kArray);
    static const Document kNoKwargs = empty_container(Type::kMap);
    context_ = context;
    if (context_.args == nullptr || context_.args->empty()) context_.args = &kNoArgs;
    if (context_.kwargs == nullptr || context_.kwargs->empty()) context_.kwargs = &kNoKwargs;
    if (context_.cancellation != nullptr) context_.cancellation->close_fd();
    if (!context_.has_result) {
        builder_.begin_nothing();
    } else if (context_.leaves_bytes) {
        builder_.begin_bytes(context_.result_limit);
    } else {
        builder_.begin(context_.result_limit);
    }
    reads_.clear();
    encoded_.clear();
    said_.clear();
    fault_.clear();
    fault_code_ = DW_OK;
    cursors_.fill({});
}

int32_t Call::fault(int32_t code, std::string text)
{
    if (fault_code_ == DW_OK || fault_code_ == DW_NOT_FOUND) {
        fault_code_ = code;
        fault_ = std::move(text);
    }
    return code;
}

int32_t Call::noted(int32_t put)
{
    return put == DW_OK ? DW_OK : fault(put, builder_.fault());
}

int32_t Call::fail(const char* utf8)
{
    said_ = clean_text(utf8);
    return DW_ERROR;
}

int32_t Call::read(const char* name, dw_value* out)
{
    if (name == nullptr) return fault(DW_MISUSE, "dw_read without a name");
    if (context_.services == nullptr) return fault(DW_UNSUPPORTED, "there are no other values here");
    Expected<Document> value = context_.services->read(name);
    const auto shown = [name] { return repair_utf8(utf8_prefix(name, 200)); };
    if (!value) {
        const int32_t code = code_of(value.error().code);
        if (code == DW_NOT_FOUND) return fault(code, fmt::format("there is no value of {} yet", shown()));
        return fault(code, fmt::format("reading the value of {}: {}", shown(), value.error().message));
    }
    *out = keep("value of " + shown(), std::move(*value));
    return DW_OK;
}

dw_value Call::keep(std::string name, Document document)
{
    if (document.empty()) document.append(Type::kNull);
    reads_.push_back({std::move(name), std::move(document)});
    return (reads_.size() + 2) << 32;
}

int32_t Call::encode(dw_value value, const char* serializer, const void** bytes, uint64_t* length)
{
    const auto place = find(value);
    if (!place) return DW_MISUSE;
    const auto by = serializer == nullptr ? std::nullopt : serializer_by_name(serializer);
    if (!by) return fault(DW_NOT_FOUND, no_serializer(serializer));
    Document part;
    if (place->node != 0) part.append_subtree(*place->document, place->node);
    std::string out;
    if (Status status = dumbwaiter::encode(*by, place->node == 0 ? *place->document : part, out); !status) {
        return fault(code_of(status.error().code), std::move(status.error().message));
    }
    encoded_.push_back(std::move(out));
    *bytes = encoded_.back().data();
    *length = encoded_.back().size();
    return DW_OK;
}

int32_t Call::decode(const char* serializer, std::string_view bytes, dw_value* out)
{
    const auto by = serializer == nullptr ? std::nullopt : serializer_by_name(serializer);
    if (!by) return fault(DW_NOT_FOUND, no_serializer(serializer));
    Expected<Document> value = dumbwaiter::decode(*by, bytes);
    if (!value) return fault(code_of(value.error().code), std::move(value.error().message));
    *out = keep("decoded value", std::move(*value));
    return DW_OK;
}

void Call::log(uint32_t level, const char* utf8)
{
    if (context_.services == nullptr) return;
    context_.services->log(context_.name, level > DW_LOG_ERROR ? DW_LOG_ERROR : level, clean_text(utf8));
}

bool Call::cancelled() const
{
    if (context_.cancellation != nullptr && context_.cancellation->cancelled()) return true;
    return context_.deadline_ns != 0 && static_cast<uint64_t>(monotonic_ns()) >= context_.deadline_ns;
}

// Notes no fault text: it may run on any thread.
int32_t Call::cancel_fd()
{
    if (context_.cancellation == nullptr) return DW_UNSUPPORTED;
    const int fd = context_.cancellation->fd(context_.deadline_ns);
    return fd >= 0 ? fd : DW_LIMIT;
}

int32_t Call::sleep(uint64_t duration_ns)
{
    const auto now = static_cast<uint64_t>(monotonic_ns());
    uint64_t until = duration_ns > UINT64_MAX - now ? UINT64_MAX : now + duration_ns;
    if (context_.deadline_ns != 0 && context_.deadline_ns < until) until = context_.deadline_ns;
    Cancellation nobody;
    (context_.cancellation != nullptr ? *context_.cancellation : nobody).sleep_until(until);
    return cancelled() ? DW_CANCELLED : DW_OK;
}

}  // namespace dumbwaiter
