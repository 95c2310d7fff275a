// SPDX-License-Identifier: BSD-3-Clause
#include "control_request.hpp"

#include <dumbwaiter/codes.h>

#include <algorithm>
#include <array>
#include <utility>

#include "codec.hpp"
#include "field.hpp"
#include "json_object.hpp"

namespace dumbwaiter {

namespace {

using Kind = ControlRequest::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 7> kCommands = {{{"fresh", Kind::kFresh},
                                                                         {"refresh", Kind::kRefresh},
                                                                         {"pause", Kind::kPause},
                                                                         {"resume", Kind::kResume},
                                                                         {"forget", Kind::kForget},
                                                                         {"reload", Kind::kReload},
                                                                         {"status", Kind::kStatus}}};

bool needs_name(Kind kind)
{
    return kind != Kind::kReload && kind != Kind::kStatus;
}

int32_t code_of(Code code)
{
    switch (code) {
        case Code::kNotFound: return DW_NOT_FOUND;
        case Code::kDenied: return DW_DENIED;
        case Code::kUnsupported: return DW_UNSUPPORTED;
        case Code::kInvalidArgument: return DW_MISUSE;
        case Code::kTimeout: return DW_TIMEOUT;
        default: return DW_ERROR;
    }
}

}  // namespace

Expected<ControlRequest> parse_control_request(std::string_view line)
{
    const auto document = decode(Serializer::kJson, line);
    if (!document) return failure(Code::kInvalidArgument, "a request is one line of JSON");
    const Field fields(*document);
    const auto command = fields["do"].text();
    if (!command) return failure(Code::kInvalidArgument, R"(a request is {"do": COMMAND, ...})");
    const auto known = std::ranges::find(kCommands, *command, &std::pair<std::string_view, Kind>::first);
    if (known == kCommands.end()) {
        return failure(Code::kUnsupported, "the host does not know the command \"" + *command + "\"");
    }
    ControlRequest request{.kind = known->second, .name = fields["name"].text().value_or("")};
    if (needs_name(request.kind) && request.name.empty()) {
        return failure(Code::kInvalidArgument, *command + " takes the name of a function");
    }
    if (request.kind == Kind::kReload) request.is_dry = fields["dry"].truth().value_or(false);
    if (request.kind == Kind::kFresh) {
        const auto age = fields["max_age_ns"].integer();
        if (!age || *age < 0) return failure(Code::kInvalidArgument, "fresh takes max_age_ns, 0 or more");
        request.max_age_ns = *age;
    }
    return request;
}

bool may_ask(const ControlRequest& request, uid_t peer, uid_t host)
{
    return request.kind == Kind::kFresh || peer == 0 || peer == host;
}

std::string control_answer(int32_t code, std::string_view text)
{
    JsonObject json;
    json.integer("code", code);
    if (!text.empty()) json.text("text", text);
    return json.finish();
}

std::string control_answer(const Error& error)
{
    return control_answer(code_of(error.code), error.message);
}

}  // namespace dumbwaiter
