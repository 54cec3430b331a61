# SPDX-License-Identifier: Apache-2.0
"""What the relay promises to the user's terminal and pipes, over a monitor and over a child (as exec does)."""
import fcntl
import hashlib
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import time

from host import ID, Host

TOOL = os.environ.get("RELAY_TOOL", "")


class Outcome:
    def __init__(self):
        handle, self.path = tempfile.mkstemp(prefix="unroot-outcome.")
        os.close(handle)

    def read(self):
        with open(self.path, encoding="utf-8") as f:
            text = f.read().strip()
        os.unlink(self.path)
        return text


def over_monitor(host, outcome, kind, *words):
    return [TOOL, "attach", host.folder + "/run", ID, outcome.path, kind, *words]


class Terminal:
    """A user's terminal with a command in its foreground, as a shell with job control starts it."""

    def __init__(self, argv, env=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.seen = bytearray()
        self.slave = slave
        # A session leader in between, as a shell is: the command is a job of its own.
        script = ("import os,sys,signal,fcntl,termios\n"
                  "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
                  "signal.signal(signal.SIGTTOU, signal.SIG_IGN)\n"
                  "pid=os.fork()\n"
                  "if pid==0:\n"
                  " os.setpgid(0,0); os.tcsetpgrp(0,os.getpgrp()); signal.signal(signal.SIGTTOU, signal.SIG_DFL)\n"
                  " os.execvp(sys.argv[1], sys.argv[1:])\n"
                  "os.write(3, str(pid).encode()+b'\\n')\n"
                  "while True:\n"
                  " p,st=os.waitpid(pid, os.WUNTRACED)\n"
                  " if os.WIFSTOPPED(st):\n"
                  "  os.tcsetpgrp(0,os.getpgrp()); os.write(3, b'stopped\\n')\n"
                  "  sys.stdin.buffer.raw.read(0); os.read(4,1); os.tcsetpgrp(0,pid); os.kill(-pid, signal.SIGCONT)\n"
                  " else:\n"
                  "  os.write(3, b'ended %d\\n' % os.waitstatus_to_exitcode(st)); break\n")
        self.report, report = os.pipe()
        go, self.go = os.pipe()

        def ready():
            os.setsid()
            os.dup2(report, 3)
            os.dup2(go, 4)
        self.shell = subprocess.Popen(["python3", "-c", script, *argv], stdin=slave, stdout=slave, stderr=slave, env=env,
                                      pass_fds=(3, 4, report, go), preexec_fn=ready)
        os.close(report)
        os.close(go)
        self.pid = int(self.said())

    def said(self):
        line = b""
        while not line.endswith(b"\n"):
            assert select.select([self.report], [], [], 15)[0], "no word from the job"
            piece = os.read(self.report, 1)
            assert piece, "the shell is gone"
            line += piece
        return line.strip().decode()

    def type(self, data):
        os.write(self.master, data)

    def until(self, text, seconds=10):
        deadline = time.time() + seconds
        while text not in self.seen:
            assert select.select([self.master], [], [], max(0, deadline - time.time()))[0], (text, bytes(self.seen))
            self.seen += os.read(self.master, 65536)

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & (termios.ECHO | termios.ICANON | termios.ISIG)

    def until_raw(self, raw=True):
        deadline = time.time() + 10
        while self.is_raw() != raw:
            assert time.time() < deadline, "the terminal's mode"
            time.sleep(0.01)

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before


def pipe_payload(command, **options):
    return Host(["sh", "-c", command], stdin=True, once=True, **options)


def relay_whole_streams():
    """20 MB through cat in both transports: every byte, both streams, the status."""
    data = os.urandom(20 << 20)
    digest = hashlib.sha256(data).digest()
    outcome = Outcome()
    command = "cat; echo problem >&2; exit 7"
    host = pipe_payload(command, log=False)
    for argv in (over_monitor(host, outcome, "pipe", "wait-for-all"), [TOOL, "exec", outcome.path, "pipe", "sh", "-c", command]):
        started = time.time()
        done = subprocess.run(argv, input=data, capture_output=True, timeout=60, check=False)
        print(f"{argv[1]}: 20 MiB through cat in {time.time() - started:.2f} s")
        assert hashlib.sha256(done.stdout).digest() == digest and done.stderr == b"problem\n" and done.returncode == 7
        with open(outcome.path, encoding="utf-8") as f:
            assert f.read() == "exited code=7 signal=0 yours=0 lost=0\n"
    host.wait()


def relay_statuses():
    for command, expected in (("exit 0", "code=0 signal=0"), ("exit 200", "code=200 signal=0"), ("kill -9 $$", "code=137 signal=9")):
        for kind in ("pipe", "tty"):
            outcome = Outcome()
            host = Host(["sh", "-c", f"sleep 0.3; {command}"], tty=kind == "tty")
            subprocess.run(over_monitor(host, outcome, kind), stdin=subprocess.DEVNULL, timeout=20, check=False)
            assert outcome.read() == f"exited {expected} yours=0 lost=0"
            host.wait()
            outcome = Outcome()
            subprocess.run([TOOL, "exec", outcome.path, kind, "sh", "-c", command], stdin=subprocess.DEVNULL, timeout=20, check=False)
            assert outcome.read() == f"exited {expected} yours=0 lost=0"


def relay_cleans_up():
    outcome = Outcome()
    host = Host(["sh", "-c", "sleep 0.3; exit 2"])
    subprocess.run(over_monitor(host, outcome, "pipe", "clean", "no-stdin"), timeout=20, check=False)
    assert outcome.read() == "exited code=2 signal=0 yours=1 lost=0"
    host.wait()
    assert host.times_cleaned() == 0


def relay_without_input_leaves_it():
    """A payload without standard input takes nothing of the user's."""
    outcome = Outcome()
    host = Host(["sh", "-c", "sleep 0.5"])
    read_end, write_end = os.pipe()
    os.write(write_end, b"for the next command\n")
    subprocess.run(over_monitor(host, outcome, "pipe"), stdin=read_end, timeout=20, check=False)
    assert outcome.read().startswith("exited code=0")
    os.close(write_end)
    assert os.read(read_end, 100) == b"for the next command\n"
    host.wait()


def shell_in_terminal(kind):
    """(terminal, outcome, host or None) with a payload that answers."""
    outcome = Outcome()
    command = "trap 'stty size' WINCH; echo ready; while :; do read -r x && echo \"got <$x>\"; done"
    if kind == "attach":
        host = Host(["sh", "-c", command], tty=True)
        terminal = Terminal(over_monitor(host, outcome, "tty"))
    else:
        host = None
        terminal = Terminal([TOOL, "exec", outcome.path, "tty", "sh", "-c", command])
    terminal.until_raw()
    return terminal, outcome, host


def end_payload(host):
    if host:
        os.kill(host.payload, signal.SIGKILL)
        host.wait()


def relay_terminal_talk():
    for kind in ("attach", "exec"):
        terminal, outcome, host = shell_in_terminal(kind)
        terminal.type(b"hello\r")
        terminal.until(b"got <hello>\r\n")
        terminal.resize(40, 132)
        os.kill(terminal.pid, signal.SIGWINCH)
        terminal.until(b"40 132")
        terminal.type(b"\x10x\r")  # ctrl-p alone is the payload's
        terminal.until(b"got <\x10x>")
        terminal.type(b"\x10")
        time.sleep(0.2)
        terminal.type(b"\x11")
        assert terminal.said() == "ended 0"
        assert outcome.read().startswith("detached"), kind
        assert terminal.is_as_before(), kind
        if host:
            os.kill(host.payload, 0)
        end_payload(host)


def relay_terminal_first_size():
    outcome = Outcome()
    terminal = Terminal([TOOL, "exec", outcome.path, "tty", "sh", "-c", "sleep 0.3; stty size"])
    terminal.until(b"24 80")
    assert terminal.said() == "ended 0"
    assert terminal.is_as_before()


def relay_terminal_restored_on_every_end():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        terminal, outcome, host = shell_in_terminal("attach")
        os.kill(terminal.pid, number)
        assert terminal.said() == "ended 0"
        assert outcome.read().startswith(f"signalled code=0 signal={int(number)}")
        assert terminal.is_as_before()
        end_payload(host)
    terminal, outcome, host = shell_in_terminal("attach")
    os.kill(host.payload, signal.SIGKILL)
    assert terminal.said() == "ended 137"
    assert terminal.is_as_before()
    host.wait()
    terminal, outcome, host = shell_in_terminal("attach")
    os.kill(host.pid, signal.SIGKILL)
    assert terminal.said() == "ended 0"
    assert outcome.read().startswith("lost")
    assert terminal.is_as_before()
    os.waitpid(host.pid, 0)


def relay_terminal_stopped_and_continued():
    """SIGTSTP from outside: the shell finds its own mode, the payload goes on, coming back is raw again."""
    terminal, outcome, host = shell_in_terminal("attach")
    os.kill(terminal.pid, signal.SIGTSTP)
    assert terminal.said() == "stopped"
    assert terminal.is_as_before()
    terminal.resize(50, 100)
    os.write(terminal.go, b"x")
    terminal.until_raw()
    terminal.until(b"50 100")
    terminal.type(b"back\r")
    terminal.until(b"got <back>")
    terminal.type(b"\x10\x11")
    assert terminal.said() == "ended 0"
    end_payload(host)


def relay_ctrl_z_without_terminal_payload():
    """The payload has no terminal: Ctrl-Z stops this command as any other, and it goes on in the foreground."""
    outcome = Outcome()
    host = pipe_payload("while read -r x; do echo got $x; done; exit 3")
    terminal = Terminal(over_monitor(host, outcome, "pipe"))
    terminal.type(b"one\n")
    terminal.until(b"got one")
    terminal.type(b"\x1a")
    assert terminal.said() == "stopped"
    os.write(terminal.go, b"x")
    terminal.type(b"two\n")
    terminal.until(b"got two")
    terminal.type(b"\x04")
    assert terminal.said() == "ended 3"
    assert terminal.is_as_before()
    host.wait()


def relay_proxies_signals():
    outcome = Outcome()
    host = Host(["sh", "-c", "trap 'echo usr1' USR1; trap 'echo term; exit 4' TERM; echo ready; while :; do sleep 0.05; done"])
    tool = subprocess.Popen(over_monitor(host, outcome, "pipe", "no-stdin"), stdout=subprocess.PIPE,
                            env=dict(os.environ, PROXY_TO=str(host.payload)))
    time.sleep(0.5)
    tool.send_signal(signal.SIGUSR1)
    seen = b""
    while b"usr1\n" not in seen:
        seen += os.read(tool.stdout.fileno(), 100) or b"the end: usr1\n was not seen"
    assert b"the end" not in seen
    tool.send_signal(signal.SIGTERM)
    assert tool.wait(10) == 4
    assert outcome.read() == "exited code=4 signal=0 yours=0 lost=0"
    host.wait()


def relay_signal_without_proxy():
    outcome = Outcome()
    host = Host(["sleep", "100"])
    tool = subprocess.Popen(over_monitor(host, outcome, "pipe", "no-stdin"))
    time.sleep(0.5)
    tool.send_signal(signal.SIGTERM)
    tool.wait(10)
    assert outcome.read().startswith("signalled code=0 signal=15")
    os.kill(host.payload, 0)
    end_payload(host)


def relay_closed_output():
    """`run .. | head -1`: the relay ends by itself; the payload is the caller's affair."""
    for way in ("pipe", "socket"):
        outcome = Outcome()
        host = Host(["sh", "-c", "sleep 0.2; while echo y; do :; done"])
        if way == "pipe":
            read_end, write_end = os.pipe()
        else:
            ours, theirs = socket.socketpair()
            read_end, write_end = ours.detach(), theirs.detach()
        tool = subprocess.Popen(over_monitor(host, outcome, "pipe", "no-stdin", "wait-for-all"), stdout=write_end)
        os.close(write_end)
        assert os.read(read_end, 2) == b"y\n"
        os.close(read_end)
        tool.wait(10)
        assert outcome.read().startswith("output-closed"), way
        os.kill(host.payload, 0)
        end_payload(host)


def relay_full_device():
    outcome = Outcome()
    host = Host(["sh", "-c", "sleep 0.3; echo x; sleep 1"])
    with open("/dev/full", "wb") as full:
        tool = subprocess.run(over_monitor(host, outcome, "pipe", "no-stdin"), stdout=full, timeout=20, check=False)
    assert tool.returncode == 1 and outcome.read() == "error No space left on device"
    end_payload(host)


def relay_blocked_output_still_hears_signals():
    """Nobody reads our output: a signal is heard all the same, for pipes and terminals; nothing is left non-blocking."""
    for way in ("pipe", "terminal", "socket"):
        outcome = Outcome()
        host = Host(["sh", "-c", "sleep 0.2; while echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; do :; done"])
        if way == "pipe":
            read_end, write_end = os.pipe()
        elif way == "socket":
            ours, theirs = socket.socketpair()
            read_end, write_end = ours.detach(), theirs.detach()
        else:
            read_end, write_end = pty.openpty()
        flags = fcntl.fcntl(write_end, fcntl.F_GETFL)
        tool = subprocess.Popen(over_monitor(host, outcome, "pipe", "no-stdin", "wait-for-all"), stdout=write_end)
        time.sleep(0.7)
        assert fcntl.fcntl(write_end, fcntl.F_GETFL) == flags
        with open(f"/proc/{tool.pid}/wchan", encoding="ascii") as f:
            assert "poll" in f.read()
        tool.send_signal(signal.SIGINT)
        tool.wait(10)
        assert outcome.read().startswith("signalled code=0 signal=2"), way
        end_payload(host)
        os.close(read_end)
        os.close(write_end)


def relay_slow_reader_loses_nothing():
    """`run .. | slow`: the relay asks for all, so a pipe behind it is lossless, also at the end."""
    outcome = Outcome()
    host = Host(["sh", "-c", "sleep 0.2; i=0; while [ $i -lt 100000 ]; do echo number $i; i=$((i+1)); done; exit 3"])
    tool = subprocess.Popen(over_monitor(host, outcome, "pipe", "no-stdin", "wait-for-all"), stdout=subprocess.PIPE)
    got = bytearray()
    time.sleep(2)
    while True:
        piece = os.read(tool.stdout.fileno(), 20000)
        if not piece:
            break
        got += piece
        time.sleep(0.001)
    assert tool.wait(10) == 3
    assert bytes(got) == b"".join(b"number %d\n" % i for i in range(100000))
    assert outcome.read() == "exited code=3 signal=0 yours=0 lost=0"
    host.wait()


def relay_idle_costs_nothing():
    """Neither the relay nor the monitor spins while nothing happens, also behind a blocked output or input."""
    def ticks(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
    outcome = Outcome()
    host = Host(["sh", "-c", "sleep 0.3; exec <&-; head -c 10000000 /dev/zero; sleep 100"], stdin=True, once=True)
    read_end, write_end = os.pipe()
    tool = subprocess.Popen(over_monitor(host, outcome, "pipe", "wait-for-all"), stdin=subprocess.PIPE, stdout=write_end)
    time.sleep(1)
    before = ticks(tool.pid) + ticks(host.pid)
    time.sleep(1.5)
    assert ticks(tool.pid) + ticks(host.pid) - before <= 2
    tool.kill()
    tool.wait()
    os.close(read_end)
    os.close(write_end)
    end_payload(host)
    outcome = Outcome()
    read_end, write_end = os.pipe()
    tool = subprocess.Popen([TOOL, "exec", outcome.path, "pipe", "sh", "-c", "head -c 10000000 /dev/zero; sleep 0.1"],
                            stdin=subprocess.DEVNULL, stdout=write_end)
    time.sleep(0.7)
    before = ticks(tool.pid)
    time.sleep(1.5)
    assert ticks(tool.pid) - before <= 2
    tool.kill()
    tool.wait()
    host = Host(["sh", "-c", "exec sleep 100 <&- >&- 2>&-"], tty=True)
    time.sleep(0.5)
    before = ticks(host.pid)
    time.sleep(1.5)
    assert ticks(host.pid) - before <= 2
    end_payload(host)
