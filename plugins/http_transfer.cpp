// SPDX-License-Identifier: BSD-3-Clause
#include "http_transfer.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <mutex>

#include "http_redirect.hpp"

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

// "" where there is none.
std::string from_environment(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// The authorities' file: that of kwargs, else what OpenSSL's own programs take from the environment, else ("") the
// system's.
std::string authorities(const Request& request)
{
    return request.ca_file.empty() ? from_environment("SSL_CERT_FILE") : request.ca_file;
}

const char* advice(CURLcode code, const Request& request)
{
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST: return "; is the name right, and is there a name server?";
        case CURLE_COULDNT_CONNECT: return "; does the server run there?";
        case CURLE_PEER_FAILED_VERIFICATION:
            return "; for an authority of your own, set kwargs = { ca_file = \"...\" }";
        case CURLE_SSL_CACERT_BADFILE:
            return request.ca_file.empty() ? "; SSL_CERT_FILE of the environment must be a readable PEM file"
                                           : "; kwargs.ca_file must be a readable PEM file";
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

List header_lines(const Stop& stop, const std::vector<std::string>& extra)
{
    List list;
    for (const auto& [name, value] : stop.headers) append(list, name + (value.empty() ? ";" : ": " + value));
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

void set_policy(CURL* curl, const Request& request, const Stop& stop, bool is_first)
{
    std::string const file = authorities(request);
    std::string const folder = request.ca_file.empty() ? from_environment("SSL_CERT_DIR") : "";
    curl_easy_setopt(curl, CURLOPT_URL, stop.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, stop.was_https && !is_first ? "https" : "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);   // libcurl would take most headers along, wherever it leads
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");  // whatever libcurl can unpack
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "dumbwaiter");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (!file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, file.c_str());
    if (!folder.empty()) curl_easy_setopt(curl, CURLOPT_CAPATH, folder.c_str());
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
    throw Failed("GET " + request.shown() + ": " + (why.empty() ? curl_easy_strerror(code) : why) +
                 advice(code, request));
}

}  // namespace

Response Connection::get(Call& call, const Request& request, const std::vector<std::string>& extra)
{
    Stop const first = first_stop(request.url, request.headers);
    Stop stop = first;
    for (std::int64_t followed = 0;; ++followed) {
        Response response = fetch(call, request, stop, extra, followed == 0);
        if (response.leads_to.empty() || request.redirects == 0) return response;
        if (followed == request.redirects)
            throw Failed("GET " + request.shown() + ": more than " + std::to_string(request.redirects) +
                         " redirects; to allow more, raise kwargs.redirects");
        stop = next_stop(first, stop, response.leads_to);
    }
}

Response Connection::fetch(Call& call, const Request& request, const Stop& stop, const std::vector<std::string>& extra,
                           bool is_first)
{
    CURL* const curl = handle_->curl;
    Transfer transfer{call, request, {}};
    List const headers = header_lines(stop, extra);
    curl_easy_reset(curl);  // what the connection cache holds stays
    handle_->error[0] = '\0';
    set_policy(curl, request, stop, is_first);
    set_callbacks(curl, transfer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->error);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds_left(call));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, std::min(kConnectMs, milliseconds_left(call)));
    CURLcode const code = curl_easy_perform(curl);
    if (code != CURLE_OK) refuse(code, transfer, handle_->error);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &transfer.response.status);
    const char* leads_to = nullptr;
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &leads_to);
    if (leads_to != nullptr && transfer.response.status != 304) transfer.response.leads_to = leads_to;
    return std::move(transfer.response);
}
