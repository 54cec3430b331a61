# SPDX-License-Identifier: Apache-2.0
# For bats files that need a registry: `load ../registry/registry`, from where test/system/run has made private networks and /etc.
REGISTRY_TOOLS=$(realpath "${BASH_SOURCE[0]%/*}")

# The interpreter itself: what is called python3 may be a script that takes its time.
python() {
    [ -n "${REGISTRY_PYTHON:-}" ] || REGISTRY_PYTHON=$(python3 -c 'import sys; print(sys.executable)')
    export REGISTRY_PYTHON
    PYTHONDONTWRITEBYTECODE=1 "$REGISTRY_PYTHON" "$@"
}

# Names and addresses that are not "this machine": registry.test and other.test; and trap.test, which is.
registry_names() {
    ip addr add 10.99.0.1/32 dev lo 2>/dev/null
    grep -q registry.test /etc/hosts ||
        printf '10.99.0.1 registry.test other.test\n127.0.0.1 trap.test\n' >>/etc/hosts
}

# An image layout with one small image; FOLDER/blob says digest and size of its layer.
make_layout() {
    mkdir -p "$1/blobs/sha256"
    python - "$1" <<'PYTHON'
import gzip, hashlib, io, json, random, sys, tarfile
folder = sys.argv[1]

def put(data):
    name = hashlib.sha256(data).hexdigest()
    with open(f"{folder}/blobs/sha256/{name}", "wb") as file:
        file.write(data)
    return {"digest": "sha256:" + name, "size": len(data)}

content = random.Random(1).randbytes(300000)
plain = io.BytesIO()
with tarfile.open(fileobj=plain, mode="w") as tar:
    member = tarfile.TarInfo("data")
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
layer = put(gzip.compress(plain.getvalue(), mtime=0))
config = put(json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {
    "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(plain.getvalue()).hexdigest()]}}).encode())
manifest = put(json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": dict(config, mediaType="application/vnd.oci.image.config.v1+json"),
    "layers": [dict(layer, mediaType="application/vnd.oci.image.layer.v1.tar+gzip")]}).encode())
manifest["mediaType"] = "application/vnd.oci.image.manifest.v1+json"
with open(f"{folder}/index.json", "w") as file:
    json.dump({"schemaVersion": 2, "manifests": [manifest]}, file)
with open(f"{folder}/oci-layout", "w") as file:
    json.dump({"imageLayoutVersion": "1.0.0"}, file)
with open(f"{folder}/blob", "w") as file:
    print(layer["digest"].split(":")[1], layer["size"], file=file)
PYTHON
}

# start_hostile NAME [OPTION of hostile.py..]: serves $BATS_FILE_TMPDIR/layout.
start_hostile() {
    local name=$1 folder=$BATS_FILE_TMPDIR
    shift
    rm -f "$folder/$name.port"
    python -c '' # finds the interpreter
    PYTHONDONTWRITEBYTECODE=1 "$REGISTRY_PYTHON" "$REGISTRY_TOOLS/hostile.py" --layout "$folder/layout" \
        --port-file "$folder/$name.port" --log "$folder/$name.log" "$@" </dev/null >"$folder/$name.out" 2>&1 3>&- 4>&- &
    echo $! >"$folder/$name.hostile"
    eventually test -s "$folder/$name.port"
}

hostile_port() {
    cat "$BATS_FILE_TMPDIR/$1.port"
}

hostile_log() {
    echo "$BATS_FILE_TMPDIR/$1.log"
}

stop_hostile() {
    local pid
    for pid in "$BATS_FILE_TMPDIR"/*.hostile; do
        kill "$(cat "$pid")" 2>/dev/null
    done
    return 0
}

# unroot-fetch as the engine drives it; see fetch_client.py.
fetch_client() {
    UNROOT_FETCH=${UNROOT%/*}/unroot-fetch python "$REGISTRY_TOOLS/fetch_client.py" "$@"
}
