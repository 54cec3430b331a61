#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the bundles of bundles/*.json with runc, crun and unroot-runtime and compares the outcomes.

A bundle is a row: a small change to one configuration over one busybox root, and what is expected of `run`:
exit status, standard output, and the class of error. What one runtime does otherwise stands in the row under
its name, with the reason ("why"); anything else is a difference and a failure.

usage: compare.py [--runtime NAME]... [--only GLOB] [--list] [--show]
Needs root. UNROOT_RUNTIME names our program, ENGINES_CGROUP the control group to work in."""
import argparse
import copy
import fnmatch
import glob
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_S = 60
RUNTIMES = {"runc": "runc", "crun": "crun", "unroot": os.environ.get("UNROOT_RUNTIME", "")}
UNIFIED = "/sys/fs/cgroup/unified"

CAPABILITIES = ["CAP_" + c for c in (
    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE "
    "SYS_CHROOT KILL AUDIT_WRITE").split()]
BASE = {
    "ociVersion": "1.0.2",
    "process": {
        "user": {"uid": 0, "gid": 0}, "args": ["/bin/true"], "cwd": "/",
        "env": ["PATH=/bin:/usr/bin", "HOME=/root"],
        "capabilities": {k: CAPABILITIES for k in ("bounding", "effective", "permitted")},
        "noNewPrivileges": False,
    },
    "root": {"path": "rootfs"},
    "hostname": "bundle",
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
         "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
        {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
         "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
         "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
        {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
         "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs",
         "options": ["nosuid", "noexec", "nodev", "ro"]},
    ],
    "linux": {
        "resources": {"devices": [{"allow": False, "access": "rwm"}]},
        "namespaces": [{"type": t} for t in ("pid", "network", "ipc", "uts", "mount")],
        "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list"],
        "readonlyPaths": ["/proc/sys", "/proc/irq"],
    },
}

APPLETS = ("sh awk cat chmod chown cp cut dd df echo env false grep head hostname id ipcs ls mkdir mknod ps pwd readlink "
           "sed setpriv sleep sort stat stty su tail test touch tr true tty uname wc")

# The first that matches; callers tell these apart (docs/OCI-CONTRACT: exit status 126, 127).
CLASSES = [
    ("policy", r"refused by policy"),
    ("not-found", r"no such file or directory|executable file .*not found|not found in"),
    ("directory", r"is a directory"),
    ("permission", r"permission denied|operation not permitted"),
]


def put(tree, path, value):
    """Sets "process.user.uid"; a number is an index; null takes the member away."""
    keys = path.split(".")
    for key in keys[:-1]:
        tree = tree[int(key)] if isinstance(tree, list) else tree.setdefault(key, {})
    last = keys[-1]
    if value is None:
        tree.pop(last, None)
    elif isinstance(tree, list):
        tree[int(last)] = value
    else:
        tree[last] = value


def make_config(row, bundle, cgroup):
    config = copy.deepcopy(BASE)
    config["linux"]["cgroupsPath"] = "/%s/%s" % (cgroup, row["name"])
    if "run" in row:
        config["process"]["args"] = ["/bin/sh", "-c", row["run"]]
    for path, value in row.get("set", {}).items():
        put(config, path, value)
    config["mounts"] += row.get("mounts", [])
    config["linux"]["namespaces"] += row.get("namespaces", [])
    return json.loads(json.dumps(config).replace("@B@", bundle))


def make_root(folder):
    """One tree for all, copied for each run: some rows write."""
    for name in "bin dev etc home/app proc root sys tmp usr/bin var opt/dir".split():
        os.makedirs(os.path.join(folder, name))
    busybox = shutil.which("busybox")
    shutil.copy(busybox, folder + "/bin/busybox")
    for applet in APPLETS.split():
        os.symlink("busybox", folder + "/bin/" + applet)
    files = {
        "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n",
        "/etc/group": "root:x:0:\napp:x:1000:\nvideo:x:44:app\n",
        "/opt/file": "from the image\n", "/opt/noexec": "#!/bin/sh\n",
        "/opt/badformat": "\x7fELFnot", "/opt/script": "#!/bin/sh\necho script \"$@\"\n",
        "/opt/nointerpreter": "#!/no/such/thing\n", "/opt/dir/inner": "inner\n",
    }
    for name, text in files.items():
        with open(folder + name, "w") as file:
            file.write(text)
    for name in ("/opt/badformat", "/opt/script", "/opt/nointerpreter"):
        os.chmod(folder + name, 0o755)
    os.chmod(folder + "/tmp", 0o1777)
    os.chown(folder + "/home/app", 1000, 1000)
    os.symlink("/opt/file", folder + "/opt/link")
    os.symlink("/etc", folder + "/opt/outside")


def command_for(runtime, root, bundle, name):
    words = [RUNTIMES[runtime], "--root", root, "run", "--bundle", bundle, name]
    if runtime == "crun" and os.path.ismount(UNIFIED):
        # crun takes a hybrid host for a mistake.
        return ["unshare", "-m", "sh", "-c", "umount %s && exec \"$@\"" % UNIFIED, "sh"] + words
    return words


def run_plain(words, text):
    done = subprocess.run(words, input=text, capture_output=True, timeout=TIMEOUT_S)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def run_terminal(words):
    """The runtime on a terminal of its own, as a person starts it."""
    pid, master = pty.fork()
    if pid == 0:
        os.execvp(words[0], words)
    output = b""
    while select.select([master], [], [], TIMEOUT_S)[0]:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        output += piece
    os.close(master)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, output.decode(errors="replace").replace("\r\n", "\n"), ""


def shell(script, bundle):
    done = subprocess.run(["sh", "-c", script.replace("@B@", bundle)], cwd=bundle, capture_output=True, timeout=TIMEOUT_S)
    return done.stdout.decode(errors="replace")


def error_class(status, text):
    if status == 0 or not text.strip():
        return ""
    for name, pattern in CLASSES:
        if re.search(pattern, text, re.IGNORECASE):
            return name
    return "other"


def outcome(runtime, row, work, tree, cgroup):
    bundle = os.path.join(work, runtime + "-" + row["name"])
    os.makedirs(bundle)
    os.chmod(bundle, 0o755)
    subprocess.run(["cp", "-a", tree, bundle + "/rootfs"], check=True)
    if "host" in row:
        shell(row["host"], bundle)
    if "config" in row:  # as it is: what no JSON writer makes
        text = row["config"]
    else:
        text = json.dumps(make_config(row, bundle, cgroup), indent=1)
    with open(bundle + "/config.json", "w") as file:
        file.write(text)
    words = command_for(runtime, os.path.join(work, "state-" + runtime), bundle, "bundle-" + row["name"])
    if row.get("tty"):
        status, output, errors = run_terminal(words)
    else:
        status, output, errors = run_plain(words, row.get("stdin", "").encode())
    if "after" in row:
        output += shell(row["after"], bundle)
    if runtime != "unroot":
        output = without_library_signals(output)
    shutil.rmtree(bundle, ignore_errors=True)
    # The payload's own complaints are no runtime's.
    return {"exit": status, "out": output.replace(bundle, "@B@"), "err": error_class(status, errors)}, errors


def expected(runtime, row):
    want = {"exit": 0, "out": "", "err": ""}
    want.update(row.get("expect", {}))
    want.update({k: v for k, v in row.get(runtime, {}).items() if k in want})
    return want


def without_library_signals(text):
    """32 and 33 are the C library's own: whoever started the test may have left them ignored, and peers pass that on."""
    return re.sub(r"(SigIgn:\t)([0-9a-f]{16})", lambda m: "%s%016x" % (m[1], int(m[2], 16) & ~0x180000000), text)


