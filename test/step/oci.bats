# SPDX-License-Identifier: Apache-2.0
# Every step of creator, forerunner, created payload, drop and exec under unroot-runtime fails once and is killed once: message, exit code,
# nothing left. Needs a build with -Dtest_hooks=true, which is what `make check` makes.
load ../system/helpers
load ../system/oci
load steps

RUN=${BATS_RUN_TMPDIR##*-} # control groups are the machine's: another run may be at it

setup_file() {
    require_private_store
    command -v jq >/dev/null || skip "jq is not installed"
    mkdir -p "$SUITE/bound"
    chown 1000:1000 "$SUITE/bound"
    bundle '.linux.resources.pids = {limit: 50} | .linux.sysctl = {"net.ipv4.ip_default_ttl": "63"}
        | .hooks = {createRuntime: [{path: "/bin/true"}], startContainer: [{path: "/bin/true"}]}
        | .mounts += [{destination: "/bound", type: "bind", source: "'"$SUITE"'/bound", options: ["rbind"]}]
        | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["reboot"], action: "SCMP_ACT_ERRNO"}]}'
    command_is true
    echo "$BUNDLE" >"$SUITE/oci-bundle"
}

setup() {
    BUNDLE=$(cat "$SUITE/oci-bundle")
    UNROOT_FAIL_STEP=creator/open-host run runtime run --bundle "$BUNDLE" "hooked-$RUN"
    [ "$status" = 1 ] || skip "this build has no test hooks"
}

teardown_file() {
    remove_runtime_containers
}

# What a failed start may leave.
runtime_state() {
    echo "cgroups: $(find /sys/fs/cgroup -path "*/unroot/failing-$RUN" -o -path "*/unroot/killed-$RUN" 2>/dev/null | sort | tr '\n' ' ')"
    echo "mounts: $(grep -c unroot /proc/self/mountinfo || true)"
    echo "states: $(ls "$STATES" 2>/dev/null | tr '\n' ' ')"
    echo "taken: $(ls /var/lib/unroot/ids | wc -l)"
}

# Nor a process of this build.
no_process() {
    ! ps -eo args= | grep -q "^$RUNTIME --.*root $STATES"
}

unchanged() {
    [ "$(runtime_state)" = "$before" ] && no_process
}

# fails ROLE/STEP: the runtime says which step, exits with 1 and nothing is left.
fails() {
    before=$(runtime_state)
    UNROOT_FAIL_STEP=$1 run timeout 60 "$RUNTIME" --debug --root "$STATES" run --bundle "$BUNDLE" "failing-$RUN" </dev/null
    echo "$1: status $status: $output"
    [ "$status" = 1 ]
    [[ $output == *"made to fail by the test"* ]]
    [[ $output == *"$1"* ]]
    eventually unchanged || diff <(echo "$before") <(runtime_state)
}

@test "every step of the creator fails with its name, 1 and no trace" {
    [ "$(rows creator.c creator_steps | wc -l)" -ge 22 ]
    for step in $(rows creator.c creator_steps); do
        fails "creator/$step"
    done
}

@test "every step of the created payload fails with its name, 1 and no trace" {
    [ "$(rows payload.c created_steps | wc -l)" -ge 18 ]
    for step in $(rows payload.c created_steps); do
        fails "created/$step"
    done
}

@test "what a created process died of before it was asked to start is kept for start and state" {
    UNROOT_FAIL_STEP=created/wait-for-start runtime create --bundle "$BUNDLE" "early-$RUN" </dev/null >/dev/null 2>&1
    eventually eval '[ "$(runtime state "early-$RUN" | jq -r .status)" = stopped ]'
    [ "$(runtime state "early-$RUN" | jq -r '.annotations["org.unroot.failure"]')" = "made to fail by the test" ]
    for again in 1 2; do
        run -1 "$RUNTIME" --debug --root "$STATES" start "early-$RUN"
        [[ $output == *"cannot start a container that has stopped: made to fail by the test"* && $output == *created/wait-for-start* ]]
    done
    runtime delete "early-$RUN"
    # One that runs has none, nor has one that was ended.
    runtime create --bundle "$BUNDLE" "early-$RUN" </dev/null >/dev/null 2>&1
    [ "$(stat -c %s "$STATES/early-$RUN/failure")" = 0 ]
    runtime kill "early-$RUN" KILL
    eventually eval '[ "$(runtime state "early-$RUN" | jq -r .status)" = stopped ]'
    run -0 runtime state "early-$RUN"
    [[ $output != *org.unroot.failure* ]]
    runtime delete "early-$RUN"
}

@test "every step of the drop fails with its name, 1 and no trace" {
    for step in $(steps drop drop.c); do
        fails "drop/$step"
    done
}

