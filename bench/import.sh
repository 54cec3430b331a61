#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Importing a root tree of 300 MB, from the tar to files that a container can start on: import.sh [ROUNDS [MEGABYTES]]
# Every run starts with an empty store and ends with a sync of the file system, for all alike.
. "$(dirname "$0")/place.bash"
rounds=${1:-5} megabytes=${2:-300}

# Files as in a distribution's tree: most of a few KiB, few of megabytes, half of the bytes compressible; the tar and the
# same as docker-archive, which is what skopeo reads.
python3 - "$fs" "$megabytes" <<'PYTHON'
import hashlib, io, json, os, random, sys, tarfile
fs, total = sys.argv[1], int(sys.argv[2]) * 1000000
random.seed(1)
words = [bytes(random.choices(range(97, 123), k=random.randint(2, 9))) for _ in range(4000)]
def content(size):
    text = b" ".join(random.choices(words, k=size // 13 + 1))[:size // 2]
    return text + random.randbytes(size - len(text))
def add(tar, name, data=None, mode=0o644):
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size = mode, len(data or b"")
    entry.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
    tar.addfile(entry, io.BytesIO(data or b""))
with tarfile.open(f"{fs}/root.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
    done = i = 0
    while done < total:
        if i % 50 == 0:
            add(tar, f"d{i // 50}", mode=0o755)
        size = min(int(random.paretovariate(0.7) * 1500), 12000000)
        add(tar, f"d{i // 50}/f{i}", content(size))
        done, i = done + size, i + 1
print(f"{i} files, {os.path.getsize(fs + '/root.tar')} bytes of tar")
digest = hashlib.file_digest(open(f"{fs}/root.tar", "rb"), "sha256").hexdigest() if hasattr(hashlib, "file_digest") else \
    hashlib.sha256(open(f"{fs}/root.tar", "rb").read()).hexdigest()
config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]}})
manifest = json.dumps([{"Config": "config.json", "RepoTags": ["big:latest"], "Layers": ["layer.tar"]}])
with tarfile.open(f"{fs}/archive.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
    add(tar, "config.json", config.encode())
    tar.add(f"{fs}/root.tar", "layer.tar")
    add(tar, "manifest.json", manifest.encode())
PYTHON

cat >"$fs/ours" <<OURS
#!/bin/sh -e
"$build/bin/unroot" --root "$fs/try/unroot" import "$fs/root.tar" big >/dev/null
sync -f "$fs"
OURS
cat >"$fs/peer-podman" <<PODMAN
#!/bin/sh -e
podman ${podman_options[*]} --root "$fs/try/podman" import -q "$fs/root.tar" big >/dev/null
sync -f "$fs"
PODMAN
cat >"$fs/peer-umoci" <<UMOCI
#!/bin/sh -e
skopeo copy -q docker-archive:"$fs/archive.tar" oci:"$fs/try/layout":big
umoci unpack --image "$fs/try/layout":big "$fs/try/bundle"
sync -f "$fs"
UMOCI
cat >"$fs/empty" <<EMPTY
#!/bin/sh
rm -rf "$fs/try"
mkdir -p "$fs/try"
cat "$fs/root.tar" "$fs/archive.tar" >/dev/null
sync -f "$fs"
EMPTY
chmod +x "$fs"/{ours,peer-podman,peer-umoci,empty}

for _ in $(seq "$rounds"); do
    for name in ours peer-podman peer-umoci; do
        WARMUP=0 measure "$name" 1 --prepare "$fs/empty" -- "$fs/$name"
    done
done
table_head
compare "import of $megabytes MB : podman import" ours peer-podman 0.667
compare "import of $megabytes MB : skopeo copy, umoci unpack" ours peer-umoci 0.667
[ "$missed" = 0 ]
