#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What unroot-monitor, its log and the relay promise: one function a promise, run by name (monitor.bats does)."""
import errno
import fcntl
import hashlib
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time

from host import (ACCEPTED, CLEANUP_DONE, DETACH, EXITED, HELLO, ID, LOST, OUTPUT, RESIZE, STDIN, STDIN_CLOSED, WANTS_ALL,
                  WANTS_CLEANUP, WANTS_OUTPUT, WANTS_STDIN, Client, Host)

MIB = 1 << 20


def until(condition, what, seconds=10):
    deadline = time.time() + seconds
    while not condition():
        assert time.time() < deadline, f"never: {what}"
        time.sleep(0.01)


def numbered_lines(count):
    return ["sh", "-c", f"i=0; while [ $i -lt {count} ]; do echo line $i; i=$((i+1)); done"]


# How it ends

def exit_statuses():
    for command, code, number in (("exit 0", 0, 0), ("exit 3", 3, 0), ("exit 255", 255, 0), ("kill -9 $$", 137, 9),
                                  ("kill -TERM $$", 143, 15), ("kill -SEGV $$", 139, 11)):
        host = Host(["sh", "-c", command], client=WANTS_OUTPUT)
        assert host.client.until(EXITED) == EXITED
        assert host.client.exited == {"code": code, "signal": number, "yours": False}, (command, host.client.exited)
        assert host.wait() == 0
        record = host.exit_record()
        assert (record["exit_code"], record["signal"], record["oom_killed"]) == (code, number, None), record
        assert abs(time.time() - time.mktime(time.strptime(record["finished"][:19], "%Y-%m-%dT%H:%M:%S"))
                   + time.timezone) < 30
        assert host.times_cleaned() == 1
        assert not os.path.exists(os.path.join(host.socket_folder, "attach.sock"))


def cleanup_has_power_and_a_clean_start():
    script = ("for f in /proc/self/fd/*; do readlink $f; done; grep -E 'Cap(Eff|Bnd)|SigIgn|SigBlk' /proc/self/status; "
              "echo $0 $*")
    target = "/dev/shm/unroot-cleanup.%d" % os.getpid()
    host = Host(["true"], cleanup=["/bin/sh", "-c", f"{{ {script}; }} > {target}", "word with space", "ID"])
    assert host.wait() == 0
    with open(target, encoding="ascii") as f:
        text = f.read()
    os.unlink(target)
    fields = dict(line.split(":\t") for line in text.splitlines() if ":\t" in line)
    with open("/proc/self/status", encoding="ascii") as f:
        bounding = next(line.split("\t")[1].strip() for line in f if line.startswith("CapBnd"))
    assert fields["CapEff"] == bounding and int(bounding, 16) != 0, fields
    assert int(fields["SigIgn"], 16) == 0 and int(fields["SigBlk"], 16) == 0, fields
    assert "word with space ID" in text
    assert not any(word in text for word in ("socket:", "pidfd", "/log")), text


def cleanup_by_the_client():
    host = Host(["true"], client=WANTS_OUTPUT | WANTS_CLEANUP)
    host.client.until(EXITED)
    assert host.client.exited["yours"]
    time.sleep(0.3)
    assert host.times_cleaned() == 0
    host.client.send(CLEANUP_DONE)
    assert host.wait() == 0
    assert host.times_cleaned() == 0


def cleanup_when_the_client_goes_away():
    for said in (None, DETACH):
        host = Host(["true"], client=WANTS_OUTPUT | WANTS_CLEANUP)
        host.client.until(EXITED)
        if said:
            host.client.send(said)
        host.client.close()
        host.wait()
        assert host.times_cleaned() == 1


def cleanup_is_given_to_one():
    host = Host(["sleep", "0.3"], client=WANTS_CLEANUP)
    other = host.attach(WANTS_CLEANUP)
    other.until(ACCEPTED)
    host.client.until(EXITED)
    other.until(EXITED)
    assert [host.client.exited["yours"], other.exited["yours"]] == [True, False]
    other.send(CLEANUP_DONE)
    other.close()
    time.sleep(0.2)
    assert host.times_cleaned() == 0
    host.client.close()
    host.wait()
    assert host.times_cleaned() == 1


