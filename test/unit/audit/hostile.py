#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile inputs: each one alone ends with a clear line, in bounded time and memory. hostile.py UNROOT"""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time

UNROOT = os.path.abspath(sys.argv[1])
SANITIZED = b"__asan_init" in open(UNROOT, "rb").read()
# A sanitizer keeps what was freed; a loaded machine is slow.
SECONDS, MEBIBYTES = (120, 1500) if SANITIZED else (60, 320)
CASES = []


def case(text, code=2, verdict=None):
    """What must be said (a line of the answer has it), the exit code, and the only verdict that may come."""
    def register(function):
        CASES.append((function, text, code, verdict))
        return function
    return register


def write(name, data):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return name


# YAML and JSON

@case("aliases expand to more than")
def yaml_alias_bomb():
    lines = "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    return write("bomb.yaml", "apiVersion: v1\nkind: Pod\na0: &a0 [x,x,x,x,x,x,x,x,x]\n" + lines)


@case("aliases expand to more than")
def compose_alias_bomb():
    lines = "".join(f"x-a{i}: &a{i} {{{','.join(f'k{n}: *a{i - 1}' for n in range(9))}}}\n" for i in range(1, 30))
    return write("compose.yaml", "x-a0: &a0 {k: v}\n" + lines + "services:\n  a: *a29\n")


@case("stands inside what it names")
def yaml_alias_of_itself():
    return write("compose.yaml", "services: &s\n  a: *s\n")


@case("nested deeper than 200 levels")
def yaml_nesting_flow():
    return write("compose.yaml", "services: " + "{a: " * 100000)


@case("nested deeper than 200 levels")
def yaml_nesting_block():
    return write("compose.yaml", "services:\n  " + "- " * 100000 + "x\n")


@case("more than 64 levels")
def json_nesting():
    return write("pod.json", '{"apiVersion":1,"kind":' + "[" * 100000 + "]" * 100000 + "}")


@case("extends goes round in a circle")
def compose_extends_circle():
    return write("compose.yaml", "services:\n  a: {image: debian:12, extends: b}\n  b: {extends: a}\n")


@case("include nested deeper than")
def compose_include_circle():
    return write("compose.yaml", "include: [compose.yaml]\nservices:\n  a: {image: debian:12}\n")


@case("larger than", 2, "root")
def compose_variable_growth():
    write(".env", "A0=" + "x" * 1000 + "\n" + "".join(f"A{i}=" + f"${{A{i - 1}}}" * 10 + "\n" for i in range(1, 12)))
    return write("compose.yaml", "services:\n  a: {image: debian:12, user: \"${A11}\"}\n")


# Dockerfiles

@case("", 1)
def dockerfile_line_of_15_mib():
    return write("Dockerfile", "FROM debian:12\nRUN " + "a" * (15 << 20) + "\n")


@case("larger than 16 MiB, not read")
def line_of_1_gb():
    with open("Dockerfile", "wb") as f:
        f.write(b"FROM debian:12\nRUN ")
        f.truncate(1 << 30)
    return "Dockerfile"


@case("larger than 16 MiB, not read")
def line_of_1_gb_from_standard_input():
    return "-"


@case("", 0, "unknown")
def dockerfile_growing_variable():
    return write("Dockerfile", "FROM scratch\nENV A=aaaaaaaaaaaaaaaa\n" + "ENV A=$A$A$A$A\n" * 40 + "USER $A\n")


@case("Dockerfile:2")
def dockerfile_onbuild_chain():
    return write("Dockerfile", "FROM a\n" + "ONBUILD " * 200000 + "RUN x\n")


@case("Dockerfile:2")
def dockerfile_open_heredoc():
    return write("Dockerfile", "FROM debian:12\nRUN <<E\n" + "x\n" * 1000000)


@case("", 1)
def dockerfile_5000_stages():
    return write("Dockerfile", "".join(f"FROM debian:12 AS s{i}\n" for i in range(5000)))


@case("a NUL byte")
def dockerfile_noise():
    return write("Dockerfile", b"FROM a\n" + bytes(range(256)) * 4096)


@case("", 1)
def script_of_100000_ifs():
    return write("Dockerfile", "FROM debian:12\nRUN <<E\n" + "if x; then\n" * 100000 + "E\n")


# What is no ordinary file

@case("not a regular file")
def fifo():
    os.mkfifo("Dockerfile")
    return "."


@case("Too many levels of symbolic links")
def symlink_loop():
    os.symlink("loop", "Dockerfile")
    os.symlink("Dockerfile", "loop")
    return "."


@case("Invalid cross-device link")
def symlink_out():
    os.symlink("/etc/passwd", "Dockerfile")
    return "."


@case("nothing to judge", 0)
def folder_loop():
    os.makedirs("d/e")
    os.symlink("../..", "d/e/again")
    return "."


