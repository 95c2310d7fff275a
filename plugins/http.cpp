// SPDX-License-Identifier: BSD-3-Clause
//
// libhttp.so: `get`. What the server calls unchanged, by ETag or Last-Modified, is DW_UNCHANGED.
#include <cctype>
#include <cstring>

#include "file_text.h"
#include "http_transfer.hpp"
#include "json_text.h"

namespace {

using dumbwaiter::Call;
using dumbwaiter::Failed;

// "application/json; charset=utf-8" -> "application/json"
std::string media_type(const std::string& content_type)
{
    std::string type = content_type.substr(0, content_type.find(';'));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    for (char& c : type) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return type;
}

bool ends_with(const std::string& text, std::string_view end)
{
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool is_utf8(const std::string& bytes)
{
    return utf8_prefix(bytes.data(), bytes.size()) == bytes.size();
}

BodyForm fitting(const Response& response)
{
    std::string const type = media_type(response.content_type);
    if (type == "application/json" || ends_with(type, "+json")) return BodyForm::kJson;
    bool const is_text = type.rfind("text/", 0) == 0 || type == "application/xml" || ends_with(type, "+xml") ||
                         type == "application/javascript" || type == "application/toml" || type == "application/yaml";
    if (is_text || (type.empty() && is_utf8(response.body))) return BodyForm::kText;
    return BodyForm::kBytes;
}

std::int32_t put_text(Call& call, const Request& request, const Response& response)
{
    if (!is_utf8(response.body))
        throw Failed(
            "GET " + request.shown() + ": the text (" + response.content_type +
            ") is not UTF-8: set kwargs = { body = \"bytes\" } and serializer = \"raw\", \"msgpack\" or \"cbor\"");
    return dw_put_str(call.raw(), response.body.data(), response.body.size());
}

std::int32_t put_body(Call& call, const Request& request, const Response& response)
{
    BodyForm const form = request.form == BodyForm::kFitting ? fitting(response) : request.form;
    if (form == BodyForm::kBytes) return dw_put_bytes(call.raw(), response.body.data(), response.body.size());
    if (form == BodyForm::kText) return put_text(call, request, response);
    if (!is_utf8(response.body)) throw Failed("GET " + request.shown() + ": the answer is no JSON: it is not UTF-8");
    std::string const source = "GET " + request.shown() + ": the answer";
    return put_json(call.raw(), response.body.data(), response.body.size(), source.c_str());
}

[[noreturn]] void refuse_status(const Request& request, const Response& response)
{
    std::string text = "GET " + request.shown() + ": " + std::to_string(response.status);
    if (!response.reason.empty()) text += " " + response.reason;
    bool const is_redirect = response.status >= 300 && response.status < 400;
    if (is_redirect && request.redirects == 0) text += "; kwargs.redirects = 0 follows none";
    std::string const type = media_type(response.content_type);
    bool const is_readable = type == "text/plain" || type == "application/json";
    if (is_readable && !response.body.empty()) text += "; it says: " + response.body.substr(0, 500);
    throw Failed(text);
}

// One a manifest entry.
struct Getter {
    Connection connection;
    std::string etag, last_modified;  // of the value that was returned last

    std::int32_t get(Call& call)
    {
        Request const request(call);
        std::vector<std::string> conditions;
        if (!etag.empty()) conditions.push_back("If-None-Match: " + etag);
        if (!last_modified.empty()) conditions.push_back("If-Modified-Since: " + last_modified);
        Response const response = connection.get(call, request, conditions);
        if (response.status == 304 && !conditions.empty()) return DW_UNCHANGED;
        etag.clear();
        last_modified.clear();
        if (response.status < 200 || response.status > 299) refuse_status(request, response);
        std::int32_t const code = put_body(call, request, response);
        if (code == DW_OK) {
            etag = response.etag;
            last_modified = response.last_modified;
        }
        return code;
    }
};

}  // namespace

DUMBWAITER_STATEFUL_EX(
    get,
    "GETs a URL: JSON is parsed, text is text, the rest bytes; kwargs headers, body = text | bytes | "
    "json, redirects = 5, max_bytes, ca_file",
    Getter, 0, kGetArgs, NULL, DW_SECONDS(60),
    [](Call& call, Getter& getter) { return dumbwaiter::Outcome{getter.get(call)}; });
