# SPDX-License-Identifier: Apache-2.0
# unroot-runtime on a host with systemd and control groups of version 2: test/vm/run. Each test is run by systemd's driver, and
# those of limits by cgroupfs too.
load ../system/helpers
load ../system/oci

setup() {
    ID=vm$BATS_TEST_NUMBER
    DRIVER=--systemd-cgroup
}

teardown() {
    remove_runtime_containers
    nothing_left
}

sleeper() {
    bundle "$@"
    command_is sleep 1000
}

create() {
    runtime $DRIVER create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BUNDLE/err" || { cat "$BUNDLE/err"; return 1; }
    pid=$(runtime state "$ID" | jq .pid)
    GROUP=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
}

# holds FILE VALUE: of the container's group.
holds() {
    [ "$(cat "$GROUP/$1")" = "$2" ] || { echo "$1: $(cat "$GROUP/$1"), not $2"; return 1; }
}

# says PROPERTY VALUE: systemd of the container's unit.
says() {
    local value
    value=$(systemctl show -P "$1" "${GROUP##*/}")
    [ "$value" = "$2" ] || { echo "$1: $value, not $2"; return 1; }
}

is_stopped() {
    [ "$(runtime state "$ID" | jq -r .status)" = stopped ]
}

nothing_left() {
    local units groups
    units=$(systemctl list-units --all --plain --no-legend "*$ID*.scope" "*$ID*.slice")
    groups=$(find /sys/fs/cgroup -name "*$ID*")
    [ -z "$units$groups$(ls "$STATES" 2>/dev/null)" ] || { echo "left: $units $groups $(ls "$STATES")"; return 1; }
}

LIMITS='.linux.resources = {memory: {limit: 67108864, swap: 100663296, reservation: 33554432}, pids: {limit: 50},
    cpu: {quota: 50000, period: 200000, shares: 512, cpus: "1", mems: "0"}, unified: {"memory.high": "59998208", "hugetlb.2MB.max": "4194304"},
    blockIO: {throttleReadBpsDevice: [{major: 254, minor: 0, rate: 1048576}]}}'

hold_limits() {
    holds memory.max 67108864
    holds memory.swap.max 33554432
    holds memory.low 33554432
    holds memory.high 59998208
    holds pids.max 50
    holds cpu.max "50000 200000"
    holds cpu.weight 20
    holds cpuset.cpus 1
    holds cpuset.mems 0
    holds hugetlb.2MB.max 4194304
    holds io.max "254:0 rbps=1048576 wbps=max riops=max wiops=max"
}

@test "every limit is in its file, and systemd says the same" {
    sleeper "$LIMITS" '.linux.cgroupsPath = "unroot-vm.slice:eng:" + "'"$ID"'"'
    create
    [[ $GROUP == /sys/fs/cgroup/unroot.slice/unroot-vm.slice/eng-$ID.scope ]]
    [ "$(cat "$GROUP/cgroup.procs")" = "$pid" ]
    hold_limits
    says MemoryMax 67108864
    says MemorySwapMax 33554432
    says MemoryLow 33554432
    says MemoryHigh 59998208
    says TasksMax 50
    says CPUQuotaPerSecUSec 250ms
    says CPUQuotaPeriodUSec 200ms
    says CPUWeight 20
    says AllowedCPUs 1
    says Delegate yes
    says ActiveState active
    says Slice unroot-vm.slice
    runtime start "$ID"
    runtime exec -d --pid-file "$BUNDLE/exec.pid" "$ID" sleep 999
    [ "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(cat "$BUNDLE/exec.pid")/cgroup")" = "$GROUP" ]
    # Nothing that systemd does to its units takes them away.
    systemctl daemon-reload
    hold_limits
    systemctl daemon-reexec
    hold_limits
    systemctl set-property --runtime unroot-vm.slice CPUWeight=50
    hold_limits
    [ "$(wc -l <"$GROUP/cgroup.procs")" = 2 ]
    runtime kill "$ID" KILL
    eventually is_stopped
    runtime delete "$ID"
    nothing_left
}

@test "the same limits with cgroupfs" {
    DRIVER=
    sleeper "$LIMITS"
    create
    hold_limits
    runtime delete --force "$ID"
    nothing_left
}

