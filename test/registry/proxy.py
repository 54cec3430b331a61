#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small HTTP proxy for tests: proxy.py PORT-FILE LOG. Plain requests are passed on, CONNECT is a tunnel; every request is a line
of JSON in the log: method, target, and the two headers with credentials."""
import http.client
import http.server
import json
import os
import select
import socket
import sys
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def note(self):
        line = {"method": self.command, "target": self.path, "proxy-login": self.headers.get("Proxy-Authorization"),
                "login": self.headers.get("Authorization")}
        with open(sys.argv[2], "a") as file:
            print(json.dumps(line), file=file)

    def do_CONNECT(self):
        self.note()
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as other:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: other, other: self.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        self.close_connection = True
                        return
                    ends[end].sendall(data)

    def do_GET(self):
        self.note()
        url = urllib.parse.urlparse(self.path)
        other = http.client.HTTPConnection(url.netloc, timeout=20)
        headers = {name: value for name, value in self.headers.items() if not name.startswith("Proxy-")}
        other.request(self.command, urllib.parse.urlunparse(("", "", *url[2:])), headers=headers)
        answer = other.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name not in ("Transfer-Encoding", "Content-Length", "Server", "Date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass # whoever is gone is gone


def main():
    server = Server(("0.0.0.0", 0), Handler)
    with open(sys.argv[1] + ".new", "w") as file:
        print(server.server_address[1], file=file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
