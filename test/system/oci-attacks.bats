# SPDX-License-Identifier: Apache-2.0
# What bundles and payloads tried on runc, crun and youki, played against unroot-runtime. docs/ATTACKS.md.
load helpers
load oci

setup() {
    require_private_store
    command -v jq >/dev/null || skip "jq is not installed"
    ID=a$BATS_SUITE_TEST_NUMBER
    NULL=$(stat -c '%a %u %g %t:%T' /dev/null)
    HOST=$BATS_TEST_TMPDIR/host
    mkdir -p "$HOST"
    echo "host content" >"$HOST/file"
    chmod -R a+rwX "$HOST"
}

# Whatever the attack: nothing of the host's has changed and nothing is left.
teardown() {
    remove_runtime_containers
    [ "$(stat -c '%a %u %g %t:%T' /dev/null)" = "$NULL" ]
    [ "$(cat "$HOST/file")" = "host content" ]
    [ "$(ls "$HOST")" = file ]
}

# All capabilities inside, no filter, not read-only: more than any engine gives unasked.
mighty='.process.capabilities = ([.process.capabilities.bounding, "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_MKNOD CAP_NET_ADMIN CAP_SETGID CAP_SETUID CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_SYS_CHROOT" / " "] | add | {bounding: ., effective: ., permitted: .}) | .process.noNewPrivileges = false'

# attempt JQ-FILTER..: runs the bundle; $output is what it and the runtime said.
attempt() {
    configure "$@"
    run timeout 60 "$RUNTIME" --root "$STATES" run --bundle "$BUNDLE" "$ID" </dev/null
    echo "status $status: $output"
}

@test "2019-5736: the runtime's own program cannot be written through /proc/PID/exe" {
    bundle "$mighty"
    before=$(sha256sum "$RUNTIME")
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    # A loop that writes to whatever program shows up, while exec brings the runtime's own in.
    runtime exec "$ID" sh -c 'i=0; while [ $i -lt 2000 ]; do for p in /proc/[0-9]*; do (echo BROKEN >"$p/exe") 2>/dev/null && echo written; done; i=$((i+1)); done' >"$BUNDLE/written" 2>&1 &
    writer=$!
    for _ in $(seq 10); do
        runtime exec "$ID" /proc/self/exe --version </dev/null >/dev/null 2>&1 || true
        runtime exec "$ID" true
    done
    kill "$writer" 2>/dev/null || true
    wait "$writer" || true
    [ "$(sha256sum "$RUNTIME")" = "$before" ]
    ! grep -q "runtime" "$BUNDLE/written"
}

@test "2019-5736: /proc/self/exe as the entry point runs nothing with the host's rights" {
    bundle "$mighty"
    command_is /proc/self/exe --version
    before=$(sha256sum "$RUNTIME")
    attempt .
    [ "$(sha256sum "$RUNTIME")" = "$before" ]
}

# Opens the program of whoever runs the runtime's own in the container, ends that and writes.
overwrite='until pid=$(grep -l "^/proc/self/exe" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3) && [ -n "$pid" ]; do sleep 0.05; done
    for p in $pid; do
        readlink /proc/$p/exe
        exec 3<"/proc/$p/exe" || continue
        kill -9 $p
        for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 0.05; (echo BROKEN >/proc/self/fd/3) && echo written; done
    done'

