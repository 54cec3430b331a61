# SPDX-License-Identifier: Apache-2.0
# The store under fire: killed imports, many at once, damage, hostile archives by the command line.
load helpers

setup_file() {
    make_images
    python3 "$BATS_TEST_DIRNAME/../data/unpack/make.py" "$(mkdir -p "$SUITE/archives" && echo "$SUITE/archives")"
    mkdir -p "$SUITE/many"
    for i in $(seq 40); do
        mkdir -p "$SUITE/many/d$i"
        for j in $(seq 40); do head -c $((j * 100)) /dev/zero >"$SUITE/many/d$i/f$j"; done
    done
    cp "$SUITE/rootfs/bin/busybox" "$SUITE/many/sh"
    tar -C "$SUITE/many" -czf "$SUITE/many.tar.gz" .
}

teardown() {
    remove_containers
    unroot images --format '{{.Repository}}:{{.Tag}}' | grep '^made' | xargs -r "$UNROOT" rmi -f >/dev/null
    unroot image prune -f >/dev/null
}

rubbish() {
    ls -A /var/lib/unroot/storage/layers | grep '^\.'
}

# Every blob is what its name says, and index.json is whole.
check_store() {
    (cd /var/lib/unroot/images/blobs/sha256 && for f in *; do echo "$f  $f"; done | sha256sum -c --quiet) || return 1
    jq -e .manifests /var/lib/unroot/images/index.json >/dev/null || return 1
}

@test "imports killed at random moments leave a store that the next one finds consistent" {
    before=$(ls /var/lib/unroot/storage/layers | sort)
    for i in $(seq 25); do
        "$UNROOT" import "$SUITE/many.tar.gz" made-killed >/dev/null 2>&1 &
        pid=$!
        sleep 0.0$((RANDOM % 90 + 10))
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        check_store
    done
    unroot import "$SUITE/many.tar.gz" made-whole >/dev/null
    [ -z "$(rubbish)" ]
    [ "$(unroot run --rm -u 1 --entrypoint /sh made-whole -c 'cat /d40/f40' | wc -c)" = 4000 ]
    unroot rmi -f made-whole >/dev/null
    unroot images -q made-killed | xargs -r "$UNROOT" rmi -f >/dev/null
    unroot image prune -f >/dev/null
    [ "$(ls -A /var/lib/unroot/storage/layers | sort)" = "$before" ]
}

@test "no process of a killed import goes on" {
    mkfifo "$BATS_TEST_TMPDIR/slow"
    "$UNROOT" import - made-slow <"$BATS_TEST_TMPDIR/slow" >/dev/null 2>&1 &
    pid=$!
    exec 7>"$BATS_TEST_TMPDIR/slow"
    head -c 1500000 /dev/zero | tr '\0' 'x' | tar -cf - --transform 's,.*,f,' -C "$SUITE" many.tar.gz >&7 || true
    for i in $(seq 100); do
        children=$(pgrep -P $pid -f ^unroot-unpack) && break
        sleep 0.05
    done
    [ -n "$children" ]
    kill -9 $pid
    wait $pid 2>/dev/null || true
    for child in $children; do
        for i in $(seq 100); do
            [ -e /proc/$child ] || break
            sleep 0.05
        done
        [ ! -e /proc/$child ]
    done
    exec 7>&-
}

@test "eight imports of one archive at once share the layer" {
    for i in $(seq 8); do
        "$UNROOT" import "$SUITE/many.tar.gz" made-par$i >"$BATS_TEST_TMPDIR/$i" 2>&1 &
    done
    wait
    for i in $(seq 8); do
        [[ $(cat "$BATS_TEST_TMPDIR/$i") =~ ^sha256:[0-9a-f]{64}$ ]] || { cat "$BATS_TEST_TMPDIR/$i"; false; }
    done
    [ "$(unroot images --format '{{.Repository}}' | grep -c '^made-par')" = 8 ]
    check_store
    unroot image prune -f >/dev/null
    [ -z "$(rubbish)" ]
}

