# SPDX-License-Identifier: Apache-2.0
# What a container may call, and what it sees of its control groups: default, with capabilities, with a profile of one's own.
load helpers

setup_file() {
    make_images
    PROBE=$(dirname "$UNROOT")/../test/system/programs
    PROBE=$(realpath "${PROBE}/call_probe")
    mkdir -p "$SUITE/probe"
    cp "$PROBE" "$SUITE/probe/call_probe"
    chmod -R a+rX "$SUITE/probe"
    export PROBE
}

teardown() {
    remove_containers
}

probe() {
    unroot run --rm -v "$SUITE/probe:/probe:ro" "$@" /probe/call_probe
}

answers() { # answers NAME: what the probe said
    sed -n "s/^$1: //p" <<<"$output"
}

@test "a user's container is refused what leads out or into much kernel" {
    run -0 probe busybox
    for call in tiocsti tioclinux io_uring_setup unshare-user unshare-mount clone-user setns mount fsopen open_tree bpf keyctl \
        add_key userfaultfd perf_event_open kexec_load open_by_handle_at; do
        [ "$(answers "$call")" = EPERM ] || { echo "$call: $(answers "$call")"; false; }
    done
    [ "$(answers clone3)" = ENOSYS ]
    [ "$(answers unknown)" = ENOSYS ]
    [ "$(answers x32-getpid)" = ENOSYS ]
    [ "$(answers socket-vsock)" = EAFNOSUPPORT ]
    [ "$(answers socket-alg)" = EAFNOSUPPORT ]
    [ "$(answers socket-inet)" = ok ]
    [ "$(answers ptrace)" = ok ]
}

@test "mapped root with every capability still has no keys, no io_uring, no typing into terminals" {
    run -0 probe --cap-add ALL busybox-root
    for call in tiocsti tioclinux io_uring_setup keyctl add_key userfaultfd kexec_load; do
        [ "$(answers "$call")" = EPERM ] || { echo "$call: $(answers "$call")"; false; }
    done
    [ "$(answers mount)" != EPERM ]
    [ "$(answers clone3)" != ENOSYS ]
}

@test "exec is under the same filter" {
    n=$(name)
    unroot run -d --name "$n" -v "$SUITE/probe:/probe:ro" busybox sleep 100 >/dev/null
    run -0 unroot exec "$n" /probe/call_probe
    [ "$(answers keyctl)" = EPERM ]
    [ "$(answers unshare-user)" = EPERM ]
}

