// SPDX-License-Identifier: BSD-3-Clause
#include "http_redirect.hpp"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <iterator>
#include <memory>

namespace {

class Url {
public:
    explicit Url(const std::string& text) : url_(curl_url(), curl_url_cleanup)
    {
        is_good_ = url_ && curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    }

    std::string part(CURLUPart which) const
    {
        char* text = nullptr;
        if (!is_good_ || curl_url_get(url_.get(), which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
        std::string copy(text);
        curl_free(text);
        return copy;
    }
    void set(CURLUPart which, const std::string& text)
    {
        if (is_good_) curl_url_set(url_.get(), which, text.empty() ? nullptr : text.c_str(), 0);
    }

private:
    std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url_;
    bool is_good_;
};

bool same_place(const Url& a, const Url& b)
{
    return a.part(CURLUPART_SCHEME) == b.part(CURLUPART_SCHEME) && a.part(CURLUPART_PORT) == b.part(CURLUPART_PORT) &&
           strcasecmp(a.part(CURLUPART_HOST).c_str(), b.part(CURLUPART_HOST).c_str()) == 0;
}

bool is_for_all(const std::string& header)
{
    static constexpr const char* kNames[] = {"Accept", "Accept-Language", "User-Agent"};
    return std::any_of(std::begin(kNames), std::end(kNames),
                       [&](const char* name) { return strcasecmp(name, header.c_str()) == 0; });
}

}  // namespace

Stop first_stop(const std::string& url, const std::map<std::string, std::string>& headers)
{
    return {url, headers, Url(url).part(CURLUPART_SCHEME) == "https"};
}

Stop next_stop(const Stop& first, const Stop& before, const std::string& url)
{
    Url const home(first.url);
    Url target(url);
    bool const is_home = same_place(home, target);
    if (is_home && target.part(CURLUPART_USER).empty()) {
        target.set(CURLUPART_USER, home.part(CURLUPART_USER));
        target.set(CURLUPART_PASSWORD, home.part(CURLUPART_PASSWORD));
    }
    std::string const with_user = is_home ? target.part(CURLUPART_URL) : url;
    Stop next{with_user.empty() ? url : with_user, {}, before.was_https};
    next.was_https = next.was_https || target.part(CURLUPART_SCHEME) == "https";
    std::copy_if(first.headers.begin(), first.headers.end(), std::inserter(next.headers, next.headers.end()),
                 [&](const auto& header) { return is_home || is_for_all(header.first); });
    return next;
}
