// SPDX-License-Identifier: BSD-3-Clause
//
// Where a redirect leads, and what of a request may go there.
#pragma once

#include <map>
#include <string>

// The next stop of a transfer.
struct Stop {
    std::string url;
    std::map<std::string, std::string> headers;  // those of the request that may be seen there
    bool was_https = false;                      // this stop or one before: from there on nothing else will do
};

Stop first_stop(const std::string& url, const std::map<std::string, std::string>& headers);

// The stop that `url`, a server's Location made absolute, leads to. A header is meant for the host that the manifest
// names: another one, or another scheme or port of it, gets those only that say nothing about who asks. User and
// password of the first URL go with the headers.
Stop next_stop(const Stop& first, const Stop& before, const std::string& url);