@test "a profile of one's own takes the place of the builtin one" {
    cat >"$BATS_TEST_TMPDIR/p.json" <<'PROFILE'
{"defaultAction": "SCMP_ACT_ALLOW",
 "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
             {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
 "syscalls": [{"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "errnoRet": 42},
              {"names": ["setns"], "action": "SCMP_ACT_ERRNO", "errnoRet": 43, "includes": {"caps": ["CAP_NET_RAW"]}},
              {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 44,
               "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}]}
PROFILE
    run -0 probe --security-opt seccomp="$BATS_TEST_TMPDIR/p.json" busybox
    [ "$(answers bpf)" = ENOMSG ]
    [ "$(answers socket-inet)" = ECHRNG ]
    [ "$(answers setns)" = EBADF ]
    [ "$(answers keyctl)" != EPERM ]
    run -0 probe --cap-add NET_RAW --security-opt seccomp="$BATS_TEST_TMPDIR/p.json" busybox
    [ "$(answers setns)" = EIDRM ]
}

@test "a profile is found again when the container is started from elsewhere" {
    echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["bpf"],"action":"SCMP_ACT_ERRNO","errnoRet":42}]}' \
        >"$BATS_TEST_TMPDIR/near.json"
    n=$(name)
    (cd "$BATS_TEST_TMPDIR" &&
        unroot create --name "$n" --security-opt seccomp=near.json -v "$SUITE/probe:/probe:ro" busybox /probe/call_probe >/dev/null)
    cd /
    run -0 unroot start -a "$n"
    [ "$(answers bpf)" = ENOMSG ]
}

@test "seccomp=unconfined is without a filter, and with the rest" {
    run -0 unroot run --rm --security-opt seccomp=unconfined busybox cat /proc/self/status
    [[ $output == *"Seccomp:"*"0"* && $output == *"NoNewPrivs:"*"1"* ]]
    grep -q '^Seccomp:.0$' <<<"$output"
    run -0 unroot run --rm busybox cat /proc/self/status
    grep -q '^Seccomp:.2$' <<<"$output"
}

@test "a bad profile is said with its place, before anything starts" {
    echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERNO"}]}' >"$BATS_TEST_TMPDIR/bad.json"
    run -125 unroot run --rm --security-opt seccomp="$BATS_TEST_TMPDIR/bad.json" busybox true
    [[ $output == *"bad.json: syscalls[0].action: \"SCMP_ACT_ERNO\" is no action"* ]]
    run -125 unroot run --rm --security-opt seccomp=/nonexistent.json busybox true
    [[ $output == *"/nonexistent.json"*"No such file"* ]]
    [ -z "$(unroot ps -aq)" ]
}

@test "a container sees its own groups, read-only, with its limits" {
    run -0 unroot run --rm --memory 64m --pids-limit 33 busybox sh -c '
        cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids.max \
            /sys/fs/cgroup/pids/pids.max 2>/dev/null
        cut -d: -f3 /proc/self/cgroup | sort -u
        mkdir /sys/fs/cgroup/new /sys/fs/cgroup/*/new 2>&1 | grep -c -i -e read-only -e denied >/dev/null && echo closed'
    [[ $output == *67108864* && $output == *33* && $output == *closed* ]]
    [ "$(grep -c '^/' <<<"$output")" = "$(grep -c '^/$' <<<"$output")" ]
}

@test "mapped root with every capability writes no group file (CVE-2022-0492)" {
    cat >"$BATS_TEST_TMPDIR/attack.sh" <<'ATTACK'
mkdir -p /tmp/own
for type in cgroup2 cpu memory pids freezer devices; do
    case $type in
    cgroup2) mount -t cgroup2 none /tmp/own ;;
    *) mount -t cgroup -o "$type" none /tmp/own ;;
    esac 2>/dev/null || continue
    echo "mounted $type"
    for file in release_agent notify_on_release cgroup.procs tasks cgroup.kill cgroup.subtree_control; do
        (echo 1 >"/tmp/own/$file") 2>/dev/null && echo "WRITTEN $type $file"
    done
    mkdir /tmp/own/new 2>/dev/null && echo "MADE $type"
    umount /tmp/own
done
mount -t cgroup -o none,name=evil none /tmp/own 2>/dev/null && echo "WRITTEN a hierarchy"
mount -o remount,rw,bind /sys/fs/cgroup 2>/dev/null && echo "WRITTEN remounted"
umount /sys/fs/cgroup 2>/dev/null && echo "WRITTEN unmounted"
echo done
ATTACK
    run -0 unroot run --rm --cap-add ALL -v "$BATS_TEST_TMPDIR/attack.sh:/attack.sh:ro" busybox-root sh /attack.sh
    [[ $output == *mounted* && $output == *done* ]]
    [[ $output != *WRITTEN* && $output != *MADE* ]]
}

@test "no group outlives its container" {
    n=$(name)
    id=$(unroot run -d --name "$n" --memory 64m --pids-limit 50 --cpus 1 busybox sleep 100)
    [ -n "$(find /sys/fs/cgroup -maxdepth 4 -type d -name "$id")" ]
    unroot rm -f "$n" >/dev/null
    [ -z "$(find /sys/fs/cgroup -maxdepth 4 -type d -name "$id")" ]
    id=$(unroot run -d --name "$n" --rm --pids-limit 50 busybox true)
    eventually bash -c "! find /sys/fs/cgroup -maxdepth 4 -type d -name $id | grep -q ."
}

@test "limits that contradict each other, or this machine, are said" {
    for options in "--memory 1m|less than 6m" "--memory 64m --memory-swap 32m|less than the memory limit" "--memory-swap 64m|needs a memory limit" \
        "--cpuset-cpus 4000|cpuset.cpus" "--cpus 0.001|hundredth" "--cpu-shares 1|cpu shares"; do
        run -125 unroot run --rm ${options%%|*} busybox true
        [[ $output == *"${options#*|}"* ]] || { echo "$output"; false; }
    done
    [ -z "$(unroot ps -aq)" ]
}

# group_files NAME FILE...: what they hold, in whichever of the container's groups has them.
group_files() {
    local folder file
    for folder in $(find /sys/fs/cgroup -maxdepth 5 -type d -name "$1"); do
        for file in "${@:2}"; do
            [ ! -e "$folder/$file" ] || cat "$folder/$file"
        done
    done
}

@test "block I/O of disks, processor periods and swappiness, as docker's flags have them" {
    disk=$(for d in /sys/block/*; do [ ! -b "/dev/${d##*/}" ] || { echo "${d##*/}" && break; }; done)
    [ -n "$disk" ] || skip "no disk"
    grep -qw io /sys/fs/cgroup/cgroup.controllers 2>/dev/null || [ -d /sys/fs/cgroup/blkio ] || skip "no controller of block I/O"
    number=$(cat "/sys/block/$disk/dev")
    n=$(name)
    id=$(unroot run -d --name "$n" --device-read-bps "/dev/$disk:1mb" --device-write-bps "/dev/$disk:2m" \
        --device-read-iops "/dev/$disk:100" --device-write-iops "/dev/$disk:200" --cpu-period 50000 --cpu-quota 25000 busybox sleep 100)
    run group_files "$id" blkio.throttle.read_bps_device blkio.throttle.write_bps_device blkio.throttle.read_iops_device \
        blkio.throttle.write_iops_device io.max cpu.cfs_quota_us cpu.max
    [[ $output == *"$number 1048576"* || $output == *"$number rbps=1048576 wbps=2097152 riops=100 wiops=200"* ]]
    [[ $output == *25000* ]]
    ! command -v jq >/dev/null || [ "$(unroot inspect "$n" | jq -c '.[0].HostConfig | [.BlkioDeviceReadBps[0].Rate, .BlkioDeviceWriteIOps[0].Path, .CpuQuota]')" = "[1048576,\"/dev/$disk\",25000]" ]
    unroot rm -f "$n" >/dev/null
    for options in "--blkio-weight 5|10 to 1000" "--device-read-bps sda:1m|a disk below /dev" "--device-read-bps /dev/$disk:x|bytes per second" \
        "--device-read-iops /dev/null:5|/dev/null is no disk" "--device-write-bps /dev/nosuch:1m|No such file" \
        "--blkio-weight-device /dev/$disk:5|weight of 10 to 1000" "--memory-swappiness 101|0 to 100" "--cpus 1 --cpu-quota 5000|--cpus means" \
        "--oom-kill-disable|needs --memory"; do
        # shellcheck disable=SC2086
        run -125 unroot run --rm ${options%%|*} busybox true
        [[ $output == *"${options#*|}"* ]] || { echo "$output"; false; }
    done
    [ -z "$(unroot ps -aq)" ]
}

@test "namespaces inside are there for who asks" {
    run -0 probe --security-opt userns=allow busybox
    [ "$(answers unshare-user)" = ok ]
    [ "$(answers clone-user)" = ok ]
    [ "$(answers fsopen)" = EPERM ]
    [ "$(answers keyctl)" = EPERM ]
    run -0 unroot run --rm --security-opt userns=allow busybox unshare -U -m -r sh -c 'mount -t tmpfs x /tmp && id -u'
    [ "$output" = 0 ]
    run -125 unroot run --rm --security-opt userns=yes busybox true
    [[ $output == *"expected userns=allow"* ]]
    echo '{"defaultAction":"SCMP_ACT_ALLOW"}' >"$BATS_TEST_TMPDIR/own.json"
    run -125 unroot run --rm --security-opt userns=allow --security-opt seccomp="$BATS_TEST_TMPDIR/own.json" busybox true
    [[ $output == *"builtin profile only"* ]]
}