@test "update: each limit alone leaves the others" {
    for DRIVER in --systemd-cgroup ""; do
        sleeper "$LIMITS"
        create
        runtime start "$ID"
        runtime update --cpu-period 100000 "$ID"
        holds cpu.max "50000 100000"
        runtime update --cpu-quota 60000 "$ID"
        holds cpu.max "60000 100000"
        runtime update --cpu-period 50000 "$ID"
        holds cpu.max "60000 50000"
        runtime update --cpu-quota -1 "$ID"
        holds cpu.max "max 50000"
        runtime update --cpu-quota 72000 --cpu-period 80000 "$ID"
        holds cpu.max "72000 80000"
        runtime update --pids-limit 70 "$ID"
        holds pids.max 70
        runtime update --cpuset-cpus 0 "$ID"
        holds cpuset.cpus 0
        runtime update --cpu-share 1024 "$ID"
        holds cpu.weight 39
        runtime update --memory 50331648 "$ID"
        holds memory.max 50331648
        holds memory.swap.max 33554432
        holds memory.low 33554432
        runtime update --memory 50331648 --memory-swap 83886080 "$ID"
        holds memory.swap.max 33554432
        holds pids.max 70
        if [ -n "$DRIVER" ]; then
            says MemoryMax 50331648
            says TasksMax 70
            systemctl daemon-reload
        fi
        holds cpu.max "72000 80000"
        holds memory.high 59998208
        holds io.max "254:0 rbps=1048576 wbps=max riops=max wiops=max"
        runtime update --memory -1 --memory-swap -1 --pids-limit -1 "$ID"
        holds memory.max max
        holds memory.swap.max max
        holds pids.max max
        runtime delete --force "$ID"
        nothing_left
    done
}

@test "out of memory: the payload is killed, and events say so" {
    for DRIVER in --systemd-cgroup ""; do
        sleeper '.linux.resources = {memory: {limit: 16777216, swap: 16777216}}' \
            '.mounts += [{destination: "/fill", type: "tmpfs", source: "tmpfs", options: ["size=100m", "mode=1777"]}]'
        script_is 'sleep 1000 & while [ ! -e /tmp/go ]; do sleep 0.1; done; dd if=/dev/zero of=/fill/x bs=1M count=64; echo $? >/tmp/dd; wait'
        create
        runtime events --interval 1s "$ID" >"$BUNDLE/events" 2>&1 3>&- 4>&- &
        watcher=$!
        runtime start "$ID"
        runtime exec "$ID" touch /tmp/go
        eventually grep -q '"type":"oom"' "$BUNDLE/events"
        [ "$(awk '$1 == "oom_kill" { print $2 }' "$GROUP/memory.events")" -ge 1 ]
        eventually grep -q '"type":"stats"' "$BUNDLE/events"
        kill "$watcher" && wait "$watcher" || true
        runtime delete --force "$ID"
        nothing_left
    done
}

@test "events --stats reads version 2's files; the limit of processes counts" {
    sleeper "$LIMITS" '.linux.resources.pids.limit = 5'
    create
    runtime start "$ID"
    run -0 runtime events --stats "$ID"
    jq -e '.type == "stats" and .data.memory.usage.limit == 67108864 and .data.pids.limit == 5 and .data.pids.current == 1 and
        .data.cpu.usage.total > 0 and .data.memory.usage.usage > 0' <<<"$output"
    run ! runtime exec "$ID" sh -c 'for i in 1 2 3 4 5 6; do sleep 9 & done; wait'
    [ "$(awk '{ print $2 }' "$GROUP/pids.events")" -ge 1 ]
    run -0 runtime ps --format json "$ID"
    eventually eval '[ "$(cat "$GROUP/cgroup.procs" | wc -l)" = 1 ] || echo 1 >"$GROUP/cgroup.kill"'
}

@test "one process: pids.limit 1 holds with either driver" {
    for DRIVER in --systemd-cgroup ""; do
        bundle '.linux.resources.pids.limit = 1'
        command_is cat /sys/fs/cgroup/pids.max
        run -0 runtime $DRIVER run --bundle "$BUNDLE" "$ID"
        [ "$output" = 1 ]
        command_is sleep 1000
        create
        holds pids.max 1
        [ -z "$DRIVER" ] || systemctl daemon-reload
        holds pids.max 1
        runtime start "$ID"
        run ! runtime exec "$ID" true
        runtime delete --force "$ID"
        nothing_left
    done
}

