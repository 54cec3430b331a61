# SPDX-License-Identifier: Apache-2.0
# restart: what a container keeps, --rm, several at once, and others who stop, kill and remove it meanwhile.
load helpers

setup_file() {
    make_images
}

teardown() {
    remove_containers
}

pid_of() {
    unroot inspect -f '{{.State.Pid}}' "$1"
}

# What must be the same after a restart.
identity() {
    unroot ps --no-trunc --filter "name=$1" --format '{{.ID}} {{.HostIds}}'
    unroot inspect -f '{{.NetworkSettings.IPAddress}} {{.NetworkSettings.MacAddress}} {{json .NetworkSettings.Published}}' "$1"
}

@test "restart: another process with the same ids, files, log, address and ports" {
    n=$(name)
    id=$(unroot run -d --name "$n" -p 8080:80 -p 81 -p 9000-9010:82 busybox sh -c \
        'echo again >>/home/app/count; wc -l </home/app/count; trap "echo asked; exit 0" TERM; while :; do sleep 0.05; done')
    eventually bash -c "'$UNROOT' logs $n | grep -q 1"
    other=$(unroot run -d --name "$(name other)" -p 9000-9010:82 busybox sleep 1000)
    pid=$(pid_of "$n") before=$(identity "$n")
    owner=$(stat -c %u "/proc/$pid")
    run -0 unroot restart "$n"
    [ "$output" = "$n" ]
    [ "$(pid_of "$n")" != "$pid" ] && [ ! -d "/proc/$pid" ]
    [ "$(identity "$n")" = "$before" ]
    [ "$(stat -c %u "/proc/$(pid_of "$n")")" = "$owner" ]
    eventually bash -c "'$UNROOT' logs $n | grep -q 2"
    [ "$(unroot logs "$n" | tr '\n' ' ')" = "1 asked 2 " ]
    # It was the first of the range, and is again.
    unroot rm -f "$other" >/dev/null
    unroot restart -t 0 "$id" >/dev/null
    [ "$(identity "$n")" = "$before" ]
}

@test "restart: the stop signal and the grace, of the container and of the command line" {
    n=$(name)
    unroot run -d --name "$n" --stop-signal USR1 --stop-timeout 60 busybox sh -c \
        'trap "" TERM; trap "echo usr1; exit" USR1; trap "echo usr2; exit" USR2; echo up; while :; do sleep 0.05; done' >/dev/null
    eventually bash -c "'$UNROOT' logs $n | grep -q up"
    unroot restart "$n"
    eventually bash -c "[ \$('$UNROOT' logs $n | grep -c up) = 2 ]"
    unroot restart -s USR2 "$n"
    eventually bash -c "[ \$('$UNROOT' logs $n | grep -c up) = 3 ]"
    SECONDS=0
    unroot restart -s TERM -t 1 "$n"
    [ "$SECONDS" -lt 30 ]
    eventually bash -c "[ \$('$UNROOT' logs $n | grep -c up) = 4 ]"
    unroot stop -s USR2 -t -1 "$n"
    [ "$(unroot logs "$n" | tr '\n' ' ')" = "up usr1 up usr2 up up usr2 " ]
    run -125 unroot restart -s NOSUCH "$n"
    [[ $output == *"no signal \"NOSUCH\""* ]]
}

@test "restart: what does not run is started; what is paused too" {
    created=$(unroot create busybox sleep 1000)
    ended=$(unroot run -d busybox sh -c '[ -e /tmp/was ] && exec sleep 1000; touch /tmp/was')
    paused=$(unroot run -d busybox sleep 1000)
    unroot wait "$ended" >/dev/null
    unroot pause "$paused" >/dev/null
    run -0 unroot restart -t 0 "$created" "$ended" "$paused"
    [ "$output" = "$created"$'\n'"$ended"$'\n'"$paused" ]
    [ "$(unroot ps -q --filter status=running | wc -l)" = 3 ]
}

@test "restart: each failure is said, the others are restarted, the exit code is 1" {
    one=$(name one) bad=$(name bad)
    unroot run -d --name "$one" busybox sleep 1000 >/dev/null
    unroot create --name "$bad" busybox no-such-program >/dev/null
    pid=$(pid_of "$one")
    run -1 --separate-stderr unroot restart -t 0 no-such "$bad" "$one"
    [ "$output" = "$one" ]
    [[ $stderr == *"unroot restart: no such container: no-such"*"no-such-program"* ]]
    [ "$(pid_of "$one")" != "$pid" ]
    run -125 unroot restart
    [[ $output == *"at least 1 argument"* ]]
}

@test "restart: a --rm container stays, also for a client in the foreground, and goes at its end" {
    n=$(name) m=$(name front)
    unroot run -d --rm --name "$n" busybox sh -c 'echo x >>/home/app/f; exec sleep 1000' >/dev/null
    "$UNROOT" run --rm --name "$m" busybox sh -c 'exec sleep 1000' >/dev/null 2>&1 3>&- 4>&- &
    client=$!
    eventually pid_of "$m"
    eventually unroot exec "$m" true
    run -0 unroot restart -t 0 "$n" "$m"
    for i in 1 2 3; do unroot ps -a >/dev/null; done # they sweep
    wait "$client" || [ $? = 137 ]
    [ "$(unroot exec "$n" cat /home/app/f)" = $'x\nx' ]
    unroot exec "$m" true
    unroot stop -t 0 "$n" "$m" >/dev/null
    eventually bash -c "[ -z \"\$('$UNROOT' ps -aq)\" ]"
}

@test "restart: killed at random moments, a --rm container is whole or gone" {
    for i in $(seq 12); do
        id=$(unroot run -d --rm --network none busybox sleep 1000)
        "$UNROOT" restart -t 0 "$id" >/dev/null 2>&1 &
        pid=$!
        sleep "0.0$((RANDOM % 10))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        eventually bash -c "[ -z \"\$('$UNROOT' ps -aq)\" ] || '$UNROOT' exec $id true"
        unroot rm -f "$id" 2>/dev/null || true
    done
    eventually bash -c "[ -z \"\$(ls -A /run/unroot/containers /var/lib/unroot/pending | grep -v ':$\|^$')\" ]"
}

@test "restart beside restart, stop, kill and rm: none hangs, none is left half" {
    for i in $(seq 6); do
        n=$(name "c$i")
        unroot run -d --name "$n" -p "80$i:80" busybox sleep 1000 >/dev/null
        pids=()
        for verb in "restart -t 0" "restart -t 0" "stop -t 0" "kill" "start" "restart -t 0"; do
            # shellcheck disable=SC2086
            timeout 60 "$UNROOT" $verb "$n" >/dev/null 2>&1 &
            pids+=($!)
        done
        if [ $((i % 2)) = 0 ]; then
            timeout 60 "$UNROOT" rm -f "$n" >/dev/null 2>"$BATS_TEST_TMPDIR/rm" || { cat "$BATS_TEST_TMPDIR/rm"; false; }
        fi
        for pid in "${pids[@]}"; do
            code=0
            wait "$pid" || code=$?
            [ "$code" != 124 ] || { echo "a command hangs"; false; }
        done
        # Whatever came last: it can be restarted, or is gone as a whole.
        if [ $((i % 2)) = 0 ]; then
            run -1 unroot inspect "$n"
        else
            unroot restart -t 0 "$n"
            unroot exec "$n" true
        fi
    done
    unroot ps -aq | xargs -r "$UNROOT" rm -f >/dev/null
    [ -z "$(cd /var/lib/unroot && ls -A /run/unroot/containers containers storage/containers pending | grep -v ':$\|^$')" ]
}
