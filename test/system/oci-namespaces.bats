# SPDX-License-Identifier: Apache-2.0
# unroot-runtime: what a configuration says of memory policy, interfaces, clocks, priorities and mount namespaces, for the
# container and for what `exec` adds.
load helpers
load oci

setup() {
    require_private_store
    command -v jq >/dev/null || skip "jq is not installed"
    ID=n$BATS_SUITE_TEST_NUMBER
}

teardown() {
    remove_runtime_containers
    ip link del tovm0 2>/dev/null || true
    ip link del tovm1 2>/dev/null || true
}

# start_container: the bundle, in the background; what it says goes to $BUNDLE/out.
start_container() {
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1
}

# pair: a veth pair tovm0, tovm1 in the suite's own network namespace.
pair() {
    command -v ip >/dev/null || skip "ip is not installed (iproute2)"
    ip link add tovm0 type veth peer name tovm1 || skip "this kernel makes no veth pair"
}

@test "memoryPolicy counts for the container and for exec; what the kernel refuses is told" {
    [ -e /proc/self/numa_maps ] || skip "this kernel has no memory policies (CONFIG_NUMA)"
    bundle '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
    script_is 'head -1 /proc/self/numa_maps; exec sleep 1000'
    start_container
    eventually grep -q 'bind=static:0' "$BUNDLE/out"
    [[ $(runtime exec "$ID" head -1 /proc/self/numa_maps) == *" bind=static:0 "* ]]
    configure '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1000"}'
    run -1 runtime run --bundle "$BUNDLE" "$ID-2"
    echo "$output"
    [[ $output == *"linux.memoryPolicy: the kernel refuses"*'1000'* ]]
    configure '.linux.memoryPolicy = {mode: "MPOL_BIND"}'
    run -1 runtime run --bundle "$BUNDLE" "$ID-2"
    [[ $output == *"linux.memoryPolicy.nodes"* ]]
    configure '.linux.memoryPolicy = {mode: "MPOL_PREFERRED"}'
    command_is true
    run -0 runtime run --bundle "$BUNDLE" "$ID-2"
    [ "$(runtime features | jq -c '[.linux.memoryPolicy.modes, .linux.memoryPolicy.flags | index("MPOL_BIND", "MPOL_F_STATIC_NODES")] | map(. != null) | any')" = true ]
}

@test "netDevices: an interface is moved with its addresses, renamed, up, and goes with the container" {
    pair
    ip link set tovm0 mtu 1400
    ip addr add 10.99.0.2/24 brd 10.99.0.255 dev tovm0
    ip addr add 10.99.1.2/24 scope link dev tovm0
    ip addr add fd99::2/64 dev tovm0 nodad 2>/dev/null || true
    mac=$(ip -o link show tovm0 | grep -o 'link/ether [0-9a-f:]*' | cut -d' ' -f2)
    bundle '.linux.netDevices = {tovm0: {name: "net%d"}} | .linux.sysctl = {"net.ipv4.conf.net0.forwarding": "1"}
        | .hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "ls /sys/class/net >'"$SUITE"'/hook-net"]}]}'
    script_is 'ip addr show net0; cat /sys/class/net/net0/address /sys/class/net/net0/mtu /proc/sys/net/ipv4/conf/net0/forwarding; echo END; exec sleep 1000'
    start_container
    eventually grep -q END "$BUNDLE/out"
    cat "$BUNDLE/out"
    ip link show tovm1
    run ! ip link show tovm0
    run ! grep tovm0 "$SUITE/hook-net"
    grep -q 'inet 10.99.0.2/24 brd 10.99.0.255' "$BUNDLE/out"
    ! grep -q 10.99.1.2 "$BUNDLE/out" # not of global scope
    grep -q "$mac" "$BUNDLE/out"
    grep -qx 1400 "$BUNDLE/out"
    grep -qx 1 "$BUNDLE/out"
    grep -q 'UP' "$BUNDLE/out"
    [ ! -e /proc/net/if_inet6 ] || grep -q 'inet6 fd99::2/64' "$BUNDLE/out"
    [ "$(runtime features | jq .linux.netDevices.enabled)" = true ]
}

