# SPDX-License-Identifier: Apache-2.0
# What the test files share. A test gets a fresh copy of the template in $ROOT.

prepare() {
    [ -z "$SUITE_MISSING" ] || skip "$SUITE_MISSING"
    ROOT=$BATS_TEST_TMPDIR/root
    cp -a "$TEMPLATE" "$ROOT"
    chmod 755 "$BATS_TEST_TMPDIR"
}

# Runs COMMAND as process 1 of a container; for `run`.
jail() {
    "$JAIL" "$ROOT" "$@"
}

# start COMMAND..: in the background, output in $OUT; $CONTAINER is process 1 as seen from here.
start() {
    OUT=$BATS_TEST_TMPDIR/out
    "$JAIL" $JAIL_OPTIONS "$ROOT" "$@" >"$OUT" 2>&1 3>&- 4>&- &
    OUTER=$!
    for _ in $(seq 200); do
        CONTAINER=$(cat /proc/$OUTER/task/$OUTER/children 2>/dev/null | tr -d ' ')
        # it is ours when the shell of the jail has become something else
        if [ -n "$CONTAINER" ] && ! grep -qE '^(sh|unshare|chroot|mount|ip)$' "/proc/$CONTAINER/comm" 2>/dev/null; then
            return 0
        fi
        kill -0 $OUTER 2>/dev/null || return 0
        sleep 0.02
    done
    echo "the container did not start"; cat "$OUT"
    return 1
}

# finish: waits for the container, a minute at most; its exit status in $status, its output in $output.
finish() {
    status=0
    for _ in $(seq 3000); do
        [ -d "/proc/$OUTER" ] || break
        sleep 0.02
    done
    [ ! -d "/proc/$OUTER" ] || kill -KILL "$CONTAINER" 2>/dev/null || true
    wait $OUTER || status=$?
    output=$(cat "$OUT")
}

# await TEXT [SECONDS]: until the output holds a line that matches.
await() {
    for _ in $(seq $((${2:-5} * 50))); do
        grep -qE "$1" "$OUT" && return 0
        sleep 0.02
    done
    echo "never seen: $1"; cat "$OUT"
    return 1
}

# field NAME: its value in the output of `probe state`.
field() {
    printf '%s\n' "$output" | sed -n "s/^$1:[[:space:]]*//p" | head -1 | sed 's/[[:space:]]*$//'
}

# expect WHAT ACTUAL WANTED
expect() {
    [ "$2" = "$3" ] || { echo "$1: got \"$2\", wanted \"$3\""; echo "$output"; return 1; }
}

stop_leftovers() {
    if [ -n "$OUTER" ] && kill -0 "$OUTER" 2>/dev/null; then
        [ -z "$CONTAINER" ] || kill -KILL "$CONTAINER" 2>/dev/null || true
        wait "$OUTER" 2>/dev/null || true
    fi
}
