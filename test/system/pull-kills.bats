# SPDX-License-Identifier: Apache-2.0
# A pull that is killed at any moment leaves a consistent store, and the next one finishes.
load helpers

REGISTRY=$BATS_TEST_DIRNAME/../registry

setup_file() {
    require_private_store
    command -v docker-registry >/dev/null || skip "docker-registry is not installed"
    command -v skopeo >/dev/null || skip "skopeo is not installed"
    unroot setup >/dev/null
    export HOME=$SUITE/home PLACE=$SUITE/registry
    mkdir -p "$HOME" "$PLACE"
    OPEN=$(bash "$REGISTRY/registry.sh" start "$PLACE")
    DIGEST=$(python3 "$REGISTRY/layout.py" "$SUITE/kills" --layers 5 --bytes 4000000 --seed 9)
    export OPEN DIGEST
    skopeo copy -q --dest-tls-verify=false "oci:$SUITE/kills" "docker://$OPEN/kills:1"
}

teardown_file() {
    bash "$REGISTRY/registry.sh" stop "$PLACE"
}

# Every blob is what its name says, index.json is whole, and what it names is complete.
check_store() {
    [ -e /var/lib/unroot/images/blobs ] || return 0 # killed before anything was
    (cd /var/lib/unroot/images/blobs/sha256 && for f in *; do [ ! -e "$f" ] || echo "$f  $f"; done | sha256sum -c --quiet --ignore-missing 2>/dev/null || [ -z "$(ls)" ]) || return 1
    [ ! -e /var/lib/unroot/images/index.json ] || jq -e .manifests /var/lib/unroot/images/index.json >/dev/null || return 1
    [ -z "$(unroot images -q "$OPEN/kills")" ] || [ "$(unroot run --rm --pull never "$OPEN/kills:1" cat /seed)" = 9 ]
}

forget() {
    unroot images -q | xargs -r "$UNROOT" rmi -f >/dev/null
    unroot image prune -af >/dev/null
}

# No process of a killed pull goes on.
all_gone() {
    ! pgrep -x 'unroot-(fetch|unpack)' --ns $$ --nslist mnt >/dev/null
}

@test "killed at fifty random moments" {
    for i in $(seq 50); do
        "$UNROOT" pull "$OPEN/kills:1" >/dev/null 2>&1 3>&- &
        pid=$!
        sleep 0.$(printf %03d $((RANDOM % 500)))
        if [ $((i % 3)) = 0 ]; then kill -INT $pid 2>/dev/null || true; else kill -9 $pid 2>/dev/null || true; fi
        wait $pid 2>/dev/null || true
        check_store
        [ $((i % 10)) != 0 ] || { eventually all_gone && forget; }
    done
    eventually all_gone
    unroot pull "$OPEN/kills:1" | grep -q "Digest: $DIGEST"
    check_store
    [ -z "$(ls /var/lib/unroot/partial)" ]
    [ -z "$(ls -A /var/lib/unroot/storage/layers | grep '^\.')" ]
    [ "$(unroot run --rm "$OPEN/kills:1" cat /seed)" = 9 ]
}

@test "a worker or the fetcher that is killed fails the pull in words, and the next one goes on" {
    forget
    for victim in unroot-fetch unroot-unpack; do
        "$UNROOT" pull "$OPEN/kills:1" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        pid=$!
        for i in $(seq 400); do
            child=$(pgrep -x "$victim" --ns $$ --nslist mnt | head -1)
            [ -n "$child" ] && kill -9 "$child" 2>/dev/null && break
            kill -0 $pid 2>/dev/null || break
            sleep 0.005
        done
        status=0
        wait $pid || status=$?
        # It may have been over before it was hit; then it was a pull like any other.
        [ $status = 0 ] || grep -q "signal 9" "$BATS_TEST_TMPDIR/out"
        check_store
    done
    unroot pull "$OPEN/kills:1" | grep -q "Digest: $DIGEST"
    [ -z "$(ls /var/lib/unroot/partial)" ]
}
