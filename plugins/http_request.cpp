// SPDX-License-Identifier: BSD-3-Clause
#include "http_request.hpp"

#include <algorithm>

namespace {

using dumbwaiter::Call;
using dumbwaiter::Failed;

BodyForm read_form(const std::string& name)
{
    if (name == "text") return BodyForm::kText;
    if (name == "bytes") return BodyForm::kBytes;
    if (name == "json") return BodyForm::kJson;
    throw Failed("kwargs.body = \"" + name + "\" is none of text, bytes, json");
}

void check_keys(const Call& call)
{
    for (auto const [key, value] : call.kwargs().entries()) {
        static constexpr std::string_view kKnown[] = {"headers", "body", "redirects", "max_bytes", "ca_file"};
        if (std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown))
            throw Failed("kwargs." + std::string(key) +
                         " is unknown; get takes headers, body, redirects, max_bytes and ca_file");
    }
}

// What would end a header and begin another.
void check_headers(const std::map<std::string, std::string>& headers)
{
    for (const auto& [name, value] : headers) {
        bool const is_name = !name.empty() && name.find_first_of(": \t\r\n") == std::string::npos;
        if (!is_name) throw Failed("kwargs.headers: \"" + name + "\" is no name of a header");
        if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
            throw Failed("kwargs.headers." + name + " holds a line break or a NUL");
    }
}

}  // namespace

Request::Request(const Call& call) : url(call.arg<std::string>(0))
{
    check_keys(call);
    if (url.rfind("http://", 0) != 0 && url.rfind("https://", 0) != 0)
        throw Failed("args[0] begins with neither http:// nor https://");
    headers = call.kwarg<std::map<std::string, std::string>>("headers", {});
    check_headers(headers);
    auto const body = call.kwarg<std::string>("body", "");
    if (!body.empty()) form = read_form(body);
    redirects = call.kwarg<std::int64_t>("redirects", redirects);
    if (redirects < 0 || redirects > 50) throw Failed("kwargs.redirects: 0 to 50 are allowed");
    most_bytes = call.kwarg<std::uint64_t>("max_bytes", most_bytes);
    ca_file = call.kwarg<std::string>("ca_file", "");
}

std::string Request::shown() const
{
    auto const scheme_end = url.find("://") + 3;
    auto const host_end = std::min(url.find_first_of("/?#", scheme_end), url.size());
    auto const user_end = url.rfind('@', host_end == 0 ? 0 : host_end - 1);
    auto const host = user_end != std::string::npos && user_end >= scheme_end ? user_end + 1 : scheme_end;
    auto const path_end = std::min(url.find_first_of("?#", host_end), url.size());
    return url.substr(0, scheme_end) + url.substr(host, path_end - host);
}

const char kGetArgs[] =
    R"json({"type": "array", "minItems": 1, "maxItems": 1, "prefixItems": [{"type": "string", "pattern": "^https?://", )json"
    R"json("description": "the URL"}], "kwargs": {"properties": {"headers": {"type": "object", )json"
    R"json("additionalProperties": {"type": "string"}}, "body": {"enum": ["text", "bytes", "json"]}, )json"
    R"json("redirects": {"type": "integer", "minimum": 0, "maximum": 50}, )json"
    R"json("max_bytes": {"type": "integer", "minimum": 1}, "ca_file": {"type": "string"}}, )json"
    R"json("additionalProperties": false}})json";