@case("nested deeper than 64")
def folder_depth():
    here = os.getcwd()
    for _ in range(300):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(here)
    return "."


@case("", 1)
def names_with_controls():
    write("a\n::error::b\x1b[31m/Dockerfile", "FROM scratch\n")
    return "."


# Archives and layouts

def tar(entries):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.GNU_FORMAT) as t:
        for name, content, mode, *owner in entries:
            info = tarfile.TarInfo(name)
            info.mode, info.uid = mode, (owner or [0])[0]
            if isinstance(content, tuple):
                info.type, info.linkname = content
                t.addfile(info)
            else:
                info.size = len(content)
                t.addfile(info, io.BytesIO(content))
    return data.getvalue()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def blobs_of(layer, user, packed):
    blob = gzip.compress(layer, mtime=0) if packed else layer
    config = compact({"architecture": "amd64", "os": "linux", "config": {"User": user},
                      "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha(layer)]}})
    manifest = compact({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:" + sha(config),
                   "size": len(config)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar" + ("+gzip" if packed else ""),
                    "digest": "sha256:" + sha(blob), "size": len(blob)}]})
    index = compact({"schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:" + sha(manifest),
        "size": len(manifest)}]})
    return blob, config, manifest, index


def layout(layer, user="app", packed=False, breaking=None):
    """`breaking` changes the blobs after their digests were taken: a function of the list."""
    blob, config, manifest, index = blobs_of(layer, user, packed)
    write("image/oci-layout", '{"imageLayoutVersion":"1.0.0"}')
    write("image/index.json", index)
    names = [f"image/blobs/sha256/{sha(b)}" for b in (blob, config, manifest)]
    for name, data in zip(names, (blob, config, manifest)):
        write(name, data)
    if breaking:
        breaking(names)
    return "image"


def as_archive(layer, user="app"):
    blob, config, manifest, index = blobs_of(layer, user, False)
    return write("image.tar", tar([("oci-layout", b'{"imageLayoutVersion":"1.0.0"}', 0o644), ("index.json", index, 0o644)] +
                                  [(f"blobs/sha256/{sha(b)}", b, 0o644) for b in (blob, config, manifest)]))


HOST_PASSWD = [("etc/passwd", (tarfile.SYMTYPE, "../../../../../../../../etc/passwd"), 0o777)]


# "daemon" is an account of this host: an image without a passwd of its own has none.
@case("it will not start", 0, "unknown")
def tar_link_to_the_hosts_passwd():
    return layout(tar(HOST_PASSWD), "daemon")


@case("it will not start", 0, "unknown")
def tar_hard_link_to_the_hosts_passwd():
    return layout(tar([("etc/passwd", (tarfile.LNKTYPE, "/etc/passwd"), 0o644)]), "daemon")


@case("it will not start", 0, "unknown")
def tar_dots_and_devices():
    line = b"app:x:1000:1000::/:\n"
    return layout(tar([("../etc/passwd", line, 0o644), ("x/../../etc/passwd", line, 0o644),
                       ("etc/passwd", (tarfile.CHRTYPE, ""), 0o666), ("dev/x", (tarfile.BLKTYPE, ""), 0o666)]))


# An absolute name is that of the image, as every unpacker of layers takes it.
@case("", 1, "root")
def tar_absolute():
    return layout(tar([("/etc/passwd", b"app:x:0:0::/:\n", 0o644)]))


@case("", 1, "root")
def tar_absolute_in_an_archive():
    return as_archive(tar([("/etc/passwd", b"app:x:0:0::/:\n", 0o644)]))


@case("it will not start", 0, "unknown")
def tar_link_loop():
    return layout(tar([("etc/passwd", (tarfile.SYMTYPE, "passwd"), 0o777), ("a", (tarfile.LNKTYPE, "b"), 0o644),
                       ("b", (tarfile.LNKTYPE, "a"), 0o644)]))


# The last entry of a name counts, as it does for whoever unpacks.
@case("", 1, "root")
def tar_name_twice():
    return layout(tar([("etc/passwd", b"app:x:1000:1000::/:\n", 0o644), ("etc/passwd", b"app:x:0:0::/:\n", 0o644)]))


@case("")
def tar_of_noise():
    return layout(tar([("a", b"x" * 3000, 0o644)])[:2000] + os.urandom(4000))


@case("", 0, "unknown")
def gzip_bomb():
    data = io.BytesIO()
    with gzip.GzipFile(fileobj=data, mode="wb", mtime=0) as z:
        info = tarfile.TarInfo("big")
        info.size = 128 << 20
        z.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(128):
            z.write(bytes(1 << 20))
        z.write(bytes(1024))
    blob = data.getvalue()
    config = compact({"architecture": "amd64", "os": "linux", "config": {"User": "app"},
                      "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}})
    manifest = compact({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                                   "digest": "sha256:" + sha(config), "size": len(config)},
                        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                                    "digest": "sha256:" + sha(blob), "size": len(blob)}]})
    for b in (blob, config, manifest):
        write(f"image/blobs/sha256/{sha(b)}", b)
    write("image/oci-layout", "{}")
    write("image/index.json", compact({"schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:" + sha(manifest),
        "size": len(manifest)}]}))
    return "image"


