# SPDX-License-Identifier: Apache-2.0
"""Starts unroot-monitor on an ordinary child process, as the supervisor does on a container's process 1, and speaks its
protocol (src/formats/monitor_protocol.h) from scratch, so that both ends are not wrong in the same way."""
import atexit
import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import tempfile
import time

HELLO, STDIN, STDIN_EOF, RESIZE, DETACH, CLEANUP_DONE = range(1, 7)
ACCEPTED, OUTPUT, LOST, STDIN_READY, STDIN_CLOSED, EXITED = range(65, 71)
WANTS_OUTPUT, WANTS_STDIN, WANTS_ALL, WANTS_CLEANUP = 1, 2, 4, 8
ID = "0123456789abcdef" * 4


class Client:
    def __init__(self, sock, flags=None, timeout=20):
        self.sock = sock
        self.sock.settimeout(timeout)
        self.output = {1: bytearray(), 2: bytearray()}
        self.lost = 0
        self.facts = self.exited = None
        self.ready = True
        self.closed = False
        if flags is not None:
            self.send(HELLO, flags, number=1)

    def send(self, kind, detail=0, value=0, number=0, data=b""):
        self.sock.send(struct.pack("=BBHI", kind, detail, value, number) + data)

    def receive(self):
        """One message; its type, or None at the end."""
        try:
            packet = self.sock.recv(65536)
        except ConnectionResetError:
            return self.receive()
        if not packet:
            return None
        kind, detail, value, number = struct.unpack("=BBHI", packet[:8])
        data = packet[8:]
        if kind == ACCEPTED:
            self.facts = detail
        elif kind == OUTPUT:
            self.output[detail] += data
        elif kind == LOST:
            self.lost += struct.unpack("=Q", data)[0]
        elif kind == STDIN_READY:
            self.ready = True
        elif kind == STDIN_CLOSED:
            self.closed = True
        elif kind == EXITED:
            self.exited = {"code": number, "signal": value, "yours": detail == 1}
        return kind

    def until(self, kind):
        while True:
            got = self.receive()
            if got == kind or got is None:
                return got

    def until_output(self, text, stream=1):
        while text not in self.output[stream]:
            if self.receive() is None:
                raise EOFError(f"{bytes(self.output[stream])!r} has no {text!r}")

    def type(self, data):
        """Standard input, a window of one message at a time. False: no more is taken."""
        for at in range(0, len(data), 4096):
            while not self.ready and not self.closed:
                if self.receive() is None:
                    return False
            if self.closed:
                return False
            self.ready = False
            self.send(STDIN, data=data[at:at + 4096])
        while not self.ready and not self.closed:
            if self.receive() is None:
                return False
        return not self.closed

    def type_end(self):
        self.send(STDIN_EOF)

    def close(self):
        self.sock.close()


