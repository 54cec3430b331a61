# SPDX-License-Identifier: Apache-2.0
# A payload that wants out. Unless it says otherwise it is mapped root with every capability of its user namespace and no
# seccomp filter, which is more than any default gives it. docs/ATTACKS.md names the vulnerability behind each.
load helpers

setup_file() {
    make_images
    local attack
    attack=$(realpath "${UNROOT_BUILD:-$BATS_TEST_DIRNAME/../../build}/test/system/programs/attack")
    mkdir -p "$SUITE/attacks/host" "$SUITE/attacks/bin"
    cp "$attack" "$SUITE/attacks/bin/attack"
    echo "host content" >"$SUITE/attacks/host/file"
    chown -R 1000:1000 "$SUITE/attacks/host"
    stat -c '%a %u %t:%T' /dev/null >"$SUITE/attacks/null"
}

teardown_file() {
    remove_containers
}

# All capabilities, no filter, masks in place: mighty COMMAND..
mighty() {
    timeout 60 "$UNROOT" run --rm --network none --user 0 --cap-add ALL --security-opt seccomp=unconfined \
        --security-opt no-new-privileges=false -v "$SUITE/attacks/bin:/attack:ro" "${options[@]}" busybox "$@" 2>&1
}

held() {
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *HELD* ]]
    [[ $output != *BROKEN* ]]
}

@test "a read-only volume cannot be remounted read-write" {
    options=(-v "$SUITE/attacks/host:/host:ro")
    run mighty /attack/attack remount-rw /host
    held
    run mighty sh -c 'mount -o remount,bind,rw /host; echo changed >/host/file'
    [ "$status" != 0 ]
    [ "$(cat "$SUITE/attacks/host/file")" = "host content" ]
}

@test "a read-only root cannot be remounted read-write" {
    options=(--read-only)
    run mighty /attack/attack remount-rw /
    held
    run mighty sh -c 'mount -o remount,rw /; touch /broken'
    [ "$status" != 0 ]
}

@test "nodev of the root and of a volume cannot be taken off" {
    options=(-v "$SUITE/attacks/host:/host")
    run mighty sh -c 'mount -o remount,bind,dev /host && echo BROKEN || echo HELD; mount -o remount,dev / && echo BROKEN || echo HELD'
    [[ $output == *HELD* && $output != *BROKEN* ]]
}

@test "what masks /proc cannot be unmounted or stepped around" {
    options=()
    run mighty /attack/attack umount-masks
    held
    run mighty /attack/attack uncover
    held
    run mighty sh -c 'mkdir -p /tmp/p; mount -t proc proc /tmp/p && echo BROKEN || echo HELD'
    held
    run mighty sh -c 'cat /proc/keys; head -c1 /proc/kcore && echo BROKEN; echo HELD'
    held
}

@test "privileged keeps every mount locked too" {
    options=(-v "$SUITE/attacks/host:/host:ro")
    run timeout 60 "$UNROOT" run --rm --network none --user 0 --privileged -v "$SUITE/attacks/bin:/attack:ro" \
        -v "$SUITE/attacks/host:/host:ro" busybox /attack/attack remount-rw /host
    held
}

@test "device nodes can neither be made nor brought along" {
    options=()
    run mighty /attack/attack own-device
    held
    run mighty sh -c 'mknod /tmp/null c 1 3 && echo BROKEN || echo HELD'
    held
}

@test "a device node of an image does not exist in the container" {
    mkdir -p "$SUITE/attacks/dev-image"
    cp -a "$SUITE/rootfs/." "$SUITE/attacks/dev-image/"
    mknod "$SUITE/attacks/dev-image/kmsg" c 1 11
    mknod "$SUITE/attacks/dev-image/zero" c 1 5
    unroot import --change 'USER 0' "$SUITE/attacks/dev-image" with-devices
    run unroot run --rm --network none with-devices sh -c 'head -c1 /zero >/dev/null && echo BROKEN; ls -l /kmsg /zero; echo HELD'
    held
}

@test "a host inode cannot be opened by its number" {
    options=()
    run mighty /attack/attack handle
    held
}

@test "the store, other containers and the host's root are not reachable" {
    options=()
    run mighty sh -c 'ls /var/lib/unroot /run/unroot 2>&1; ls /proc/1/root/; for p in /proc/[0-9]*/root; do ls $p/var/lib/unroot; done; find / -xdev -name record.json'
    [[ $output != *storage* && $output != *record.json* && $output != *layers* ]]
}

