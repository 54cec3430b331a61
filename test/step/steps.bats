# SPDX-License-Identifier: Apache-2.0
# Every step of supervisor, payload, drop, joiner and exec fails once and is killed once: message, exit code, nothing left.
# Needs a build with -Dtest_hooks=true, which is what `make check` makes.
load ../system/helpers
load steps

setup_file() {
    export UNROOT_LINGER_MS=0 # the bridge goes with its last container: nothing_left waits for that
    make_images
    mkdir -p "$SUITE/bound"
    chown 1000:1000 "$SUITE/bound"
    unroot volume create steps >/dev/null
    unroot run --rm -v steps:/var/data busybox true
}

teardown_file() {
    remove_containers
    unroot volume rm steps
}

# A start that uses everything: both kinds of volumes, the network, limits, a terminal is tried apart.
start() {
    timeout 60 "$UNROOT" --debug run --rm -v "$SUITE/bound:/bound" -v steps:/var/data --tmpfs /scratch --pids-limit 50 \
        --sysctl net.ipv4.ip_default_ttl=63 --ulimit nofile=100 --cap-add NET_BIND_SERVICE "$@" busybox true
}

needs_hooks() {
    settle
    UNROOT_FAIL_STEP=supervisor/open-host run --separate-stderr start
    [ "$status" = 125 ] || skip "this build has no test hooks"
}

# fails ROLE/STEP WANTED-STATUS [OPTION..]
fails() {
    local step=$1 wanted=$2
    shift 2
    before=$(host_state)
    UNROOT_FAIL_STEP=$step run --separate-stderr start "$@"
    echo "$step: status $status: $stderr"
    [ "$status" = "$wanted" ]
    [[ $stderr == *"made to fail by the test"* ]]
    [[ $stderr == *"step $step"* ]]
    nothing_left
}

@test "every step of the supervisor fails with its name, 125 and no trace" {
    needs_hooks
    [ "$(steps supervisor supervisor.c | wc -l)" -ge 20 ]
    for step in $(steps supervisor supervisor.c); do
        fails "supervisor/$step" 125
    done
}

@test "every step of the payload fails with its name, 125 and no trace" {
    needs_hooks
    [ "$(rows payload.c payload_steps | wc -l)" -ge 14 ]
    for step in $(rows payload.c payload_steps); do
        fails "payload/$step" 125
    done
}

@test "every step of the drop fails with its name, 125 and no trace" {
    needs_hooks
    [ "$(steps drop drop.c | wc -l)" -ge 10 ]
    for step in $(steps drop drop.c); do
        fails "drop/$step" 125
    done
}

@test "every step of the monitor fails with its name, ends the payload and leaves no trace" {
    needs_hooks
    rows=$(grep -oP '{"\K[a-z-]+(?=", confine_)' "$BATS_TEST_DIRNAME/../../src/monitor/confine.c")
    [ "$(echo "$rows" | wc -l)" -ge 7 ]
    for step in $rows; do
        before=$(host_state)
        UNROOT_FAIL_STEP=monitor/$step run --separate-stderr start
        echo "$step: status $status: $stderr"
        [ "$status" != 0 ]
        [[ $stderr == *"monitor: step $step: Input/output error"* || $stderr == *"monitor: step $step: I/O error"* ]]
        eventually nothing_left
    done
}

@test "a monitor killed at every step leaves what the next command clears" {
    needs_hooks
    for step in $(grep -oP '{"\K[a-z-]+(?=", confine_)' "$BATS_TEST_DIRNAME/../../src/monitor/confine.c"); do
        dies "monitor/$step"
    done
}

@test "the steps of a terminal fail without a trace" {
    needs_hooks
    for step in supervisor/open-terminal payload/start-session; do
        before=$(host_state)
        UNROOT_FAIL_STEP=$step run timeout 60 script -qec "$UNROOT --debug run --rm -it busybox true" /dev/null
        [[ $output == *"step $step"* ]]
        nothing_left
    done
}

@test "every step of exec fails with its name and leaves the container as it was" {
    needs_hooks
    unroot run -d --name "$(name)" busybox sleep 98765 >/dev/null
    before=$(host_state)
    for step in $(steps joiner exec.c | sed 's,^,joiner/,') exec/guard exec/start-session exec/reset-signals \
        exec/close-descriptors exec/drop-privileges exec/enter-workdir exec/execute; do
        UNROOT_FAIL_STEP=$step run --separate-stderr timeout 60 "$UNROOT" --debug exec "$(name)" true
        echo "$step: status $status: $stderr"
        [ "$status" != 0 ]
        [[ $stderr == *"step $step"* ]]
        nothing_left
        unroot exec "$(name)" true
    done
    unroot rm -f "$(name)"
}

# dies ROLE/STEP: the process is killed there; whatever it leaves is gone after the next command.
dies() {
    before=$(host_state)
    UNROOT_KILL_STEP=$1 run --separate-stderr start
    echo "$1: status $status: $stderr"
    [ "$status" != 0 ]
    [ -n "$stderr" ]
    unroot ps -a >/dev/null
    unroot run --rm busybox true
    nothing_left
}

@test "a supervisor killed at every step leaves what the next command clears" {
    needs_hooks
    for step in $(steps supervisor supervisor.c); do
        dies "supervisor/$step"
    done
}

@test "a payload killed at every step leaves nothing" {
    needs_hooks
    for step in $(rows payload.c payload_steps | grep -v execute); do
        before=$(host_state)
        UNROOT_KILL_STEP=payload/$step run --separate-stderr start
        echo "$step: status $status"
        [ "$status" != 0 ]
        nothing_left
    done
}

@test "the order of the steps is what the promises need" {
    after() { # after FILE ROLE EARLIER LATER
        local rows
        rows=$(steps "$2" "$1")
        [ "$(echo "$rows" | grep -nx "$3" | head -1 | cut -d: -f1)" -lt "$(echo "$rows" | grep -nx "$4" | head -1 | cut -d: -f1)" ]
    }
    after drop.c drop limit-bounding-set set-groups
    after drop.c drop set-groups set-gid
    after drop.c drop set-gid set-uid
    after drop.c drop set-uid set-capabilities
    after drop.c drop set-capabilities no-new-privileges
    after drop.c drop no-new-privileges install-filter
    after payload.c payload join-cgroup make-namespaces
    after payload.c payload lock-mounts start-session
    after payload.c payload close-descriptors drop-privileges
    after payload.c payload drop-privileges execute
    after supervisor.c supervisor take-range-ids mount-root-file-system
    after supervisor.c supervisor mask-paths pivot
    after supervisor.c supervisor pivot leave-mount-namespace
}