@test "2019-5736: where the policy leaves a container the host's root, the runtime in it is a sealed copy" {
    ldd "$RUNTIME" >/dev/null 2>&1 && skip "a runtime that is not static cannot be executed in this image"
    # In a group of its own: what is below unroot/ is nobody's root, and the suites' sampler looks.
    bundle "$mighty" '.annotations = {"org.unroot.userns": "host"} | .linux.cgroupsPath = "/allowed-root-'$$'" | del(.linux.maskedPaths, .linux.readonlyPaths)
        | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["reboot"], action: "SCMP_ACT_ERRNO"}]}'
    mkdir -p /etc/unroot # of the suite's own overlay
    echo '{"rules": [{"annotations": {"org.unroot.userns": "host"}, "allow": ["host-root"], "reason": "a test"}]}' >/etc/unroot/policy.json
    mkdir "$BATS_TEST_TMPDIR/victim"
    cp "$RUNTIME" "$BATS_TEST_TMPDIR/victim/unroot-runtime"
    ln -s "$(dirname "$RUNTIME")/unroot-seccomp" "$BATS_TEST_TMPDIR/victim/" # found beside the program, not its copy
    RUNTIME=$BATS_TEST_TMPDIR/victim/unroot-runtime
    before=$(sha256sum "$RUNTIME")
    mkfifo "$BUNDLE/rootfs/fifo"
    printf '%s\n' "$overwrite" >"$BUNDLE/rootfs/overwrite"
    # As entry point: it waits for somebody who reads what it says.
    command_is /proc/self/exe --log /fifo state nobody
    runtime run --detach --bundle "$BUNDLE" "$ID-entry" </dev/null >/dev/null 2>&1
    [ "$(awk '{print $1 + $2}' "/proc/$(runtime state "$ID-entry" | jq .pid)/uid_map")" = 0 ] # it is the host's root
    run timeout 30 nsenter -t "$(runtime state "$ID-entry" | jq .pid)" -m -p sh /overwrite
    echo "$output"
    [[ $output == *memfd:unroot-runtime* && $output != *written* ]]
    runtime delete --force "$ID-entry"
    # As a process more of a container that goes on.
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    runtime exec --detach "$ID" /proc/self/exe --log /fifo state nobody </dev/null >/dev/null 2>&1
    run timeout 30 "$RUNTIME" --root "$STATES" exec "$ID" sh /overwrite
    echo "$output"
    [[ $output == *memfd:unroot-runtime* && $output != *written* ]]
    rm -r /etc/unroot
    [ "$(sha256sum "$RUNTIME")" = "$before" ]
}

@test "2019-16884, 2019-19921, 2023-27561: /proc of the image is a link" {
    bundle
    rmdir "$BUNDLE/rootfs/proc"
    mkdir -p "$BUNDLE/rootfs/fake/self/attr" "$BUNDLE/rootfs/fake/sys"
    ln -s /fake "$BUNDLE/rootfs/proc"
    script_is 'echo RUNS'
    attempt .
    [ "$status" = 1 ]
    [[ $output == *"symbolic link"* && $output != *RUNS* ]]
    [ -z "$(find "$BUNDLE/rootfs/fake" -type f)" ]
}

@test "2019-16884: a label for a kernel without that module is an error, never ignored" {
    [ ! -e /sys/module/apparmor ] || skip "this kernel has AppArmor"
    bundle '.process.apparmorProfile = "docker-default"'
    script_is 'echo RUNS'
    attempt .
    [ "$status" = 1 ]
    [[ $output != *RUNS* && $output == *apparmorProfile* ]]
    runtime run --detach --bundle "$BUNDLE" "$ID" 2>/dev/null && return 1
    configure 'del(.process.apparmorProfile)'
    [ -e /sys/fs/selinux/enforce ] || {
        attempt '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
        [[ $status = 1 && $output == *"linux.mountLabel"* ]]
        attempt '.process.selinuxLabel = "system_u:system_r:container_t:s0" | del(.linux.mountLabel)'
        [[ $status = 1 && $output == *"process.selinuxLabel"* ]]
    }
    configure 'del(.process.selinuxLabel) | .process.args = ["sleep", "1000"]'
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    run -255 runtime exec --apparmor docker-default "$ID" echo RUNS
    [[ $output != *RUNS* && $output == *apparmorProfile* ]]
}

@test "2021-30465, 2024-45310: a mount's target that is a link to the host makes and mounts nothing there" {
    bundle
    ln -s "../../../../../../../../../..$HOST" "$BUNDLE/rootfs/link"
    ln -s "$HOST/made" "$BUNDLE/rootfs/dangling"
    script_is 'mount | grep -c "/made"; ls /dangling/deep; echo RUNS'
    attempt '.mounts += [{destination: "/link/new", type: "tmpfs"}, {destination: "/dangling/deep/file", type: "bind", source: "/dev/null", options: ["bind"]}]'
    [[ $output == *RUNS* ]]
    [ ! -e "$HOST/new" ] && [ ! -e "$HOST/made" ]
    ! grep -q "$HOST" /proc/self/mountinfo
}