def client_killed_at_any_moment():
    """A client process is killed -9 somewhere between the start and its clean-up: the rest happens exactly once."""
    rng = random.Random(7)
    for _ in range(40):
        host = Host(["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do echo $i; done; exit 5"], listen=True)
        pid = os.fork()
        if pid == 0:
            try:
                client = host.attach(WANTS_OUTPUT | WANTS_CLEANUP)
                client.until(EXITED)
                time.sleep(5)
            finally:
                os._exit(0)
        time.sleep(rng.random() * 0.02)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        host.wait()
        assert host.times_cleaned() == 1
        assert host.exit_record()["exit_code"] == 5
        assert host.log_bytes() == b"1\n2\n3\n4\n5\n6\n7\n8\n"


def stray_process_holds_the_pipe():
    host = Host(["sh", "-c", "echo done; sleep 30 & exit 4"], client=WANTS_OUTPUT)
    started = time.time()
    host.client.until(EXITED)
    assert time.time() - started < 2
    assert host.client.exited["code"] == 4 and host.client.output[1] == b"done\n"
    host.wait()
    writer = f"/dev/shm/unroot-writer.{os.getpid()}"
    host = Host(["sh", "-c", f"(while :; do echo y; done) & echo $! > {writer}; exit 4"], client=WANTS_OUTPUT)
    started = time.time()
    host.client.until(EXITED)
    assert time.time() - started < 6
    host.wait()
    with open(writer, encoding="ascii") as f:
        try:
            os.kill(int(f.read()), signal.SIGKILL)
        except ProcessLookupError:
            pass  # SIGPIPE took it
    os.unlink(writer)


def monitor_killed():
    """What the payload sees of it: SIGPIPE at its next write. The socket refuses, no exit.json appears."""
    host = Host(["sh", "-c", "sleep 0.5; echo x; sleep 100"], client=WANTS_OUTPUT)
    host.client.until(ACCEPTED)
    pidfd = os.pidfd_open(host.payload)
    os.kill(host.pid, signal.SIGKILL)
    assert host.client.receive() is None
    os.waitpid(host.pid, 0)
    assert select.select([pidfd], [], [], 5)[0], "the payload survives its SIGPIPE"
    try:
        host.at_socket(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect)
        raise AssertionError("someone listens")
    except ConnectionRefusedError:
        pass
    assert not os.path.exists(os.path.join(host.folder, "exit.json"))


# What it is while it runs

def idle_footprint_and_power():
    host = Host(["sleep", "100"], stdin=True, client=WANTS_OUTPUT)
    host.client.until(ACCEPTED)
    other = host.attach()
    other.until(ACCEPTED)
    with open(f"/proc/{host.pid}/status", encoding="ascii") as f:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in f)
    pss = host.pss_kib()
    print(f"idle monitor: {pss} KiB PSS, {status['VmRSS'].strip()} RSS")
    assert pss <= 150
    for name, wanted in (("CapInh", 0), ("CapPrm", 1 << 5), ("CapEff", 1 << 5), ("CapAmb", 0)):
        assert int(status[name], 16) == wanted, (name, status[name])
    assert status["NoNewPrivs"] == "0"
    links = {int(fd): os.readlink(f"/proc/{host.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{host.pid}/fd")}
    assert [links.pop(fd) for fd in range(3)] == ["/dev/null"] * 3, links
    kinds = sorted(link.split(":")[0] for link in links.values())
    assert kinds == sorted(["anon_inode", host.log_folder, host.folder, host.socket_folder, "pipe", "pipe", "pipe", "socket",
                            "socket", "socket"]), kinds
    assert os.getsid(host.pid) == host.pid
    with open(f"/proc/{host.pid}/smaps_rollup", encoding="ascii") as f:
        f.read()
    drop = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "cat", f"/proc/{host.pid}/environ"],
                          capture_output=True, check=False)
    assert drop.returncode != 0
    os.kill(host.payload, signal.SIGKILL)
    host.wait()


def memory_is_given_back():
    host = Host(["sh", "-c", "head -c 30000000 /dev/urandom; head -c 30000000 /dev/zero; sleep 100"], client=WANTS_OUTPUT)
    while len(host.client.output[1]) + host.client.lost < 60000000:
        host.client.receive()
    until(lambda: host.pss_kib() <= 150, "at most 150 KiB again")
    print(f"after 60 MB of output: {host.pss_kib()} KiB PSS")
    os.kill(host.payload, signal.SIGKILL)
    host.wait()