@test "another container's processes are neither seen nor signalled" {
    unroot run -d --name "$(name victim)" --network none busybox sleep 3000
    local victim
    victim=$(unroot inspect --format '{{.State.Pid}}' "$(name victim)")
    options=()
    run mighty sh -c "ps -o pid,args | grep -c '[s]leep 3000'; kill -9 $victim; ls /proc/$victim; nsenter -t $victim -m true; true"
    grep -qx 0 <<<"$output"
    [ "$(unroot inspect --format '{{.State.Status}}' "$(name victim)")" = running ]
    unroot rm -f "$(name victim)"
}

@test "two containers share no host id" {
    unroot run -d --name "$(name a)" --network none busybox sleep 3000
    unroot run -d --name "$(name b)" --network none busybox sleep 3000
    local a b
    a=$(awk '/^Uid/{print $2}' "/proc/$(unroot inspect --format '{{.State.Pid}}' "$(name a)")/status")
    b=$(awk '/^Uid/{print $2}' "/proc/$(unroot inspect --format '{{.State.Pid}}' "$(name b)")/status")
    [ "$a" != "$b" ]
    [ $((a - b)) -ge 65536 ] || [ $((b - a)) -ge 65536 ]
    unroot rm -f "$(name a)" "$(name b)"
}

@test "no descriptor of ours is open in the payload or in what exec adds" {
    options=()
    run mighty /attack/attack descriptors
    held
    unroot run -d --name "$(name)" --network none -v "$SUITE/attacks/bin:/attack:ro" busybox sleep 3000
    run unroot exec "$(name)" /attack/attack descriptors
    held
    unroot rm -f "$(name)"
}

@test "what exec adds shows nothing of the engine to a watcher inside" {
    unroot run -d --name "$(name)" --network none --user 0 --cap-add ALL --security-opt seccomp=unconfined \
        -v "$SUITE/attacks/bin:/attack:ro" busybox /attack/attack watch-exec
    for _ in $(seq 25); do
        unroot exec "$(name)" true || break
        unroot exec "$(name)" /bin/sh -c ':' || break
    done
    run unroot wait "$(name)"
    echo "$output $(unroot logs "$(name)")"
    [ "$output" = 0 ]
    unroot rm "$(name)"
}

@test "the host's sysctls cannot be written" {
    local before after
    before=$(sysctl -n kernel.core_pattern kernel.hostname vm.overcommit_memory net.ipv4.ip_default_ttl)
    options=()
    run mighty sh -c 'for f in kernel/core_pattern kernel/modprobe vm/overcommit_memory kernel/hostname net/ipv4/ip_default_ttl; do
        echo 1 >/proc/sys/$f && echo "BROKEN $f"; done; mount -o remount,bind,rw /proc/sys && echo BROKEN; echo HELD'
    held
    after=$(sysctl -n kernel.core_pattern kernel.hostname vm.overcommit_memory net.ipv4.ip_default_ttl)
    [ "$before" = "$after" ]
    run unroot run --rm --network none --sysctl kernel.core_pattern=x busybox true
    [ "$status" = 125 ]
    run unroot run --rm --network none --sysctl 'net.ipv4.ip_forward=1+kernel.core_pattern=x' busybox cat /proc/sys/kernel/core_pattern
    [[ $output != x ]]
}

@test "no control group can be written, and no release_agent set" {
    options=()
    run mighty sh -c 'for f in $(find /sys/fs/cgroup -name cgroup.procs -o -name release_agent); do echo 1 >$f && echo "BROKEN $f"; done
        mount -o remount,bind,rw /sys/fs/cgroup && echo BROKEN
        mkdir /tmp/c; for t in cgroup cgroup2; do mount -t $t $t /tmp/c && { echo x >/tmp/c/release_agent && echo BROKEN; umount /tmp/c; }; done
        echo HELD'
    held
}

@test "a user and mount namespace of its own undoes nothing" {
    options=()
    run mighty /attack/attack nested
    held
}

@test "the default filter refuses namespaces, mounts and what kernel exploits begin with" {
    run unroot run --rm --network none -v "$SUITE/attacks/bin:/attack:ro" busybox /attack/attack nested
    held
    run unroot run --rm --network none busybox sh -c 'unshare -U true && echo BROKEN; unshare -n true && echo BROKEN; mount -t tmpfs t /tmp && echo BROKEN; echo HELD'
    held
}

