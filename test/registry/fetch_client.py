#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives unroot-fetch as the engine does, and speaks its protocol (src/formats/fetch_message.h) from scratch, so that both
ends are not wrong in the same way.

    fetch_client.py [SESSION OPTION...] VERB KEY=VALUE.. [-- VERB KEY=VALUE..]...

Every VERB is sent at once; every answer is one line of JSON, in the order of the requests, with the time that it took
(`seconds`) and the most memory that the program has had (`kilobytes`). Bodies: out=FILE, in=FILE (`pipe=1`: through a pipe,
`hold=N`: reads nothing for so many seconds). --progress FILE gets the progress as lines of JSON.
"""
import argparse
import array
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time

PROGRAM = os.environ.get("UNROOT_FETCH") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../build/bin/unroot-fetch")
ACCEPT = ["application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.list.v2+json",
          "application/vnd.docker.distribution.manifest.v2+json"]
WITH_BODY = {"get-manifest": "out", "get-blob": "out", "list-tags": "out", "put-blob": "in", "put-manifest": "in"}


class Fetch:
    """The program, its socket, and what it says."""

    def __init__(self, program=PROGRAM, user=None):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        def place():
            os.dup2(theirs.fileno(), 3)
            if user:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)

        self.process = subprocess.Popen([program], preexec_fn=place, env={}, close_fds=False)
        theirs.close()
        self.answers = {}
        self.progress = []
        self.next_id = 1
        self.kilobytes = 0
        first = self.receive(30)
        if not first or first["reply"] != "ready":
            raise SystemExit(f"unroot-fetch is not ready: {first}")

    def send(self, message, fd=None):
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))] if fd is not None else []
        self.socket.sendmsg([json.dumps(message).encode()], control)

    def receive(self, timeout):
        """One message; None: nothing came in time; {}: the end."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return None
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            return {}
        message = json.loads(data)
        self.measure()
        if message["reply"] == "answer":
            assert message["id"] not in self.answers, f"answered twice: {message}"
            self.answers[message["id"]] = message
        elif message["reply"] == "progress":
            assert message["id"] not in self.answers, f"progress after the answer: {message}"
            self.progress.append(dict(message, at=time.monotonic()))
        return message

    def measure(self):
        try:
            with open(f"/proc/{self.process.pid}/status") as status:
                for line in status:
                    if line.startswith("VmHWM:"):
                        self.kilobytes = int(line.split()[1])
        except OSError:
            pass

    def session(self, host, number=1, ca=None, **settings):
        message = {"request": "session", "session": number, "host": host}
        message.update({key.replace("_", "-"): value for key, value in settings.items() if value})
        if ca is None:
            self.send(message)
            return
        with open(ca, "rb") as file:
            self.send(dict(message, ca=True), file.fileno())

    def ask(self, verb, fd=None, session=1, **members):
        number = self.next_id
        self.next_id += 1
        message = {"request": verb, "id": number, "session": session}
        message.update({key.replace("_", "-"): value for key, value in members.items()})
        self.send(message, fd)
        return number

    def wait(self, number, seconds=120):
        end = time.monotonic() + seconds
        while number not in self.answers:
            message = self.receive(max(0, end - time.monotonic()))
            if not message:
                raise SystemExit(f"no answer to {number}: {'the end' if message == {} else 'too late'}, {self.process.poll()}")
            if message["reply"] == "failed":
                raise SystemExit(f"failed: {message}")
        return self.answers[number]

    def close(self):
        self.measure()
        self.socket.close()
        status = self.process.wait(20)
        assert status == 0, f"unroot-fetch ended with {status}"


class Pipe:
    """A file behind a pipe, moved by a thread."""

    def __init__(self, path, reads, hold=0):
        self.theirs, self.ours = os.pipe()[::-1] if reads else os.pipe()
        self.thread = threading.Thread(target=self.collect if reads else self.feed, args=(path, hold), daemon=True)
        self.thread.start()

    def collect(self, path, hold):
        time.sleep(hold)
        with open(path, "wb") as file:
            while data := os.read(self.ours, 65536):
                file.write(data)

    def feed(self, path, hold):
        time.sleep(hold)
        try:
            with open(path, "rb") as file, os.fdopen(self.ours, "wb") as pipe:
                while data := file.read(65536):
                    pipe.write(data)
        except BrokenPipeError:
            pass

    def close_theirs(self):
        os.close(self.theirs)


def parse_request(words):
    verb, members, local = words[0], {}, {}
    for word in words[1:]:
        key, value = word.split("=", 1)
        if key in ("out", "in", "pipe", "hold", "cancel"):
            local[key] = value
        elif key in ("size", "offset", "chunk-size", "session"):
            members[key] = int(value)
        elif key == "accept":
            members[key] = value.split(",")
        else:
            members[key] = value
    if verb in ("get-manifest", "head-manifest"):
        members.setdefault("accept", ACCEPT)
    if verb in ("put-blob", "put-manifest") and "size" not in members:
        members["size"] = os.path.getsize(local["in"])
    return verb, members, local


def begin(fetch, words):
    verb, members, local = parse_request(words)
    place = WITH_BODY.get(verb)
    pipe = fd = None
    if place and local.get("pipe"):
        pipe = Pipe(local[place], place == "out", float(local.get("hold", 0)))
        fd = pipe.theirs
    elif place:
        flags = os.O_RDONLY if place == "in" else os.O_RDWR | os.O_CREAT | (0 if members.get("offset") else os.O_TRUNC)
        fd = os.open(local[place], flags, 0o600)
        os.lseek(fd, members.get("offset", 0), os.SEEK_SET)
    number = fetch.ask(verb, fd, **members)
    if pipe:
        pipe.close_theirs()
    elif fd is not None:
        os.close(fd)
    if "cancel" in local:
        threading.Timer(float(local["cancel"]), fetch.send, [{"request": "cancel", "id": number}]).start()
    return number, pipe


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    for name in ("repository", "ca", "user", "secret", "http-proxy", "https-proxy", "no-proxy", "user-agent", "progress",
                 "identity-token"):
        parser.add_argument("--" + name)
    for name in ("plain-http", "insecure", "push"):
        parser.add_argument("--" + name, action="store_true")
    for name in ("attempts", "stall-seconds", "stall-rate", "connect-seconds"):
        parser.add_argument("--" + name, type=int)
    parser.add_argument("--as-user", type=int, help="start the program as this uid")
    parser.add_argument("--within", type=float, default=120)
    parser.add_argument("request", nargs=argparse.REMAINDER)
    options = vars(parser.parse_args())
    words, within, progress = options.pop("request"), options.pop("within"), options.pop("progress")
    fetch = Fetch(user=options.pop("as_user"))
    token = options.pop("identity_token")
    if token:
        options.update(credentials="identity-token", secret=token)
    elif options["user"]:
        options.update(credentials="password")
    fetch.session(**options)
    started, begun = time.monotonic(), []
    while words:
        end = words.index("--") if "--" in words else len(words)
        if end:
            begun.append(begin(fetch, words[:end]))
        words = words[end + 1:]
    for number, pipe in begun:
        answer = fetch.wait(number, within)
        if pipe:
            pipe.thread.join(20)
        print(json.dumps(dict(answer, seconds=round(time.monotonic() - started, 2), kilobytes=fetch.kilobytes)),
              flush=True)
    fetch.close()
    if progress:
        with open(progress, "w") as file:
            for message in fetch.progress:
                print(json.dumps(message), file=file)


if __name__ == "__main__":
    sys.exit(main())
