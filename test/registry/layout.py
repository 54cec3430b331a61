#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An OCI layout for tests: layout.py FOLDER [--layers N] [--bytes N] [--platforms linux/amd64,..] [--docker] [--seed N]
Layer 1 holds /bin/busybox and accounts, the others files of text and of noise; each platform has its own config. Prints
the digest of what index.json points at: the manifest, or with several platforms an index of them."""
import argparse, gzip, hashlib, io, json, os, random, shutil, sys, tarfile

OCI, DOCKER = "application/vnd.oci.image.", "application/vnd.docker."


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("folder")
    p.add_argument("--layers", type=int, default=3)
    p.add_argument("--bytes", type=int, default=300000)
    p.add_argument("--platforms", default="linux/amd64" if os.uname().machine == "x86_64" else "linux/arm64")
    p.add_argument("--docker", action="store_true")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--user", default="1000")
    return p.parse_args()


def add(tar, name, data=None, mode=0o755, uid=0):
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size, entry.uid, entry.gid = mode, len(data or b""), uid, uid
    entry.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
    tar.addfile(entry, io.BytesIO(data or b""))


def layer(number, size, seed):
    rng, out = random.Random(f"{seed}-{number}"), io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        if number == 0:
            for folder in ("bin", "etc", "dev", "proc", "sys", "tmp"):
                add(tar, folder)
            with open(shutil.which("busybox"), "rb") as program:
                add(tar, "bin/busybox", program.read())
            for name in ("sh", "cat", "true", "id", "ls"):
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
            add(tar, "etc/passwd", b"root:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n", 0o644)
        add(tar, f"layer{number}")
        done = i = 0
        while done < size:
            n = min(rng.randint(100, 60000), size - done)
            text = (b"line %d of layer %d\n" % (rng.randint(0, 9999), number)) * (n // 40 + 1)
            add(tar, f"layer{number}/f{i}", text[: n // 2] + rng.randbytes(n - n // 2), 0o644, 1000)
            done, i = done + n, i + 1
        add(tar, "seed", b"%d" % seed, 0o644)
    return out.getvalue()


def main():
    o = arguments()
    blobs = f"{o.folder}/blobs/sha256"
    os.makedirs(blobs, exist_ok=True)

    def put(data, kind, **more):
        digest = hashlib.sha256(data).hexdigest()
        with open(f"{blobs}/{digest}", "wb") as f:
            f.write(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data), **more}

    tars = [layer(i, o.bytes, o.seed) for i in range(o.layers)]
    kind = DOCKER + "image.rootfs.diff.tar.gzip" if o.docker else OCI + "layer.v1.tar+gzip"
    layers = [put(gzip.compress(t, 6, mtime=0), kind) for t in tars]
    manifests = []
    for platform in o.platforms.split(","):
        system, architecture, *variant = platform.split("/")
        config = {"architecture": architecture, "os": system, "created": "2026-01-01T00:00:00Z",
                  "config": {"User": o.user, "Cmd": ["/bin/sh", "-c", "echo from the registry"], "Env": ["PATH=/bin"]},
                  "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(t).hexdigest() for t in tars]},
                  "history": [{"created_by": f"layer {i}"} for i in range(o.layers)]}
        if variant:
            config["variant"] = variant[0]
        about = put(json.dumps(config).encode(),
                    DOCKER + "container.image.v1+json" if o.docker else OCI + "config.v1+json")
        media = DOCKER + "distribution.manifest.v2+json" if o.docker else OCI + "manifest.v1+json"
        text = json.dumps({"schemaVersion": 2, "mediaType": media, "config": about, "layers": layers}).encode()
        shown = {"os": system, "architecture": architecture, **({"variant": variant[0]} if variant else {})}
        manifests.append(put(text, media, platform=shown))
    top = manifests[0]
    if len(manifests) > 1:
        media = DOCKER + "distribution.manifest.list.v2+json" if o.docker else OCI + "index.v1+json"
        top = put(json.dumps({"schemaVersion": 2, "mediaType": media, "manifests": manifests}).encode(), media)
    top = {k: v for k, v in top.items() if k != "platform"}
    with open(f"{o.folder}/oci-layout", "w") as f:
        f.write('{"imageLayoutVersion":"1.0.0"}')
    with open(f"{o.folder}/index.json", "w") as f:
        json.dump({"schemaVersion": 2, "manifests": [top]}, f)
    print(top["digest"])


main()