@test "without root there is no way back to it" {
    run unroot run --rm --network none -v "$SUITE/attacks/bin:/attack:ro" busybox /attack/attack becoming-root
    held
    run unroot run --rm --network none --root=mapped -v "$SUITE/attacks/bin:/attack:ro" busybox /attack/attack becoming-root
    held
}

@test "a setuid-root program of the image gives nothing" {
    mkdir -p "$SUITE/attacks/suid"
    cp -a "$SUITE/rootfs/." "$SUITE/attacks/suid/"
    cp "$SUITE/rootfs/bin/busybox" "$SUITE/attacks/suid/bin/suid-id"
    ln -f "$SUITE/attacks/suid/bin/suid-id" "$SUITE/attacks/suid/bin/id.suid" 2>/dev/null || true
    rm -f "$SUITE/attacks/suid/bin/id"
    cp "$SUITE/rootfs/bin/busybox" "$SUITE/attacks/suid/bin/id"
    chmod 4755 "$SUITE/attacks/suid/bin/id"
    unroot import --change 'USER app' "$SUITE/attacks/suid" suid >/dev/null
    [ "$(unroot run --rm --network none suid id -u)" = 1000 ]
    [ "$(unroot run --rm --network none --root=mapped suid id -u)" = 1000 ]
    # At rest it belongs to the storage, so nobody on the host becomes root by it.
    run find /var/lib/unroot/storage -perm -4000 -uid 0
    [ -z "$output" ]
}

@test "nothing below the storage belongs to the host's root" {
    run find /var/lib/unroot/storage -mindepth 1 -not -path '*/work-*' \( -uid 0 -o -gid 0 \)
    echo "$output"
    [ -z "$output" ]
}

@test "a working directory cannot lead out (CVE-2024-21626)" {
    for fd in 3 5 7 8 9 12; do
        run unroot run --rm --network none -w "/proc/self/fd/$fd" busybox sh -c 'cat /proc/self/mountinfo | head -1; ls ../../../'
        [ "$status" != 0 ] || [[ $output != *lost+found* ]]
    done
    unroot run -d --name "$(name)" --network none busybox sleep 3000
    for fd in 3 5 7 8; do
        run unroot exec -w "/proc/self/fd/$fd" "$(name)" sh -c 'ls ../../../../etc/hostname && cat /etc/hostname'
        [[ $output != *"$(hostname)"* ]]
    done
    unroot rm -f "$(name)"
}

# plant IMAGE COMMAND..: an image made of busybox's tree after the shell commands ran in it.
plant() {
    local tree=$SUITE/attacks/planted-$1
    rm -rf "$tree"
    mkdir -p "$tree"
    cp -a "$SUITE/rootfs/." "$tree/"
    (cd "$tree" && eval "$2")
    unroot import --change 'USER app' "$tree" "$1" >/dev/null
}

@test "an image whose /proc, /sys or /dev is a link leads nowhere (CVE-2019-16884, 2019-19921, 2023-27561, 2026-41579)" {
    plant linked-proc 'rmdir proc; ln -s /etc proc'
    plant linked-dev "rmdir dev; ln -s $SUITE/attacks/host dev"
    plant linked-sys 'rmdir sys; ln -s ../../../../../tmp sys'
    for image in linked-proc linked-dev linked-sys; do
        run unroot run --rm --network none $image true
        echo "$image: $status $output"
    done
    [ "$(ls "$SUITE/attacks/host")" = file ]
    [ -d /etc ] && [ ! -e /etc/self ]
}

@test "an image whose account files are links, fifos, folders or huge is read in its own root" {
    plant passwd-link "rm etc/passwd; ln -s ../../../../../../$SUITE/attacks/host/file etc/passwd"
    plant passwd-fifo 'rm etc/passwd; mkfifo etc/passwd'
    plant passwd-folder 'rm etc/passwd; mkdir etc/passwd'
    for image in passwd-link passwd-fifo; do
        run timeout 20 "$UNROOT" run --rm --network none --user 1234 $image id
        echo "$image: $output"
        [ "$status" != 124 ]
        [[ $output != *"host content"* ]]
    done
    run timeout 20 "$UNROOT" run --rm --network none --user 1234 passwd-folder id -u
    [ "$status" != 124 ]
    plant passwd-huge 'head -c 20000000 /dev/zero | tr "\0" x >etc/passwd'
    run timeout 20 "$UNROOT" run --rm --network none passwd-huge true
    [ "$status" = 125 ]
    [[ $output == *passwd* ]]
}

