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
        [ -z "$2" ] || [ "$(sed -n 5p "$1" | cut -f2)" = "$2" ] # for exec alone
        [ "$(sed -n 6p "$1")" = i686 ]
        [ "$(sed -n 7p "$1")" = 321 ]
        [ "$(sed -n 8p "$1")" = 77 ]
    }
    look_at "$BUNDLE/out" ""
    runtime exec "$ID" sh -c "$look" >"$BUNDLE/out"
    look_at "$BUNDLE/out" 0
    # exec's own document.
    jq -c --arg look "$look" '.process | .args = ["sh", "-c", $look] | .user.umask = 7 | .oomScoreAdj = 500 | .scheduler = {policy: "SCHED_FIFO", priority: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"]}
        | .ioPriority = {class: "IOPRIO_CLASS_IDLE"} | .rlimits = [] | del(.execCPUAffinity)' "$BUNDLE/config.json" >"$BUNDLE/process"
    runtime exec --process "$BUNDLE/process" "$ID" >"$BUNDLE/out" || skip "this host gives no real time to its groups"
    cat "$BUNDLE/out"
    [ "$(sed -n 2p "$BUNDLE/out")" = 0007 ]
    [ "$(sed -n 4p "$BUNDLE/out")" = idle ]
    [ "$(sed -n 7p "$BUNDLE/out")" = 500 ]
}

# A service manager's end: what comes to a datagram socket, one repr() a line, until END.
service_manager() {
    python3 - "$1" <<'PYTHON' >"$BUNDLE/told" 2>&1 3>&- 4>&- &
import os, socket, sys
path = sys.argv[1]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind("\0" + path[1:] if path[0] == "@" else path)
print("BOUND", flush=True)
while (text := server.recv(8192)) != b"END":
    print(text, flush=True)
PYTHON
    MANAGER=$!
    eventually grep -q BOUND "$BUNDLE/told"
}

# notifying SCRIPT: a bundle whose shell finds `notifier MESSAGE..`, which sends to its NOTIFY_SOCKET.
notifying() {
    bundle .
    cp "${UNROOT_BUILD:-$BATS_TEST_DIRNAME/../../build}/test/system/programs/notifier" "$BUNDLE/rootfs/bin/notifier"
    script_is "$1"
}

# The service manager has nothing more to read; what it was told is in $output.
all_told() {
    NOTIFY_SOCKET=$1 "$BUNDLE/rootfs/bin/notifier" END
    wait "$MANAGER"
    run cat "$BUNDLE/told"
    echo "$output"
}

@test "NOTIFY_SOCKET: start waits until the container is ready and tells only that, and its pid" {
    notifying 'echo $NOTIFY_SOCKET; notifier STATUS=busy READY=0 LARGE NUL NOTREADY=1 "READY=1x"; while [ ! -e /go ]; do sleep 0.1; done
        notifier "FD:FDSTORE=1" "MAINPID=1
STOPPING=1
READY=1
WATCHDOG=trigger" READY=1; exec sleep 1000'
    service_manager "$BUNDLE/manager"
    NOTIFY_SOCKET=$BUNDLE/manager runtime create --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID" </dev/null >"$BUNDLE/out" 2>&1
    NOTIFY_SOCKET=$BUNDLE/manager runtime start "$ID" 3>&- 4>&- &
    starter=$!
    eventually grep -qx /run/notify/notify.sock "$BUNDLE/out"
    [ "$(stat -c %a "$STATES/$ID/notify")" = 700 ] # nobody of the host gets there
    # From outside of the container it is nothing, and others may work on the container meanwhile.
    NOTIFY_SOCKET=$STATES/$ID/notify/socket/notify.sock "$BUNDLE/rootfs/bin/notifier" READY=1
    runtime exec "$ID" true
    [ "$(runtime state "$ID" | jq -r .status)" = running ]
    kill -0 "$starter"
    [ "$(cat "$BUNDLE/told")" = BOUND ]
    touch "$BUNDLE/rootfs/go"
    wait "$starter"
    all_told "$BUNDLE/manager"
    [ "${lines[1]}" = "b'MAINPID=$(cat "$BUNDLE/pid")\\nREADY=1'" ]
    [ "${lines[2]}" = "b'BARRIER=1'" ]
    [ "${#lines[@]}" = 3 ]
    runtime delete --force "$ID"
    [ ! -e "$STATES/$ID" ]
}