@test "2021-30465: a target that is swapped for a link while containers are created" {
    bundle
    mkdir "$BUNDLE/rootfs/swap"
    ln -s "../../../../../../../../../..$HOST" "$BUNDLE/rootfs/swap.link"
    python3 - "$BUNDLE/rootfs" <<'PYTHON' 3>&- &
import ctypes, os, sys
libc = ctypes.CDLL(None)
os.chdir(sys.argv[1])
while True:
    libc.renameat2(-100, b"swap", -100, b"swap.link", 2)
PYTHON
    swapper=$!
    script_is true
    for _ in $(seq 10); do
        attempt '.mounts = [.mounts[] | select(.destination != "/swap/in")] + [{destination: "/swap/in", type: "tmpfs"}]'
        [ "$(ls "$HOST")" = file ]
    done
    kill "$swapper"
    wait "$swapper" || true
}

@test "2021-43784: lengths that overflow change no flags: refused, or taken whole" {
    bundle
    script_is 'grep -c . /proc/self/uid_map; readlink /proc/self/ns/user'
    here=$(readlink /proc/self/ns/user)
    attempt '.annotations.long = ("x" * 70000) | .process.env += ["LONG=" + ("y" * 70000)]'
    [ "$status" = 0 ]
    [[ $output != *"$here"* ]]
    attempt '(.linux.namespaces[] | select(.type == "network")).path = "/" + ("n" * 70000)'
    [ "$status" = 1 ]
}

