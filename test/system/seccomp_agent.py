#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A seccomp agent: takes listeners at a socket and answers the calls that they tell, seccomp_unotify(2).

seccomp_agent.py SOCKET LOG answer NUMBER=ERRNO..   (the others go on)
seccomp_agent.py SOCKET LOG close                   (accepts and closes without reading)
seccomp_agent.py SOCKET LOG silent                  (never accepts)
seccomp_agent.py SOCKET LOG drop                    (takes the listener and closes it)
seccomp_agent.py SOCKET LOG hold                    (takes the listener and never answers)

LOG gets a line of JSON for each listener, {"fds": descriptors received, "state": the message}, and {"call": number} for
each call.
"""
import array
import ctypes
import errno
import fcntl
import json
import os
import socket
import sys
import threading
import time

RECEIVE = 0xC0502100  # _IOWR('!', 0, struct seccomp_notif)
SEND = 0xC0182101
CONTINUE = 1


class Notification(ctypes.Structure):
    _fields_ = [("id", ctypes.c_uint64), ("pid", ctypes.c_uint32), ("flags", ctypes.c_uint32),
                ("number", ctypes.c_int32), ("arch", ctypes.c_uint32), ("ip", ctypes.c_uint64),
                ("arguments", ctypes.c_uint64 * 6)]


class Answer(ctypes.Structure):
    _fields_ = [("id", ctypes.c_uint64), ("value", ctypes.c_int64), ("error", ctypes.c_int32),
                ("flags", ctypes.c_uint32)]


def log(path, entry):
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def serve(listener, path, answers):
    while True:
        call = Notification()
        try:
            fcntl.ioctl(listener, RECEIVE, call)
        except OSError as error:
            if error.errno == errno.EINTR or error.errno == errno.ENOENT and alive(listener):
                continue
            return
        log(path, {"call": call.number, "pid": call.pid})
        answer = Answer(id=call.id)
        if call.number in answers:
            answer.error = -answers[call.number]
        else:
            answer.flags = CONTINUE
        try:
            fcntl.ioctl(listener, SEND, answer)
        except OSError:
            pass  # it has been killed


def alive(listener):
    import select
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    return not any(events & select.POLLHUP for _, events in poll.poll(0))


def take(connection, path):
    fds = array.array("i")
    data, control, _, _ = connection.recvmsg(1 << 20, socket.CMSG_SPACE(16 * fds.itemsize))
    for _, _, content in control:
        fds.frombytes(content)
    rest = connection.recv(1 << 20)
    log(path, {"fds": len(fds), "rest": len(rest), "state": json.loads(data)})
    connection.close()
    return fds[0]


def handle(connection, path, mode, answers):
    if mode == "close":
        connection.close()
        return
    listener = take(connection, path)
    if mode == "answer":
        serve(listener, path, answers)
    if mode != "hold":
        os.close(listener)


def main():
    where, path, mode = sys.argv[1:4]
    answers = {int(number): int(error) for number, error in (pair.split("=") for pair in sys.argv[4:])}
    server = socket.socket(socket.AF_UNIX)
    server.bind(where)
    server.listen(8)
    while mode == "silent":
        time.sleep(60)
    while True:
        connection, _ = server.accept()
        threading.Thread(target=handle, args=(connection, path, mode, answers), daemon=True).start()


main()
