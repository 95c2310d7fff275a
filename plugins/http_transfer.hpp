// SPDX-License-Identifier: BSD-3-Clause
//
// One GET over a connection that is kept for the next. The only file, with its source, that knows libcurl.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http_request.hpp"

struct Response {
    long status = 0;
    std::string reason;  // "Not Found"
    std::string content_type, etag, last_modified;
    std::string body;
    std::string leads_to;  // of a redirect: the URL
};

struct Stop;

// One a manifest entry; used by one thread at a time.
class Connection {
public:
    Connection();
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // `extra` are header lines beside those of the request. Throws Failed, or Cancelled at the deadline.
    Response get(dumbwaiter::Call& call, const Request& request, const std::vector<std::string>& extra);

private:
    struct Handle;

    Response fetch(dumbwaiter::Call& call, const Request& request, const Stop& stop,
                   const std::vector<std::string>& extra, bool is_first);

    std::unique_ptr<Handle> handle_;
};
