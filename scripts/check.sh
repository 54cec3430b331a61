#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every test: the tree's rules, unit tests and fuzz corpora with gcc, clang and sanitizers, then the system suites as root.
# Ends with "N passed, N failed, N skipped". CHECK_FAST=1 leaves the clang and sanitizer builds out.
set -u
cd "$(dirname "$0")/.."
passed=0 failed=0 skipped=0
logs=$(mktemp -d)
finish() {
    [ -z "${others:-}" ] || kill "$others" 2>/dev/null
    rm -rf "$logs"
    [ ! -e build-check/sampler.pid ] || kill "$(cat build-check/sampler.pid)" 2>/dev/null
}
trap finish EXIT

# count NAME PASSED FAILED SKIPPED
count() {
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
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

# system NAME COMMAND...: a bats run that prints TAP. A suite in which something failed is run once more, because some tests
# race with the clock of a busy machine: what fails again is a failure, what does not is said to be unstable.
system() {
    local name=$1 status ok fail skip again
    shift
    began=$SECONDS
    for again in no yes; do
        timeout -k 10 600 "$@" </dev/null >"$logs/bats" 2>&1
        status=$?
        ok=$(grep -c '^ok ' "$logs/bats") fail=$(grep -c '^not ok ' "$logs/bats")
        skip=$(grep -cE '^ok .* # skip' "$logs/bats")
        if [ "$status" != 0 ] && [ "$fail" = 0 ]; then
            fail=1
            echo "$name ended with status $status after $((SECONDS - began)) s; its last lines:"
            tail -3 "$logs/bats"
        fi
        [ "$fail" != 0 ] || break
        [ $again = yes ] || echo "unstable, run again:"
        grep -vE '^ok ' "$logs/bats"
    done
    grep -E '^ok .* # skip' "$logs/bats" | head -20
    count "$name" "$((ok - skip))" "$fail" "$skip"
}

export UNROOT_BUILD=$PWD/build-check
build build-check -Dtest_hooks=true && unit build-check "unit tests, gcc"

# The other compilers' builds take what the system suites leave of the processors.
other_builds() {
    logs=$logs/other passed=0 failed=0 skipped=0
    mkdir "$logs"
    renice -n 19 "$BASHPID" >/dev/null
    CC=clang build build-clang && unit build-clang "unit tests, clang"
    build build-asan -Db_sanitize=address,undefined -Dtest_hooks=true && unit build-asan "unit tests, sanitizers"
    echo "$passed $failed $skipped" >"$logs/counts"
}
others=
if [ -z "${CHECK_FAST:-}" ]; then
    other_builds >"$logs/others" 2>&1 &
    others=$!
fi
if [ "$(id -u)" = 0 ]; then
    export UNROOT=$UNROOT_BUILD/bin/unroot BATS_ARGUMENTS=--tap
    test/system/sampler.sh start || exit 1
    for suite in test/system/*.bats test/step/*.bats; do
        [ -e "$suite" ] && system "${suite#test/}" test/system/run "$suite"
    done
    for suite in test/engines/*.bats; do
        [ -e "$suite" ] && system "${suite#test/}" test/engines/run "$suite"
    done
    for suite in test/system/*/setup_suite.bash; do
        suite=$(dirname "$suite")
        system "${suite#test/}" bats --tap "$suite"
    done
    began=$SECONDS
    if test/system/sampler.sh stop; then count "sampler" 1 0 0; else count "sampler" 0 1 0; fi
else
    echo "not root: the system suites are skipped"
    skipped=$((skipped + $(cat test/system/*.bats test/system/*/*.bats test/step/*.bats 2>/dev/null | grep -c '^@test')))
fi
if [ -n "$others" ]; then
    wait "$others"
    cat "$logs/others"
    if read -r ok fail skip <"$logs/other/counts"; then
        passed=$((passed + ok)) failed=$((failed + fail)) skipped=$((skipped + skip))
    else
        failed=$((failed + 1))
    fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