def matches(want, got):
    if want["exit"] != got["exit"] or want["err"] not in ("*", got["err"]):
        return False
    if isinstance(want["out"], dict):
        return re.fullmatch(want["out"]["pattern"], got["out"], re.DOTALL) is not None
    return want["out"] == got["out"]


def load_rows():
    rows = []
    for path in sorted(glob.glob(HERE + "/bundles/*.json")):
        with open(path) as file:
            rows += [dict(row, group=os.path.basename(path)[:-5]) for row in json.load(file)]
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names)), "a name stands there twice"
    for row in rows:
        for runtime in RUNTIMES:
            assert runtime not in row or row[runtime].get("why"), "%s: %s differs without a reason" % (row["name"], runtime)
    return rows


def compare(rows, runtimes, show):
    failed = 0
    cgroup = os.environ.get("ENGINES_CGROUP", "unroot-bundles-%d" % os.getpid())
    work = tempfile.mkdtemp(prefix="unroot-bundles.", dir=os.environ.get("ENGINES", "/var/tmp"))
    os.chmod(work, 0o755)
    try:
        tree = work + "/tree"
        make_root(tree)
        for row in rows:
            for runtime in runtimes:
                want = expected(runtime, row)
                if row.get(runtime, {}).get("skip"):
                    continue
                got, errors = outcome(runtime, row, work, tree, cgroup)
                good = matches(want, got)
                if not good and runtime != "unroot":  # a peer that stumbles on a busy machine is asked once more
                    got, errors = outcome(runtime, row, work, tree, cgroup)
                    good = matches(want, got)
                failed += not good
                if show or not good:
                    print("%s %s %s: %s" % ("ok  " if good else "DIFF", row["name"], runtime, json.dumps(got)))
                    if not good:
                        print("     wanted: %s\n     said: %s" % (json.dumps(want), errors.strip()[:400]))
    finally:
        subprocess.run(["rm", "-rf", "--one-file-system", work], check=False)
        for group in glob.glob("/sys/fs/cgroup/%s" % cgroup) + glob.glob("/sys/fs/cgroup/*/%s" % cgroup):
            subprocess.run(["find", group, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"],
                           check=False, stderr=subprocess.DEVNULL)
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runtime", action="append", choices=sorted(RUNTIMES))
    parser.add_argument("--only", default="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    rows = [row for row in load_rows() if fnmatch.fnmatch(row["name"], options.only)]
    if options.list:
        for row in rows:
            print(row["group"], row["name"], *(n + ": " + row[n]["why"] for n in sorted(RUNTIMES) if n in row))
        return 0
    runtimes = options.runtime or sorted(RUNTIMES)
    runtimes = [n for n in runtimes if RUNTIMES[n] and shutil.which(RUNTIMES[n])]
    failed = compare(rows, runtimes, options.show)
    print("%d bundles, %s, %d differences" % (len(rows), " ".join(runtimes), failed))
    return 1 if failed or not rows or not runtimes else 0


if __name__ == "__main__":
    sys.exit(main())
