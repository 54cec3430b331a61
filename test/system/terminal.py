#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command on a pseudo-terminal and talks to it: terminal.py COMMAND.. -- STEP..

Steps: expect=TEXT (waits for it in the output), send=TEXT (\\n, \\x10 .. are understood), resize=ROWSxCOLUMNS,
kill=SIGNAL (to the command), sleep=SECONDS, raw / cooked (checks the terminal's mode). Prints the output; ends with the
command's exit code, or 200 and the reason when a step failed.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 15


class Terminal:
    def __init__(self, command):
        self.seen = b""
        self.at = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        self.resize("24x80")

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += data
        return bool(data)

    def expect(self, text):
        wanted = decode(text)
        end = time.monotonic() + LIMIT
        while True:
            found = self.seen.find(wanted, self.at)
            if found >= 0:
                self.at = found + len(wanted)
                return
            if time.monotonic() > end or not self.read(0.1):
                raise RuntimeError(f"never seen: {text!r}")

    def send(self, text):
        os.write(self.fd, decode(text))

    def resize(self, size):
        rows, columns = (int(n) for n in size.split("x"))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def kill(self, name):
        os.kill(self.pid, getattr(signal, name))

    def sleep(self, seconds):
        end = time.monotonic() + float(seconds)
        while time.monotonic() < end and self.read(0.05):
            pass

    def mode(self, raw):
        end = time.monotonic() + LIMIT
        while bool(termios.tcgetattr(self.fd)[3] & termios.ICANON) == raw:
            if time.monotonic() > end:
                raise RuntimeError(f"the terminal never became {'raw' if raw else 'cooked'}")
            self.read(0.05)

    def wait(self):
        end = time.monotonic() + LIMIT
        open_end = True
        while time.monotonic() < end:
            open_end = open_end and self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while open_end and select.select([self.fd], [], [], 0.1)[0] and self.read(0):
                    pass
                return os.waitstatus_to_exitcode(status)
            if not open_end:
                time.sleep(0.02)
        os.kill(self.pid, signal.SIGKILL)
        raise RuntimeError("the command never ended")


def decode(text):
    return text.encode().decode("unicode_escape").encode("latin-1")


def main():
    split = len(sys.argv) - 1 - sys.argv[::-1].index("--")
    terminal = Terminal(sys.argv[1:split])
    code, reason = 200, ""
    try:
        for step in sys.argv[split + 1:]:
            verb, _, value = step.partition("=")
            if verb in ("raw", "cooked"):
                terminal.mode(verb == "raw")
            else:
                getattr(terminal, verb)(value)
        code = terminal.wait()
    except RuntimeError as error:
        reason = str(error)
    sys.stdout.buffer.write(terminal.seen.replace(b"\r\n", b"\n"))
    if reason:
        print(f"\nterminal: {reason}")
    sys.exit(code if code >= 0 else 128 - code)


main()