def signals_do_not_end_it():
    host = Host(["sleep", "1"], client=WANTS_OUTPUT)
    host.client.until(ACCEPTED)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGTERM, signal.SIGUSR1,
                   signal.SIGTSTP, signal.SIGALRM):
        os.kill(host.pid, number)
    host.client.until(EXITED)
    assert host.client.exited["code"] == 0
    assert host.wait() == 0


def does_not_hold_the_callers_terminal():
    """`unroot run -d | cat` must end: nobody may keep the caller's standard output open."""
    read_end, write_end = os.pipe()
    host = Host(["sleep", "100"], stdio=write_end)
    os.close(write_end)
    assert select.select([read_end], [], [], 10)[0], "the pipe is still held"
    os.kill(host.payload, signal.SIGKILL)
    host.wait()


def started_by_hand():
    for words in ([], ["--help"], ["id=ab", "pid=2"]):
        done = subprocess.run([os.environ["UNROOT_MONITOR"]] + words, capture_output=True, timeout=10, check=False)
        assert done.returncode == 125 and b"not to be started by hand" in done.stderr, done


# Output and clients

def two_clients():
    host = Host(["sh", "-c", "echo first; read x; echo second; echo error >&2; read x; exit 1"], stdin=True,
                client=WANTS_OUTPUT | WANTS_STDIN)
    host.client.until_output(b"first")
    late = host.attach(WANTS_OUTPUT)
    late.until(ACCEPTED)
    host.client.type(b"go\n")
    late.until_output(b"error", 2)
    host.client.type(b"go\n")
    host.client.until(EXITED)
    late.until(EXITED)
    assert host.client.output == {1: b"first\nsecond\n", 2: b"error\n"}
    assert late.output == {1: b"second\n", 2: b"error\n"}
    assert host.client.exited["code"] == late.exited["code"] == 1
    host.wait()


def first_client_sees_the_first_byte():
    """The first HELLO comes late: output waits for it."""
    host = Host(["echo", "early"], client="late")
    time.sleep(0.3)
    assert host.log_files() == []
    host.client.send(HELLO, WANTS_OUTPUT, number=1)
    host.client.until(EXITED)
    assert host.client.output[1] == b"early\n"
    host.wait()
    silent = Host(["echo", "early"], client="late")
    silent.client.close()
    silent.wait(3)
    assert silent.log_bytes() == b"early\n"


def stuck_client_blocks_nobody():
    """100 MB past a client that never reads: the payload ends, the log has it all, the client learns what it missed."""
    total = 100 * MIB
    host = Host(["sh", "-c", f"yes 0123456789012345678901234567890123456789012345678901234567890123456789012345678 | head -c {total}"],
                client=WANTS_OUTPUT, max_bytes=0)
    other = host.attach(WANTS_OUTPUT)
    started = time.time()
    until(lambda: os.path.exists(os.path.join(host.folder, "exit.json")), "the payload ends", 60)
    print(f"100 MiB past a stuck client in {time.time() - started:.2f} s")
    host.client.until(EXITED)
    got = len(host.client.output[1])
    assert host.client.exited["code"] == 0
    assert 0 < got < total and got + host.client.lost == total, (got, host.client.lost)
    other.close()
    host.wait()
    assert logged_size_and_hash(host)[0] == total


def stopped_client_blocks_nobody():
    host = Host(["sh", "-c", f"head -c {5 * MIB} /dev/zero"], client=0)
    tool = subprocess.Popen([os.environ["RELAY_TOOL"], "attach", host.folder + "/run", ID, host.folder + "/outcome", "pipe",
                             "no-stdin"], stdout=subprocess.DEVNULL)
    host2 = Host(["sh", "-c", f"sleep 0.5; head -c {5 * MIB} /dev/zero"])
    tool2 = subprocess.Popen([os.environ["RELAY_TOOL"], "attach", host2.folder + "/run", ID, host2.folder + "/outcome",
                              "pipe", "no-stdin"], stdout=subprocess.DEVNULL)
    time.sleep(0.2)
    tool2.send_signal(signal.SIGSTOP)
    host2.wait()
    assert host2.exit_record()["exit_code"] == 0
    tool2.send_signal(signal.SIGCONT)
    assert tool2.wait(10) == 0
    with open(host2.folder + "/outcome", encoding="ascii") as f:
        outcome = f.read()
    assert outcome.startswith("exited code=0") and not outcome.endswith("lost=0\n"), outcome
    host.client.close()
    tool.wait(10)
    host.wait()