@test "forty tags and removals at once leave a whole list" {
    for i in $(seq 40); do
        ("$UNROOT" tag busybox made-tag$i && [ $((i % 2)) = 0 ] && "$UNROOT" rmi made-tag$i) >/dev/null 2>&1 &
    done
    wait
    [ "$(unroot images --format '{{.Repository}}' | grep -c '^made-tag')" = 20 ]
    check_store
    [ "$(unroot run --rm busybox echo fine)" = fine ]
}

@test "hostile archives end with one line, and nothing is left of them" {
    before=$(ls -A /var/lib/unroot/storage/layers /var/lib/unroot/images/blobs/sha256)
    for archive in "$SUITE"/archives/bad-*; do
        run -1 unroot import "$archive" made-bad
        [ "${#lines[@]}" = 1 ] || { echo "$archive: $output"; false; }
        [[ $output == "unroot"*"$(basename "$archive")"* ]] || { echo "$archive: $output"; false; }
        [[ $output != *signal* ]]
    done
    [ "$(ls -A /var/lib/unroot/storage/layers /var/lib/unroot/images/blobs/sha256)" = "$before" ]
    [ -z "$(unroot images -q made-bad)" ]
    [ ! -e /tmp/unpack-escape ]
}

@test "an archive's words do not reach the terminal as they are" {
    python3 - "$BATS_TEST_TMPDIR/esc.tar" <<'PY'
import sys, tarfile
t = tarfile.open(sys.argv[1], "w")
i = tarfile.TarInfo("\x1b[2J\x1b]0;owned\x07/../x")
t.addfile(i)
t.close()
PY
    run -1 unroot import "$BATS_TEST_TMPDIR/esc.tar" made-esc
    [[ $output != *$'\e'* && $output != *$'\a'* ]]
}

@test "a layer of another program's image is unpacked when it is first needed" {
    command -v skopeo >/dev/null || skip "skopeo is not installed"
    unroot save -o "$BATS_TEST_TMPDIR/b.tar" busybox
    skopeo copy -q --insecure-policy "docker-archive:$BATS_TEST_TMPDIR/b.tar" \
        oci:/var/lib/unroot/images:docker.io/library/made-skopeo:latest
    [ "$(unroot run --rm made-skopeo echo works)" = works ]
    run -0 skopeo inspect oci:/var/lib/unroot/images:docker.io/library/made-skopeo:latest
}

@test "a damaged blob and a lost layer are said" {
    unroot import "$SUITE/many.tar.gz" made-lost >/dev/null
    layer=$(unroot image inspect -f '{{index .RootFS.Layers 0}}' made-lost)
    rm -rf --one-file-system "/var/lib/unroot/storage/layers/${layer#sha256:}"
    [ "$(unroot run --rm -u 1 --entrypoint /sh made-lost -c 'cat /d1/f1' | wc -c)" = 100 ]
    rm -rf --one-file-system "/var/lib/unroot/storage/layers/${layer#sha256:}"
    manifest=$(unroot image inspect -f '{{.Digest}}' made-lost)
    blob=$(jq -r '.layers[0].digest' "/var/lib/unroot/images/blobs/sha256/${manifest#sha256:}")
    printf X | dd of="/var/lib/unroot/images/blobs/sha256/${blob#sha256:}" bs=1 seek=200 conv=notrunc status=none
    run ! unroot run --rm -u 1 --entrypoint /sh made-lost -c true
    [[ $output == *"layer 1/1"* ]]
    [ ! -e "/var/lib/unroot/storage/layers/${layer#sha256:}" ]
}

@test "a full disk is said, and leaves nothing" {
    mkdir "$BATS_TEST_TMPDIR/small"
    mount -t tmpfs -o size=3m tmpfs "$BATS_TEST_TMPDIR/small"
    head -c 6000000 /dev/zero >"$BATS_TEST_TMPDIR/large"
    tar -C "$BATS_TEST_TMPDIR" -cf "$BATS_TEST_TMPDIR/large.tar" large
    run -1 unroot --root "$BATS_TEST_TMPDIR/small/root" import "$BATS_TEST_TMPDIR/large.tar" made-large
    [ "${#lines[@]}" = 1 ] && [[ $output == *"No space left"* ]]
    [ -z "$(ls -A "$BATS_TEST_TMPDIR/small/root/storage/layers")" ]
    umount "$BATS_TEST_TMPDIR/small"
}
