#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that misbehaves, for tests: hostile.py --layout FOLDER --port-file FILE [--tls CERT KEY] [--other URL] [--log FILE]

Serves an OCI image layout (any tag is the first manifest of its index.json). How it behaves is the first part of the repository's
name: `plain/x` is a good registry, the others are the functions below that are called trick_*, with '-' for '_'. `--other` is a
second server of this kind, for what sends people elsewhere. Every request is a line of JSON in the log: method, path, host and the
headers that matter. Standard library only; listens on every address of the (test's own) network namespace.
"""
import argparse
import base64
import collections
import hashlib
import http.server
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time

OPTIONS = None
COUNTS = collections.Counter()
UPLOADS = {}
LOCK = threading.Lock()
USER, PASSWORD, REFRESH = "me", "secret", "refresh-me"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "hostile"

    def log_message(self, *words):
        pass

    # -- what every trick is made of

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if length is None:
            length = len(body)
        if length >= 0:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code, message, headers=()):
        body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        self.answer(status, body, [("Content-Type", "application/json"), *headers])

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def hang_up(self):
        """A connection that breaks, rather than ends."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def count(self, what=""):
        """How often this was asked before."""
        with LOCK:
            COUNTS[(self.trick, self.path, what)] += 1
            return COUNTS[(self.trick, self.path, what)] - 1

    def note(self):
        if not OPTIONS.log:
            return
        line = {"method": self.command, "path": self.path, "at": self.server.server_address[1]}
        for name in ("Host", "Authorization", "Range", "Content-Range", "Accept", "Content-Type", "User-Agent"):
            if name in self.headers:
                line[name.lower()] = self.headers[name]
        with LOCK, open(OPTIONS.log, "a") as file:
            print(json.dumps(line), file=file)

    # -- a good registry

    def content(self):
        """The bytes that the path names and their type, or None."""
        kind, name = self.path.split("?")[0].split("/")[-2:]
        folder = os.path.join(OPTIONS.layout, "blobs/sha256")
        if kind == "manifests" and not name.startswith("sha256:"):
            with open(os.path.join(OPTIONS.layout, "index.json")) as file:
                name = json.load(file)["manifests"][0]["digest"]
        try:
            with open(os.path.join(folder, name.split(":")[-1]), "rb") as file:
                data = file.read()
        except OSError:
            return None
        media = "application/octet-stream"
        if kind == "manifests":
            media = json.loads(data).get("mediaType", MANIFEST)
        return data, media

    def range_start(self, size):
        asked = self.headers.get("Range", "")
        return int(asked.split("=")[1].split("-")[0]) if asked.startswith("bytes=") else 0

    def headers_for(self, data, media):
        return [("Content-Type", media), ("Docker-Content-Digest", "sha256:" + hashlib.sha256(data).hexdigest())]

    def serve(self):
        """What is asked for, as a good registry."""
        if self.path == "/v2/":
            return self.answer(200, b"{}", [("Content-Type", "application/json")])
        if "/blobs/uploads/" in self.path:
            return self.upload()
        if self.command == "PUT":
            return self.put_manifest()
        if "/tags/list" in self.path:
            return self.answer(200, b'{"name":"x","tags":["a","b"]}', [("Content-Type", "application/json")])
        found = self.content()
        if not found:
            return self.error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        data, media = found
        start = self.range_start(len(data))
        headers = self.headers_for(data, media)
        if start:
            headers.append(("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}"))
        return self.answer(206 if start else 200, data[start:], headers)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def put_manifest(self):
        data = self.body()
        self.answer(201, headers=[("Docker-Content-Digest", "sha256:" + hashlib.sha256(data).hexdigest())])

    def upload(self):
        place, _, query = self.path.partition("?")
        if self.command == "POST":
            if "mount=" in query:
                return self.answer(201, headers=[("Location", "/")])
            with LOCK:
                number = f"u{len(UPLOADS)}"
                UPLOADS[number] = bytearray()
            return self.answer(202, headers=[("Location", f"{place}{number}?_state=x")])
        number = place.split("/")[-1]
        if number not in UPLOADS:
            self.body()
            return self.error(404, "BLOB_UPLOAD_UNKNOWN", "upload unknown")
        if self.command == "GET":
            return self.answer(204, headers=[("Range", f"0-{max(0, len(UPLOADS[number]) - 1)}"), ("Location", self.path)])
        UPLOADS[number] += self.body()
        if self.command == "PATCH":
            return self.answer(202, headers=[("Location", self.path), ("Range", f"0-{len(UPLOADS[number]) - 1}")])
        digest = "sha256:" + hashlib.sha256(UPLOADS[number]).hexdigest()
        if "digest=" + digest not in query:
            return self.error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        return self.answer(201, headers=[("Docker-Content-Digest", digest)])

    # -- tricks with content

    trick_plain = serve

    def trick_wrong_bytes(self):
        found = self.content()
        if not found:
            return self.serve()
        data = bytes(b ^ 1 for b in found[0])
        return self.answer(200, data, self.headers_for(*found))

    def stream(self, piece=b"x" * 65536):
        self.send_response(200)
        self.send_header("Content-Type", MANIFEST)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            self.chunk(piece)

    trick_endless = stream

    def trick_long(self):
        data, media = self.content()
        return self.answer(200, data + b"more", self.headers_for(data, media))

    def trick_short(self):
        data, media = self.content()
        return self.answer(200, data[:-1], self.headers_for(data, media))

    def trick_no_length(self):
        data, media = self.content()
        self.answer(200, b"", [*self.headers_for(data, media), ("Transfer-Encoding", "chunked")], length=-1)
        for at in range(0, len(data), 1000):
            self.chunk(data[at:at + 1000])
        self.wfile.write(b"0\r\n\r\n")

    def trick_empty(self):
        self.answer(200, b"", [("Transfer-Encoding", "chunked")], length=-1)
        self.wfile.write(b"0\r\n\r\n")

    def trick_huge(self):
        self.answer(200, b"{", [("Content-Type", MANIFEST)], length=1 << 40)

    def trick_bad_json(self):
        self.answer(200, b'{"tags": ["a", "../../etc"], "token": {', [("Content-Type", "application/json")])

    def trick_drip(self):
        data, media = self.content()
        self.answer(200, b"", self.headers_for(data, media), length=len(data))
        for at in range(len(data)):
            self.wfile.write(data[at:at + 1])
            time.sleep(0.2)

    def trick_drip_head(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for i in range(100000):
            self.wfile.write(b"X-%d: y\r\n" % i)
            time.sleep(0.2)

    def trick_silent(self):
        time.sleep(60)
        self.close_connection = True

    def trick_endless_head(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.wfile.write(b"X-Filler: " + b"y" * 1000 + b"\r\n")

    def trick_endless_interim(self):
        while True:
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")

    def trick_endless_error(self):
        self.send_response(404)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            self.chunk(b"x" * 65536)

    def trick_terminal(self):
        self.error(404, "\x1b[2JCODE", "\x1b]0;owned\x07 \x9b31m")

    def trick_no_http(self):
        self.wfile.write(b"220 mail.example ESMTP\r\n")
        self.close_connection = True

    def trick_two_lengths(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 500\r\n\r\nhello")
        self.close_connection = True

    # -- tricks with connections

    def trick_broken(self):
        """Half of what is asked for, then the connection breaks; the rest is answered."""
        data, media = self.content()
        start = self.range_start(len(data))
        if self.count():
            return self.serve()
        self.answer(200, data[start:start + len(data) // 2], self.headers_for(data, media), length=len(data) - start)
        self.wfile.flush()
        time.sleep(0.2)
        return self.hang_up()

    def trick_ignores_range(self):
        if not self.count("own"):
            return self.trick_broken()
        data, media = self.content()
        return self.answer(200, data, self.headers_for(data, media))

    def trick_wrong_range(self):
        data, media = self.content()
        if not self.count("own"):
            return self.trick_broken()
        return self.answer(206, data[1:], [*self.headers_for(data, media),
                                           ("Content-Range", f"bytes 1-{len(data) - 1}/{len(data)}")])

    def trick_always_broken(self):
        data, media = self.content()
        self.answer(200, data[:10], self.headers_for(data, media), length=len(data))
        self.wfile.flush()
        self.hang_up()

    def trick_flaky(self):
        return self.error(503, "UNAVAILABLE", "back soon") if self.count() < 2 else self.serve()

    def trick_down(self):
        self.error(500, "UNKNOWN", "no space left")

    def trick_limited(self):
        if self.count() < 1:
            return self.error(429, "TOOMANYREQUESTS", "slow down", [("Retry-After", "2")])
        return self.serve()

    def trick_limited_long(self):
        self.error(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.",
                   [("Retry-After", "3600"), ("RateLimit-Limit", "100;w=21600"), ("RateLimit-Remaining", "0;w=21600")])

    # -- tricks with places

    def to(self, url, status=307):
        self.answer(status, b"gone", [("Location", url)] if url else [])

    def trick_to_file(self):
        self.to("file:///etc/passwd")

    def trick_to_ftp(self):
        self.to("ftp://127.0.0.1/x")

    def trick_to_nowhere(self):
        self.to(None)

    def trick_to_nonsense(self):
        self.to("http://[::1")

    def trick_to_user(self):
        self.to(OPTIONS.other.replace("://", "://a:b@") + self.path.replace("/to-user/", "/plain/"))

    def trick_to_itself(self):
        self.to(self.path)

    def trick_to_other(self):
        self.to(OPTIONS.other + self.path.replace("/to-other/", "/plain/"))

    def trick_to_near(self):
        """The same place, told without a host."""
        self.to(self.path.replace("/to-near/", "/plain/"), 302)

    def trick_to_loopback(self):
        self.to(f"http://127.0.0.1:{self.server.server_address[1]}{self.path.replace('/to-loopback/', '/plain/')}")

    def trick_to_trap(self):
        self.to(f"http://trap.test:{self.server.server_address[1]}{self.path.replace('/to-trap/', '/plain/')}")

    def trick_to_metadata(self):
        self.to("http://169.254.169.254/latest/meta-data/")

    def trick_to_http(self):
        self.to(OPTIONS.other.replace("https:", "http:") + self.path.replace("/to-http/", "/plain/"))

    # -- tricks with logins

    def challenge(self, text):
        self.error(401, "UNAUTHORIZED", "authentication required", [("WWW-Authenticate", text)])

    def own_url(self):
        scheme = "https" if OPTIONS.tls else "http"
        return f"{scheme}://{self.headers['Host']}"

    def scope(self):
        repository = self.path[len("/v2/"):].split("/blobs/")[0].split("/manifests/")[0].split("/tags/")[0]
        return f"repository:{repository}:pull"

    def trick_basic(self):
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") == wanted:
            return self.serve()
        return self.challenge('Basic realm="hostile"')

    def trick_loop_basic(self):
        self.challenge('Basic realm="hostile"')

    def bearer(self, realm, good="Bearer good-"):
        if self.headers.get("Authorization", "").startswith(good):
            return self.serve()
        return self.challenge(f'Bearer realm="{realm}",service="hostile",scope="{self.scope()}"')

    def trick_token(self):
        return self.bearer(self.own_url() + "/token")

    def trick_token_near(self):
        """The realm is at another server, as it is with the large registries."""
        return self.bearer(OPTIONS.other + "/token")

    def trick_token_once(self):
        """A token is good for one request."""
        if self.count(self.headers.get("Authorization")):
            return self.challenge(f'Bearer realm="{self.own_url()}/token",service="hostile",error="invalid_token"')
        return self.bearer(self.own_url() + "/token")

    def trick_loop_token(self):
        return self.bearer(self.own_url() + "/token", "never")

    def trick_token_file(self):
        return self.bearer("file:///etc/passwd")

    def trick_token_http(self):
        return self.bearer(OPTIONS.other.replace("https:", "http:") + "/token")

    def trick_token_metadata(self):
        return self.bearer("http://169.254.169.254/token")

    def trick_token_endless(self):
        return self.bearer(self.own_url() + "/token/endless")

    def trick_token_bad(self):
        return self.bearer(self.own_url() + "/token/bad")

    def trick_token_away(self):
        return self.bearer(self.own_url() + "/token/away")

    def trick_odd_login(self):
        self.challenge('Negotiate, Digest realm="x"')

    def trick_no_challenge(self):
        self.error(401, "UNAUTHORIZED", "go away")

    def trick_bad_challenge(self):
        self.challenge('Bearer realm="open')

    def trick_denied(self):
        self.error(403, "DENIED", "requested access to the resource is denied")

    def token(self):
        """The realm: /token, and /token/TRICK."""
        query = self.path.partition("?")[2]
        form = self.body().decode() if self.command == "POST" else ""
        kind = self.path.split("?")[0][len("/token"):]
        if kind == "/endless":
            return self.stream()
        if kind == "/bad":
            return self.answer(200, b'{"token": "a b"}')
        if kind == "/away":
            return self.to(OPTIONS.other + "/token?" + query)
        login = self.headers.get("Authorization")
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if (login and login != wanted) or (form and f"refresh_token={REFRESH}" not in form):
            return self.error(401, "UNAUTHORIZED", "incorrect username or password")
        who = "user" if login or form else "anyone"
        with LOCK:
            COUNTS["tokens"] += 1
            number = COUNTS["tokens"]
        return self.answer(200, json.dumps({"token": f"good-{who}-{number}", "expires_in": 300}).encode())

    # -- tricks with lists and uploads

    def trick_pages(self):
        last = int(self.path.partition("last=")[2] or 0)
        headers = [("Link", f'</v2/pages/x/tags/list?last={last + 1}>; rel="next"')] if last < 3 else []
        self.answer(200, json.dumps({"tags": [f"t{last}a", f"t{last}b"]}).encode(), headers)

    def trick_endless_pages(self):
        self.answer(200, json.dumps({"tags": ["t" * 100] * 5000}).encode(), [("Link", f'<{self.path}>; rel="next"')])

    def trick_page_away(self):
        self.answer(200, b'{"tags": []}', [("Link", f'<{OPTIONS.other}/v2/x/tags/list>; rel="next"')])

    def trick_upload_to_file(self):
        self.answer(202, headers=[("Location", "file:///tmp/x")])

    def trick_upload_nowhere(self):
        self.answer(202)

    def trick_upload_away(self):
        if self.command == "POST":
            return self.answer(202, headers=[("Location", f"{OPTIONS.other}/v2/plain/x/blobs/uploads/missing")])
        return self.serve()

    def trick_upload_breaks(self):
        """The first PUT breaks in the middle."""
        if self.command == "PUT" and not self.count_method():
            self.rfile.read(1000)
            return self.hang_up()
        return self.serve()

    def trick_upload_lost(self):
        """The second chunk is refused, as if it had been lost in part."""
        if self.command == "PATCH" and self.count_method() == 1:
            self.body()
            return self.answer(416)
        return self.serve()

    def trick_upload_416(self):
        if self.command == "PATCH":
            self.body()
            return self.answer(416)
        return self.serve()

    def trick_upload_back_and_forth(self):
        """Every second chunk is refused, and nothing is there any more."""
        if self.command == "PATCH" and self.count_method() % 2:
            self.body()
            return self.answer(416)
        if self.command == "GET":
            with LOCK:
                UPLOADS[self.path.split("?")[0].split("/")[-1]] = bytearray()
        return self.serve()

    def count_method(self):
        with LOCK:
            COUNTS[(self.trick, self.command)] += 1
            return COUNTS[(self.trick, self.command)] - 1

    def dispatch(self):
        self.note()
        parts = self.path.split("/")
        self.trick = parts[2].partition("?")[0] if len(parts) > 2 and parts[1] == "v2" else ""
        try:
            if self.path.startswith("/token"):
                return self.token()
            name = "trick_" + (self.trick or "plain").replace("-", "_")
            if not hasattr(self, name):
                return self.error(404, "NAME_UNKNOWN", "no such trick")
            return getattr(self, name)()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError, ValueError):
            self.close_connection = True # whoever asked has had enough; ValueError: we closed it ourselves

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = dispatch


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    address_family = socket.AF_INET
    request_queue_size = 64

    def handle_error(self, request, address):
        pass # broken connections are what this is about


def main():
    global OPTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("--layout", required=True)
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--other", default="http://127.0.0.1:1")
    parser.add_argument("--log")
    OPTIONS = parser.parse_args()
    server = Server(("0.0.0.0", 0), Handler)
    if OPTIONS.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*OPTIONS.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with open(OPTIONS.port_file + ".new", "w") as file:
        print(server.server_address[1], file=file)
    os.rename(OPTIONS.port_file + ".new", OPTIONS.port_file)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