def slow_client_that_wants_all_gets_all():
    total = 100 * MIB
    host = Host(["sh", "-c", f"openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c {total}"],
                client=WANTS_OUTPUT | WANTS_ALL, max_bytes=0)
    started = time.time()
    while host.client.receive() not in (EXITED, None):
        if random.random() < 0.002:
            time.sleep(0.01)
    seconds = time.time() - started
    assert host.client.lost == 0 and len(host.client.output[1]) == total
    host.wait()
    assert logged_size_and_hash(host) == (total, hashlib.sha256(host.client.output[1]).hexdigest())
    print(f"100 MiB of random bytes to a client that wants all, and logged: {seconds:.2f} s")


def dead_client_that_wanted_all_holds_nobody():
    host = Host(["sh", "-c", f"head -c {5 * MIB} /dev/zero; exit 6"], client=WANTS_OUTPUT | WANTS_ALL)
    time.sleep(0.3)
    assert not os.path.exists(os.path.join(host.folder, "exit.json")), "it did not wait for its client"
    host.client.close()
    host.wait()
    assert host.exit_record()["exit_code"] == 6
    assert len(host.log_bytes()) == 5 * MIB


def bad_clients_are_dropped():
    host = Host(["sleep", "100"], stdin=True, client=WANTS_OUTPUT)
    host.client.until(ACCEPTED)
    header = struct.Struct("=BBHI").pack
    for packet in (b"x", b"", header(99, 0, 0, 0), header(HELLO, 255, 0, 1), header(HELLO, 1, 0, 0), header(STDIN, 0, 0, 0),
                   header(STDIN, 0, 0, 0) + b"x" * 5000, header(OUTPUT, 1, 0, 0) + b"x", header(RESIZE, 0, 5, 70000),
                   header(CLEANUP_DONE, 0, 0, 0)):
        client = host.attach(None)
        client.sock.send(packet)
        assert client.receive() is None, packet
    twice = host.attach(WANTS_OUTPUT)
    twice.until(ACCEPTED)
    twice.send(HELLO, 1, number=1)
    assert twice.receive() is None
    unasked = host.attach(WANTS_OUTPUT)
    unasked.until(ACCEPTED)
    unasked.send(STDIN, data=b"x")
    assert unasked.receive() is None
    many = []
    for _ in range(40):
        try:
            many.append(host.attach(WANTS_OUTPUT))
        except BrokenPipeError:
            pass  # one too many was closed before it could say hello
    accepted = 0
    for client in many:
        try:
            accepted += client.receive() == ACCEPTED
        except BrokenPipeError:
            pass
    assert accepted == 31, accepted
    for client in many:
        client.close()
    again = host.attach(WANTS_OUTPUT)
    assert again.receive() == ACCEPTED
    os.kill(host.payload, signal.SIGTERM)
    host.client.until(EXITED)
    assert host.client.exited["signal"] == 15
    host.wait()


def other_users_are_refused():
    host = Host(["sleep", "100"], client=WANTS_OUTPUT)
    host.client.until(ACCEPTED)
    path = os.path.join(host.socket_folder, "attach.sock")
    os.chmod(path, 0o777)
    folder = host.socket_folder
    while folder != "/tmp" and folder != "/":
        os.chmod(folder, 0o755)
        folder = os.path.dirname(folder)
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setresuid(65534, 65534, 65534)
        status = 1
        try:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            os.chdir(host.socket_folder)
            sock.connect("attach.sock")
            status = 0 if Client(sock, None).receive() is None else 1
        except OSError as error:
            print(error)
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.kill(host.payload, signal.SIGTERM)
    host.client.until(EXITED)
    host.wait()


# Standard input

def stdin_whole_and_ended():
    data = os.urandom(10 * MIB)
    host = Host(["sha256sum"], stdin=True, once=True, client=WANTS_OUTPUT | WANTS_STDIN)
    started = time.time()
    assert host.client.type(data)
    host.client.type_end()
    host.client.until(EXITED)
    print(f"10 MiB of standard input in {time.time() - started:.2f} s")
    assert host.client.output[1].split()[0].decode() == hashlib.sha256(data).hexdigest()
    host.wait()


def stdin_ends_with_its_client():
    host = Host(["sh", "-c", "cat; echo over"], stdin=True, once=True, client=WANTS_OUTPUT | WANTS_STDIN)
    host.client.type(b"data\n")
    host.client.close()
    host.wait()
    assert host.log_bytes() == b"data\nover\n"


