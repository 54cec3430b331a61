#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A token server for Debian's docker-registry (registry.sh --token), by distribution's "Token Authentication Specification":

    token_server.py FOLDER USER:PASSWORD [REFRESH-TOKEN]

makes FOLDER/{key,cert}.pem, listens on 127.0.0.1, writes FOLDER/port, and gives whoever asks a token for pulling, and who has the
password (or the refresh token) one for what was asked. FOLDER/log has a line for each: who, and which scopes.
"""
import base64
import http.server
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.parse

FOLDER, LOGIN = sys.argv[1], sys.argv[2]
REFRESH = sys.argv[3] if len(sys.argv) > 3 else None
ISSUER, SERVICE = "test issuer", "test registry"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(text):
    done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", FOLDER + "/key.pem"], input=text.encode(),
                          stdout=subprocess.PIPE, check=True)
    return encode(done.stdout)


def make_token(who, scopes):
    with open(FOLDER + "/cert.pem") as file:
        certificate = base64.b64encode(ssl.PEM_cert_to_DER_cert(file.read())).decode()
    access = []
    for scope in scopes:
        kind, name, actions = scope.split(":")
        allowed = actions.split(",") if who else [a for a in actions.split(",") if a == "pull"]
        access.append({"type": kind, "name": name, "actions": allowed})
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": who, "aud": SERVICE, "exp": now + 300, "nbf": now - 10, "iat": now - 10,
              "jti": encode(os.urandom(9)), "access": access}
    head = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
    text = ".".join(encode(json.dumps(part).encode()) for part in (head, claims))
    return text + "." + sign(text)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def reply(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def give(self, asked, who):
        scopes = [scope for value in asked.get("scope", []) for scope in value.split(" ")]
        with open(FOLDER + "/log", "a") as file:
            print(f"{self.command} {who or '-'} {' '.join(scopes)}", file=file)
        if asked.get("service") != [SERVICE]:
            return self.reply(400, {"details": "another service"})
        token = make_token(who, scopes)
        return self.reply(200, {"token": token, "access_token": token, "expires_in": 300})

    def do_GET(self):
        login = self.headers.get("Authorization")
        if login and login != "Basic " + base64.b64encode(LOGIN.encode()).decode():
            return self.reply(401, {"details": "incorrect username or password"})
        asked = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        return self.give(asked, LOGIN.split(":")[0] if login else "")

    def do_POST(self):
        asked = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if asked.get("grant_type") != ["refresh_token"] or not REFRESH or asked.get("refresh_token") != [REFRESH]:
            return self.reply(401, {"error": "invalid_grant", "error_description": "the refresh token is not valid"})
        return self.give(asked, LOGIN.split(":")[0])


def main():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=token signer",
                    "-keyout", FOLDER + "/key.pem", "-out", FOLDER + "/cert.pem"], check=True, stderr=subprocess.DEVNULL)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with open(FOLDER + "/port.new", "w") as file:
        print(server.server_address[1], file=file)
    os.rename(FOLDER + "/port.new", FOLDER + "/port")
    server.serve_forever()


if __name__ == "__main__":
    main()
