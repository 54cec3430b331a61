#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds every Dockerfile of a folder with `unroot build` and with `podman build` from the same base and context, and
compares what comes out: files, owners, modes, links, content, times of copied files, and the configuration.

    build_peers.py UNROOT DOCKERFILES WORK [NAME...]

In a Dockerfile `#differs: PATH FIELD: why` says where we differ on purpose (config fields have the PATH "config"); it is
a mistake when we do not. `#dockerignore: LINE` is a line of .dockerignore for this case.
"""
import gzip
import hashlib
import io
import json
import os
import re
import stat
import subprocess
import sys
import tarfile

# Debian's podman refuses a hybrid tree of control groups, and keeps its locks in /dev/shm.
PRIVATE = "umount /sys/fs/cgroup/unified 2>/dev/null; mount -t tmpfs tmpfs /dev/shm && "
OLD = 1577836800  # 2020-01-01: the time of everything in the context


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300, **more)
    if done.returncode != 0:
        raise RuntimeError("%s: status %d\n%s" % (" ".join(command[:6]), done.returncode, (done.stdout + done.stderr)[-1500:]))
    return done.stdout.strip()


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


def make_archive(path, mode):
    with tarfile.open(path, mode) as t:
        for name, kind, bits, content in [("t", tarfile.DIRTYPE, 0o750, ""), ("t/file", tarfile.REGTYPE, 0o4711, "F"),
                                          ("t/link", tarfile.SYMTYPE, 0o777, "../../etc")]:
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.uid, info.gid, info.mtime = kind, bits, 33, 44, OLD
            if kind == tarfile.SYMTYPE:
                info.linkname = content
                t.addfile(info)
            else:
                info.size = len(content)
                t.addfile(info, io.BytesIO(content.encode()))


def make_context(c):
    write(c + "/a.txt", "a\n")
    write(c + "/b.txt", "b\n", 0o600)
    write(c + "/tree/one", "1\n")
    write(c + "/tree/sub/two", "2\n", 0o640)
    write(c + "/tree/sub/x.tmp", "tmp\n")
    write(c + "/tree/sub/deep/er/file", "deep\n")
    os.makedirs(c + "/tree/empty")
    os.chmod(c + "/tree/sub", 0o750)
    os.chmod(c + "/tree/empty", 0o1777)
    write(c + "/odd/with blank", "1\n")
    write(c + "/odd/ünï☺", "2\n")
    write(c + "/odd/-dash", "3\n")
    write(c + "/odd/new\nline", "4\n")
    write(c + "/odd/" + "n" * 255, "5\n")
    write(c + "/bin/run.sh", "#!/bin/sh\nid\n", 0o755)
    write(c + "/bin/suid", "s\n", 0o4755)
    write(c + "/hard/one", "hard\n")
    os.link(c + "/hard/one", c + "/hard/two")
    os.makedirs(c + "/links")
    os.symlink("../a.txt", c + "/links/to-file")
    os.symlink("/tree/sub", c + "/links/to-folder")
    os.symlink("nowhere", c + "/links/dangling")
    write(c + "/not-a-tar.gz", "")
    with open(c + "/not-a-tar.gz", "wb") as f:
        f.write(gzip.compress(b"plain", mtime=0))
    make_archive(c + "/plain.tar", "w")
    make_archive(c + "/packed.tar.gz", "w:gz")
    for folder, _, files in os.walk(c, topdown=False):
        for name in files + [""]:
            os.utime(os.path.join(folder, name), (OLD, OLD), follow_symlinks=False)


def describe(mode, uid, gid, mtime, target, content, links):
    kind = stat.S_IFMT(mode)
    e = dict(kind=oct(kind), mode=oct(stat.S_IMODE(mode)), owner="%d:%d" % (uid, gid))
    if kind == stat.S_IFLNK:
        e["target"] = target
        del e["mode"]
    if kind == stat.S_IFREG:
        e["content"] = hashlib.sha256(content).hexdigest()[:16]
        e["links"] = links
        if mtime < OLD + 86400 and mtime > OLD - 86400:
            e["mtime"] = mtime
    return e


def read_tar(path):
    tree, first = {}, {}
    with tarfile.open(path) as t:
        for m in t:
            name = "/" + m.name.strip("/").removeprefix("./").removeprefix(".")
            if m.islnk():
                other = "/" + m.linkname.strip("/").removeprefix("./")
                first.setdefault(other, [other]).append(name)
                tree[name] = tree[other]
                continue
            kinds = {tarfile.DIRTYPE: stat.S_IFDIR, tarfile.SYMTYPE: stat.S_IFLNK, tarfile.FIFOTYPE: stat.S_IFIFO}
            content = t.extractfile(m).read() if m.isreg() else b""
            tree[name] = describe(m.mode | kinds.get(m.type, stat.S_IFREG), m.uid, m.gid, int(m.mtime), m.linkname, content, [name])
    for names in first.values():
        for name in names:
            tree[name]["links"] = sorted(names)
    return tree


def read_folder(root):
    tree, inodes = {}, {}
    for folder, folders, files in os.walk(root):
        for name in folders + files + ([""] if folder == root else []):
            path = os.path.join(folder, name)
            s = os.lstat(path)
            inside = "/" + os.path.relpath(path, root) if path.rstrip("/") != root.rstrip("/") else "/"
            content = b""
            if stat.S_ISREG(s.st_mode):
                inodes.setdefault(s.st_ino, []).append(inside)
                with open(path, "rb") as f:
                    content = f.read()
            target = os.readlink(path) if stat.S_ISLNK(s.st_mode) else None
            tree[inside] = describe(s.st_mode, s.st_uid, s.st_gid, int(s.st_mtime), target, content, inodes.get(s.st_ino))
    for names in inodes.values():
        for name in names:
            tree[name]["links"] = sorted(names)
    return tree


def norm_config(c):
    health = c.get("Healthcheck") or {}
    return {
        "Env": sorted(c.get("Env") or []), "Cmd": c.get("Cmd") or None, "Entrypoint": c.get("Entrypoint") or None,
        "User": c.get("User") or "", "WorkingDir": c.get("WorkingDir") or "", "StopSignal": c.get("StopSignal") or "",
        "Labels": {k: v for k, v in (c.get("Labels") or {}).items() if k != "io.buildah.version"},
        "Volumes": sorted(c.get("Volumes") or {}), "ExposedPorts": sorted(c.get("ExposedPorts") or {}),
        "Healthcheck": {k: health.get(k) or 0 for k in ("Test", "Interval", "Timeout", "Retries", "StartPeriod")},
    }


class Peers:
    def __init__(self, unroot, work):
        self.unroot, self.work = unroot, work
        peer = work + "/podman"
        os.makedirs(peer + "/tmp")
        self.podman = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                       PRIVATE + "exec \"$@\"", "podman",
                       "podman", "--root", peer + "/root", "--runroot", peer + "/run", "--tmpdir", peer + "/libpod",
                       "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file"]
        self.env = dict(os.environ, TMPDIR=peer + "/tmp", HOME=peer)

    def build_ours(self, dockerfile, context):
        name = "ours"
        run([self.unroot, "build", "-q", "--network", "none", "-t", name, "-f", dockerfile, context])
        config = json.loads(run([self.unroot, "image", "inspect", "--format", "{{json .Config}}", name]))
        run([self.unroot, "create", "--name", "peer-case", name, "x"])
        try:
            run([self.unroot, "export", "-o", self.work + "/ours.tar", "peer-case"])
        finally:
            run([self.unroot, "rm", "peer-case"])
        return read_tar(self.work + "/ours.tar"), norm_config(config)

    def build_theirs(self, dockerfile, context):
        run(self.podman + ["build", "-q", "--layers=false", "--isolation", "chroot", "--network", "host", "--format", "docker",
                           "-t", "localhost/theirs", "-f", dockerfile, context], env=self.env)
        # What is mounted is seen only where the command ran that mounted it: the walk is there too.
        place = self.work + "/theirs.json"
        answer = run(self.podman[:6] + [PRIVATE + "root=$(\"$@\" image mount localhost/theirs) && python3 %s --walk \"$root\" %s && "
                                        "exec \"$@\" inspect --type image localhost/theirs"
                                        % (os.path.abspath(__file__), place)] + self.podman[7:], env=self.env)
        image = json.loads(answer[answer.index("["):])[0]
        config = dict(image["Config"], Healthcheck=image.get("Healthcheck") or {})
        with open(place) as f:
            return json.load(f), norm_config(config)


def compare(ours, theirs):
    found = {}
    for path in sorted(set(ours[0]) | set(theirs[0])):
        a, b = ours[0].get(path), theirs[0].get(path)
        if a is None or b is None:
            found[(path, "exists")] = "only %s has it" % ("podman" if a is None else "unroot")
            continue
        for field in sorted(set(a) | set(b)):
            if a.get(field) != b.get(field):
                found[(path, field)] = "%s here, %s in podman's" % (a.get(field), b.get(field))
    for field in ours[1]:
        if ours[1][field] != theirs[1][field]:
            found[("config", field)] = "%s here, %s in podman's" % (ours[1][field], theirs[1][field])
    return found


# What a build itself leaves or needs in the base, not the Dockerfile.
def tidy(tree):
    for path in ("/dev", "/proc", "/sys", "/run"):
        tree.pop(path, None)
    return tree


def try_case(peers, path, context):
    text = open(path).read()
    expected = {(m[0], m[1]) for m in re.findall(r"^#differs: (\S+) (\w+): ", text, re.M)}
    ignored = re.findall(r"^#dockerignore: (.*)$", text, re.M)
    rules = context + "/.dockerignore"
    with open(rules, "w") as f:
        f.write("".join(line + "\n" for line in ignored + [".dockerignore"]))
    ours, theirs = peers.build_ours(path, context), peers.build_theirs(path, context)
    tidy(ours[0]), tidy(theirs[0])
    found = compare(ours, theirs)
    problems = ["%s %s: %s" % (p, f, found[(p, f)]) for p, f in found if (p, f) not in expected]
    problems += ["%s %s: said to differ, and does not" % key for key in expected if key not in found]
    return problems


def main():
    if sys.argv[1] == "--walk":
        with open(sys.argv[3], "w") as f:
            json.dump(read_folder(sys.argv[2]), f)
        return 0
    unroot, folder, work = sys.argv[1:4]
    context = work + "/context"
    make_context(context)
    peers = Peers(unroot, work)
    run(peers.podman + ["import", "-q", work + "/base.tar", "localhost/build-base"], env=peers.env)
    failed = count = 0
    for name in sys.argv[4:] or sorted(f for f in os.listdir(folder) if f.endswith(".Dockerfile")):
        count += 1
        try:
            problems = try_case(peers, os.path.join(folder, name), context)
        except RuntimeError as e:
            problems = [str(e)]
        print("%s %s" % ("not ok" if problems else "ok", name), flush=True)
        for p in problems[:20]:
            print("    " + p)
        failed += bool(problems)
    print("%d Dockerfiles, %d differ" % (count, failed))
    return 1 if failed else 0


sys.exit(main())