def stdin_outlives_a_client_that_detaches():
    host = Host(["sh", "-c", "cat; echo over"], stdin=True, once=True, client=WANTS_OUTPUT | WANTS_STDIN)
    host.client.type(b"one\n")
    host.client.send(DETACH)
    assert host.client.until(0) is None
    later = host.attach(WANTS_OUTPUT | WANTS_STDIN)
    later.type(b"two\n")
    later.until_output(b"two")
    later.type_end()
    later.until(EXITED)
    host.wait()
    assert host.log_bytes() == b"one\ntwo\nover\n"


def stdin_stays_open_when_not_once():
    host = Host(["sh", "-c", "cat; echo over"], stdin=True, client=WANTS_OUTPUT | WANTS_STDIN)
    host.client.type(b"one\n")
    host.client.type_end()
    host.client.close()
    later = host.attach(WANTS_OUTPUT | WANTS_STDIN)
    later.type(b"two\n")
    later.until_output(b"two")
    os.kill(host.payload, signal.SIGKILL)
    later.until(EXITED)
    host.wait()


def stdin_that_nobody_reads():
    """A payload that does not read holds back its input only; one that closes it says so."""
    host = Host(["sh", "-c", "sleep 0.7; exec 0<&-; echo closed; sleep 0.5"], stdin=True, once=True,
                client=WANTS_OUTPUT | WANTS_STDIN)
    other = host.attach(WANTS_OUTPUT)
    assert not host.client.type(b"x" * MIB)
    assert host.client.closed
    other.until_output(b"closed")
    host.client.until(EXITED)
    assert host.client.exited["code"] == 0
    host.wait()


# Terminal

def terminal_size_and_echo():
    host = Host(["sh", "-c", "trap 'stty size' WINCH; stty size; while ! read x; do :; done; echo got $x; read y; exit 9"], tty=True,
                client=WANTS_OUTPUT | WANTS_STDIN)
    host.client.until_output(b"0 0")
    assert host.client.facts == 3
    host.client.send(RESIZE, value=33, number=111)
    host.client.until_output(b"33 111")
    host.client.type(b"hello\n")
    host.client.until_output(b"got hello\r\n")
    host.client.type(b"\n")
    host.client.until(EXITED)
    assert host.client.exited["code"] == 9
    host.wait()
    assert {entry["stream"] for entry in host.log_entries()} == {"stdout"}


def terminal_interrupt():
    host = Host(["sh", "-c", "echo ready; exec sleep 100"], tty=True, client=WANTS_OUTPUT | WANTS_STDIN)
    host.client.until_output(b"ready")
    host.client.type(b"\x03")
    host.client.until(EXITED)
    assert host.client.exited == {"code": 130, "signal": 2, "yours": False}
    host.wait()


def terminal_closed_and_opened_again():
    host = Host(["sh", "-c", "t=$(tty); echo one; exec <&- >&- 2>&-; sleep 0.5; exec <>$t >&0 2>&0; echo two; exit 2"],
                tty=True, client=WANTS_OUTPUT)
    host.client.until_output(b"two")
    host.client.until(EXITED)
    assert host.client.exited["code"] == 2
    host.wait()


def terminal_last_words():
    """All that was written before the end arrives, however much."""
    host = Host(["sh", "-c", "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done"], tty=True,
                client=WANTS_OUTPUT | WANTS_ALL)
    host.client.until(EXITED)
    assert host.client.output[1].endswith(b"line 2999\r\n") and host.client.output[1].count(b"\n") == 3000
    host.wait()


# The log

def log_entries_and_streams():
    host = Host(["sh", "-c", "echo out; echo err >&2; printf 'no end'; sleep 0.1; printf ' yet\\ntab\\t\"quote\" \\\\ \\001\\033[1m\\n'; "
                             "printf last"])
    host.wait()
    out = [e["log"] for e in host.log_entries() if e["stream"] == "stdout"]
    assert out == ["out\n", "no end yet\n", "tab\t\"quote\" \\ \x01\x1b[1m\n", "last"], out
    assert [e["log"] for e in host.log_entries() if e["stream"] == "stderr"] == ["err\n"]
    assert all(len(e["time"]) == 30 and e["time"].endswith("Z") for e in host.log_entries())