@case("")
def tar_of_many_entries():
    # tarfile takes ten seconds for so many: of one header, the name's digits and the sum are changed.
    one, at = tar([("etc/sudoers.d/000000", b"x", 0o644)])[:1024], len("etc/sudoers.d/")
    total = int(one[148:154], 8) - sum(b"000000")
    entries = bytearray()
    for i in range(250000):
        digits = b"%06d" % i
        entries += one[:at] + digits + one[at + 6:148] + b"%06o" % (total + sum(digits)) + one[154:]
    return layout(bytes(entries) + bytes(10240), "1000")


GOOD = tar([("etc/passwd", b"app:x:1500:1500::/:\n", 0o644)])


def break_layer(names):
    write(names[0], b"other" * 100)


def replace(n, make):
    def breaking(names):
        os.unlink(names[n])
        make(names[n])
    return breaking


@case("the content has another digest", 2, "unknown")
def layout_wrong_layer():
    return layout(GOOD, breaking=break_layer)


@case("No such file or directory", 2, "unknown")
def layout_missing_layer():
    return layout(GOOD, breaking=lambda names: os.unlink(names[0]))


@case("No such file or directory")
def layout_missing_config():
    return layout(GOOD, breaking=lambda names: os.unlink(names[1]))


@case("the content has another digest")
def layout_wrong_manifest():
    return layout(GOOD, breaking=lambda names: write(names[2], b"{}"))


@case("not a regular file", 2, "unknown")
def layout_layer_is_a_fifo():
    return layout(GOOD, breaking=replace(0, os.mkfifo))


@case("not a regular file")
def layout_config_is_a_fifo():
    return layout(GOOD, breaking=replace(1, os.mkfifo))


@case("Invalid cross-device link")
def layout_config_leads_out():
    return layout(GOOD, breaking=replace(1, lambda name: os.symlink("/etc/passwd", name)))


@case("is no sha256 digest")
def layout_digest_leads_out():
    layout(GOOD)
    write("image/index.json", compact({"schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:../../../etc/passwd", "size": 1}]}))
    return "image"


@case("no JSON value begins like this")
def layout_index_is_noise():
    layout(GOOD)
    write("image/index.json", b"\xff\x00{")
    return "image"


def feed(pipe):
    try:
        pipe.write(b"FROM debian:12\nRUN ")
        for _ in range(1024):
            pipe.write(b"a" * (1 << 20))
        pipe.close()
    except BrokenPipeError:
        pass


def run(function, text, code, verdict):
    path = function()
    start = time.monotonic()
    with open("../out", "wb+") as out:
        with subprocess.Popen([UNROOT, "audit", path], stdin=subprocess.PIPE if path == "-" else subprocess.DEVNULL,
                              stdout=out, stderr=out, preexec_fn=lambda: __import__("signal").alarm(SECONDS)) as child:
            if path == "-":
                feed(child.stdin)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().decode(errors="replace")
    seconds, memory = time.monotonic() - start, usage.ru_maxrss / 1024
    problems = []
    if child.returncode != code:
        problems.append(f"exit code {child.returncode}, wanted {code}")
    if text not in said:
        problems.append(f"no line with {text!r}")
    labels = {"ROOT": "root", "UNKNOWN": "unknown", "ok": "fine", "DROPS": "drops"}
    verdicts = {labels[line.split()[0]] for line in said.splitlines() if line.split() and line.split()[0] in labels}
    if verdict and verdicts != {verdict}:
        problems.append(f"verdicts {verdicts}, wanted {verdict}")
    if memory > MEBIBYTES or seconds > SECONDS:
        problems.append(f"{seconds:.1f} s, {memory:.0f} MiB")
    for line in said.splitlines():
        if "\x1b" in line or line.startswith("::"):
            problems.append("a control character reaches the terminal")
    print(f"{'not ok' if problems else 'ok'} {function.__name__}: {seconds:.2f} s, {memory:.0f} MiB")
    if problems:
        print("   ", "; ".join(problems), "\n    " + said[:600].replace("\n", "\n    "))
    return not problems


def main():
    failures = 0
    wanted = sys.argv[2:]
    for function, text, code, verdict in CASES:
        if wanted and function.__name__ not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "here"))
            os.chdir(os.path.join(folder, "here"))
            failures += not run(function, text, code, verdict)
            os.chdir("/")
    print(f"{len(CASES)} cases, {failures} failed")
    return 1 if failures else 0


sys.exit(main())