@test "netDevices: what cannot be moved is told, and what was moved comes back when the start fails" {
    pair
    ip addr add 10.99.0.2/24 dev tovm0
    ip link set tovm0 up
    bundle '.linux.netDevices = {nothere0: {}}'
    command_is true
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"linux.netDevices: this host has no interface nothere0"* ]]
    configure '.linux.netDevices = {tovm0: {name: "lo"}}'
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"the container has an interface lo already"* ]]
    configure '.linux.netDevices = {lo: {name: "other"}}'
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"moving lo into the container"* ]]
    configure '.linux.netDevices = {tovm0: {name: "in0"}, tovm1: {name: "in0"}}'
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"linux.netDevices.tovm1: the container has an interface in0 already"* ]]
    [[ $(ip addr show tovm0) == *"inet 10.99.0.2/24"* ]] # it is back, with its address, up
    [[ $(ip link show tovm0) == *[\<,]UP[,\>]* ]]
    configure '.linux.netDevices = {tovm0: {}} | .hooks = {createRuntime: [{path: "/bin/false"}]}'
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $(ip addr show tovm0) == *"inet 10.99.0.2/24"* ]]
    configure 'del(.hooks) | .linux.namespaces = [.linux.namespaces[] | if .type == "network" then .path = "/proc/self/ns/net" else . end]'
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"linux.netDevices: the container's network namespace is the host's"* ]]
    configure '.linux.namespaces = [.linux.namespaces[] | select(.type != "network")]'
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"linux.netDevices: needs a network namespace"* ]]
    ip link show tovm0
}

@test "clocks, umask, priorities, processors, personality and out-of-memory score count for the container and for exec" {
    bundle '.linux.timeOffsets = {monotonic: {secs: 1000000, nanosecs: 5}, boottime: {secs: 2000000}} | .linux.namespaces += [{type: "time"}]
        | .process.user.umask = 63 | .process.scheduler = {policy: "SCHED_BATCH", nice: 7} | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}
        | .process.execCPUAffinity = {initial: "0", final: "0"} | .linux.personality = {domain: "LINUX32"} | .process.oomScoreAdj = 321
        | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 99}]'
    look='cut -d. -f1 /proc/uptime; umask; cut -d" " -f19,41 /proc/self/stat; ionice -p $$; grep Cpus_allowed_list /proc/self/status; uname -m; cat /proc/self/oom_score_adj; ulimit -n; echo END'
    script_is "$look; exec sleep 1000"
    start_container
    eventually grep -q END "$BUNDLE/out"
    look_at() {
        cat "$1"
        [ "$(sed -n 1p "$1")" -ge 2000000 ]
        [ "$(sed -n 2p "$1")" = 0077 ]
        [ "$(sed -n 3p "$1")" = "7 3" ]
        [ "$(sed -n 4p "$1")" = "best-effort: prio 6" ]
        [ "$(sed -n 5p "$1" | cut -f2)" = 0 ]
        [ "$(sed -n 6p "$1")" = i686 ]
        [ "$(sed -n 7p "$1")" = 321 ]
        [ "$(sed -n 8p "$1")" = 77 ]
    }
    look_at "$BUNDLE/out"
    runtime exec "$ID" sh -c "$look" >"$BUNDLE/out"
    look_at "$BUNDLE/out"
    # exec's own document.
    jq -c --arg look "$look" '.process | .args = ["sh", "-c", $look] | .user.umask = 7 | .oomScoreAdj = 500 | .scheduler = {policy: "SCHED_FIFO", priority: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"]}
        | .ioPriority = {class: "IOPRIO_CLASS_IDLE"} | .rlimits = [] | del(.execCPUAffinity)' "$BUNDLE/config.json" >"$BUNDLE/process"
    runtime exec --process "$BUNDLE/process" "$ID" >"$BUNDLE/out" || skip "this host gives no real time to its groups"
    cat "$BUNDLE/out"
    [ "$(sed -n 2p "$BUNDLE/out")" = 0007 ]
    [ "$(sed -n 4p "$BUNDLE/out")" = idle ]
    [ "$(sed -n 7p "$BUNDLE/out")" = 500 ]
}
