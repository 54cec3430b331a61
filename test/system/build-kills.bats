# SPDX-License-Identifier: Apache-2.0
# A build that is killed at any moment leaves a consistent store, and the next one finishes.
load helpers

setup_file() {
    make_images
}

# Nothing half done: what is listed is whole, and one command later no rubbish, lock or process is left.
check_store() {
    unroot images >/dev/null
    unroot ps -a >/dev/null
    python3 - /var/lib/unroot <<'P'
import hashlib, json, os, sys
root = sys.argv[1]
blobs = os.path.join(root, "images/blobs/sha256")
for name in os.listdir(blobs):
    with open(os.path.join(blobs, name), "rb") as f:
        assert hashlib.file_digest(f, "sha256").hexdigest() == name if hasattr(hashlib, "file_digest") \
            else hashlib.sha256(f.read()).hexdigest() == name, name
index = json.load(open(os.path.join(root, "images/index.json")))
for entry in index["manifests"]:
    manifest = json.load(open(os.path.join(blobs, entry["digest"][7:])))
    config = json.load(open(os.path.join(blobs, manifest["config"]["digest"][7:])))
    for layer, diff in zip(manifest["layers"], config["rootfs"]["diff_ids"]):
        assert os.path.exists(os.path.join(blobs, layer["digest"][7:])), layer
        assert os.path.isdir(os.path.join(root, "storage/layers", diff[7:])), diff
for name in os.listdir(os.path.join(root, "cache/build")) if os.path.isdir(os.path.join(root, "cache/build")) else []:
    if name.startswith("."):
        continue
    entry = json.load(open(os.path.join(root, "cache/build", name)))
    if "layer" in entry:
        assert os.path.isdir(os.path.join(root, "storage/layers", entry["layer"]["diffID"])), name
P
}

@test "what a killed build had made for some seconds is in the cache" {
    cat >"$BATS_TEST_TMPDIR/Dockerfile" <<'D'
FROM busybox-root AS below
RUN echo kept >/below
FROM below
RUN echo one >/one
RUN sleep 3
RUN echo last
RUN echo there >/there; [ ! -e /c/wait ]; echo waiting; sleep 6123
D
    "$UNROOT" build --progress plain "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
    pid=$!
    eventually grep -q "waiting$" "$BATS_TEST_TMPDIR/log"
    kill -9 $pid
    wait $pid || true
    none_left() { ! pgrep -f "build --progress plain $BATS_TEST_TMPDIR" && ! pgrep -f 'sleep 6123'; }
    eventually none_left # the container of the step goes with it
    sed -i 's/sleep 6123/true/' "$BATS_TEST_TMPDIR/Dockerfile"
    run -0 unroot build --progress plain -t resumed "$BATS_TEST_TMPDIR"
    [ "$(grep -c CACHED <<<"$output")" -ge 2 ] # "one" and the three seconds
    [ "$(unroot run --rm resumed cat /below /one /there | tr '\n' ' ')" = "kept one there " ]
    check_store
}

@test "killed at 50 random moments, then finished" {
    cd "$BATS_TEST_TMPDIR"
    for i in $(seq 200); do echo "file $i" >"f$i"; done
    RANDOM=42
    killed=0
    whole= # seconds that a build takes here which nobody kills
    for round in $(seq 0 50); do
        cat >Dockerfile <<D
FROM busybox-root AS one
COPY . /files
RUN echo $round >/round && cp -r /files /copy
FROM busybox-root
RUN --mount=type=cache,target=/c echo $round >>/c/rounds
COPY --from=one /copy /copy
RUN ls /copy >/list
D
        if [ -z "$whole" ]; then
            began=$EPOCHREALTIME
            "$UNROOT" build -q -t "killed:$round" . >/dev/null
            whole=$(jq -n "$EPOCHREALTIME - $began")
            continue
        fi
        "$UNROOT" build -q -t "killed:$round" . >/dev/null 2>&1 &
        pid=$!
        sleep "$(jq -n "$RANDOM / 32768 * $whole")"
        kill -9 $pid 2>/dev/null && killed=$((killed + 1))
        wait $pid 2>/dev/null || true
        [ $((round % 10)) -ne 0 ] || check_store
    done
    echo "# killed while it ran: $killed of 50" >&3
    [ "$killed" -gt 10 ]
    unroot build -q -t finished . >/dev/null
    unroot run --rm finished cat /list | grep -q f200
    check_store
    # The next command takes away what the killed ones left.
    gone() {
        unroot build -q - <<<'FROM scratch' >/dev/null 2>&1 || true
        [ -z "$(ls -A /var/lib/unroot/pending)" ] && [ -z "$(ls -A /run/unroot/containers)" ] &&
            [ -z "$(ls -A /var/lib/unroot/containers)" ] && [ -z "$(ls -A /var/lib/unroot/storage/containers)" ] &&
            ! ls -A /var/lib/unroot/storage/layers | grep -q '^\.'
    }
    eventually gone
}
