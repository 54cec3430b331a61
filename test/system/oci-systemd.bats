# SPDX-License-Identifier: Apache-2.0
# --systemd-cgroup: units are made, changed and stopped by a manager (test/system/programs/manager.c) that behaves as systemd,
# or does not. /sys/fs/cgroup holds version 2 alone while a test runs, and /run the manager's socket.
load helpers
load oci

setup_file() {
    export UNROOT_SYSTEMD_SECONDS=2
}

setup() {
    require_private_store
    MANAGER=$(dirname "$UNROOT")/../test/system/programs/manager
    [ -x "$MANAGER" ] || skip "built without libsystemd"
    command -v jq >/dev/null || skip "jq is not installed"
    ID=sysd$BATS_SUITE_TEST_NUMBER
    BASE=unroot-suite-$$-$BATS_SUITE_TEST_NUMBER
    PLAYED=$(mktemp -d "$SUITE/manager.XXXXXX")
    mkdir "$PLAYED/units" && : >"$PLAYED/calls"
    mkdir -p /run/systemd /run/dbus
    mount -t tmpfs tmpfs /run/systemd
    mount -t tmpfs tmpfs /run/dbus
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    play
}

teardown() {
    [ -n "${PLAYED:-}" ] || return 0
    mode normal
    kill -0 "$PLAYER" 2>/dev/null || play
    remove_runtime_containers
    kill -9 "$PLAYER"
    wait "$PLAYER" || true
    if [ -d "/sys/fs/cgroup/$BASE" ]; then
        echo 1 >"/sys/fs/cgroup/$BASE/cgroup.kill"
        eventually grep -q 'populated 0' "/sys/fs/cgroup/$BASE/cgroup.events"
        find "/sys/fs/cgroup/$BASE" -depth -type d -exec rmdir {} +
    fi
    umount /sys/fs/cgroup /run/dbus /run/systemd
}

# play: starts the manager.
play() {
    "$MANAGER" "$PLAYED" "$BASE" 3>&- 4>&- &
    PLAYER=$!
    eventually grep -q /run/systemd/private /proc/net/unix
}

# mode WORD: how it behaves from now on.
mode() {
    echo "$1" >"$PLAYED/mode"
}

sleeper() {
    bundle "$@"
    command_is sleep 1000
}

create() {
    runtime --systemd-cgroup create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BUNDLE/err" ||
        { cat "$BUNDLE/err"; return 1; }
}

pid_of() {
    runtime state "$ID" | jq .pid
}

is_stopped() {
    [ "$(runtime state "$ID" | jq -r .status)" = stopped ]
}

group_of() {
    sed -n 's/^0:://p' "/proc/$1/cgroup"
}

# nothing_left: no unit, group, state or helper of $ID.
nothing_left() {
    [ ! -e "$STATES/$ID" ] || { echo "state"; return 1; }
    [ -z "$(find /var/lib/unroot/ids -lname "$STATES/$ID")" ] || { echo "ids"; return 1; }
    [ ! -e "/sys/fs/cgroup/$BASE" ] || [ -z "$(find "/sys/fs/cgroup/$BASE" -name '*.scope' -exec cat {}/cgroup.procs \;)" ]
}

@test "create, start, exec, pause, kill and delete in a unit of systemd's" {
    sleeper '.linux.cgroupsPath = "unroot-test.slice:eng:" + "'"$ID"'"'
    create
    pid=$(pid_of)
    group=$(group_of "$pid")
    [[ $group == */$BASE/unroot.slice/unroot-test.slice/eng-$ID.scope ]]
    # The holder has gone: the container's process is alone.
    [ "$(cat "/sys/fs/cgroup$group/cgroup.procs")" = "$pid" ]
    grep -Fx "property eng-$ID.scope Slice=unroot-test.slice" "$PLAYED/calls"
    grep -Fx "property eng-$ID.scope Delegate=yes" "$PLAYED/calls"
    grep -Fx "property eng-$ID.scope CollectMode=inactive-or-failed" "$PLAYED/calls"
    runtime start "$ID"
    runtime exec -d --pid-file "$BUNDLE/exec.pid" "$ID" sleep 999
    [ "$(group_of "$(cat "$BUNDLE/exec.pid")")" = "$group" ]
    run -0 runtime ps --format json "$ID"
    [ "$(jq length <<<"$output")" = 2 ]
    runtime pause "$ID"
    grep -q 'frozen 1' "/sys/fs/cgroup$group/cgroup.events"
    runtime resume "$ID"
    runtime kill "$ID" KILL
    eventually is_stopped
    runtime delete "$ID"
    nothing_left
    [ ! -e "/sys/fs/cgroup$group" ]
    [ -z "$(ls "$PLAYED/units")" ]
}

@test "run takes its unit away, without a cgroupsPath too" {
    bundle
    script_is 'echo hello'
    run -0 runtime --systemd-cgroup run --bundle "$BUNDLE" "$ID"
    [ "$output" = hello ]
    grep -Fx "property unroot-$ID.scope Slice=system.slice" "$PLAYED/calls"
    nothing_left
    [ -z "$(ls "$PLAYED/units")" ]
}

