// SPDX-License-Identifier: BSD-3-Clause
//
// One GET over a connection that is kept for the next. The only file, with its source, that knows libcurl.
#pragma once

#include <memory>
#include <string>

#include "http_request.hpp"

struct Response {
    long status = 0;
    std::string reason;  // "Not Found"
    std::string content_type, etag, last_modified;
    std::string body;
};

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
    std::unique_ptr<Handle> handle_;
};
