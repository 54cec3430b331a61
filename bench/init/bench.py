#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures unroot-init against Debian's gosu, tini, dumb-init, catatonit, s6, runit and chown in one run.

    bench.py [--init PATH] [--files N] [--folder DIR] [--runs N] [--nice N] [drop] [memory] [stop] [own]

Run as root. Packages: gosu tini dumb-init catatonit s6 runit musl-tools. What is not installed is left out and said.
Prints one table; times are minimum and median. Uses pid and mount namespaces of its own, and a folder below --folder."""
import argparse
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

TOP = Path(__file__).resolve().parents[2]
NEWPID, NEWNS = 0x20000000, 0x00020000
NICE = 0
libc = ctypes.CDLL(None, use_errno=True)


def row(what, *columns):
    print(f"{what:<44}" + "".join(f"{c:>14}" for c in columns), flush=True)


def build_true(folder):
    """A static program that does nothing, so that what is measured is the dropper."""
    source, target = folder / "nothing.c", folder / "nothing"
    source.write_text("int main(void) { return 0; }\n")
    subprocess.run(["musl-gcc", "-static", "-Os", "-o", target, source], check=True)
    return str(target)


def spawn_time(argv):
    begin = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, os.environ)
    _, status = os.waitpid(pid, 0)
    took = time.perf_counter() - begin
    if status != 0:
        raise SystemExit(f"{argv}: status {status}")
    return took


def bench_drop(args, folder):
    nothing = build_true(folder)
    links = folder / "names"
    links.mkdir()
    for name in ("gosu", "setpriv"):
        (links / name).symlink_to(args.init)
    cases = {
        "nothing (no drop)": [nothing],
        "unroot-init nobody": [args.init, "nobody", nothing],
        "unroot-init as gosu": [str(links / "gosu"), "nobody", nothing],
        "gosu": [shutil.which("gosu"), "nobody", nothing],
        "setpriv (util-linux)": [shutil.which("setpriv"), "--reuid=nobody", "--regid=nogroup", "--init-groups", nothing],
        "s6-setuidgid": [shutil.which("s6-setuidgid"), "nobody", nothing],
        "chpst -u (runit)": [shutil.which("chpst"), "-u", "nobody", nothing],
    }
    times = {name: [] for name, argv in cases.items() if argv[0]}
    for _ in range(args.runs):  # interleaved: a slow moment hits all of them
        for name in times:
            times[name].append(spawn_time(cases[name]) * 1e6)
    row("drop and exec", "min us", "median us", "of gosu (med)")
    gosu = median(times["gosu"]) if "gosu" in times else None
    for name, values in times.items():
        row("  " + name, f"{min(values):.0f}", f"{median(values):.0f}", f"{median(values) / gosu:.2f}x" if gosu else "-")
    missing = [name for name in cases if name not in times]
    if missing:
        print("  not installed:", ", ".join(missing))


def start_container(argv):
    """argv as process 1 of a pid namespace; the pid as seen here."""
    ready, go = os.pipe()
    os.set_inheritable(go, True)
    outer = os.fork()
    if outer == 0:
        libc.unshare(NEWPID | NEWNS)
        libc.mount(b"none", b"/", None, 0x44000, None)
        inner = os.fork()
        if inner == 0:
            libc.mount(b"proc", b"/proc", b"proc", 0, None)
            null = os.open("/dev/null", os.O_RDWR)
            for fd in (0, 1):
                os.dup2(null, fd)
            os.execv(argv[0], argv)
        os.write(go, str(inner).encode().ljust(10))
        os.waitpid(inner, 0)
        os._exit(0)
    os.close(go)
    inner = int(os.read(ready, 10))
    os.close(ready)
    return outer, inner


def tree_memory(pid, own=lambda name: True):
    """(processes, resident KiB, proportional KiB) of the supervisors in the pid namespace of `pid`."""
    space, total = os.readlink(f"/proc/{pid}/ns/pid"), [0, 0, 0]
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{entry}/ns/pid") != space or not own(Path(f"/proc/{entry}/comm").read_text().strip()):
                continue
            text = Path(f"/proc/{entry}/smaps_rollup").read_text()
        except OSError:
            continue
        values = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
        total = [total[0] + 1, total[1] + values["Rss"], total[2] + values["Pss"]]
    return total


def end_container(outer, inner):
    os.kill(inner, signal.SIGKILL)
    os.waitpid(outer, 0)


def report_memory(name, argv, own):
    if not argv[0]:
        row("  " + name, "not installed")
        return
    outer, inner = start_container(argv)
    time.sleep(1)
    count, rss, pss = tree_memory(inner, own)
    row("  " + name, count, rss, pss)
    end_container(outer, inner)


def bench_memory(args, folder):
    sleep = shutil.which("sleep")
    init = [args.init, "-i", "nobody", sleep, "100"]
    def no_sleep(name):
        return name != "sleep"
    row("process 1 with one child", "processes", "resident KiB", "Pss KiB")
    report_memory("unroot-init -i", init, no_sleep)
    for name, argv in {"tini": ["--"], "dumb-init": ["--"], "catatonit": ["--"]}.items():
        report_memory(name, [shutil.which(name), *argv, sleep, "100"], no_sleep)
    conf = folder / "three.conf"
    conf.write_text("user = nobody:65533\n" + "".join(f"[s{i}] run = {sleep} 100\n" for i in range(3)))
    os.chmod(conf, 0o644)
    scan = folder / "scan"
    for i in range(3):
        (scan / f"s{i}").mkdir(parents=True)
        (scan / f"s{i}" / "run").write_text(f"#!/bin/sh\nexec {sleep} 100\n")
        os.chmod(scan / f"s{i}" / "run", 0o755)
    row("supervision of three services", "processes", "resident KiB", "Pss KiB")
    report_memory("unroot-init up", [args.init, "up", str(conf)], no_sleep)
    report_memory("s6-svscan", [shutil.which("s6-svscan"), str(scan)], no_sleep)
    report_memory("runsvdir", [shutil.which("runsvdir"), str(scan)], no_sleep)


LAST = """#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
int main(void) { sigset_t t; int n; struct timespec now; sigemptyset(&t); sigaddset(&t, SIGTERM);
sigprocmask(SIG_BLOCK, &t, 0); sigwait(&t, &n); clock_gettime(CLOCK_MONOTONIC, &now);
dprintf(2, "%lld\\n", now.tv_sec * 1000000LL + now.tv_nsec / 1000); return 0; }
"""


def stop_gap(argv):
    r, w = os.pipe()
    saved = os.dup(2)
    os.dup2(w, 2)
    outer, inner = start_container(argv)
    os.dup2(saved, 2)
    os.close(saved)
    os.close(w)
    time.sleep(0.25)
    fd = os.pidfd_open(inner)
    signal.pidfd_send_signal(fd, signal.SIGTERM)
    select.select([fd], [], [], 15)
    end = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    os.close(fd)
    last = int(os.read(r, 200).split()[-1])
    os.close(r)
    os.waitpid(outer, 0)
    return end - last


def bench_stop(args, folder):
    (folder / "last.c").write_text(LAST)
    last = str(folder / "last")
    subprocess.run(["musl-gcc", "-static", "-Os", "-D_GNU_SOURCE", "-o", last, folder / "last.c"], check=True)
    conf = folder / "last.conf"
    conf.write_text(f"user = nobody:65533\n[a] run = {last}\n")
    row("from the last exit to the container's", "min us", "median us", "max us")
    for name, argv in {"unroot-init -i": [args.init, "-i", "nobody", last], "unroot-init up": [args.init, "up", str(conf)],
                       "tini": [shutil.which("tini"), "--", last], "dumb-init": [shutil.which("dumb-init"), last]}.items():
        if argv[0]:
            gaps = [stop_gap(argv) for _ in range(10)]
            row("  " + name, min(gaps), f"{median(gaps):.0f}", max(gaps))


def make_files(folder, count):
    for i in range(0, count, 500):
        d = folder / f"{i // 50000:03d}" / f"{i // 500 % 100:02d}"
        d.mkdir(parents=True)
        for j in range(min(500, count - i)):
            os.close(os.open(d / f"file{j:03d}", os.O_CREAT | os.O_WRONLY, 0o644))


def timed(argv):
    """With a negative --nice also a busy machine shows what two processors give; only for the moment itself."""
    before, begin = os.times(), time.perf_counter()
    subprocess.run(["nice", "-n", str(NICE), *argv], check=True, stderr=subprocess.DEVNULL)
    took, after = time.perf_counter() - begin, os.times()
    return took, after.children_system + after.children_user - before.children_system - before.children_user


def bench_own(args, folder):
    tree = folder / "tree"
    tree.mkdir()
    print(f"making {args.files} files below {tree} ..", flush=True)
    make_files(tree, args.files)
    shutil_chown = shutil.which("chown")
    own = [args.init, "own", "--always"]
    timed([shutil_chown, "-R", "1000:1000", tree])
    results = {"wrong": ([], []), "right": ([], [])}
    for i in range(args.rounds):
        results["wrong"][0].append(timed([shutil_chown, "-R", f"{2000 + i}:1000", tree]))
        results["right"][0].append(timed([shutil_chown, "-R", f"{2000 + i}:1000", tree]))
        results["wrong"][1].append(timed([*own, f"{3000 + i}:1000", tree]))
        results["right"][1].append(timed([*own, f"{3000 + i}:1000", tree]))
    shortcut = min(timed([args.init, "own", f"{3000 + args.rounds - 1}:1000", tree])[0] for _ in range(5))
    row(f"{args.files} files, {os.cpu_count()} processors", "best s", "processor s", "of chown -R")
    for state, (theirs, ours) in results.items():
        best, mine = min(theirs), min(ours)
        row(f"  all {state}: chown -R", f"{best[0]:.2f}", f"{best[1]:.2f}", "1.00x")
        row(f"  all {state}: unroot-init own --always", f"{mine[0]:.2f}", f"{mine[1]:.2f}", f"{mine[0] / best[0]:.2f}x")
    row("  all right: unroot-init own", f"{shortcut:.4f}", "-", f"{shortcut / min(results['right'][0])[0]:.4f}x")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--init", default=str(TOP / "build/src/init/unroot-init"))
    parser.add_argument("--files", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--folder", default="/var/tmp")
    parser.add_argument("what", nargs="*", default=["drop", "memory", "stop", "own"])
    parser.add_argument("--nice", type=int, default=0, help="priority of the timed part of own")
    args = parser.parse_args()
    global NICE
    NICE = args.nice
    if os.geteuid() != 0:
        raise SystemExit("bench.py must be root")
    print(f"unroot-init: {os.path.getsize(args.init)} bytes; load {os.getloadavg()[0]:.1f}")
    benches = {"drop": bench_drop, "memory": bench_memory, "stop": bench_stop, "own": bench_own}
    with tempfile.TemporaryDirectory(prefix="unroot-init-bench-", dir=args.folder) as name:
        os.chmod(name, 0o755)
        for what in args.what:
            sub = Path(name) / what
            sub.mkdir()
            benches[what](args, sub)


sys.exit(main())
