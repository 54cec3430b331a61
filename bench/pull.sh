#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pulling an image of 350 MB in four layers from a registry on loopback, to files that a container can start on:
# pull.sh [ROUNDS [MEGABYTES]]. Every run starts with an empty store and ends with a sync of the file system, for all
# alike; then the memory of all our processes together is looked at, with one layer that is larger than all of that too.
. "$(dirname "$0")/place.bash"
rounds=${1:-5} megabytes=${2:-350}
for program in docker-registry containerd ctr; do
    command -v $program >/dev/null || { echo "$0: $program is missing: see bench/setup.sh" >&2; exit 1; }
done

cat >"$fs/make.py" <<'PYTHON'
# An OCI layout: make.py FOLDER MEGABYTES LAYERS. Files as in a distribution's tree, three quarters of their bytes text.
import gzip, hashlib, io, json, os, random, sys, tarfile
folder, total, count = sys.argv[1], int(sys.argv[2]) * 1000000, int(sys.argv[3])
random.seed(1)
words = [bytes(random.choices(range(97, 123), k=random.randint(2, 9))) for _ in range(4000)]
text = b" ".join(random.choices(words, k=2000000))
os.makedirs(f"{folder}/blobs/sha256")
def put(data, kind):
    digest = hashlib.sha256(data).hexdigest()
    with open(f"{folder}/blobs/sha256/{digest}", "wb") as f:
        f.write(data)
    return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + digest, "size": len(data)}
entries, diffids, layers = 0, [], []
for layer in range(count):
    out, done, i = io.BytesIO(), 0, 0
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        while done < total // count:
            if i % 50 == 0:
                entry = tarfile.TarInfo(f"l{layer}d{i // 50}")
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            size = min(int(random.paretovariate(0.8) * 900), 12000000)
            at = random.randrange(len(text) // 2)
            data = text[at:at + size * 3 // 4]
            data += random.randbytes(size - len(data))
            entry = tarfile.TarInfo(f"l{layer}d{i // 50}/f{i}")
            entry.size = size
            tar.addfile(entry, io.BytesIO(data))
            done, i = done + size, i + 1
    entries += i + i // 50
    tar = out.getvalue()
    diffids.append("sha256:" + hashlib.sha256(tar).hexdigest())
    layers.append(put(gzip.compress(tar, 6, mtime=0), "layer.v1.tar+gzip"))
config = put(json.dumps({"architecture": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine], "os": "linux", "config": {},
                         "rootfs": {"type": "layers", "diff_ids": diffids}}).encode(), "config.v1+json")
manifest = put(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
                           "layers": layers}).encode(), "manifest.v1+json")
open(f"{folder}/oci-layout", "w").write('{"imageLayoutVersion":"1.0.0"}')
json.dump({"schemaVersion": 2, "manifests": [manifest]}, open(f"{folder}/index.json", "w"))
print(f"{entries} entries, {count} layers, {sum(l['size'] for l in layers) // 1000000} MB compressed")
PYTHON
# Sums the memory (PSS) of a program and all below it while it runs: memory.py COMMAND..; prints the peak in KiB.
cat >"$fs/memory.py" <<'PYTHON'
import os, subprocess, sys, time
program = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
peak = 0
def below(pid):
    yield pid
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in open(f"/proc/{pid}/task/{task}/children").read().split():
                yield from below(child)
    except OSError:
        pass
while program.poll() is None:
    total = 0
    for pid in below(str(program.pid)):
        try:
            total += next(int(line.split()[1]) for line in open(f"/proc/{pid}/smaps_rollup") if line.startswith("Pss:"))
        except (OSError, StopIteration):
            pass
    peak = max(peak, total)
    time.sleep(0.01)
print(peak)
sys.exit(program.returncode)
PYTHON

python3 "$fs/make.py" "$fs/image" "$megabytes" 4
python3 "$fs/make.py" "$fs/large" "$megabytes" 1
address=$(bash "$here/../test/registry/registry.sh" start "$fs/registry")
trap 'bash "$here/../test/registry/registry.sh" stop "$fs/registry"; [ ! -e "$fs/containerd.pid" ] || kill "$(cat "$fs/containerd.pid")" 2>/dev/null; sleep 0.3; leave' EXIT
for image in image large; do
    skopeo copy -q --dest-tls-verify=false "oci:$fs/$image" "docker://$address/$image:1"
    rm -r "${fs:?}/$image"
done

cat >"$fs/ours" <<OURS
#!/bin/sh -e
"$build/bin/unroot" --root "$fs/try/unroot" pull "$address/image:1" >/dev/null
sync -f "$fs"
OURS
cat >"$fs/peer-podman" <<PODMAN
#!/bin/sh -e
podman ${podman_options[*]} --root "$fs/try/podman" pull -q --tls-verify=false "$address/image:1" >/dev/null
sync -f "$fs"
PODMAN
cat >"$fs/peer-containerd" <<CONTAINERD
#!/bin/sh -e
ctr -a "$fs/try/containerd.sock" images pull --plain-http "$address/image:1" >/dev/null
sync -f "$fs"
CONTAINERD
cat >"$fs/empty" <<EMPTY
#!/bin/sh
[ ! -e "$fs/containerd.pid" ] || { kill "\$(cat "$fs/containerd.pid")"; sleep 1; }
rm -rf "$fs/try" "$fs/containerd.pid"
mkdir -p "$fs/try"
cat "$fs"/registry/data/docker/registry/v2/blobs/sha256/*/*/data >/dev/null
sync -f "$fs"
EMPTY
cat >"$fs/empty-containerd" <<EMPTY
#!/bin/sh
"$fs/empty"
printf 'version = 2\nroot = "%s"\nstate = "%s"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "%s"\n' \
    "$fs/try/root" "$fs/try/state" "$fs/try/containerd.sock" >"$fs/containerd.toml"
containerd --config "$fs/containerd.toml" >"$fs/containerd.log" 2>&1 </dev/null &
echo \$! >"$fs/containerd.pid"
for i in \$(seq 100); do ctr -a "$fs/try/containerd.sock" version >/dev/null 2>&1 && exit 0; sleep 0.1; done
tail -5 "$fs/containerd.log" >&2
exit 1
EMPTY
chmod +x "$fs"/{ours,peer-podman,peer-containerd,empty,empty-containerd}

for _ in $(seq "$rounds"); do
    WARMUP=0 measure ours 1 --prepare "$fs/empty" -- "$fs/ours"
    WARMUP=0 measure peer-podman 1 --prepare "$fs/empty" -- "$fs/peer-podman"
    WARMUP=0 measure peer-containerd 1 --prepare "$fs/empty-containerd" -- "$fs/peer-containerd"
done
table_head
compare "pull of $megabytes MB : podman pull" ours peer-podman 0.35
compare "pull of $megabytes MB : containerd, ctr images pull" ours peer-containerd 0.35
"$fs/empty"
for image in image large; do
    peak=$(python3 "$fs/memory.py" "$build/bin/unroot" --root "$fs/try/$image" pull "$address/$image:1")
    verdict=met
    [ "$peak" -le 65536 ] || { verdict=MISSED; missed=$((missed + 1)); }
    printf '%-52s %9s KiB of memory, goal 65536  %s\n' "all processes of the pull of $image" "$peak" "$verdict"
done
[ "$missed" = 0 ]
