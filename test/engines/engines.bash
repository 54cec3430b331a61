# SPDX-License-Identifier: Apache-2.0
# For every bats file of this folder: `load engines`. test/engines/run starts them where daemons of our own can live.
bats_require_minimum_version 1.5.0

require_private_host() {
    [ -n "${ENGINES:-}" ] || skip "run by test/engines/run: nothing is private"
}

# require_program NAME PACKAGE
require_program() {
    command -v "$1" >/dev/null || skip "$1 is not installed (package $2)"
}

require_runtime() {
    [ -x "$UNROOT_RUNTIME" ] || skip "unroot-runtime is not built"
}

require_packages() {
    [ -s "$UNROOT_BUILD/engines-root.tar" ] || skip "$(cat "$UNROOT_BUILD/engines-root.log" 2>/dev/null || echo "test/engines/package-tree.sh was not run")"
}

# For scripts inside: `listen PORT` says "bound" when it could be reached there.
LISTEN='listen() { nc -l -p $1 & for i in $(seq 50); do netstat -ltn | grep -q ":$1 " && echo bound && break; sleep 0.1; done; kill $!; }; '

# wait_until COMMAND...: up to a minute.
wait_until() {
    local i
    for ((i = 0; i < 600; i++)); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    echo "waited a minute for: $*"
    return 1
}

# A root tree of busybox with a few accounts: make_rootfs FOLDER
make_rootfs() {
    local root=$1 applet
    mkdir -p "$root"/{bin,dev,etc,home/app,opt/app,proc,root,sys,tmp,var/data}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet in $("$root/bin/busybox" --list); do
        [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n' >"$root/etc/passwd"
    printf 'root:x:0:\napp:x:1000:\nvideo:x:44:app\n' >"$root/etc/group"
    echo "from the image" >"$root/opt/app/file"
    chmod 1777 "$root/tmp"
    chown -R 1000:1000 "$root/home/app" "$root/var/data"
}

# The processes of the engines' containers: every process below our control group, but for the engines' own (conmon).
container_pids() {
    local file ours
    ours=$(readlink /proc/self/ns/pid)
    for file in $(grep -l "/$ENGINES_CGROUP/" /proc/[0-9]*/cgroup 2>/dev/null); do
        [ "$(readlink "${file%cgroup}ns/pid" 2>/dev/null)" = "$ours" ] || cut -d/ -f3 <<<"$file"
    done
}

# no_host_root: there is a process of a container, and none has an id of the host below the pool's first, or is in the host's
# user namespace, where its capabilities would count.
no_host_root() {
    local pid seen=0 name ids id space ours
    ours=$(readlink /proc/self/ns/user)
    for pid in $(container_pids); do
        space=$(readlink "/proc/$pid/ns/user" 2>/dev/null) || continue # it ended
        [ "$space" != "$ours" ] || { echo "process $pid is in the host's user namespace: $(tr '\0' ' ' <"/proc/$pid/cmdline")"; return 1; }
        while read -r name ids; do
            [[ $name = Uid: || $name = Gid: ]] || continue
            seen=$((seen + 1))
            for id in $ids; do
                [ "$id" -ge 1879048192 ] || { echo "process $pid: $name $ids: $(tr '\0' ' ' <"/proc/$pid/cmdline")"; return 1; }
            done
        done < <(cat "/proc/$pid/status" 2>/dev/null) # it may have ended
    done
    [ "$seen" -gt 0 ] || { echo "no process of a container is there"; return 1; }
}
