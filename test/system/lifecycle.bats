# SPDX-License-Identifier: Apache-2.0
# stop, kill, rm, wait, rename, pause, restarting by start, prune: with one container, several, and none.
load helpers

setup_file() {
    make_images
}

teardown() {
    remove_containers
}

state() {
    unroot inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$1"
}

@test "stop sends TERM and waits; names are printed" {
    n=$(name)
    unroot run -d --name "$n" busybox sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done' >/dev/null
    eventually unroot exec "$n" true
    sleep 0.3
    run -0 unroot stop "$n"
    [ "$output" = "$n" ]
    [ "$(state "$n")" = "exited 3" ]
    run -0 unroot stop "$n"
}

@test "stop -t 0 kills at once" {
    n=$(name)
    unroot run -d --name "$n" busybox sh -c 'trap "" TERM; while :; do sleep 0.1; done' >/dev/null
    SECONDS=0
    run -0 unroot stop -t 0 "$n"
    [ "$SECONDS" -le 3 ]
    [ "$(state "$n")" = "exited 137" ]
}

@test "kill sends KILL, or the signal of -s by name and number" {
    n=$(name)
    unroot run -d --name "$n" busybox sh -c 'trap "echo usr1" USR1; trap "exit 8" USR2; echo up; while :; do sleep 0.1; done' >/dev/null
    eventually bash -c "'$UNROOT' logs $n | grep -q up"
    run -0 unroot kill -s SIGUSR1 "$n"
    eventually bash -c "'$UNROOT' logs $n | grep -q usr1"
    run -0 unroot kill --signal 12 "$n"
    [ "$(unroot wait "$n")" = 8 ]
    run -1 unroot kill "$n"
    [[ $output == "unroot kill: "*"not running"* ]]
    m=$(name second)
    unroot run -d --name "$m" busybox sleep 100 >/dev/null
    unroot kill "$m" >/dev/null
    [ "$(unroot wait "$m")" = 137 ]
}

@test "rm refuses what runs, rm -f does not" {
    n=$(name)
    unroot run -d --name "$n" busybox sleep 100 >/dev/null
    run -1 unroot rm "$n"
    [[ $output == *"$n"* || $output == *running* ]]
    run -0 unroot rm -f "$n"
    [ "$output" = "$n" ]
    run -1 unroot inspect "$n"
}

@test "several names: the good ones are done, the bad one is said, the exit code is 1" {
    one=$(name one) two=$(name two)
    unroot create --name "$one" busybox true >/dev/null
    unroot create --name "$two" busybox true >/dev/null
    run -1 --separate-stderr unroot rm "$one" no-such "$two"
    [ "$output" = "$one"$'\n'"$two" ]
    [ "$stderr" = "unroot rm: no such container: no-such" ]
}

@test "an ambiguous prefix is refused" {
    for i in $(seq 20); do
        unroot create busybox true >/dev/null
    done
    prefix=$(unroot ps -aq | cut -c1 | sort | uniq -d | head -1)
    [ -n "$prefix" ]
    run -1 unroot rm "$prefix"
    [[ $output == *"$prefix"* ]]
    [ "$(unroot ps -aq | wc -l)" = 20 ]
}

@test "wait prints the codes in order, also of what ended before" {
    one=$(unroot run -d busybox sh -c 'exit 4')
    two=$(unroot run -d busybox sh -c 'sleep 0.5; exit 5')
    run -0 unroot wait "$one" "$two"
    [ "$output" = $'4\n5' ]
    run -0 unroot wait "$one"
    [ "$output" = 4 ]
    run -1 unroot wait no-such
}

@test "rename" {
    old=$(name old) new=$(name new)
    id=$(unroot run -d --name "$old" busybox sleep 100)
    run -0 unroot rename "$old" "$new"
    [ -z "$output" ]
    [ "$(unroot ps --format '{{.Names}}')" = "$new" ]
    run -1 unroot rename no-such "$old"
    other=$(unroot create --name "$old" busybox true)
    run -1 unroot rename "$old" "$new"
    [[ $output == *"$new"* ]]
    [ "$(unroot inspect -f '{{.Id}}' "$new")" = "$id" ]
}

@test "pause stops the clock of the payload, unpause lets it go on" {
    n=$(name)
    unroot run -d --name "$n" busybox sh -c 'while :; do echo x; sleep 0.05; done' >/dev/null
    run -0 unroot pause "$n"
    [ "$output" = "$n" ]
    sleep 0.3
    [ "$(unroot ps --format '{{.State}}')" = paused ]
    [[ $(unroot ps --format '{{.Status}}') == "Up "*" (Paused)" ]]
    before=$(unroot logs "$n" | wc -l)
    sleep 0.4
    [ "$(unroot logs "$n" | wc -l)" = "$before" ]
    run -0 unroot unpause "$n"
    eventually bash -c "[ \$('$UNROOT' logs $n | wc -l) -gt $before ]"
}

@test "files of the container stay from one start to the next" {
    n=$(name)
    unroot create --name "$n" busybox sh -c 'cat /home/app/count 2>/dev/null; echo again >>/home/app/count' >/dev/null
    run -0 unroot start -a "$n"
    [ -z "$output" ]
    run -0 unroot start -a "$n"
    [ "$output" = again ]
    run -0 unroot start -a "$n"
    [ "$output" = $'again\nagain' ]
}

@test "start of what runs is no failure or says so; start of nothing is one" {
    n=$(name)
    unroot run -d --name "$n" busybox sleep 100 >/dev/null
    run unroot start "$n"
    [ "$status" = 0 ] || [[ $output == *"already running"* ]]
    run -125 unroot start no-such
}

@test "container prune asks, -f does not; what runs stays" {
    running=$(unroot run -d busybox sleep 100)
    dead=$(unroot create busybox true)
    run -0 bash -c 'echo n | "$UNROOT" container prune'
    [ "$(unroot ps -aq | wc -l)" = 2 ]
    run -0 bash -c 'echo y | "$UNROOT" container prune 2>/dev/null'
    [ "$output" = "Deleted Containers:"$'\n'"$dead" ]
    unroot create busybox true >/dev/null
    run -0 unroot container prune -f
    [ "$(unroot ps -aq --no-trunc)" = "$running" ]
}

@test "the container's end is known when its monitor was killed" {
    id=$(unroot run -d busybox sleep 100)
    pid=$(unroot inspect -f '{{.State.Pid}}' "$id")
    monitor=$(awk '/^PPid:/{print $2}' "/proc/$pid/status")
    kill -KILL "$monitor"
    eventually bash -c "[ -z \"\$('$UNROOT' ps -q)\" ]"
    [[ $(state "$id") == exited* ]]
    run -0 unroot rm "$id"
}
