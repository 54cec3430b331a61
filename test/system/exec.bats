# SPDX-License-Identifier: Apache-2.0
# `exec`: exit codes, streams, users, folders, variables, in the background.
load helpers

setup_file() {
    make_images
    CONTAINER=$(unroot run -d --name exec-target -e SET=create busybox sleep 1000)
    export CONTAINER
}

teardown_file() {
    remove_containers
}

@test "output, error output and exit code are the command's" {
    run -3 --separate-stderr unroot exec exec-target sh -c 'echo out; echo err >&2; exit 3'
    [ "$output" = out ]
    [ "$stderr" = err ]
}

@test "by id, by a prefix of the id and by name" {
    for who in "$CONTAINER" "${CONTAINER:0:12}" "${CONTAINER:0:5}" exec-target; do
        run -0 unroot exec "$who" true
    done
}

@test "127, 126 and 125" {
    run -127 unroot exec exec-target no-such-program
    [[ $output == "unroot exec: "*no-such-program* ]]
    run -126 unroot exec exec-target /etc/passwd
    run -125 unroot exec no-such-container true
    [[ $output == *"no such container: no-such-container"* ]]
}

@test "128 + N for a signal" {
    run -137 unroot exec exec-target sh -c 'kill -KILL $$'
}

@test "-i passes standard input" {
    run -0 bash -c 'echo through | "$UNROOT" exec -i exec-target cat'
    [ "$output" = through ]
    run -0 bash -c 'echo through | "$UNROOT" exec exec-target cat'
    [ -z "$output" ]
}

@test "the user is the container's unless -u says otherwise" {
    run -0 unroot exec exec-target id -u
    [ "$output" = 1000 ]
    run -0 unroot exec -u other exec-target sh -c 'id -u; id -g'
    [ "$output" = $'1001\n1001' ]
    run -0 unroot exec -u 1234:5 exec-target sh -c 'id -u; id -g'
    [ "$output" = $'1234\n5' ]
}

@test "-u 0 in mode none is refused with the reason" {
    run -125 unroot exec -u 0 exec-target id
    [[ $output == *"uid 0"* || $output == *root* ]]
    run -125 unroot exec -u root exec-target id
}

@test "-u 0 in mode mapped is nobody on the host" {
    n=$(name)
    unroot run -d -q --name "$n" busybox-root sleep 100 >/dev/null
    run -0 unroot exec -u 0 "$n" id -u
    [ "$output" = 0 ]
    unroot exec -d "$n" sleep 77
    eventually bash -c "'$UNROOT' top $n huser args | grep -q 'sleep 77'"
    run -0 unroot top "$n" huser args
    [[ $output != $'\n'"0 "* ]]
    unroot rm -f "$n" >/dev/null
}

@test "-w and -e" {
    run -0 unroot exec -w /var/data -e SET=exec -e NEW=1 exec-target sh -c 'pwd; echo $SET $NEW $IMAGE_SAYS $HOME'
    [ "$output" = $'/var/data\nexec 1 hello /home/app' ]
    run -0 unroot exec exec-target sh -c 'echo $SET'
    [ "$output" = create ]
}

@test "--env-file" {
    echo FROM_FILE=yes >"$BATS_TEST_TMPDIR/env"
    run -0 unroot exec --env-file "$BATS_TEST_TMPDIR/env" exec-target sh -c 'echo $FROM_FILE'
    [ "$output" = yes ]
}

@test "no new privileges, the container's seccomp and capabilities hold" {
    run -0 unroot exec exec-target grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
    [ "$output" = $'CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2' ]
}

@test "-d leaves it in the background and prints nothing" {
    run -0 unroot exec -d exec-target sh -c 'sleep 0.2; touch /tmp/done'
    [ -z "$output" ]
    eventually unroot exec exec-target test -e /tmp/done
}

@test "all namespaces are the container's" {
    pid=$(unroot inspect -f '{{.State.Pid}}' exec-target)
    for kind in user pid net mnt ipc uts cgroup; do
        run -0 unroot exec exec-target readlink /proc/self/ns/$kind
        [ "$output" = "$(readlink /proc/$pid/ns/$kind)" ] || { echo "$kind: $output"; false; }
    done
}

@test "a container that does not run is refused" {
    n=$(name)
    unroot create --name "$n" busybox true >/dev/null
    run -125 unroot exec "$n" true
    [[ $output == *"$n"* || $output == *running* ]]
    unroot rm "$n" >/dev/null
}

@test "twenty at once" {
    for i in $(seq 20); do
        unroot exec exec-target sh -c "exit $i" 3>&- &
        pids[$i]=$!
    done
    for i in $(seq 20); do
        code=0
        wait "${pids[$i]}" || code=$?
        [ "$code" = "$i" ]
    done
}
