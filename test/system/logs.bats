# SPDX-License-Identifier: Apache-2.0
# `logs`: streams, --tail, --since, --until, --timestamps, --follow.
load helpers

setup_file() {
    make_images
    unroot run --name logs-ten busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do echo line $i; done; echo error >&2' >/dev/null 2>&1
}

teardown_file() {
    remove_containers
}

@test "output and error output go where they came from" {
    run -0 --separate-stderr unroot logs logs-ten
    [ "${#lines[@]}" = 10 ]
    [ "${lines[9]}" = "line 10" ]
    [ "$stderr" = error ]
}

@test "--tail" {
    run -0 --separate-stderr unroot logs --tail 3 logs-ten
    [ $((${#lines[@]} + $(wc -l <<<"$stderr"))) = 3 ]
    run -0 --separate-stderr unroot logs -n 0 logs-ten
    [ -z "$output$stderr" ]
    run -0 --separate-stderr unroot logs --tail all logs-ten
    [ "${#lines[@]}" = 10 ]
}

@test "-t puts the time before each line" {
    run -0 --separate-stderr unroot logs -t logs-ten
    for line in "${lines[@]}"; do
        [[ $line =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{9}Z\ line\ [0-9]+$ ]]
    done
}

@test "--since and --until" {
    n=$(name)
    unroot run --name "$n" busybox sh -c 'echo early; sleep 1.5; echo late' >/dev/null
    middle=$(unroot logs -t "$n" | awk '/late/{print $1}')
    [ "$(unroot logs --since "$middle" "$n")" = late ]
    [ "$(unroot logs --until "$middle" "$n")" = early ]
    [ "$(unroot logs --since 1h "$n" | wc -l)" = 2 ]
    [ -z "$(unroot logs --since 2099-01-01 "$n")" ]
    [ -z "$(unroot logs --until 1 "$n")" ]
}

@test "-f follows until the container ends" {
    id=$(unroot run -d busybox sh -c 'for i in 1 2 3 4 5; do echo $i; sleep 0.2; done')
    run -0 timeout 10 "$UNROOT" logs -f "$id"
    [ "$output" = $'1\n2\n3\n4\n5' ]
    run -0 timeout 10 "$UNROOT" logs -f "$id"
    [ "$output" = $'1\n2\n3\n4\n5' ]
}

@test "-f -n 1 begins with the last line" {
    id=$(unroot run -d busybox sh -c 'echo a; echo b; sleep 0.7; echo c')
    eventually bash -c "'$UNROOT' logs $id | grep -q b"
    run -0 timeout 10 "$UNROOT" logs -f -n 1 "$id"
    [ "$output" = $'b\nc' ]
}

@test "a line without its end, long lines and bytes that are no text come back as they were" {
    n=$(name)
    unroot run --name "$n" busybox printf 'no end' >/dev/null
    [ "$(unroot logs "$n")" = "no end" ]
    m=$(name long)
    unroot run --name "$m" busybox sh -c 'head -c 100000 /dev/zero | tr "\0" x; echo; printf "\377\376\001\n"' >/dev/null
    unroot logs "$m" >"$BATS_TEST_TMPDIR/log"
    [ "$(head -1 "$BATS_TEST_TMPDIR/log" | tr -d '\n' | wc -c)" = 100000 ]
    [ "$(tail -1 "$BATS_TEST_TMPDIR/log" | od -An -tx1)" = " ff fe 01 0a" ]
}

@test "a container that never ran has an empty log, one that is not there has none" {
    n=$(name)
    unroot create --name "$n" busybox true >/dev/null
    run -0 unroot logs "$n"
    [ -z "$output" ]
    run -1 unroot logs no-such
    [ "$output" = "unroot logs: no such container: no-such" ]
}

@test "detached output is kept from the first byte" {
    for i in 1 2 3 4 5; do
        id=$(unroot run -d busybox echo first)
        unroot wait "$id" >/dev/null
        [ "$(unroot logs "$id")" = first ]
    done
}