# What a forerunner is for: $BUNDLE's container shares the user namespace of the container `first`, and more of its namespaces.
# Without argument its pids too; with "mounts" all that it sees.
beside() {
    local pid own=pid,network,ipc,uts,user
    [ -e "$SUITE/first" ] || {
        bundle '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"])'
        command_is sleep 1000
        runtime run --detach --bundle "$BUNDLE" "first-$RUN" </dev/null >/dev/null 2>&1
        touch "$SUITE/first"
    }
    pid=$(runtime state "first-$RUN" | jq .pid)
    bundle '.linux.resources.pids = {limit: 50}'
    if [ "${1:-}" = mounts ]; then
        own+=,mount
        configure 'del(.mounts, .root.readonly, .linux.maskedPaths, .linux.readonlyPaths) | .root.path = "/"'
    fi
    configure 'del(.hostname) | .linux.namespaces += [{type: "user"}] | .linux.namespaces |= map(if .type | IN("'"${own//,/\",\"}"'")
        then .path = "/proc/'"$pid"'/ns/" + ({network: "net", mount: "mnt"}[.type] // .type) else . end)'
    command_is true
}

@test "every step of a forerunner, and of a start in mounts by path, fails with its name, 1 and no trace" {
    beside
    [ "$(rows birth.c forerunner_steps | wc -l)" -ge 4 ]
    for step in $(rows birth.c forerunner_steps); do
        fails "forerunner/$step"
    done
    beside mounts
    [ "$(rows creator.c guest_steps | wc -l)" -ge 15 ]
    for step in $(rows creator.c guest_steps); do
        fails "guest/$step"
    done
}

@test "a payload that shares a user namespace is born in it, and who is there has no power over it or its forerunner" {
    beside
    first=$(runtime state "first-$RUN" | jq .pid)
    hold() { # hold STEP WORDS: $held is the process that waits there, with so many words in its line NSpid
        words=$2
        touch "$SUITE/hold"
        UNROOT_HOLD_STEP=$1 UNROOT_HOLD_FILE=$SUITE/hold "$RUNTIME" --root "$STATES" run --bundle "$BUNDLE" "held-$RUN" </dev/null 3>&- 4>&- &
        starter=$!
        eventually waits_there
    }
    waits_there() { # a child of ours in the other's user namespace, with a control group of its own
        held=$(for p in $(pgrep -P "$starter"); do
            [ "$(readlink "/proc/$p/ns/user")" != "$(readlink /proc/self/ns/user)" ] &&
                [ "$(awk '/^NSpid/ {print NF}' "/proc/$p/status")" = "$words" ] && echo "$p"
        done)
        [ -n "$held" ]
    }
    let_go() {
        rm "$SUITE/hold"
        wait "$starter"
        runtime delete --force "held-$RUN"
    }
    hold created/guard 3
    [ "$(readlink "/proc/$held/ns/user")" = "$(readlink "/proc/$first/ns/user")" ]
    [ "$(readlink "/proc/$held/ns/pid")" = "$(readlink "/proc/$first/ns/pid")" ]
    inside=$(awk '/^NSpid/ {print $NF}' "/proc/$held/status")
    [ "$inside" -gt 1 ]
    # The first container sees it, and gets hold of nothing: what it has in its memory and its descriptors is the host's.
    for what in mem environ maps; do
        run runtime exec "first-$RUN" cat "/proc/$inside/$what"
        echo "$what: $output"
        [ "$status" != 0 ]
    done
    for what in root/ cwd/ fd/ ns/; do
        run runtime exec "first-$RUN" sh -c "ls -l /proc/$inside/$what && readlink /proc/$inside/ns/user"
        echo "$what: $output"
        [ "$status" != 0 ]
    done
    runtime exec "first-$RUN" cat /proc/1/environ >/dev/null
    let_go
    hold forerunner/clone-payload 2 # the host's pid namespace alone
    [ "$(readlink "/proc/$held/ns/user")" = "$(readlink "/proc/$first/ns/user")" ]
    let_go
    runtime delete --force "first-$RUN"
    rm "$SUITE/first"
}

@test "a creator or payload that is killed at any step leaves no process, and delete --force takes the rest" {
    before=$(runtime_state)
    for step in $(rows creator.c creator_steps | sed 's#^#creator/#') $(rows payload.c created_steps | sed 's#^#created/#'); do
        UNROOT_KILL_STEP=$step run timeout 60 "$RUNTIME" --root "$STATES" run --bundle "$BUNDLE" "killed-$RUN" </dev/null
        echo "$step: status $status: $output"
        [ "$status" != 0 ]
        runtime delete --force "killed-$RUN"
        find /var/lib/unroot/ids -xtype l -lname "$STATES/*" -delete # a free entry: the next taker's
        eventually unchanged || diff <(echo "$before") <(runtime_state)
    done
}

@test "a forerunner that is killed at any step leaves no process, and delete --force takes the rest" {
    beside
    before=$(runtime_state)
    for step in $(rows birth.c forerunner_steps); do
        UNROOT_KILL_STEP=forerunner/$step run timeout 60 "$RUNTIME" --root "$STATES" run --bundle "$BUNDLE" "killed-$RUN" </dev/null
        echo "$step: status $status: $output"
        [ "$status" = 1 ]
        runtime delete --force "killed-$RUN"
        eventually unchanged || diff <(echo "$before") <(runtime_state)
    done
    runtime delete --force "first-$RUN"
    rm "$SUITE/first"
}

@test "every step of exec fails with its name and 255, and the container lives on" {
    configure '.process.args = ["sleep", "1000"]'
    runtime run --detach --bundle "$BUNDLE" "alive-$RUN" </dev/null >/dev/null 2>&1
    before=$(runtime_state)
    for step in $(rows exec.c joiner_steps | sed 's#^#joiner/#') $(rows payload.c exec_steps | sed 's#^#exec/#'); do
        UNROOT_FAIL_STEP=$step run timeout 60 "$RUNTIME" --debug --root "$STATES" exec "alive-$RUN" true </dev/null
        echo "$step: status $status: $output"
        [ "$status" = 255 ]
        [[ $output == *"made to fail by the test"* && $output == *"$step"* ]]
        UNROOT_KILL_STEP=$step run timeout 60 "$RUNTIME" --root "$STATES" exec "alive-$RUN" true </dev/null
        [ "$status" != 0 ]
        eventually unchanged || diff <(echo "$before") <(runtime_state)
    done
    runtime exec "alive-$RUN" true
    runtime delete --force "alive-$RUN"
}