@test "2022-0492, 2023-25809: control groups can neither be mounted nor written, with and without a namespace of them" {
    bundle "$mighty"
    script_is 'mkdir /m; for t in cgroup cgroup2; do mount -t $t -o memory none /m 2>/dev/null || mount -t $t none /m 2>/dev/null; done
        for f in $(find /m /sys/fs/cgroup -name release_agent -o -name cgroup.procs -o -name notify_on_release 2>/dev/null); do (echo 0 >$f) 2>/dev/null && [ ${f#/m} = $f ] && echo BROKEN; done
        find / -xdev -name release_agent 2>/dev/null | while read f; do (echo /x >$f) 2>/dev/null && echo BROKEN; done; echo HELD'
    attempt .
    [[ $output == *HELD* && $output != *BROKEN* ]]
    attempt '.linux.namespaces = [.linux.namespaces[] | select(.type != "cgroup")]'
    [[ $output == *HELD* && $output != *BROKEN* ]]
    bundle "$mighty"
    script_is 'cat /proc/self/cgroup'
    attempt '.linux.namespaces = [.linux.namespaces[] | select(.type != "cgroup")]'
    [[ $output != *"unroot/$ID"* ]]
}

@test "2022-29162, 2022-24769: nothing is inheritable that the configuration does not name" {
    bundle
    script_is 'grep -E "Cap(Inh|Amb)" /proc/self/status; sleep 1000'
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1
    eventually grep -q CapAmb "$BUNDLE/out"
    [ "$(awk '{print $2}' "$BUNDLE/out" | sort -u)" = 0000000000000000 ]
    [ "$(runtime exec --cap CAP_SYS_ADMIN "$ID" sh -c 'grep -E "Cap(Inh|Amb)" /proc/self/status' | awk '{print $2}' | sort -u)" = 0000000000000000 ]
}

@test "2024-21626: a working directory through a leaked descriptor" {
    bundle "$mighty"
    script_is 'cat file; ls ../../..; echo RUNS'
    for fd in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        configure ".process.cwd = \"/proc/self/fd/$fd\""
        run timeout 60 bash -c "exec '$RUNTIME' --root '$STATES' run --bundle '$BUNDLE' '$ID-$fd' 9<'$HOST'" </dev/null
        [ "$status" != 0 ]
        [[ $output != *RUNS* && $output != *"host content"* ]]
    done
    command_is sleep 1000
    configure '.process.cwd = "/"'
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    for fd in 3 7 8 9; do
        run -255 bash -c "exec '$RUNTIME' --root '$STATES' exec --cwd /proc/self/fd/$fd '$ID' cat file 9<'$HOST'" </dev/null
    done
    # Nor does the program inherit any.
    run -0 bash -c "exec '$RUNTIME' --root '$STATES' exec '$ID' ls -l /proc/self/fd 9<'$HOST'" </dev/null
    [[ $output != *"$HOST"* ]]
}

@test "2024-40635, 2026-30892: numbers of users are read strictly, and 1 is 1" {
    bundle
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    [ "$(runtime exec -u 1 "$ID" id -u)" = 1 ]
    for user in 4294967296 4294967295 -1 1x 0x1 '' ' 1' 18446744073709551616; do
        run -255 runtime exec -u "$user" "$ID" id -u
    done
    run -255 runtime exec -u 70000 "$ID" id -u # outside of its range: not mapped
    configure '.process.user.uid = 4294967296'
    run -1 runtime run --bundle "$BUNDLE" "$ID-2"
    configure '.process.user.uid = -1'
    run -1 runtime run --bundle "$BUNDLE" "$ID-2"
}

@test "2025-31133: /dev/null of the image is a link to what shall be masked or written" {
    bundle "$mighty"
    rm -rf "$BUNDLE/rootfs/dev"
    mkdir "$BUNDLE/rootfs/dev"
    ln -s /proc/sys/kernel/core_pattern "$BUNDLE/rootfs/dev/null"
    script_is 'wc -c </proc/version; echo "|/x" >/proc/sys/kernel/core_pattern && echo BROKEN; echo HELD'
    before=$(cat /proc/sys/kernel/core_pattern)
    attempt '.linux.maskedPaths = ["/proc/version", "/proc/sys/kernel/core_pattern"]'
    [[ $output == *HELD* && $output != *BROKEN* && ${lines[0]} != 1* ]]
    attempt '.mounts = [.mounts[] | select(.destination | startswith("/dev") | not)]'
    [[ $output != *BROKEN* ]]
    [ "$(cat /proc/sys/kernel/core_pattern)" = "$before" ]
}

@test "2025-52565: /dev/console and /dev/pts of the image are links" {
    bundle "$mighty" '.process.terminal = true'
    ln -s /proc/sysrq-trigger "$BUNDLE/rootfs/dev/console"
    ln -s /proc "$BUNDLE/rootfs/dev/pts"
    script_is 'tty; stat -c %t:%T /dev/console; test -L /dev/console && echo BROKEN; echo HELD'
    run timeout 60 script -qec "'$RUNTIME' --root '$STATES' run --bundle '$BUNDLE' '$ID'" /dev/null </dev/null
    [[ $output == *HELD* && $output != *BROKEN* ]]
}

@test "2025-52881: sysctls reach the container's own namespaces, whatever the image puts in the way" {
    bundle '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
    mkdir -p "$BUNDLE/rootfs/shadow"
    script_is 'cat /proc/sys/net/ipv4/ip_forward'
    before=$(cat /proc/sys/net/ipv4/ip_forward)
    attempt '.mounts += [{destination: "/proc/sys/net", type: "tmpfs"}]'
    [ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$before" ]
    attempt '.mounts = [.mounts[] | select(.destination != "/proc/sys/net")]'
    [ "${lines[0]}" = 1 ]
    [ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$before" ]
    attempt '.linux.sysctl = {"kernel.core_pattern": "|/x"}'
    [ "$status" = 1 ]
    attempt '.linux.sysctl = {"net.ipv4/../../kernel/core_pattern": "|/x"}'
    [ "$status" = 1 ]
}

@test "2026-41579: /dev of the image is a link to the host" {
    bundle
    rm -rf "$BUNDLE/rootfs/dev"
    ln -s "../../../../../../../../../..$HOST" "$BUNDLE/rootfs/dev"
    script_is 'echo RUNS'
    attempt .
    [ "$status" = 1 ]
    [[ $output == *"symbolic link"* ]]
    attempt '.mounts = [.mounts[] | select(.destination | startswith("/dev") | not)]'
    [ "$(ls "$HOST")" = file ]
}

@test "the host's root is nobody inside: its files cannot be written through a bind, by any capability" {
    chown 0:0 "$HOST" "$HOST/file"
    chmod 755 "$HOST"
    chmod 644 "$HOST/file"
    bundle "$mighty"
    script_is 'echo changed >/host/file; touch /host/new; chmod 777 /host/file; chown 1 /host/file; echo HELD'
    attempt '.mounts += [{destination: "/host", type: "bind", source: "'"$HOST"'", options: ["rbind", "ro"]}]'
    [[ $output == *HELD* ]]
    bundle "$mighty"
    script_is 'mount -o remount,bind,rw /host; echo changed >/host/file; umount /host; echo HELD'
    attempt '.mounts += [{destination: "/host", type: "bind", source: "'"$HOST"'", options: ["rbind", "ro"]}]'
    [[ $output == *HELD* ]]
}

@test "the freezer is never used to end a container: a frozen one is killed and deleted" {
    bundle
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    runtime pause "$ID"
    timeout 30 "$RUNTIME" --root "$STATES" delete --force "$ID"
    [ ! -e "/sys/fs/cgroup/unified/unroot/$ID" ]
}