@test "NOTIFY_SOCKET: run passes it on while it waits, also to an abstract socket; detached it waits for it" {
    notifying 'notifier READY=1; exit 7'
    service_manager "@unroot-test-$$"
    NOTIFY_SOCKET=@unroot-test-$$ run runtime run --bundle "$BUNDLE" "$ID"
    echo "$output"
    [ "$status" = 7 ]
    python3 -c "import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'END', '\0unroot-test-$$')"
    wait "$MANAGER"
    [ "$(cat "$BUNDLE/told")" = "BOUND
b'READY=1'" ]
    script_is 'notifier READY=1; exec sleep 1000'
    service_manager "$BUNDLE/manager"
    NOTIFY_SOCKET=$BUNDLE/manager runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    grep -q 'MAINPID=.*READY=1' "$BUNDLE/told"
    all_told "$BUNDLE/manager"
    # A program that ends without a word, and one that the engine has given its own socket.
    command_is true
    NOTIFY_SOCKET=$BUNDLE/manager timeout 60 "$RUNTIME" --root "$STATES" run --detach --bundle "$BUNDLE" "$ID-2" </dev/null
    configure '.process.env += ["NOTIFY_SOCKET=/of/the/engine"]'
    script_is 'echo $NOTIFY_SOCKET; ls /run/notify | wc -l'
    NOTIFY_SOCKET=$BUNDLE/manager run -0 runtime run --bundle "$BUNDLE" "$ID-3"
    [ "$output" = $'/of/the/engine\n0' ]
    configure ".process.env -= [\"NOTIFY_SOCKET=/of/the/engine\"]"
    NOTIFY_SOCKET=vsock:2:1 run -1 runtime run --bundle "$BUNDLE" "$ID-4"
    [[ $output == *"neither a path nor an abstract socket"* ]]
}

# joining PID: $BUNDLE's container is to live in the mount and user namespaces of that process.
joining() {
    configure "del(.mounts, .root.readonly, .linux.maskedPaths, .linux.readonlyPaths) | .root.path = \"/\"
        | .linux.namespaces = [.linux.namespaces[] | select(.type != \"mount\" and .type != \"user\")] + [{type: \"mount\", path: \"/proc/$1/ns/mnt\"}, {type: \"user\", path: \"/proc/$1/ns/user\"}]"
}

@test "a mount namespace by path: the container is where another one is, exec too, and changes nothing there" {
    bundle
    echo first >"$BUNDLE/rootfs/whose"
    script_is 'mount -t tmpfs none /tmp 2>/dev/null; cat /proc/self/mountinfo | wc -l >/count; exec sleep 1000'
    start_container
    eventually test -s "$BUNDLE/rootfs/count"
    first=$BUNDLE
    pid=$(runtime state "$ID" | jq .pid)
    bundle
    joining "$pid"
    script_is 'cat /whose; readlink /proc/self/ns/mnt; wc -l </proc/self/mountinfo; touch /made; exec sleep 1000'
    runtime run --detach --bundle "$BUNDLE" "$ID-2" </dev/null >"$BUNDLE/out" 2>&1
    eventually test -e "$first/rootfs/made"
    cat "$BUNDLE/out"
    [ "$(sed -n 1p "$BUNDLE/out")" = first ]
    [ "$(runtime exec "$ID-2" cat /whose)" = first ]
    second=$(runtime state "$ID-2" | jq .pid)
    [ "$(readlink "/proc/$second/ns/mnt")" = "$(readlink "/proc/$pid/ns/mnt")" ]
    [ "$(stat -c %u "$first/rootfs/made")" = 0 ]
    [ "$(stat -c %u "/proc/$second")" -ge 1879048192 ]
    runtime delete --force "$ID-2"
    [ "$(runtime exec "$ID" sh -c 'wc -l </proc/self/mountinfo')" = "$(cat "$first/rootfs/count")" ]
    configure '.root.path = "rootfs" | .mounts = [{destination: "/x", type: "tmpfs"}]'
    run -1 runtime run --bundle "$BUNDLE" "$ID-3"
    [[ $output == *"root.path: must be"* && $output == *"mounts: cannot be with a mount namespace by path"* ]]
}

@test "attacks: a mount namespace path of the host, of another user namespace, through a link, or of nothing of the kind" {
    bundle
    command_is sleep 1000
    start_container
    pid=$(runtime state "$ID" | jq .pid)
    bundle
    script_is 'echo RUNS'
    joining "$pid"
    with() { # with TYPE PATH
        configure "(.linux.namespaces[] | select(.type == \"$1\")).path = \"$2\""
    }
    refused() { # refused WORDS
        run -1 runtime run --bundle "$BUNDLE" "$ID-2"
        echo "$output"
        [[ $output == *"$1"* && $output != *RUNS* ]]
    }
    with mount /proc/self/ns/mnt # the runtime's
    refused "is the host's"
    ln -s /proc/self/ns/mnt "$BUNDLE/link"
    with mount "$BUNDLE/link"
    refused "is the host's"
    unshare -m sleep 1000 3>&- 4>&- & # another of the host's user namespace
    other=$!
    eventually eval '[ "$(readlink /proc/'$other'/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]'
    with mount "/proc/$other/ns/mnt"
    refused "belongs to another user namespace"
    kill "$other"
    with mount "/proc/$pid/ns/mnt"
    configure '.linux.namespaces = [.linux.namespaces[] | select(.type != "user")]' # a range of its own, or the pod's
    run timeout 60 "$RUNTIME" --root "$STATES" run --bundle "$BUNDLE" "$ID-2"
    [[ $output != *RUNS* && $output == *"belongs to another user namespace"* ]]
    configure '.linux.namespaces = [.linux.namespaces[] | select(.type != "mount")] + [{type: "mount", path: "/proc/self/ns/net"}]'
    refused "is no mount namespace"
    for path in /etc/passwd /dev/null /dev/zero; do
        with mount "$path"
        refused "is no mount namespace"
    done
    with mount /nothere
    refused "o such file"
    mkfifo "$BUNDLE/fifo"
    with mount "$BUNDLE/fifo"
    refused "is no mount namespace"
}

@test "propagation: what the host mounts later shows below a slave bind alone; nothing of the container's shows on the host" {
    mkdir -p "$SUITE/spread/late" "$SUITE/spread/mine"
    mount -t tmpfs none "$SUITE/spread"
    mount --make-shared "$SUITE/spread"
    mkdir "$SUITE/spread/late" "$SUITE/spread/mine"
    bundle '.process.capabilities = ([.process.capabilities.bounding, "CAP_SYS_ADMIN"] | flatten | {bounding: ., effective: ., permitted: .}) | .process.noNewPrivileges = false
        | .linux.rootfsPropagation = "rslave" | .mounts += [{destination: "/slave", type: "bind", source: "'"$SUITE/spread"'", options: ["rbind", "rslave"]},
        {destination: "/private", type: "bind", source: "'"$SUITE/spread"'", options: ["rbind", "rprivate"]},
        {destination: "/shared", type: "bind", source: "'"$SUITE/spread"'", options: ["rbind", "rshared"]}]'
    script_is 'grep -E " /(slave|private|shared) " /proc/self/mountinfo | cut -d" " -f5,7; mount -t tmpfs none /shared/mine && echo MOUNTED; exec sleep 1000'
    start_container
    eventually grep -q MOUNTED "$BUNDLE/out"
    cat "$BUNDLE/out"
    grep -q '^/slave master:' "$BUNDLE/out"
    grep -q '^/private -' "$BUNDLE/out"
    ! grep -q "$SUITE/spread/mine" /proc/self/mountinfo
    mount -t tmpfs none "$SUITE/spread/late"
    touch "$SUITE/spread/late/file"
    [ "$(runtime exec "$ID" sh -c 'ls /slave/late /private/late | tr "\n" " "')" = "/private/late:  /slave/late: file " ]
    runtime delete --force "$ID"
    umount -l "$SUITE/spread/late" "$SUITE/spread"
}
