#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sampler.py PID SECONDS: looks at every process of PID's pid namespace as fast as it can, from the moment on that
PID itself is not root, and prints each line of /proc/N/status that shows uid 0 or a capability. Ends with
`samples N processes M`. With PID's end it ends, too."""
import os
import sys
import time

CAPABILITIES = ("CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:")


def status(pid):
    with open(f"/proc/{pid}/status") as f:
        return f.read().splitlines()


def namespace(pid):
    return os.readlink(f"/proc/{pid}/ns/pid")


def findings(lines):
    name = lines[0].split()[1]
    for line in lines:
        words = line.split()
        if words[0] in ("Uid:", "Gid:") and "0" in words[1:]:
            yield f"{name}: {line}"
        if words[0] in CAPABILITIES and int(words[1], 16) != 0:
            yield f"{name}: {line}"


def main():
    top, end = int(sys.argv[1]), time.monotonic() + float(sys.argv[2])
    space = namespace(top)
    samples, seen, begun = 0, set(), False
    while time.monotonic() < end:
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or (not begun and int(entry) != top):
                continue
            try:
                if namespace(entry) != space:
                    continue
                lines = status(entry)
            except OSError:
                if int(entry) == top and not os.path.exists(f"/proc/{top}"):
                    end = 0
                continue
            if lines[2].startswith("State:\tZ"):
                continue
            bad = list(findings(lines))
            if not begun:
                begun = not bad and int(entry) == top
                continue
            samples += 1
            seen.add(entry)
            for line in bad:
                print(line, flush=True)
    print(f"samples {samples} processes {len(seen)}")


main()