@test "a volume's target that is a link stays inside (CVE-2021-30465)" {
    plant linked-target 'ln -s ../../../../../../../../etc data; ln -s /nowhere/at/all dangling'
    run unroot run --rm --network none -v "$SUITE/attacks/host:/data" linked-target sh -c 'ls /etc/file'
    [ "$status" = 0 ]
    run unroot run --rm --network none -v "$SUITE/attacks/host:/dangling" linked-target ls /nowhere/at/all
    [[ $output == *file* ]]
    [ ! -e /nowhere ]
}

# What the host's / holds. Without times: another program of the host may touch a folder there meanwhile.
root_folder() {
    find / -mindepth 1 -maxdepth 1 -printf '%f %y %m %U:%G %l\n' | sort
}

@test "a target that is swapped for a link while containers start never leads to the host (CVE-2021-30465, 2024-45310)" {
    mkdir -p "$SUITE/attacks/shared/dir"
    chown -R 1000:1000 "$SUITE/attacks/shared"
    unroot run -d --name "$(name)" --network none -v "$SUITE/attacks/shared:/shared" busybox \
        sh -c 'while :; do mv /shared/dir /shared/away; ln -s / /shared/dir; rm /shared/dir; mv /shared/away /shared/dir; done' 2>/dev/null
    local before
    before=$(root_folder)
    for _ in $(seq 20); do
        timeout 30 "$UNROOT" run --rm --network none -v "$SUITE/attacks/shared:/shared" \
            -v "$SUITE/attacks/host:/shared/dir/escaped-mount" busybox true || true
    done
    [ ! -e /escaped-mount ]
    diff <(echo "$before") <(root_folder)
    unroot rm -f "$(name)"
}

@test "the program behind /proc/self/exe cannot be overwritten (CVE-2019-5736)" {
    plant self-exe 'printf "#!/proc/self/exe\n" >bin/trap; chmod 755 bin/trap'
    local before
    before=$(sha256sum "$UNROOT")
    timeout 20 "$UNROOT" run --rm --network none --user 0 self-exe /bin/trap || true
    run timeout 20 "$UNROOT" run --rm --network none --user 0 self-exe sh -c 'exec 3>>/proc/1/exe && echo BROKEN; true'
    [[ $output != *BROKEN* ]]
    [ "$(sha256sum "$UNROOT")" = "$before" ]
}

@test "numbers that overflow are no user (CVE-2024-40635, CVE-2026-30892)" {
    for user in 4294967296 4294967295 2147483648 -1 99999999999999999999 0x0 ' 0' 1e3 :0 :; do
        run unroot run --rm --network none --user "$user" busybox id -u
        echo "$user: $status $output"
        [ "$status" = 125 ]
        run unroot run --rm --network none --user "1000:$user" busybox id -g
        [[ "$user" == :* ]] || [ "$status" = 125 ]
    done
    unroot run -d --name "$(name)" --network none busybox sleep 3000
    for user in 4294967296 2147483648 -1; do
        run unroot exec -u "$user" "$(name)" id -u
        [ "$status" != 0 ]
    done
    [ "$(unroot exec -u 1 "$(name)" id -u)" = 1 ]
    unroot rm -f "$(name)"
}

@test "inheritable capabilities are empty, in exec too (CVE-2022-24769, CVE-2022-29162)" {
    run unroot run --rm --network none --user 0 busybox grep CapInh /proc/self/status
    [[ $output == *0000000000000000* ]]
    unroot run -d --name "$(name)" --network none --user 0 busybox sleep 3000
    run unroot exec "$(name)" grep CapInh /proc/self/status
    [[ $output == *0000000000000000* ]]
    unroot rm -f "$(name)"
}

@test "the host's /dev/null is as it was" {
    unroot run --rm --network none busybox true </dev/null >/dev/null 2>&1
    [ "$(stat -c '%a %u %t:%T' /dev/null)" = "$(cat "$SUITE/attacks/null")" ]
}

@test "a payload cannot fill the host by our own small file systems" {
    options=()
    run mighty sh -c 'dd if=/dev/zero of=/dev/fill bs=64k count=100; dd if=/dev/zero of=/etc/hosts bs=1M count=64; ls -l /etc/hosts'
    [[ $output == *"No space left"* ]]
}