@test "annotations are properties; what concerns more than the container is refused" {
    sleeper '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 123000000", "org.systemd.property.CollectMode": "'"'inactive'"'"}'
    create
    grep -Fx "property unroot-$ID.scope TimeoutStopUSec=123000000" "$PLAYED/calls"
    grep -Fx "property unroot-$ID.scope CollectMode=inactive" "$PLAYED/calls"
    runtime delete --force "$ID"
    for name in PIDs Slice Delegate OnFailure Conflicts ExecStart DeviceAllow "Description\\n" ""; do
        : >"$PLAYED/calls"
        configure '.annotations = {"org.systemd.property.'"$name"'": "'"'x'"'"}'
        run -1 create
        [[ $output == *"org.systemd.property."* ]]
        [ ! -s "$PLAYED/calls" ]
        nothing_left
    done
}

@test "names that are no unit's are refused before systemd is asked; odd ones are escaped" {
    sleeper
    for path in /a/b ../x a:b a:b:c:d "no:p:x" "a--b.slice:p:x" ".slice:p:x" "-a.slice:p:x" "../a.slice:p:x" \
        "system.slice:../p:x" "system.slice:p:../../x" "system.slice:p:" 'a.slice:p:x\ny' "system.slice:p:$(printf 'x%.0s' {1..250})"; do
        configure ".linux.cgroupsPath = \"$path\""
        run -1 create
        [[ $output == *cgroupsPath* ]] || { echo "$path: $output"; return 1; }
        [ ! -s "$PLAYED/calls" ] || { echo "$path was asked for"; return 1; }
        nothing_left
    done
    configure '.linux.cgroupsPath = "system.slice:a b:%n=+é"'
    create
    [ "$(ls "$PLAYED/units")" = 'a\x20b-\x25n\x3d\x2b\xc3\xa9.scope' ]
}

@test "a manager that refuses, whose job fails, or that lies about the group" {
    sleeper
    for words in "refuse:Not today" "job-fails:s job for the unit unroot-$ID.scope ended with" "lie:control group"; do
        mode "${words%%:*}"
        run -1 create
        [[ $output == *"${words#*:}"* ]] || { echo "$words: $output"; return 1; }
        [ "$(wc -l <"$BUNDLE/err")" = 1 ]
        run ! grep $'\033' "$BUNDLE/err"
        mode normal
        nothing_left
    done
}

@test "a manager that never answers, or whose job never ends, is waited for as long as was said" {
    sleeper
    for way in hang stuck; do
        mode "$way"
        run -1 create
        [[ $output == *"no answer within "*" seconds"* ]] || { echo "$way: $output"; return 1; }
        mode normal
        nothing_left
    done
}

@test "a lost signal is found out by looking at the unit" {
    sleeper
    mode signal-lost
    create
    mode normal
    runtime delete --force "$ID"
    nothing_left
}

@test "a manager that dies while it is asked, and one that is not there" {
    sleeper
    mode die
    run -1 create
    [[ $output == *"cannot use systemd cgroups manager"* ]] || { echo "$output"; return 1; }
    wait "$PLAYER" || true
    nothing_left
    run -1 create
    [[ $output == *"is systemd running?"* ]]
    nothing_left
}

@test "a manager that is away when the container is deleted: the group is removed all the same" {
    sleeper
    create
    group=$(group_of "$(pid_of)")
    kill -9 "$PLAYER"
    wait "$PLAYER" || true
    run -0 runtime delete --force "$ID"
    nothing_left
    [ ! -e "/sys/fs/cgroup$group" ]
}

@test "a unit that is there already is left alone" {
    sleeper
    mode exists
    run -1 create
    [[ $output == *"unroot-$ID.scope is there already"* ]]
    run ! grep StopUnit "$PLAYED/calls"
    mode normal
    nothing_left
    # As much for another container's.
    sleeper '.linux.cgroupsPath = "system.slice:p:same"'
    create
    pid=$(pid_of)
    run -1 runtime --systemd-cgroup create --bundle "$BUNDLE" "$ID-2"
    [[ $output == *"is there already"* ]]
    kill -0 "$pid"
    [ "$(runtime state "$ID" | jq -r .status)" = created ]
}

@test "a runtime that is killed while systemd works leaves nothing that delete --force does not take away" {
    sleeper
    mode hang-job
    UNROOT_SYSTEMD_SECONDS=60 "$RUNTIME" --root "$STATES" --systemd-cgroup create --bundle "$BUNDLE" "$ID" \
        </dev/null >/dev/null 2>&1 3>&- 4>&- &
    creator=$!
    eventually test -e "$PLAYED/units/unroot-$ID.scope"
    kill -9 "$creator"
    wait "$creator" || true
    group=$(cat "$PLAYED/units/unroot-$ID.scope")
    # The unit's first process ends with it.
    eventually grep -q 'populated 0' "/sys/fs/cgroup$group/cgroup.events"
    mode normal
    runtime delete --force "$ID"
    nothing_left
    create
}

@test "update tells systemd first" {
    sleeper
    create
    : >"$PLAYED/calls"
    # Whether the controller is version 2's here is the host's; what is asked of systemd is the same.
    run runtime update --memory 100000000 "$ID"
    grep -Fx "property unroot-$ID.scope MemoryMax=100000000" "$PLAYED/calls"
    mode refuse
    runtime delete --force "$ID"
}

@test "a host with version 1 is refused; features name the driver" {
    sleeper
    mount -t tmpfs tmpfs /sys/fs/cgroup
    run -1 create
    umount /sys/fs/cgroup
    [[ $output == *"version 2 alone"* ]]
    [ ! -s "$PLAYED/calls" ]
    nothing_left
    runtime features | jq -e '.linux.cgroup.systemd and .linux.cgroup.systemdUser'
}
