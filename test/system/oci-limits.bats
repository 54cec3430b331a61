# SPDX-License-Identifier: Apache-2.0
# linux.resources of unroot-runtime: every member ends in a file of the container's groups, or is refused in words.
load helpers
load oci

setup() {
    require_private_store
    command -v jq >/dev/null || skip "jq is not installed"
    ID=limits-$$-$BATS_SUITE_TEST_NUMBER
}

teardown() {
    remove_runtime_containers
}

# create JQ-FILTER: a container with these resources.
create() {
    bundle "$1"
    command_is sleep 1000
    runtime create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$SUITE/create.err" || { cat "$SUITE/create.err"; return 1; }
}

# group FILE: what it holds, in whichever of the container's groups has it.
group() {
    local controllers path pid place
    pid=$(runtime state "$ID" | jq .pid)
    while IFS=: read -r _ controllers path; do
        [ -n "$controllers" ] || controllers="unified ." # version 2, beside version 1 or alone
        for place in ${controllers//,/ }; do
            place=/sys/fs/cgroup/$place$path/$1
            [ ! -e "$place" ] || { cat "$place" && return; }
        done
    done <"/proc/$pid/cgroup"
    return 1
}

# has CONTROLLER: v1 or v2.
has() {
    [ -e "/sys/fs/cgroup/$1/cgroup.procs" ] || grep -qsw "$1" /sys/fs/cgroup/cgroup.controllers /sys/fs/cgroup/unified/cgroup.controllers
}

# disk: MAJOR:MINOR of one of this machine.
disk() {
    local d
    for d in /sys/block/*; do
        [ ! -e "$d/dev" ] || { cat "$d/dev" && return; }
    done
    return 1
}

# refused JQ-FILTER WORDS: creation fails with these words, and nothing is left.
refused() {
    bundle "$1"
    run -1 runtime create --bundle "$BUNDLE" "$ID"
    [[ $output == *"$2"* ]] || { echo "$output"; return 1; }
    [ "$(runtime list -q)" = "" ]
    [ -z "$(find /sys/fs/cgroup -type d -name "$ID")" ]
}

@test "block I/O: throttles of a disk, its weight and the group's" {
    has io || has blkio || skip "no controller of block I/O"
    disk=$(disk) || skip "no disk"
    row="{major: ${disk%:*}, minor: ${disk#*:}"
    create ".linux.resources.blockIO = {throttleReadBpsDevice: [$row, rate: 1048576}],
        throttleWriteBpsDevice: [$row, rate: 2097152}], throttleReadIOPSDevice: [$row, rate: 100}],
        throttleWriteIOPSDevice: [$row, rate: 4294967297}]}"
    if has blkio; then
        [ "$(group blkio.throttle.read_bps_device)" = "$disk 1048576" ]
        [ "$(group blkio.throttle.write_bps_device)" = "$disk 2097152" ]
        [ "$(group blkio.throttle.read_iops_device)" = "$disk 100" ]
        [ "$(group blkio.throttle.write_iops_device)" = "" ] # 32 bits hold no such limit: none, not 1
    else
        [ "$(group io.max)" = "$disk rbps=1048576 wbps=2097152 riops=100 wiops=max" ]
    fi
    echo "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": ${disk%:*}, \"minor\": ${disk#*:}, \"rate\": 0}]}}" |
        runtime update --resources=- "$ID"
    ! has blkio || [ "$(group blkio.throttle.read_bps_device)" = "" ]
    has blkio || [[ $(group io.max) == *"rbps=max"* ]]
}

@test "block I/O: weights go to the file that this kernel has" {
    has io || has blkio || skip "no controller of block I/O"
    disk=$(disk) || skip "no disk"
    bundle ".linux.resources.blockIO = {weight: 500}"
    command_is sleep 1000
    if ! runtime create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$SUITE/create.err"; then
        cat "$SUITE/create.err"
        grep -q "this kernel has no" "$SUITE/create.err"
        skip "neither bfq nor io.cost"
    fi
    found=$(group blkio.weight || group blkio.bfq.weight || group io.bfq.weight || group io.weight)
    [[ $found == *500* || $found == *4950* ]]
    runtime update --blkio-weight 700 "$ID"
    found=$(group blkio.weight || group blkio.bfq.weight || group io.bfq.weight || group io.weight)
    [[ $found == *700* || $found == *6970* ]]
    row="{\"major\": ${disk%:*}, \"minor\": ${disk#*:}, \"weight\": 300}"
    if run runtime update --resources - "$ID" <<<"{\"blockIO\": {\"weightDevice\": [$row]}}" && [ "$status" = 0 ]; then
        found=$(group blkio.weight_device || group blkio.bfq.weight_device || group io.bfq.weight || group io.weight)
        [[ $found == *"$disk 300"* || $found == *"$disk 2930"* ]]
    else
        [[ $output == *"resources:1: blockIO.weightDevice[0]: writing $disk 300"*"another scheduler than bfq"* ]]
    fi
}

@test "huge pages: used and reserved ones; a size that the kernel has not is said with those that it has" {
    has hugetlb || skip "no controller of huge pages"
    size=$(basename -a /sys/kernel/mm/hugepages/*kB | sed 's/hugepages-//; s/kB//' | sort -n | head -1)
    [ $((size % 1024)) = 0 ] && name=$((size / 1024))MB || name=${size}KB
    create ".linux.resources.hugepageLimits = [{pageSize: \"$name\", limit: 8388608}]"
    [ "$(group "hugetlb.$name.max" || group "hugetlb.$name.limit_in_bytes")" = 8388608 ]
    [ "$(group "hugetlb.$name.rsvd.max" || group "hugetlb.$name.rsvd.limit_in_bytes")" = 8388608 ]
    runtime delete --force "$ID"
    refused '.linux.resources.hugepageLimits = [{pageSize: "3MB", limit: 8388608}]' "linux.resources.hugepageLimits[0]: this kernel has no"
    [[ $output == *"config.json:"*"its page sizes are"*"$name"* ]]
}

@test "what the machine has no controller for is said with the controller, the member and its line" {
    has rdma || refused '.linux.resources.rdma = {mlx5_0: {hcaHandles: 3}}' "linux.resources.rdma.mlx5_0: the rdma controller is not here"
    has net_cls || refused '.linux.resources.network = {classID: 1048577}' "linux.resources.network.classID: the net_cls controller is one of version 1"
    has net_prio || refused '.linux.resources.network = {priorities: [{name: "lo", priority: 5}]}' "linux.resources.network.priorities[0]: the net_prio controller"
    bundle '.linux.resources.pids = {limit: 5} | .linux.resources.rdma = {mlx5_0: {hcaHandles: 3}}'
    has rdma || {
        line=$(grep -n '"mlx5_0": {' "$BUNDLE/config.json" | cut -d: -f1)
        run -1 runtime create --bundle "$BUNDLE" "$ID"
        [[ $output == *"config.json:$line: linux.resources.rdma.mlx5_0: the rdma controller is not here"* ]]
    }
}

# v2_only COMMAND...: where the machine is hybrid, the same in a namespace with nothing but the v2 tree, as on a v2 host.
v2_only() {
    unshare --mount --propagation private sh -c '
        mount --bind /sys/fs/cgroup/unified /mnt && umount -R -l /sys/fs/cgroup && mount --move /mnt /sys/fs/cgroup && exec "$@"' sh "$@"
}

@test "on v2: what only v1 has is refused, limits go to the v2 files" {
    [ -e /sys/fs/cgroup/unified/cgroup.procs ] || skip "no hybrid layout"
    bundle '.linux.resources.network = {classID: 1048577}'
    run -1 v2_only "$RUNTIME" --root "$STATES" create --bundle "$BUNDLE" "$ID"
    [[ $output == *"network.classID: the net_cls controller is one of version 1 alone"* ]]
    bundle '.linux.resources.blockIO = {weight: 500}'
    run -1 v2_only "$RUNTIME" --root "$STATES" create --bundle "$BUNDLE" "$ID"
    [[ $output == *"config.json:"*"blockIO.weight: the io controller is not here (neither in cgroup.controllers"* ]]
    bundle '.linux.resources.cpu = {quota: -1} | .linux.resources.memory = {limit: -1} | .linux.resources.pids = {limit: -1}'
    command_is true
    run -0 v2_only "$RUNTIME" --root "$STATES" run --bundle "$BUNDLE" "$ID"
}

# v1_only COMMAND...: the same without the v2 tree, as on an older host.
v1_only() {
    unshare --mount --propagation private sh -c '
        if [ -e /sys/fs/cgroup/unified ]; then umount -l /sys/fs/cgroup/unified; fi && exec "$@"' sh "$@"
}

@test "on v1 alone: without a path too a container is paused; SIGKILL and delete end it all the same" {
    local how
    [ -e /sys/fs/cgroup/freezer/cgroup.procs ] || skip "no freezer of version 1"
    bundle
    command_is sleep 1000
    for how in "kill $ID KILL" "kill --all $ID KILL" "delete --force $ID"; do
        v1_only "$RUNTIME" --root "$STATES" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
        v1_only "$RUNTIME" --root "$STATES" start "$ID"
        v1_only "$RUNTIME" --root "$STATES" pause "$ID"
        [ "$(v1_only "$RUNTIME" --root "$STATES" state "$ID" | jq -r .status)" = paused ]
        [ "$(v1_only "$RUNTIME" --root "$STATES" ps --format json "$ID" | jq length)" = 1 ]
        v1_only "$RUNTIME" --root "$STATES" $how
        [[ $how == delete* ]] ||
            eventually eval '[ "$(v1_only "$RUNTIME" --root "$STATES" state "$ID" | jq -r .status)" = stopped ]'
        v1_only "$RUNTIME" --root "$STATES" delete --force "$ID"
        run -0 find /sys/fs/cgroup -name "$ID"
        [ -z "$output" ]
    done
}

@test "values of strangers: numbers that do not fit, devices that alias, words that lead out or into another line" {
    refused '.linux.resources.blockIO = {throttleReadBpsDevice: [{major: 8, minor: 1048576, rate: 1}]}' "blockIO.throttleReadBpsDevice[0].minor"
    refused '.linux.resources.blockIO = {weightDevice: [{major: 4096, minor: 0, weight: 100}]}' "blockIO.weightDevice[0].major"
    refused '.linux.resources.blockIO = {throttleReadBpsDevice: [{major: -1, minor: 0, rate: 1}]}' "blockIO.throttleReadBpsDevice[0].major"
    refused '.linux.resources.blockIO = {weight: 9}' "a weight is 10 to 1000"
    refused '.linux.resources.hugepageLimits = [{pageSize: "../2MB", limit: 1}]' "is not of the form"
    refused '.linux.resources.hugepageLimits = [{pageSize: "2MB\n", limit: 1}]' "is not of the form"
    refused '.linux.resources.hugepageLimits = [{pageSize: "2MB/../../x", limit: 1}]' "is not of the form"
    refused '.linux.resources.rdma = {"a b": {hcaHandles: 3}}' "is no name of a device"
    refused '.linux.resources.rdma = {"a": {}}' "hcaHandles or hcaObjects is needed"
    refused '.linux.resources.rdma = {"a": {hcaHandles: 4294967296}}' "rdma.a.hcaHandles"
    refused '.linux.resources.network = {priorities: [{name: "lo 1\nlo", priority: 5}]}' "is no name of an interface"
    refused '.linux.resources.unified = {"../pids.max": "3"}' "is no file of a controller"
    refused '.linux.resources.unified = {"dmem.\nmax": "3"}' "no controller that this runtime knows"
    refused '.linux.resources.memory = {swap: 1000000}' "memory.swap: needs a memory limit"
    bundle '.linux.resources.blockIO = {throttleReadBpsDevice: [{major: 8, minor: 0, rate: "R"}]}'
    sed -i 's/"R"/18446744073709551616/' "$BUNDLE/config.json"
    run -1 runtime create --bundle "$BUNDLE" "$ID"
    [[ $output == *"does not fit into 64 bits"* ]]
    has blkio || has io || return 0
    refused '.linux.resources.blockIO = {throttleReadBpsDevice: [{major: 4095, minor: 1048575, rate: 1}]}' "no such disk here"
}

@test "update: runc's flags, their units, no limit, and back" {
    create '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 10}, cpu: {shares: 512}}'
    runtime update --memory 128m --memory-swap 256m --memory-reservation 64m --pids-limit 20 --cpu-share 256 --cpu-quota 50000 --cpu-period 100000 --cpuset-cpus 0 "$ID"
    [ "$(group memory.limit_in_bytes || group memory.max)" = 134217728 ]
    [ "$(group memory.soft_limit_in_bytes || group memory.low)" = 67108864 ]
    [ "$(group pids.max)" = 20 ]
    [[ $(group cpu.cfs_quota_us || group cpu.max) == 50000* ]]
    runtime update --cpu-burst 20000 "$ID"
    [ "$(group cpu.cfs_burst_us || group cpu.max.burst)" = 20000 ]
    runtime update --cpu-burst 0 --cpu-quota 60000 "$ID" # the period stays
    [ "$(group cpu.cfs_burst_us || group cpu.max.burst)" = 0 ]
    [ "$(group cpu.cfs_quota_us || group cpu.max | cut -d' ' -f1)" = 60000 ]
    runtime update --cpu-idle 1 "$ID"
    [ "$(group cpu.idle)" = 1 ]
    runtime update --cpu-idle 0 --cpu-share 1024 "$ID" # an idle group takes no weight: the order is found
    [ "$(group cpu.idle)" = 0 ]
    runtime update --memory -1 --cpu-quota -1 --pids-limit -1 "$ID"
    [[ $(group cpu.cfs_quota_us || group cpu.max) == [-m]* ]]
    [ "$(group pids.max)" = max ]
    memory=$(group memory.limit_in_bytes || group memory.max)
    [ "$memory" = max ] || [ "$memory" -gt 4611686018427387904 ]
}

@test "update: what cannot be is refused with its place, and nothing has changed" {
    create '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 10}}'
    for flag in "--l3-cache-schema L3:0=f" "--mem-bw-schema MB:0=20" "--kernel-memory 5" "--pids-limit 1x" "--memory 18446744073709551616" \
        "--cpu-idle 2" "--blkio-weight 9" "--blkio-weight 1001" "--cpuset-cpus ../0" "--cpu-period -1"; do
        # shellcheck disable=SC2086
        run -1 runtime update $flag "$ID"
        [[ $output == *"${flag%% *}"* ]]
    done
    runtime update --kernel-memory 0 "$ID"
    printf '{"pids": {"limit": 10},\n "memory": {"limit": 4096, "checkBeforeUpdate": true}}' >"$SUITE/resources"
    runtime start "$ID"
    run -1 runtime update --resources "$SUITE/resources" "$ID"
    [[ $output == *"resources:2: memory.limit: 4096 bytes are not more than the"*"in use"* ]]
    [ "$(group memory.limit_in_bytes || group memory.max)" = 67108864 ]
    has rdma || {
        run -1 runtime update --resources - "$ID" <<<'{"rdma": {"mlx5_0": {"hcaObjects": 1}}}'
        [[ $output == *"resources:1: rdma.mlx5_0: the rdma controller is not here"* ]]
    }
}

@test "update: what one file refuses leaves the others as they were; what cannot be set back is said" {
    create '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 10}, cpu: {shares: 512, quota: 70000, period: 100000}}'
    limits() {
        group memory.limit_in_bytes || group memory.max
        group pids.max
        group cpu.shares || group cpu.weight
        group cpu.cfs_quota_us || group cpu.max
        group blkio.throttle.read_bps_device || group io.max || true
    }
    before=$(limits)
    disk=$(disk) || disk=
    jq -n --arg disk "$disk" '{memory: {limit: 134217728}, pids: {limit: 20}, cpu: {shares: 300, quota: 60000, cpus: "4000"}}
        + if $disk == "" then {} else {blockIO: {throttleReadBpsDevice: [{major: ($disk | split(":")[0] | tonumber),
            minor: ($disk | split(":")[1] | tonumber), rate: 1048576}]}} end' >"$SUITE/resources"
    run -1 runtime update --resources "$SUITE/resources" "$ID"
    [[ $output == *cpuset.cpus* && $output != *"set back"* ]]
    [ "$(limits)" = "$before" ]
    UNROOT_FAIL_STEP=creator/open-host run runtime run --bundle "$BUNDLE" "$ID-hooks"
    [ "$status" = 1 ] || return 0 # this build has no test hooks
    UNROOT_FAIL_RESTORE=pids.max run -1 runtime update --resources "$SUITE/resources" "$ID"
    [[ $output == *cpuset.cpus*"; pids.max could not be set back to 10: Input/output error"* ]]
}

@test "events --stats: what the groups count, in runc's members" {
    create '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 10}}'
    runtime start "$ID"
    runtime exec "$ID" sh -c 'head -c 3000000 /dev/zero >/file && sync'
    runtime events --stats "$ID" >"$SUITE/stats"
    jq -e '.data | .pids.limit == 10 and .pids.current >= 1 and .cpu.usage.total > 0' "$SUITE/stats"
    jq -e '.data.memory | .usage.limit == 67108864 and .usage.usage > 0 and .usage.max > 0 and (.raw | length) > 10' "$SUITE/stats"
    jq -e '.data | has("blkio") and has("hugetlb") and has("cpu") and (.cpu.throttling | type) == "object"' "$SUITE/stats"
    if has blkio; then
        jq -e '[.data.blkio.ioServiceBytesRecursive[]? | select(.op == "Write") | .value] | length == 0 or add >= 0' "$SUITE/stats"
    fi
    if [ -e /proc/pressure/cpu ] && group cpu.pressure >/dev/null; then
        jq -e '.data | .cpu.psi.some.total >= 0 and .memory.psi.full.avg10 >= 0 and .blkio.psi.some.avg300 >= 0' "$SUITE/stats"
    fi
    if has hugetlb && group hugetlb.2MB.rsvd.current; then
        jq -e '.data.hugetlb["2MB"] | .usage == 0 and .failcnt == 0' "$SUITE/stats"
    fi
}

@test "exec --cgroup: a group below the container's own, which must be there and below" {
    create ".linux.cgroupsPath = \"/unroot/$ID\" | .linux.resources.pids = {limit: 10}"
    runtime start "$ID"
    pid=$(runtime state "$ID" | jq .pid)
    own=$(awk -F: '$2 == "pids" || $1 == 0 { print $3; exit }' "/proc/$pid/cgroup")
    [ -n "$own" ]
    run -255 runtime exec --cgroup sub "$ID" true
    [[ $output == *"/sub: No such file or directory"* ]]
    tree=/sys/fs/cgroup
    for path in ../other a/../../b sub/.. "a b" ./sub; do
        run -255 runtime exec --cgroup "$path" "$ID" true
        [[ $output == *"is no path of a group below"* ]]
    done
    run -0 runtime exec --cgroup / "$ID" true
    run -255 runtime exec --cgroup a --cgroup b "$ID" true
    [[ $output == *"missing <controller>: prefix"* ]]
    if [ -e "$tree/pids/cgroup.procs" ]; then
        mkdir "$tree/pids$own/sub"
        run -0 runtime exec --cgroup pids:/sub "$ID" grep :pids: /proc/self/cgroup
        [[ $output == *"/sub" ]]
        run -0 runtime exec --cgroup pids:sub "$ID" cat /proc/self/cgroup
        [ "$(grep -c /sub$ <<<"$output")" = 1 ]
        run -255 runtime exec --cgroup pids:sub --cgroup memory,pids:sub "$ID" true
        [[ $output == *"controller pids is given twice"* ]]
        run -255 runtime exec --cgroup nothing:sub "$ID" true
        [[ $output == *"no controller of version 1"* ]]
        run -255 runtime exec --cgroup "memory:sub" "$ID" true
        for group in "$tree"/*"$own"; do mkdir -p "$group/sub"; done
        for list in cpus mems; do
            [ ! -e "$tree/cpuset$own/sub/cpuset.$list" ] || cat "$tree/cpuset$own/cpuset.$list" >"$tree/cpuset$own/sub/cpuset.$list"
        done
        run -0 runtime exec --cgroup sub "$ID" cat /proc/self/cgroup
        [ "$(grep -c "/sub$" <<<"$output")" -ge 3 ]
    else
        mkdir "$tree$own/sub"
        run -0 runtime exec --cgroup /sub "$ID" grep ^0: /proc/self/cgroup
        [[ $output == *"/sub" ]]
        run -255 runtime exec --cgroup pids:sub "$ID" true
        [[ $output == *"all controllers share one group"* ]]
    fi
    runtime delete --force "$ID"
    [ -z "$(find /sys/fs/cgroup -type d -path "*$own*")" ]
}
