#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every test: the tree's rules, unit tests and fuzz corpora with gcc, and with clang and its sanitizers, and the system suites
# as root, several at once. Ends with "N passed, N failed, N skipped". CHECK_FAST=1 leaves the sanitizers' build out;
# CHECK_LANES says how many suites run at once (one more than there are processors: much of their time is waiting).
set -u
cd "$(dirname "$0")/.."
logs=$(mktemp -d)
counts=$logs/counts
lanes=() others=
finish() {
    for pid in $others "${lanes[@]}"; do kill "$pid" 2>/dev/null; done
    rm -rf "$logs"
}
trap finish EXIT

# count NAME PASSED FAILED SKIPPED
count() {
    echo "$2 $3 $4" >>"$counts"
    printf '%-28s %5d passed %5d failed %5d skipped  (%ds)\n' "$1" "$2" "$3" "$4" "$((SECONDS - began))"
}

# build FOLDER OPTION...: a failing build is one failure and says why.
build() {
    local folder=$1
    shift
    began=$SECONDS
    if { [ -f "$folder/build.ninja" ] || meson setup "$folder" "$@"; } >"$logs/build" 2>&1 &&
        ninja -C "$folder" >>"$logs/build" 2>&1; then
        return 0
    fi
    grep -E -A8 'error|ERROR|FAILED' "$logs/build" | head -60
    count "build $folder" 0 1 0
    return 1
}

# tally WORD: the number behind it in meson's summary.
tally() {
    sed -n "s/^$1: *\([0-9]*\).*/\1/p" "$logs/unit" | grep . || echo 0
}

# unit FOLDER NAME: meson's tests.
unit() {
    began=$SECONDS
    meson test -C "$1" --no-rebuild --timeout-multiplier 5 --print-errorlogs >"$logs/unit" 2>&1 ||
        { cp "$logs/unit" "$logs/unit.first"; meson test -C "$1" --no-rebuild --timeout-multiplier 5 --print-errorlogs >"$logs/unit" 2>&1; } ||
        { echo "the first time:"; grep -E '(FAIL|TIMEOUT) ' "$logs/unit.first"; }
    local ok fail skip
    ok=$(tally Ok) fail=$(tally Fail)
    skip=$(tally Skipped)
    fail=$((${fail:-0} + $(tally Timeout)))
    if [ "$ok" = 0 ]; then
        cat "$logs/unit"
        fail=1
    fi
    [ "$fail" = 0 ] || grep -vE '^ *[0-9]+/[0-9]+ .* OK ' "$logs/unit" | tail -80
    count "$2" "${ok:-0}" "$fail" "${skip:-0}"
}

# suite FILE-OR-FOLDER: a bats run that prints TAP; its numbers are in $ok, $fail and $skip.
suite() {
    local command=(bats --tap) status
    case $1 in
    test/engines/*) command=(test/engines/run) ;;
    *.bats) command=(test/system/run) ;;
    esac
    began=$SECONDS
    timeout -k 10 600 "${command[@]}" "$1" </dev/null >"$logs/bats" 2>&1
    status=$?
    ok=$(grep -c '^ok ' "$logs/bats") fail=$(grep -c '^not ok ' "$logs/bats")
    skip=$(grep -cE '^ok .* # skip' "$logs/bats")
    if [ "$status" != 0 ] && [ "$fail" = 0 ]; then
        fail=1
        echo "$1 ended with status $status after $((SECONDS - began)) s; its last lines:"
        tail -3 "$logs/bats"
    fi
    [ "$fail" = 0 ] || grep -vE '^ok ' "$logs/bats"
    grep -E '^ok .* # skip' "$logs/bats" | head -20
    [ "$fail" = 0 ]
}

# next: the next of the jobs, once for whoever asks first.
next() {
    (
        flock 5
        read -r number <"$logs/../next"
        echo $((number + 1)) >"$logs/../next"
        sed -n "${number}p" "$logs/../jobs" | grep .
    ) 5<"$logs/../jobs"
}

# lane: one job after the other until none is left. A suite in which something failed is put on the list of those that run
# once more, alone, because some tests race with the clock of a busy machine.
lane() {
    local job
    logs=$logs/$1
    mkdir "$logs"
    while job=$(next); do
        if [ "$job" = unit ]; then
            unit build-check "unit tests, gcc"
        elif suite "$job"; then
            count "${job#test/}" "$((ok - skip))" 0 "$skip"
        else
            echo "${job#test/} is run again when the others are done"
            echo "$job" >>"$logs/../again"
        fi >"$logs/out" 2>&1
        flock "$logs/../jobs" cat "$logs/out"
    done
}

# suites: those that take longest first, so that no lane waits for one at the end.
suites() {
    local slow=(test/engines/bundles.bats test/system/build-peers.bats test/system/build-kills.bats test/system/fetch.bats
        test/step/steps.bats test/engines/docker.bats test/system/init test/system/network.bats test/system/monitor
        test/system/build-attacks.bats test/system/store.bats test/system/registry.bats test/system/registry-hostile.bats
        test/engines/images.bats test/system/pull-kills.bats test/engines/sidecars.bats test/engines/images-unroot.bats)
    printf '%s\n' "${slow[@]}" test/{system,step,engines}/*.bats test/system/*/setup_suite.bash | sed 's,/setup_suite.bash$,,' |
        awk '!seen[$0]++'
}

