#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# The server of http_test.cpp: prints its port, then serves. Arguments: for https a certificate and its key.
import http.server
import ssl
import sys
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    generation = 1

    def answer(self, status, body=b"", content_type=None, **headers):
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def unchanged_if(self, header, value, **headers):
        if self.headers.get(header) == value:
            self.answer(304, **headers)
        else:
            self.answer(200, str(Handler.generation).encode(), "application/json", **headers)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/json":
            self.answer(200, b'{"a": [1, 2.5, null]}', "application/json; charset=utf-8")
        elif path == "/problem":
            self.answer(200, b'{"title": "x"}', "application/problem+json")
        elif path == "/text":
            self.answer(200, "Gr\u00fc\u00dfe".encode(), "text/plain; charset=utf-8")
        elif path == "/latin1":
            self.answer(200, b"Gr\xfc", "text/plain; charset=iso-8859-1")
        elif path == "/bytes":
            self.answer(200, b"\xff\x00", "application/octet-stream")
        elif path == "/untyped":
            self.answer(200, b"plain")
        elif path == "/bad-json":
            self.answer(200, b'{"a": }', "application/json")
        elif path == "/headers":
            self.answer(200, (self.headers.get("X-Token", "") + "|" + self.headers.get("User-Agent")).encode(), "text/plain")
        elif path == "/seen":
            seen = [self.headers.get(name, "") for name in ("X-Token", "Authorization", "Accept")]
            self.answer(200, "|".join(seen).encode(), "text/plain")
        elif path == "/to":
            self.answer(302, Location=self.path.split("?", 1)[1])
        elif path == "/etag":
            tag = '"g%d"' % Handler.generation
            self.unchanged_if("If-None-Match", tag, ETag=tag)
        elif path == "/modified":
            date = "Mon, 0%d Nov 2026 10:00:00 GMT" % Handler.generation
            self.unchanged_if("If-Modified-Since", date, Last_Modified=date)
        elif path == "/change":
            Handler.generation += 1
            self.answer(200, b"changed", "text/plain")
        elif path == "/to-text":
            self.answer(302, Location="/text")
        elif path == "/loop":
            self.answer(302, Location="/loop")
        elif path == "/to-file":
            self.answer(302, Location="file:///etc/hostname")
        elif path == "/to-http":
            self.answer(302, Location="http://127.0.0.1:1/")
        elif path == "/large":
            self.answer(200, b"x" * 100000, "text/plain")
        elif path == "/busy":
            self.answer(503, b"come back later", "text/plain")
        elif path == "/empty":
            self.answer(204)
        elif path == "/slow":
            time.sleep(30)
        elif path == "/port":
            self.answer(200, str(self.client_address[1]).encode(), "application/json")
        else:
            self.answer(404, b"<html>no</html>", "text/html")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
