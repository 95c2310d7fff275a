// SPDX-License-Identifier: BSD-3-Clause
#include "http_transfer.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <mutex>

namespace {

using dumbwaiter::Call;
using dumbwaiter::Cancelled;
using dumbwaiter::Failed;

// Without a timeout in the manifest a server that says nothing is given up on as well.
constexpr std::chrono::milliseconds kLongest = std::chrono::minutes(5);
constexpr long kConnectMs = 30'000;

// What the callbacks of one transfer know.
struct Transfer {
    Call& call;
    const Request& request;
    Response response;
    bool is_too_large = false;
};

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
    return text;
}

bool same_name(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::size_t take_body(const char* bytes, std::size_t size, std::size_t count, void* of)
{
    auto& transfer = *static_cast<Transfer*>(of);
    transfer.response.body.append(bytes, size * count);
    transfer.is_too_large = transfer.response.body.size() > transfer.request.most_bytes;
    return transfer.is_too_large ? 0 : size * count;
}

// Of each answer on the way, a redirect's too: the status line begins anew.
std::size_t take_header(const char* bytes, std::size_t size, std::size_t count, void* of)
{
    Response& response = static_cast<Transfer*>(of)->response;
    std::string_view const line = trimmed({bytes, size * count});
    auto const colon = line.find(':');
    if (line.substr(0, 5) == "HTTP/") {
        response = {};
        auto const reason = line.find(' ', std::min(line.find(' '), line.size() - 1) + 1);
        if (reason != std::string_view::npos) response.reason = trimmed(line.substr(reason));
    } else if (colon != std::string_view::npos) {
        std::string_view const name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
        if (same_name(name, "ETag")) response.etag = value;
        if (same_name(name, "Last-Modified")) response.last_modified = value;
        if (same_name(name, "Content-Type")) response.content_type = value;
    }
    return size * count;
}

// Called at least once a second.
int look_at_cancelling(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
    return static_cast<Transfer*>(of)->call.cancelled() ? 1 : 0;
}

long milliseconds_left(const Call& call)
{
    auto left = kLongest;
    if (auto const deadline = call.deadline()) {
        left = std::min(
            left, std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now()));
    }
    return static_cast<long>(std::max<std::chrono::milliseconds::rep>(left.count(), 1));
}

const char* advice(CURLcode code)
{
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST: return "; is the name right, and is there a name server?";
        case CURLE_COULDNT_CONNECT: return "; does the server run there?";
        case CURLE_PEER_FAILED_VERIFICATION:
            return "; for an authority of your own, set kwargs = { ca_file = \"...\" }";
        case CURLE_SSL_CACERT_BADFILE: return "; kwargs.ca_file must be a readable PEM file";
        case CURLE_TOO_MANY_REDIRECTS: return "; to allow more, raise kwargs.redirects";
        case CURLE_UNSUPPORTED_PROTOCOL: return "; from https only https is followed to, and never anything but http";
        default: return "";
    }
}

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line)
{
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
}

List header_lines(const Request& request, const std::vector<std::string>& extra)
{
    List list;
    for (const auto& [name, value] : request.headers) append(list, name + (value.empty() ? ";" : ": " + value));
    for (const std::string& line : extra) append(list, line);
    return list;
}

}  // namespace

struct Connection::Handle {
    CURL* curl = curl_easy_init();
    char error[CURL_ERROR_SIZE] = {};
    ~Handle() { curl_easy_cleanup(curl); }
};

Connection::Connection()
{
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    handle_ = std::make_unique<Handle>();
    if (handle_->curl == nullptr) throw Failed("libcurl gives no handle: out of memory?");
}

Connection::~Connection() = default;

namespace {

void set_policy(CURL* curl, const Request& request)
{
    bool const is_https = request.url.rfind("https:", 0) == 0;
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, is_https ? "https" : "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, request.redirects > 0 ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, static_cast<long>(request.redirects));
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");  // whatever libcurl can unpack
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "dumbwaiter");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (!request.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());
}

void set_callbacks(CURL* curl, Transfer& transfer)
{
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_at_cancelling);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

[[noreturn]] void refuse(CURLcode code, const Transfer& transfer, const std::string& why)
{
    const Request& request = transfer.request;
    if (code == CURLE_ABORTED_BY_CALLBACK) throw Cancelled();
    if (transfer.is_too_large)
        throw Failed("GET " + request.shown() + ": the answer is larger than " + std::to_string(request.most_bytes) +
                     " bytes; to allow more, raise kwargs.max_bytes");
    throw Failed("GET " + request.shown() + ": " + (why.empty() ? curl_easy_strerror(code) : why) + advice(code));
}

}  // namespace

Response Connection::get(Call& call, const Request& request, const std::vector<std::string>& extra)
{
    CURL* const curl = handle_->curl;
    Transfer transfer{call, request, {}};
    List const headers = header_lines(request, extra);
    curl_easy_reset(curl);  // what the connection cache holds stays
    handle_->error[0] = '\0';
    set_policy(curl, request);
    set_callbacks(curl, transfer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->error);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds_left(call));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, std::min(kConnectMs, milliseconds_left(call)));
    CURLcode const code = curl_easy_perform(curl);
    if (code != CURLE_OK) refuse(code, transfer, handle_->error);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &transfer.response.status);
    return std::move(transfer.response);
}