class Host:
    """A folder as a container has it, a payload and its monitor."""

    def __init__(self, argv, tty=False, stdin=False, once=False, client=None, log=True, listen=True, max_bytes=10 << 20,
                 max_files=5, folder=None, cleanup=None, stdio=None):
        self.folder = folder or tempfile.mkdtemp(prefix="unroot-monitor-test.")
        self.log_folder = os.path.join(self.folder, "log")
        self.cleaned = os.path.join(self.folder, "cleaned")
        os.makedirs(self.log_folder, exist_ok=True)
        self.client = None
        ours = theirs = None
        if client is not None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.client = Client(ours, None if client == "late" else client)
        listener = None
        if listen:
            os.makedirs(self.socket_folder, exist_ok=True)
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.at_socket(listener.bind)
            listener.listen(16)
        self.cleanup = cleanup or ["/bin/sh", "-c", f"echo \"$(grep CapEff /proc/self/status)\" >> {self.cleaned}"]
        report_read, report_write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.supervise(argv, tty, stdin, once, log, theirs, listener, (max_bytes, max_files), report_write, stdio)
            finally:
                os._exit(99)
        os.close(report_write)
        self.payload = int(os.read(report_read, 32) or b"0")
        try:
            self.payload_fd = os.pidfd_open(self.payload)
            atexit.register(self.end_payload)
        except ProcessLookupError:
            pass  # it has ended
        os.close(report_read)
        if theirs:
            theirs.close()
        if listener:
            listener.close()

    @property
    def socket_folder(self):
        return os.path.join(self.folder, "run", "containers", ID)

    def at_socket(self, call):
        """call(path) with a path that is short enough for sun_path."""
        folder = os.open(self.socket_folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return call(f"/proc/self/fd/{folder}/attach.sock")
        finally:
            os.close(folder)

    def supervise(self, argv, tty, stdin, once, log, theirs, listener, limits, report, stdio):
        fds = {}
        ends = {}
        if tty:
            fds["tty"], slave = pty.openpty()
            ends = {0: slave, 1: slave, 2: slave}
        else:
            ends[0] = os.open("/dev/null", os.O_RDONLY)
            if stdin:
                ends[0], fds["stdin"] = os.pipe()
            fds["stdout"], ends[1] = os.pipe()
            fds["stderr"], ends[2] = os.pipe()
        payload = os.fork()
        if payload == 0:
            os.setsid()
            if tty:
                fcntl.ioctl(ends[0], 0x540E, 0)  # TIOCSCTTY
            for fd, end in ends.items():
                os.dup2(end, fd)
            os.closerange(3, 1000)
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            os.execvp(argv[0], argv)
        os.write(report, str(payload).encode())
        for end in set(ends.values()):
            os.close(end)
        fds["pidfd"] = os.pidfd_open(payload)
        if log:
            fds["log"] = os.open(self.log_folder, os.O_RDONLY | os.O_DIRECTORY)
        fds["container"] = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        if listener:
            fds["run"] = os.open(self.socket_folder, os.O_RDONLY | os.O_DIRECTORY)
            fds["listen"] = listener.fileno()
        if theirs:
            fds["client"] = theirs.fileno()
        for fd in fds.values():
            os.set_inheritable(fd, True)
        os.set_inheritable(report, False)
        if stdio is not None:
            for fd in range(3):
                os.dup2(stdio, fd)
        words = [f"id={ID}", f"pid={payload}"]
        for key in ("pidfd", "tty", "stdin", "stdout", "stderr", "log", "container", "run", "listen", "client"):
            words.append(f"{key}={fds.get(key, '-')}")
        words += [f"log-max-bytes={limits[0]}", f"log-max-files={limits[1]}", f"stdin-once={int(once)}", "--"]
        os.execv(os.environ["UNROOT_MONITOR"], ["unroot-monitor"] + words + self.cleanup)

    def end_payload(self):
        """What a failed test leaves."""
        try:
            signal.pidfd_send_signal(self.payload_fd, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def attach(self, flags=WANTS_OUTPUT, timeout=20):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        deadline = time.time() + 10
        while True:
            try:
                self.at_socket(sock.connect)
                return Client(sock, flags, timeout)
            except (ConnectionRefusedError, FileNotFoundError):
                if time.time() > deadline:
                    raise
                time.sleep(0.01)

    def wait(self, timeout=30):
        """Until the monitor (or the clean-up command that it became) is gone; its status."""
        fd = os.pidfd_open(self.pid)
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        if not poll.poll(timeout * 1000):
            raise TimeoutError("the monitor does not end")
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def log_files(self):
        return sorted(name for name in os.listdir(self.log_folder))

    def log_entries(self):
        for name in self.log_files():
            with open(os.path.join(self.log_folder, name), encoding="utf-8") as lines:
                for line in lines:
                    yield json.loads(line)

    def log_bytes(self, stream="stdout"):
        return b"".join(e["log"].encode("utf-8", "surrogateescape") for e in self.log_entries() if e["stream"] == stream)

    def exit_record(self):
        with open(os.path.join(self.folder, "exit.json"), encoding="ascii") as f:
            return json.load(f)

    def times_cleaned(self):
        try:
            with open(self.cleaned, encoding="ascii") as f:
                return len(f.readlines())
        except FileNotFoundError:
            return 0

    def pss_kib(self):
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
