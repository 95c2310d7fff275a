// SPDX-License-Identifier: BSD-3-Clause
#include "serializer_plugin.hpp"

#include <cxxabi.h>
#include <fmt/format.h>

#include "exception_text.hpp"

namespace dumbwaiter {
namespace {

// The log, and nothing else: a serializer that read values would need serializers to do so.
class LogAlone : public CallServices {
public:
    explicit LogAlone(CallServices* services) : services_(services) {}

    Expected<Document> read(std::string_view) override
    {
        return failure(Code::kUnsupported, "a serializer reads no other values");
    }
    void log(std::string_view function, uint32_t level, std::string_view text) override
    {
        if (services_ != nullptr) services_->log(function, level, text);
    }

private:
    CallServices* services_;
};

// Runs its code; false, with the text of the exception, when one left it.
template <typename Work>
bool guarded(Work work, std::string& thrown)
{
    try {
        work();
        return true;
    } catch (abi::__forced_unwind&) {
        throw;  // the thread is being ended: glibc does not allow this to stop here
    } catch (...) {
        thrown = exception_text();
    }
    return false;
}

CallContext context_for(const SerializerPlugin& plugin, const CallContext& given, CallServices& services)
{
    CallContext context = given;
    context.args = nullptr;
    context.kwargs = &plugin.options;
    context.state = nullptr;
    context.services = &services;
    return context;
}

// What `code` and the result of the call come to; DW_OK when all is well, else `why` is filled.
int32_t outcome_of(Call& call, int32_t code, std::string& why)
{
    if (code == DW_OK) {
        code = call.result().finish();
        if (code != DW_OK) why = call.result().fault();
        return code;
    }
    why = call.failure_text();
    if (why.empty()) why = fmt::format("it returned {}", code);
    return code;
}

}  // namespace

std::string code_fault(const dw_serializer_info& info)
{
    if (info.serialize == nullptr) return "it has no code (serialize is NULL)";
    if (info.deserialize == nullptr) return "it has no code (deserialize is NULL)";
    return {};
}

Status serialize(const SerializerPlugin& plugin, const CallContext& given, Call& call, const Document& value,
                 std::string& out)
{
    LogAlone services(given.services);
    CallContext context = context_for(plugin, given, services);
    context.value = &value;
    context.leaves_bytes = true;
    call.begin(context);
    int32_t code = DW_ERROR;
    std::string why;
    if (guarded([&] { code = plugin.info.serialize(&call, Call::kValue); }, why)) code = outcome_of(call, code, why);
    if (why.empty()) {
        out = call.result().raw();
        return {};
    }
    const bool is_too_large = why == call.result().fault() && call.result().finish() == DW_LIMIT;
    return failure(is_too_large ? Code::kTooLarge : Code::kInvalidArgument,
                   fmt::format("its serializer {}: {}", plugin.name, why));
}

Expected<Document> deserialize(const SerializerPlugin& plugin, const CallContext& given, Call& call,
                               std::string_view bytes)
{
    LogAlone services(given.services);
    call.begin(context_for(plugin, given, services));
    int32_t code = DW_ERROR;
    std::string why;
    if (guarded([&] { code = plugin.info.deserialize(&call, bytes.data(), bytes.size()); }, why)) {
        code = outcome_of(call, code, why);
    }
    if (why.empty() && call.result().is_raw()) why = "it left raw bytes where a value was wanted";
    if (why.empty()) return call.result().document();
    return failure(code == DW_UNSUPPORTED ? Code::kUnsupported : Code::kDamaged,
                   fmt::format("its serializer {}: {}", plugin.name, why));
}

}  // namespace dumbwaiter