@test "pause, resume, kill of all, a group below and delete" {
    sleeper '.mounts |= map(if .type == "cgroup" then .options |= map(select(. != "ro")) else . end)'
    script_is 'mkdir /sys/fs/cgroup/below && sh -c "echo \$\$ >/sys/fs/cgroup/below/cgroup.procs; exec sleep 500" & exec sleep 600'
    create
    runtime start "$ID"
    eventually test -e "$GROUP/below" || cat "$GROUP/cgroup.procs"
    runtime pause "$ID"
    holds cgroup.freeze 1
    grep -q 'frozen 1' "$GROUP/cgroup.events"
    [ "$(runtime state "$ID" | jq -r .status)" = paused ]
    run ! runtime exec "$ID" true
    systemctl daemon-reload
    holds cgroup.freeze 1
    runtime resume "$ID"
    grep -q 'frozen 0' "$GROUP/cgroup.events"
    runtime pause "$ID"
    runtime delete --force "$ID"
    nothing_left
}

@test "a killed runtime leaves no scope, wherever it is killed" {
    sleeper '.linux.cgroupsPath = "system.slice:eng:" + "'"$ID"'"'
    for delay in 0 0.05 0.15 0.3 0.5 0.8; do
        "$RUNTIME" --root "$STATES" --systemd-cgroup create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- &
        creator=$!
        sleep "$delay"
        kill -9 "$creator" 2>/dev/null || true
        wait "$creator" 2>/dev/null || true
        runtime delete --force "$ID"
        eventually nothing_left
    done
    create
}

@test "a scope that systemd stops ends the container; delete takes the rest away" {
    sleeper
    create
    runtime start "$ID"
    systemctl stop "${GROUP##*/}"
    eventually is_stopped
    runtime delete "$ID"
    nothing_left
}

@test "names, properties and refusals as systemd itself takes them" {
    sleeper '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 123000000", "org.systemd.property.CollectMode": "'"'inactive'"'"}'
    create
    says TimeoutStopUSec "2min 3s"
    says CollectMode inactive
    runtime delete --force "$ID"
    sleeper '.linux.cgroupsPath = "system.slice:a b:%n=+é'"$ID"'"'
    create
    says Id 'a\x20b-\x25n\x3d\x2b\xc3\xa9'"$ID.scope"
    configure ".linux.cgroupsPath = \"system.slice:a b:%n=+é$ID\""
    run -1 runtime --systemd-cgroup create --bundle "$BUNDLE" "$ID-2"
    [[ $output == *"is there already"* ]]
    kill -0 "$pid"
}

@test "device rules of runc's default are kept by the namespace; a container sees its own group alone" {
    bundle
    script_is 'cat /proc/self/cgroup; ls /sys/fs/cgroup | grep -c memory.max; mknod /tmp/x b 254 0 2>&1; cat /sys/fs/cgroup/cgroup.procs'
    run -0 runtime --systemd-cgroup run --bundle "$BUNDLE" "$ID"
    [ "${lines[0]}" = "0::/" ]
    [ "${lines[1]}" = 1 ]
    [[ ${lines[2]} == *"Operation not permitted"* ]]
}

@test "runc and crun: the same files for the same limits" {
    sleeper '.ociVersion = "1.0.2"' "$LIMITS" 'del(.linux.namespaces[] | select(.type == "user")) | del(.linux.uidMappings, .linux.gidMappings)' \
        '.linux.cgroupsPath = "system.slice:cmp:" + "'"$ID"'"'
    for engine in "$RUNTIME" runc crun; do
        "$engine" --root "$BUNDLE/states-${engine##*/}" --systemd-cgroup create --bundle "$BUNDLE" "$ID" </dev/null >"$BUNDLE/err" 2>&1 ||
            { cat "$BUNDLE/err"; return 1; }
        pid=$("$engine" --root "$BUNDLE/states-${engine##*/}" state "$ID" | jq .pid)
        (cd "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")" && # crun's is one below the scope
            grep . {memory.{max,high,low,swap.max},cpu.{max,weight},cpuset.{cpus,mems},pids.max,io.max,hugetlb.2MB.max}) >"$BUNDLE/${engine##*/}"
        "$engine" --root "$BUNDLE/states-${engine##*/}" delete --force "$ID"
        eventually eval "! systemctl is-active cmp-$ID.scope"
    done
    diff "$BUNDLE/unroot-runtime" "$BUNDLE/runc"
    diff "$BUNDLE/unroot-runtime" "$BUNDLE/crun"
}