def log_long_lines_and_any_bytes():
    data = random.Random(1).randbytes(300000) + ("ä€😀" * 30000).encode() + b"\n" + "ü".encode()[:1]
    source = f"/dev/shm/unroot-bytes.{os.getpid()}"
    with open(source, "wb") as f:
        f.write(data)
    host = Host(["cat", source])
    host.wait()
    os.unlink(source)
    assert host.log_bytes() == data
    entries = list(host.log_entries())
    assert all(len(e["log"].encode("utf-8", "surrogateescape")) <= 16384 for e in entries)
    text = [e["log"] for e in entries if e["log"].count("€") > 100]
    assert sum(any(0xdc80 <= ord(c) <= 0xdcff for c in t) for t in text[1:]) == 0, "a character was cut"
    assert run_log(host)[0] == data


def log_rotates():
    host = Host(numbered_lines(20000), max_bytes=100000, max_files=3)
    host.wait()
    names = host.log_files()
    numbers = [int(name[:8]) for name in names]
    assert len(names) == 3 and numbers == list(range(numbers[0], numbers[0] + 3)) and numbers[0] > 5, names
    assert all(os.path.getsize(os.path.join(host.log_folder, name)) <= 100000 for name in names)
    lines = host.log_bytes().split(b"\n")
    assert lines[-2] == b"line 19999"
    first = int(lines[0].split()[1])
    assert lines[:-1] == [b"line %d" % i for i in range(first, 20000)]


def log_goes_on_after_a_restart():
    host = Host(["echo", "one"])
    host.wait()
    with open(os.path.join(host.log_folder, "00000001.json"), "a", encoding="ascii") as f:
        f.write('{"log":"torn by a cra')
    again = Host(["echo", "two"], folder=host.folder)
    again.wait()
    assert again.log_files() == ["00000001.json"]
    assert again.log_bytes() == b"one\ntwo\n"
    fewer = Host(numbered_lines(3000), folder=host.folder, max_bytes=4096, max_files=2)
    fewer.wait()
    assert len(fewer.log_files()) == 2


