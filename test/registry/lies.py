#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images whose documents lie: lies.py FOLDER adds their blobs to the layout FOLDER and prints NAME DIGEST for each kind of lie.
The digests between the documents are right, so that only looking at the content finds it out."""
import gzip, hashlib, io, json, os, subprocess, sys, tarfile, threading

OCI = "application/vnd.oci.image."
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "amd64")


def tar_of(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def image(name, layer, diffid=None, config=None, manifest=None, size=None, top=None, kind="layer.v1.tar+gzip"):
    folder = sys.argv[1]

    def put(data, kind, said=None):
        digest = hashlib.sha256(data).hexdigest()
        with open(f"{folder}/blobs/sha256/{digest}", "wb") as f:
            f.write(data)
        return {"mediaType": OCI + kind, "digest": f"sha256:{digest}", "size": said if said is not None else len(data)}

    good = tar_of([("file", b"good")])
    layers = [put(layer, kind, size), put(gzip.compress(good, mtime=0), "layer.v1.tar+gzip")]
    diffids = ["sha256:" + (diffid or hashlib.sha256(gzip.decompress(layer)).hexdigest()), "sha256:" + hashlib.sha256(good).hexdigest()]
    text = config if config is not None else json.dumps(
        {"architecture": ARCH, "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diffids}}).encode()
    about = put(text, "config.v1+json")
    document = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": about, "layers": layers}
    if manifest:
        manifest(document)
    entry = put(top if top is not None else json.dumps(document).encode(), "manifest.v1+json")
    print(name, entry["digest"])


def bomb():
    """A file of three gigabytes of nothing."""
    entry = tarfile.TarInfo("zeros")
    entry.size = 3 << 30
    program = subprocess.Popen(["zstd", "-q", "-1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def feed():
        program.stdin.write(entry.tobuf())
        for _ in range(3 << 10):
            program.stdin.write(bytes(1 << 20))
        program.stdin.close()

    threading.Thread(target=feed).start()
    return program.stdout.read()


def main():
    good = gzip.compress(tar_of([("a", os.urandom(200000))]), mtime=0)

    def change(**members):
        return lambda document: document.update(members)

    image("diffid", good, diffid="0" * 64)
    image("size", good, size=len(good) + 5)
    image("smaller", good, size=1000)
    image("enormous", good, size=1 << 50)
    image("nothing", good, size=0)
    image("no-gzip", good[:-20] + b"x" * 20, diffid="1" * 64)
    image("bomb", bomb(), diffid="2" * 64, kind="layer.v1.tar+zstd")
    image("config", good, config=b'{"rootfs":{"type":"layers","diff_ids":[]}}')
    image("config-json", good, config=b'{"rootfs": {{{{')
    image("artifact", good, manifest=change(config={"mediaType": "application/vnd.example.chart", "digest": "sha256:" + "3" * 64, "size": 2}))
    image("schema1", good, top=b'{"schemaVersion":1,"name":"x","tag":"1","fsLayers":[{"blobSum":"sha256:' + b"4" * 64 + b'"}],"history":[{}]}')
    image("manifest-json", good, top=b'{"schemaVersion": 2, "layers": [')
    image("both", good, manifest=change(manifests=[]))
    image("escape", gzip.compress(tar_of([("../../../../tmp/out", b"out"), ("/tmp/out", b"out")]), mtime=0))


main()