export UNROOT_BUILD=$PWD/build-check
build build-check -Dtest_hooks=true || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# The other compiler's build takes what the system suites leave of the processors.
other_build() {
    logs=$logs/other
    mkdir "$logs"
    renice -n 19 "$BASHPID" >/dev/null
    # Without optimization: clang warns the same, and compiles sanitized code in a fifth of the time.
    local sanitized=(-Doptimization=0 -Db_sanitize=address,undefined -Dtest_hooks=true)
    if echo 'int main(void) { return 0; }' | clang -x c -fsanitize=address,undefined -o "$logs/probe" - 2>/dev/null; then
        CC=clang build build-sanitizers "${sanitized[@]}" && unit build-sanitizers "unit tests, clang, sanitizers"
    else # its run time library of them is a package of its own
        CC=clang build build-clang -Doptimization=0 && unit build-clang "unit tests, clang"
        CC=gcc build build-gcc-sanitizers "${sanitized[@]}" && unit build-gcc-sanitizers "unit tests, sanitizers"
    fi
}
if [ -z "${CHECK_FAST:-}" ]; then
    other_build >"$logs/others" 2>&1 &
    others=$!
fi
echo 1 >"$logs/next"
echo unit >"$logs/jobs"
if [ "$(id -u)" = 0 ]; then
    suites >>"$logs/jobs"
    export UNROOT=$UNROOT_BUILD/bin/unroot BATS_ARGUMENTS=--tap SAMPLER_REPORTS=$logs/sampler
    mkdir "$SAMPLER_REPORTS"
else
    echo "not root: the system suites are skipped"
    echo "0 0 $(cat test/{system,step,engines}/*.bats test/system/*/*.bats | grep -c '^@test')" >>"$counts"
fi
for number in $(seq "${CHECK_LANES:-$(($(nproc) + 1))}"); do
    lane "$number" &
    lanes+=($!)
done
wait "${lanes[@]}"
lanes=()
for job in $(cat "$logs/again" 2>/dev/null); do
    suite "$job"
    count "${job#test/}, again" "$((ok - skip))" "$fail" "$skip"
done
if [ -n "${SAMPLER_REPORTS:-}" ]; then
    began=$SECONDS
    if test/system/sampler.sh judge; then count "sampler" 1 0 0; else count "sampler" 0 1 0; fi
fi
if [ -n "$others" ]; then
    wait "$others"
    cat "$logs/others"
fi
awk '{ for (i = 1; i <= 3; i++) sum[i] += $i } END { printf "%d passed, %d failed, %d skipped\n", sum[1], sum[2], sum[3]; exit sum[2] > 0 }' "$counts"
