#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--fix over every data file: what it applies is what --diff shows, nothing gets worse, and nothing is left to fix.

fix.py UNROOT DATA
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

UNROOT, DATA = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
RANK = {"enforced": 0, "nonroot": 0, "none": 0, "unknown": 1, "drops": 2, "root-userns": 2, "root": 3}
problems = []


def audit(folder, *options):
    return subprocess.run([UNROOT, "audit", *options, "."], cwd=folder, capture_output=True, text=True, timeout=120,
                          check=False)


def subjects(folder):
    return {s["id"]: s for s in json.loads(audit(folder, "--format", "json").stdout)["subjects"]}


def contents(folder):
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = f.read()
    return found


def main():
    with tempfile.TemporaryDirectory() as top:
        fixed, patched = os.path.join(top, "fixed"), os.path.join(top, "patched")
        shutil.copytree(DATA, fixed)
        before, files = subjects(fixed), contents(fixed)
        diff = audit(fixed, "--diff").stdout
        if contents(fixed) != files:
            problems.append("--diff changed a file")
        shutil.copytree(fixed, patched)
        audit(fixed, "--fix")
        after, changed = subjects(fixed), contents(fixed)
        count = sum(files[n] != changed[n] for n in files)
        if count < 50 or set(files) != set(changed):
            problems.append(f"{count} files changed, {len(changed)} of {len(files)} there")
        for key, subject in before.items():
            if key not in after or RANK[after[key]["verdict"]] > RANK[subject["verdict"]]:
                problems.append(f"{key}: {subject['verdict']} became worse")
        better = sum(RANK[after[k]["verdict"]] < RANK[before[k]["verdict"]] for k in before if k in after)
        if better < 20:
            problems.append(f"only {better} subjects became better")
        if audit(fixed, "--diff").stdout:
            problems.append("something is left to fix")
        if shutil.which("patch"):
            run = subprocess.run(["patch", "-p0", "-s", "--fuzz=0"], cwd=patched, input=diff, text=True, check=False)
            if run.returncode != 0 or contents(patched) != changed:
                problems.append("patch(1) does not make the same of the diff")
        print("\n".join(problems) or f"{count} files fixed, {better} subjects better than before")
    return 1 if problems else 0


sys.exit(main())
