#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile inputs end with a clear line, in bounded time and memory. hostile.py UNROOT"""
import os
import resource
import subprocess
import sys
import tempfile

WANTED = {
    "Dockerfile.big": "larger than 16 MiB, not read",
    "Dockerfile.fifo": "not a regular file",
    "Dockerfile.loop": "Too many levels of symbolic links",
    "Dockerfile.outside": "Invalid cross-device link",
    "bomb.yaml": "aliases expand to more than",
    "deep.json": "more than 64 levels",
    "deep.yaml": "nested deeper than 200 levels",
}


def generate(folder):
    def write(name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)

    with open(os.path.join(folder, "Dockerfile.big"), "wb") as f:
        f.truncate(1 << 30)
    os.mkfifo(os.path.join(folder, "Dockerfile.fifo"))
    os.symlink("loop", os.path.join(folder, "Dockerfile.loop"))
    os.symlink("Dockerfile.loop", os.path.join(folder, "loop"))
    os.symlink("/etc/passwd", os.path.join(folder, "Dockerfile.outside"))
    os.mkdir(os.path.join(folder, "d"))
    os.symlink("../d", os.path.join(folder, "d", "again"))
    lines = "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    write("bomb.yaml", "apiVersion: v1\nkind: Pod\na0: &a0 [x,x,x,x,x,x,x,x,x]\n" + lines)
    write("deep.json", '{"apiVersion":1,"kind":' + "[" * 100000 + "]" * 100000 + "}")
    write("deep.yaml", "services: " + "{a: " * 100000)
    write("Dockerfile.line", "FROM debian:12\nRUN " + "a" * (15 << 20) + "\n")
    write("Dockerfile.grow", "FROM scratch\nENV A=aaaaaaaaaaaaaaaa\n" + "ENV A=$A$A$A$A\n" * 40 + "USER $A\n")
    write("Dockerfile.chain", "FROM a\n" + "ONBUILD " * 200000 + "RUN x\n")


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        generate(folder)
        run = subprocess.run([os.path.abspath(sys.argv[1]), "audit", "."], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=120, check=False)
    for name, text in WANTED.items():
        if not any(name in line and text in line for line in run.stderr.splitlines()):
            print(f"{name}: no line with \"{text}\"")
            failures += 1
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    # A sanitizer keeps what was freed.
    limit = 1000 if b"__asan_init" in open(sys.argv[1], "rb").read() else 300
    if run.returncode != 2 or memory > limit:
        print(f"exit code {run.returncode} (2), {memory:.0f} MiB (at most {limit})")
        failures += 1
    print(run.stderr if failures else f"{len(WANTED)} passed, {memory:.0f} MiB")
    return 1 if failures else 0


sys.exit(main())
