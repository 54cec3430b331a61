#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# examples/unroot-init: nginx on port 80 and redis, from Debian's packages. UNROOT_EXAMPLE_ROOT names a tree that is
# built already; otherwise it is built here, which downloads packages and is done only with UNROOT_TEST_DOWNLOAD=1.

bats_require_minimum_version 1.5.0
load common
# skip in setup_file() is a failure to older bats.
setup() {
    [ -z "$SUITE_MISSING" ] || skip "$SUITE_MISSING"
    command -v nsenter curl >/dev/null || skip "needs nsenter and curl"
    if [ -z "$UNROOT_EXAMPLE_ROOT" ]; then
        [ "$UNROOT_TEST_DOWNLOAD" = 1 ] || skip "set UNROOT_EXAMPLE_ROOT, or UNROOT_TEST_DOWNLOAD=1 to build the tree"
        UNROOT_EXAMPLE_ROOT=$BATS_TEST_TMPDIR/example
        "$TOP/examples/unroot-init/build" "$UNROOT_EXAMPLE_ROOT" "$UNROOT_INIT"
    fi
    install -m 755 "$UNROOT_INIT" "$UNROOT_EXAMPLE_ROOT/usr/sbin/unroot-init"
}
teardown() { stop_leftovers; }

inside() { nsenter -t "$CONTAINER" -p -n -m -r /usr/sbin/unroot-init "$@"; }

redis_says() { printf '%s\r\n' "$1" | nsenter -t "$CONTAINER" -n timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/6379; cat >&3; head -1 <&3' | tr -d '\r'; }

@test "the example: nginx on 80, redis on 6379, nobody root, healthy, gone when told" {
    OUT=$BATS_TEST_TMPDIR/out
    "$TOP/examples/unroot-init/run" "$UNROOT_EXAMPLE_ROOT" >"$OUT" 2>&1 3>&- &
    OUTER=$!
    for _ in $(seq 500); do
        CONTAINER=$(cat /proc/$OUTER/task/$OUTER/children 2>/dev/null | tr -d ' ')
        [ -n "$CONTAINER" ] && [ "$(cat /proc/$CONTAINER/comm 2>/dev/null)" = unroot-init ] &&
            inside check >/dev/null 2>&1 && break
        sleep 0.05
    done
    output=$(cat "$OUT")
    run inside check
    expect check "$status" 0
    run nsenter -t "$CONTAINER" -n curl -fsS --max-time 5 http://127.0.0.1:80/
    expect page "$output" "<h1>nobody is root here</h1>"
    expect ping "$(redis_says PING)" "+PONG"
    expect set "$(redis_says 'SET key value')" "+OK"
    run timeout 10 python3 "$SAMPLER" "$CONTAINER" 1
    expect findings "$(grep -c ':' <<<"$output")" 0
    [[ "$output" =~ processes\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 5 ]
    kill -TERM "$CONTAINER"
    finish
    expect status "$status" 0
    expect data "$(stat -c %u "$UNROOT_EXAMPLE_ROOT/data/redis/appendonlydir")" 6379
}
