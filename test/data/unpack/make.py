#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes layer archives into a folder: ok-NAME with ok-NAME.expect beside it, and bad-NAME.

An .expect file lists the tree that must come out, a line for each name, sorted by path:
    PATH TYPE MODE UID GID [SIZE | -> TARGET]      TYPE: f d l p w (w: overlay's whiteout); a folder ending in
    "!" is opaque. Hard links are given as `= FIRST` after the size.
What an archive tries to reach outside of the tree must not change; the test looks.
"""
import gzip
import io
import sys
import tarfile
import zlib
from pathlib import Path

OUT = Path(sys.argv[1])


class Layer:
    def __init__(self, name, format=tarfile.PAX_FORMAT):
        self.name = name
        self.bytes = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.bytes, mode="w", format=format, encoding="utf-8", errors="surrogateescape")

    def add(self, name, type=tarfile.REGTYPE, data=b"", mode=0o644, uid=0, gid=0, link="", mtime=1000000000, pax=None):
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.uid, info.gid, info.linkname, info.mtime = type, mode, uid, gid, link, mtime
        info.size = len(data) if type == tarfile.REGTYPE else 0
        info.pax_headers = pax or {}
        self.tar.addfile(info, io.BytesIO(data))
        return self

    def file(self, name, data=b"x", **more):
        return self.add(name, data=data, **more)

    def dir(self, name, mode=0o755, **more):
        return self.add(name, tarfile.DIRTYPE, mode=mode, **more)

    def link(self, name, target, **more):
        return self.add(name, tarfile.SYMTYPE, link=target, mode=0o777, **more)

    def hard(self, name, target):
        return self.add(name, tarfile.LNKTYPE, link=target)

    def done(self, *expect, data=None):
        self.tar.close()
        (OUT / self.name).write_bytes(self.bytes.getvalue() if data is None else data)
        if self.name.startswith("ok-"):
            (OUT / (self.name + ".expect")).write_bytes(
                b"".join(e.encode("utf-8", "surrogateescape") + b"\n" for e in expect))
        return self.bytes.getvalue()


def ok_names():
    Layer("ok-plain").dir("a").file("a/f", b"hello", mode=0o640, uid=5, gid=6).link("a/l", "f").done(
        "a d 755 0 0", "a/f f 640 5 6 5", "a/l l 777 0 0 -> f")
    Layer("ok-absolute-names").dir("/etc").file("/etc/passwd", b"root").file("//opt//x").done(
        "etc d 755 0 0", "etc/passwd f 644 0 0 4", "opt d 755 0 0", "opt/x f 644 0 0 1")
    Layer("ok-dots").dir("./").dir("./a/").file("./a/./b").done("a d 755 0 0", "a/b f 644 0 0 1")
    long = "n" * 255
    Layer("ok-long-name").file(long).file("d/" * 100 + "e").done(
        *sorted([f"{'/'.join('d' * i)} d 755 0 0" for i in range(1, 101)] + ["d/" * 100 + "e f 644 0 0 1",
                                                                            f"{long} f 644 0 0 1"],
                key=lambda line: line.split()[0].encode()))
    Layer("ok-long-name-gnu", tarfile.GNU_FORMAT).file(long).link("l", "t" * 300).done(
        f"l l 777 0 0 -> {'t' * 300}", f"{long} f 644 0 0 1")
    # Two normal forms of one letter are two names, and bytes that are no UTF-8 stay what they are.
    Layer("ok-two-accents").file("cafe\u0301").file("caf\u00e9", b"yy").done(
        "cafe\u0301 f 644 0 0 1", "caf\u00e9 f 644 0 0 2")
    Layer("ok-no-utf8", tarfile.GNU_FORMAT).file("a\udcffb").done("a\udcffb f 644 0 0 1")
    Layer("ok-deep").file("d/" * 1000 + "f").done(
        *[f"{'/'.join('d' * i)} d 755 0 0" for i in range(1, 1001)], "d/" * 1000 + "f f 644 0 0 1")
    Layer("ok-empty").done()
    Layer("ok-root-mode").add(".", tarfile.DIRTYPE, mode=0o711, uid=3, gid=4).file("f").done(
        ". d 711 3 4", "f f 644 0 0 1")


def ok_whiteouts():
    Layer("ok-whiteout").dir("a").file("a/.wh.gone", b"").done("a d 755 0 0", "a/gone w 0 0 0")
    Layer("ok-opaque").dir("a").file("a/.wh..wh..opq", b"").file("a/new").done("a d! 755 0 0", "a/new f 644 0 0 1")
    Layer("ok-opaque-root").file(".wh..wh..opq", b"").file("f").done(". d! 755 0 0", "f f 644 0 0 1")
    Layer("ok-opaque-after").dir("a").file("a/new").file("a/.wh..wh..opq", b"").done(
        "a d! 755 0 0", "a/new f 644 0 0 1")
    Layer("ok-whiteout-then-folder").file(".wh.a", b"").dir("a").file("a/f").done("a d! 755 0 0", "a/f f 644 0 0 1")
    Layer("ok-folder-then-whiteout").dir("a").file("a/f").file(".wh.a", b"").done("a d! 755 0 0", "a/f f 644 0 0 1")
    Layer("ok-whiteout-then-file").file(".wh.a", b"").file("a").done("a f 644 0 0 1")
    Layer("ok-file-then-whiteout").file("a").file(".wh.a", b"").done("a f 644 0 0 1")
    Layer("ok-aufs-mark").file(".wh..wh.aufs", b"").file("f").done("f f 644 0 0 1")


def ok_links():
    Layer("ok-hard").file("a").hard("b", "a").hard("c", "/a").done(
        "a f 644 0 0 1", "b f 644 0 0 1 = a", "c f 644 0 0 1 = a")
    Layer("ok-hard-to-link").link("a", "/nowhere").hard("b", "a").done(
        "a l 777 0 0 -> /nowhere", "b l 777 0 0 -> /nowhere")
    Layer("ok-hard-itself").file("a").hard("a", "a").done("a f 644 0 0 1")
    Layer("ok-absolute-link-parent").dir("b").link("a", "/b").file("a/f").done(
        "a l 777 0 0 -> /b", "b d 755 0 0", "b/f f 644 0 0 1")
    Layer("ok-hanging-link-parent").link("a", "/b/c").file("a/f").done(
        "a l 777 0 0 -> /b/c", "b d 755 0 0", "b/c d 755 0 0", "b/c/f f 644 0 0 1")
    # Each leads out of the folder for a program that follows links by name.
    Layer("ok-escape-up").link("e", "../../../../../../../../tmp/unpack-escape").file("e/f").done(
        "e l 777 0 0 -> ../../../../../../../../tmp/unpack-escape", "tmp d 755 0 0", "tmp/unpack-escape d 755 0 0",
        "tmp/unpack-escape/f f 644 0 0 1")
    Layer("ok-escape-absolute").link("e", "/tmp/unpack-escape").file("e/f").done(
        "e l 777 0 0 -> /tmp/unpack-escape", "tmp d 755 0 0", "tmp/unpack-escape d 755 0 0",
        "tmp/unpack-escape/f f 644 0 0 1")
    Layer("ok-write-through-link").link("e", "/tmp/unpack-victim").file("e", b"own").done("e f 644 0 0 3")
    Layer("ok-chmod-through-link").link("e", "/tmp").dir("e", mode=0o777, uid=7).done("e d 777 7 0")
    Layer("ok-hard-then-write").link("e", "/tmp/unpack-victim").hard("h", "e").file("h", b"own").done(
        "e l 777 0 0 -> /tmp/unpack-victim", "h f 644 0 0 3")
    Layer("ok-proc-link").link("e", "/proc/self/root/tmp").file("e/f").done(
        "e l 777 0 0 -> /proc/self/root/tmp", "proc d 755 0 0", "proc/self d 755 0 0", "proc/self/root d 755 0 0",
        "proc/self/root/tmp d 755 0 0", "proc/self/root/tmp/f f 644 0 0 1")


def ok_replacements():
    Layer("ok-twice").file("a", b"1").file("a", b"22", mode=0o600).done("a f 600 0 0 2")
    Layer("ok-file-for-folder").dir("a").file("a/b").file("a", b"22").done("a f 644 0 0 2")
    Layer("ok-folder-for-file").file("a").dir("a").file("a/b").done("a d 755 0 0", "a/b f 644 0 0 1")
    Layer("ok-folder-for-link").dir("b").link("a", "b").dir("a").file("a/f").done(
        "a d 755 0 0", "a/f f 644 0 0 1", "b d 755 0 0")
    # The folder that is open for its entries becomes a link: the next entry follows that.
    Layer("ok-link-for-open-folder").dir("b").dir("a").file("a/f").link("a", "b").file("a/g").done(
        "a l 777 0 0 -> b", "b d 755 0 0", "b/g f 644 0 0 1")
    Layer("ok-link-for-parent").dir("x/y").file("x/y/f").dir("z/y").link("x", "z").file("x/y/g").done(
        "x l 777 0 0 -> z", "z d 755 0 0", "z/y d 755 0 0", "z/y/g f 644 0 0 1")
    Layer("ok-folder-again").dir("a", mode=0o700).file("a/f").dir("a", mode=0o751, uid=9).done(
        "a d 751 9 0", "a/f f 644 0 0 1")
    Layer("ok-folder-without-rights").dir("a", mode=0).file("a/f").dir("r", mode=0o555).file("r/f", mode=0o444).done(
        "a d 0 0 0", "a/f f 644 0 0 1", "r d 555 0 0", "r/f f 444 0 0 1")


def ok_kinds():
    Layer("ok-setuid").file("s", mode=0o4755).file("g", mode=0o2755, uid=33, gid=44).dir("t", mode=0o1777).done(
        "g f 2755 33 44 1", "s f 4755 0 0 1", "t d 1777 0 0")
    Layer("ok-ids").file("a", uid=65535, gid=65535).link("l", "a", uid=950, gid=951).done(
        "a f 644 65535 65535 1", "l l 777 950 951 -> a")
    Layer("ok-fifo").add("p", tarfile.FIFOTYPE, mode=0o620, uid=1).done("p p 620 1 0")
    Layer("ok-devices").add("sda", tarfile.BLKTYPE).add("null", tarfile.CHRTYPE).file("f").done("f f 644 0 0 1")
    Layer("ok-own-whiteout-device").add("w", tarfile.CHRTYPE).done()
    Layer("ok-attributes").file("f", pax={
        "SCHILY.xattr.user.kept": "v", "SCHILY.xattr.trusted.overlay.opaque": "y", "SCHILY.xattr.user.overlay.x": "y",
        "SCHILY.xattr.security.selinux": "s", "SCHILY.xattr.trusted.unroot.size": "12345678"}).dir(
            "d", pax={"SCHILY.xattr.trusted.overlay.opaque": "y"}).done("d d 755 0 0", "f f 644 0 0 1 user.kept=v")
    Layer("ok-gnu-sparse").done("s f 644 0 0 1048577", data=gnu_sparse())
    Layer("ok-garbage-behind").file("f").done(
        "f f 644 0 0 1", data=Layer("ok-x").file("f").end() + b"\xff" * 5000)


def gnu_sparse():
    """A file of 1 MiB and a byte that holds one block in its middle (PAX sparse format 1.0)."""
    body = b"1\n524288\n512\n".ljust(512, b"\0") + b"m" * 512
    t = io.BytesIO()
    tar = tarfile.open(fileobj=t, mode="w", format=tarfile.PAX_FORMAT)
    info = tarfile.TarInfo("GNUSparseFile.0/s")
    info.size, info.mode = len(body), 0o644
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "s",
                        "GNU.sparse.realsize": "1048577"}
    tar.addfile(info, io.BytesIO(body))
    tar.close()
    return t.getvalue()


def end(layer):
    layer.tar.close()
    return layer.bytes.getvalue()


Layer.end = end


def compressed():
    plain = Layer("ok-x").file("f", b"z" * 300000).end()
    whole = ("f f 644 0 0 300000",)
    Layer("ok-gzip").done(*whole, data=gzip.compress(plain))
    pieces = [plain[i:i + 1000] for i in range(0, len(plain), 1000)]
    Layer("ok-gzip-members").done(*whole, data=b"".join(map(gzip.compress, pieces)))
    Layer("ok-gzip-padded").done(*whole, data=gzip.compress(plain) + b"\0" * 3000)
    Layer("ok-gzip-empty-member").done(*whole, data=gzip.compress(b"") + gzip.compress(plain) + gzip.compress(b""))
    Layer("bad-gzip-cut").done(data=gzip.compress(plain)[:-20])
    Layer("bad-gzip-cut-trailer").done(data=gzip.compress(plain)[:-3])
    Layer("bad-gzip-garbage").done(data=gzip.compress(plain) + b"garbage")
    data = bytearray(gzip.compress(plain))
    data[len(data) // 2] ^= 0xff
    Layer("bad-gzip-damaged").done(data=bytes(data))
    data = bytearray(gzip.compress(plain))
    data[-6] ^= 0xff
    Layer("bad-gzip-checksum").done(data=bytes(data))
    Layer("bad-gzip-header-only").done(data=b"\x1f\x8b")
    Layer("bad-zstd-damaged").done(data=b"\x28\xb5\x2f\xfd" + b"\xff" * 100)
    Layer("bad-zstd-cut").done(data=b"\x28\xb5\x2f\xfd")
    # 1.2 GB of zeros behind the archive's end cost the disk nothing, only whoever does not count.
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = z.compress(plain) + z.flush(zlib.Z_FULL_FLUSH)
    zeros = z.compress(b"\0" * 1000000) + z.flush(zlib.Z_FULL_FLUSH)
    Layer("bad-gzip-bomb").done(data=start + zeros * 1200)


def bad():
    Layer("bad-dotdot").file("../unpack-escape").done()
    Layer("bad-dotdot-inside").dir("a").file("a/../b").done()
    Layer("bad-dotdot-end").dir("a/..").done()
    Layer("bad-name-256").file("n" * 256).done()
    Layer("bad-name-256-middle").file("n" * 256 + "/f").done()
    Layer("bad-path-4096").file("d/" * 2050 + "f").done()
    Layer("bad-uid").file("a", uid=65536).done()
    Layer("bad-gid").dir("a", gid=4294967294).done()
    Layer("bad-uid-of-link").link("a", "b", uid=100000).done()
    Layer("bad-hard-missing").hard("b", "a").done()
    Layer("bad-hard-itself-missing").hard("b", "b").done()
    Layer("bad-hard-host").hard("b", "/etc/passwd").done()
    Layer("bad-hard-dotdot").hard("b", "../../../../etc/passwd").done()
    Layer("bad-hard-through-link").link("e", "/etc").hard("b", "e/passwd").done()
    Layer("bad-hard-folder").dir("a").hard("b", "a").done()
    Layer("bad-whiteout-of-nothing").file(".wh.", b"").done()
    Layer("bad-whiteout-of-dot").file(".wh..", b"").done()
    Layer("bad-whiteout-of-dotdot").file("a/.wh...", b"").done()
    Layer("bad-below-file").file("a").file("a/b").done()
    Layer("bad-link-loop").link("a", "b").link("b", "a").file("a/f").done()
    Layer("bad-root-file").file(".").done()
    Layer("bad-root-link").link("./", "/etc").done()
    Layer("bad-attributes").file("f", pax={f"SCHILY.xattr.user.n{i}": "v" for i in range(100)}).done()
    Layer("bad-attribute-size").file("f", pax={"SCHILY.xattr.user.n": "v" * 70000}).done()
    whole = Layer("ok-x").file("f", b"z" * 3000).end()
    Layer("bad-cut-data").done(data=whole[:1500])
    Layer("bad-cut-header").done(data=whole[:300])
    Layer("bad-no-tar").done(data=b"this is no archive\n" * 100)
    Layer("bad-checksum").done(data=whole[:148] + b"0000000" + whole[155:])
    Layer("bad-empty").done(data=b"")


for write in (ok_names, ok_whiteouts, ok_links, ok_replacements, ok_kinds, compressed, bad):
    write()
