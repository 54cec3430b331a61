# SPDX-License-Identifier: Apache-2.0
# stats: once, again and again, in a terminal; what its numbers come from.
load helpers

setup_file() {
    make_images
}

teardown() {
    remove_containers
}

@test "stats --no-stream: a table, templates, json; what runs, all, and by name" {
    run -0 unroot stats --no-stream
    [[ $output =~ ^"CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %     NET I/O   BLOCK I/O   PIDS"$ ]]
    busy=$(name busy) idle=$(name idle) made=$(name made)
    id=$(unroot run -d --name "$busy" --memory 64m --pids-limit 50 busybox sh -c 'sleep 1000 & while :; do :; done')
    unroot run -d --name "$idle" --network host busybox sleep 1000 >/dev/null
    unroot create --name "$made" busybox true >/dev/null
    run -0 unroot stats --no-stream --format '{{.Name}}|{{.CPUPerc}}|{{.MemUsage}}|{{.MemPerc}}|{{.NetIO}}|{{.BlockIO}}|{{.PIDs}}'
    [ "${#lines[@]}" = 2 ]
    [[ ${lines[0]} =~ ^"$idle"\|0\.[0-9][0-9]%\|[0-9.]+(KiB|MiB|B)" / "[0-9.]+GiB\|[0-9.]+%\|--\| ]]
    [[ ${lines[1]} =~ ^"$busy"\|([0-9]+\.[0-9][0-9])%\|[0-9.]+(KiB|MiB)" / 64MiB"\|[0-9.]+%\|.*"B / ".*B\|.*"B / ".*B\|2$ ]]
    [ "${BASH_REMATCH[1]%.*}" -ge 5 ]
    run -0 unroot container stats --no-stream --all --no-trunc --format json "$made" "${id:0:9}"
    [ "${#lines[@]}" = 2 ]
    [[ ${lines[0]} == *'"CPUPerc":"0.00%"'*'"MemUsage":"0B / 0B"'*"\"Name\":\"$made\""*'"PIDs":"0"'* ]]
    [[ ${lines[1]} == *"\"Container\":\"${id:0:9}\""*"\"ID\":\"$id\""* ]]
    run -0 unroot stats --no-stream --all --format '{{.Name}}'
    [ "$output" = "$made"$'\n'"$idle"$'\n'"$busy" ]
    run -1 --separate-stderr unroot stats --no-stream "$busy" no-such
    [[ -z $output && $stderr == "unroot stats: no such container: no-such" ]]
    run -1 unroot stats --no-stream --format '{{.Nothing}}'
    [[ $output == *"no field .Nothing"* ]]
}

@test "stats counts what goes over the network and to the disk" {
    n=$(name)
    unroot run -d --name "$n" busybox sh -c \
        'dd if=/dev/zero of=/home/app/f bs=1M count=4 conv=fsync 2>/dev/null; echo done; exec sleep 1000' >/dev/null
    unroot run -d --name "$(name server)" busybox sh -c 'sleep 1000 | nc -l -p 7000 >/dev/null' >/dev/null
    address=$(unroot inspect -f '{{.NetworkSettings.IPAddress}}' "$(name server)")
    eventually bash -c "'$UNROOT' logs $n | grep -q done"
    eventually unroot exec "$n" sh -c "dd if=/dev/zero bs=1000 count=200 2>/dev/null | nc -w 5 $address 7000"
    run -0 unroot stats --no-stream --format '{{.NetIO}}|{{.BlockIO}}' "$n"
    [[ $output =~ " / "([0-9.]+)kB\|(.*) ]] || { echo "$output"; false; }
    [ "${BASH_REMATCH[1]%.*}" -ge 100 ]
    # Memory is no disk.
    [ "$(stat -f -c %T "$SUITE")" = tmpfs ] || [[ ${BASH_REMATCH[2]} =~ " / "[4-9][0-9.]*MB$ ]] || { echo "$output"; false; }
}

@test "stats goes on until what was named is gone, and shows what is restarted" {
    n=$(name)
    unroot run -d --name "$n" busybox sleep 1000 >/dev/null
    "$UNROOT" stats --format '{{.Name}} {{.PIDs}}' "$n" >"$BATS_TEST_TMPDIR/out" 3>&- 4>&- &
    pid=$!
    eventually grep -q " 1" "$BATS_TEST_TMPDIR/out"
    unroot stop -t 0 "$n" >/dev/null
    eventually grep -q " 0" "$BATS_TEST_TMPDIR/out"
    unroot rm "$n" >/dev/null
    code=0
    wait "$pid" || code=$?
    [ "$code" = 0 ]
}

@test "stats in a terminal: drawn in place, new containers come, ^C ends it" {
    n=$(name) m=$(name late)
    unroot run -d --name "$n" busybox sleep 1000 >/dev/null
    (sleep 1.5; "$UNROOT" run -d --name "$m" busybox sleep 1000) >/dev/null 3>&- 4>&- &
    run -130 terminal "$UNROOT" stats -- "expect=$n" 'expect=0.00%' "expect=$m" 'send=\x03'
    [[ $output == *$'\033[2J\033[H'*"CONTAINER ID"*"$n"*$'\033[K'*$'\033[J'* ]]
    wait
}
