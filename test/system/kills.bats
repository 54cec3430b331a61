# SPDX-License-Identifier: Apache-2.0
# kill -9 of the command line and of the monitor at random moments: the next command finds a consistent store.
load helpers

setup_file() {
    make_images
    empty_groups >"$SUITE/groups-before"
}

teardown_file() {
    remove_containers
}

# Control groups without a process.
empty_groups() {
    grep -l 'populated 0' /sys/fs/cgroup/unified/unroot/*/cgroup.events /sys/fs/cgroup/unroot/*/cgroup.events 2>/dev/null | sort
}

# Those of others may be there before.
leftovers() {
    comm -13 "$SUITE/groups-before" <(empty_groups)
    ls -A /run/unroot/containers /var/lib/unroot/containers /var/lib/unroot/storage/containers /var/lib/unroot/pending |
        grep -v '^$\|:$'
    find -L /var/lib/unroot/ids -mindepth 1 -not -type l # an entry whose container is gone is free
}

no_leftovers() {
    "$UNROOT" ps -a >/dev/null
    [ -z "$(leftovers)" ]
}

@test "the command line killed at 100 random moments leaves nothing of a --rm container" {
    for i in $(seq 100); do
        "$UNROOT" run --rm --network none --name killed-$i busybox true >/dev/null 2>&1 &
        local pid=$!
        sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    eventually no_leftovers || { leftovers; false; }
    unroot run --rm --network none --name killed-1 busybox true
}

@test "the command line killed while it creates and removes leaves containers whole or gone" {
    for i in $(seq 40); do
        "$UNROOT" create --name half-$i busybox true >/dev/null 2>&1 &
        local pid=$!
        sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        "$UNROOT" rm half-$i >/dev/null 2>&1 &
        pid=$!
        sleep "0.00$((RANDOM % 10))$((RANDOM % 10))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    for id in $(unroot ps -aq); do
        unroot start "$id"
        unroot wait "$id"
        unroot rm "$id"
    done
    eventually no_leftovers || { leftovers; false; }
}

# Gone, or waiting for the machine's process 1 to take note, which may look every second only.
has_ended() {
    [ ! -d "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status"
}

@test "a monitor killed at random moments: the payload ends, the next command clears" {
    for i in $(seq 20); do
        unroot run -d --name mon-$i --network none busybox sleep 3000 >/dev/null
        local payload monitor
        payload=$(unroot inspect --format '{{.State.Pid}}' mon-$i)
        monitor=$(awk '/^PPid/{print $2}' "/proc/$payload/status")
        sleep "0.0$((RANDOM % 10))"
        kill -9 "$monitor"
        eventually has_ended "$payload"
        [ "$(unroot ps -a --filter name=mon-$i --format '{{.Status}}' | cut -c1-12)" = "Exited (137)" ]
        unroot start mon-$i >/dev/null
        unroot rm -f mon-$i >/dev/null
    done
    eventually no_leftovers || { leftovers; false; }
}

@test "fifty starts at once are fine" {
    local pids=() i failed=0
    for i in $(seq 50); do
        "$UNROOT" run --rm --name many-$i busybox true &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        wait "$i" || failed=$((failed + 1))
    done
    [ "$failed" = 0 ]
    eventually no_leftovers || { leftovers; false; }
}

@test "two starts of one container: one of them wins" {
    unroot create --name "$(name)" --network none busybox sleep 3000 >/dev/null
    "$UNROOT" start "$(name)" & local a=$!
    "$UNROOT" start "$(name)" & local b=$!
    local won=0
    wait $a && won=$((won + 1))
    wait $b && won=$((won + 1))
    [ "$won" -ge 1 ]
    [ "$(unroot ps -q | wc -l)" -ge 1 ]
    unroot rm -f "$(name)"
}

@test "a full disk is one clear line and no trace" {
    mkdir -p "$SUITE/full"
    mount -t tmpfs -o size=3m none "$SUITE/full"
    run "$UNROOT" --root "$SUITE/full/root" --runroot "$SUITE/full/run" import "$SUITE/rootfs" small
    "$UNROOT" --root "$SUITE/full/root" --runroot "$SUITE/full/run" images >/dev/null
    head -c 20000000 /dev/zero >"$SUITE/big"
    mkdir -p "$SUITE/bigroot" && mv "$SUITE/big" "$SUITE/bigroot/"
    run "$UNROOT" --root "$SUITE/full/root" --runroot "$SUITE/full/run" import "$SUITE/bigroot" big
    [ "$status" != 0 ]
    [[ $output == *"No space left"* ]]
    [ "$(echo "$output" | wc -l)" = 1 ]
    umount "$SUITE/full"
}