def log_on_a_full_disk():
    """To be run in a mount namespace of its own. The payload runs on; what was lost is said once there is room."""
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    folder = f"/dev/shm/unroot-full.{os.getpid()}"
    os.mkdir(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", folder], check=True)
    with open(folder + "/ballast", "wb") as f:
        f.write(b"x" * 300000)
    host = Host(["sh", "-c", "yes 'a line that is written again and again' | head -n 20000; echo end of part one >&2; read x; "
                             "echo after; read x; exit 3"], stdin=True, client=WANTS_OUTPUT | WANTS_STDIN | WANTS_ALL,
                folder=folder)
    host.client.until_output(b"end of part one", 2)
    while host.client.output[1].count(b"\n") < 20000:
        assert host.client.receive() is not None
    os.unlink(folder + "/ballast")
    host.client.type(b"\n")
    host.client.until_output(b"after")
    until(lambda: any(e["log"] == "after\n" for e in host.log_entries()), "the log goes on")
    ballast = os.open(folder + "/ballast", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(ballast, b"x" * 4096):
            pass
    except OSError as error:
        assert error.errno == errno.ENOSPC
    os.close(ballast)
    host.client.type(b"\n")
    host.client.until(EXITED)
    assert host.client.exited["code"] == 3
    host.wait()
    entries = list(host.log_entries())
    lost = [e for e in entries if e["log"].startswith("unroot-monitor: ")]
    kept = sum(e["log"].startswith("a line") for e in entries)
    counted = sum(int(e["log"].split()[1]) for e in lost)
    assert lost and "No space left on device" in lost[0]["log"] and lost[0]["stream"] == "stderr", lost
    assert kept > 0 and kept + counted in (20000, 20001), (kept, counted)
    subprocess.run(["umount", "-l", folder], check=True)
    os.rmdir(folder)


def run_log(host, *words, timeout=60):
    """What the reader gives: (stdout, stderr, its report)."""
    read_end, write_end = os.pipe()
    child = subprocess.Popen([os.environ["RELAY_TOOL"], "log", host.log_folder, *words], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, preexec_fn=lambda: os.dup2(write_end, 3), pass_fds=(3, write_end))
    os.close(write_end)
    out, err = child.communicate(timeout=timeout)
    with os.fdopen(read_end) as f:
        report = f.read()
    assert report.startswith("fine"), report
    return out, err, report


def logged_size_and_hash(host):
    """By our own reader, which is much faster than Python's."""
    size, digest = 0, hashlib.sha256()
    with subprocess.Popen([os.environ["RELAY_TOOL"], "log", host.log_folder], stdout=subprocess.PIPE,
                          preexec_fn=lambda: os.dup2(2, 3), pass_fds=(3,)) as child:
        for piece in iter(lambda: child.stdout.read1(1 << 20), b""):
            size += len(piece)
            digest.update(piece)
    assert child.returncode == 0
    return size, digest.hexdigest()


def log_read_back():
    host = Host(["sh", "-c", "for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; sleep 0.05; done; printf end"], max_bytes=400,
                max_files=50)
    host.wait()
    assert len(host.log_files()) > 2
    out, err, report = run_log(host)
    assert out == b"".join(b"out %d\n" % i for i in range(1, 6)) + b"end" and err.count(b"\n") == 5
    assert "entries=11 unreadable=0 missed=0" in report, report
    for count in (0, 1, 2, 5, 11, 100):
        out, err, report = run_log(host, "tail", str(count))
        assert f"entries={min(count, 11)} " in report, (count, report)
    assert run_log(host, "tail", "1")[0] == b"end"
    times = [e["time"] for e in host.log_entries()]
    assert f"entries={sum(t >= times[4] for t in times)} " in run_log(host, "since", times[4])[2]
    assert f"entries={sum(t < times[4] for t in times)} " in run_log(host, "until", times[4])[2]
    out = run_log(host, "timestamps")[0].decode()
    assert [line[31:] for line in out.split("\n")] == [f"out {i}" for i in range(1, 6)] + ["end"], out
    assert out.split("\n")[0][:30] == times[0]
    empty = Host(["true"])
    empty.wait()
    assert run_log(empty) == (b"", b"", "fine entries=0 unreadable=0 missed=0\n")


def log_timestamps_stand_at_line_starts():
    host = Host(["sh", "-c", "head -c 40000 /dev/zero | tr '\\0' a; echo; echo b"])
    host.wait()
    out = run_log(host, "timestamps")[0].split(b"\n")
    assert len(out) == 3 and out[0][31:] == b"a" * 40000 and out[1][31:] == b"b"


def log_survives_garbage():
    host = Host(["sh", "-c", "echo one; echo two"])
    host.wait()
    path = os.path.join(host.log_folder, "00000001.json")
    with open(path, "rb") as f:
        lines = f.read().splitlines(keepends=True)
    with open(path, "wb") as f:
        f.write(lines[0] + b"garbage\n" + b"\0" * 300000 + b"\n" + lines[1] + b'{"log":"torn')
    out, _, report = run_log(host)
    assert out == b"one\ntwo\n" and "unreadable=0" not in report, (out, report)


def log_followed_over_rotation():
    """Every byte of many rotations reaches one who follows."""
    count = 60000
    host = Host(["sh", "-c", f"read x; i=0; while [ $i -lt {count} ]; do echo line $i; i=$((i+1)); done; read x"], stdin=True,
                client=WANTS_STDIN, max_bytes=64 * 1024, max_files=30)
    read_end, write_end = os.pipe()
    follower = subprocess.Popen([os.environ["RELAY_TOOL"], "log", host.log_folder, "follow", host.folder + "/run", ID],
                                stdout=subprocess.PIPE, preexec_fn=lambda: os.dup2(write_end, 3), pass_fds=(3, write_end))
    os.close(write_end)
    host.client.type(b"\n")
    expected = b"".join(b"line %d\n" % i for i in range(count))
    got = bytearray()
    while len(got) < len(expected):
        piece = os.read(follower.stdout.fileno(), 65536)
        assert piece, "it ended early"
        got += piece
    assert follower.poll() is None, "it did not wait for more"
    host.client.type(b"\n")
    host.client.until(EXITED)
    assert follower.wait(10) == 0
    assert bytes(got) == expected and follower.stdout.read() == b""
    with os.fdopen(read_end) as f:
        assert f.read() == f"fine entries={count} unreadable=0 missed=0\n"
    assert int(host.log_files()[-1][:8]) > 20
    host.wait()


def log_follow_of_an_ended_container():
    host = Host(["echo", "one"])
    host.wait()
    assert run_log(host, "follow", host.folder + "/run", ID, timeout=10)[0] == b"one\n"


if __name__ == "__main__":
    import relays  # noqa: F401  (the relay's promises stand in a file of their own)
    scenario = globals().get(sys.argv[1]) or getattr(relays, sys.argv[1])
    scenario()
