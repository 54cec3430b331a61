# SPDX-License-Identifier: Apache-2.0
# containerd with our runtime by `ctr run --runc-binary`, which is the way of its shim, and that it reads what
# `unroot setup containerd` writes.
load engines

ctr() {
    command ctr --address "$ENGINES/containerd.sock" "$@"
}

# run_ctr OPTION...: in our control group; the runtime's state is in the shim's folder.
run_ctr() {
    ctr run --runc-binary "${ENGINES_RUNTIME:-$UNROOT_RUNTIME}" --cgroup "/$ENGINES_CGROUP/ctr" "$@"
}

setup_file() {
    [ -n "${ENGINES:-}" ] || return 0
    command -v containerd >/dev/null || return 0
    [ -n "${ENGINES_RUNTIME:-}" ] || [ -x "$UNROOT_RUNTIME" ] || return 0
    mkdir -p "$ENGINES/containerd"
    cat >"$ENGINES/containerd.toml" <<TOML
version = 2
root = "$ENGINES/containerd/root"
state = "$ENGINES/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$ENGINES/containerd.sock"
TOML
    containerd --config "$ENGINES/containerd.toml" >"$ENGINES/containerd.log" 2>&1 3>&- &
    echo $! >"$ENGINES/containerd.pid"
    wait_until ctr version
    # An OCI image made of one layer, without another engine's help.
    make_rootfs "$ENGINES/rootfs"
    "$UNROOT" import --change 'CMD ["sh"]' "$ENGINES/rootfs" busybox
    "$UNROOT" save --format oci-archive -o "$ENGINES/busybox.tar" busybox
    ctr images import --snapshotter overlayfs "$ENGINES/busybox.tar"
    ctr images ls -q | head -1 >"$ENGINES/image"
}

teardown_file() {
    [ ! -e "$ENGINES/containerd.pid" ] || kill "$(cat "$ENGINES/containerd.pid")"
}

setup() {
    require_private_host
    require_program containerd containerd
    [ -n "${ENGINES_RUNTIME:-}" ] || require_runtime
    image=$(cat "$ENGINES/image")
}

no_root_outside() {
    [ -n "${ENGINES_RUNTIME:-}" ] || no_host_root
}

@test "ctr run: root inside, not outside; status, exec, kill, delete" {
    run -0 run_ctr --rm "$image" one id -u
    [ "$output" = 0 ]
    run -7 run_ctr --rm "$image" two sh -c 'exit 7'
    run_ctr -d "$image" box sleep 1000
    no_root_outside
    [[ $(ctr task ls) = *box*RUNNING* ]]
    run -0 ctr task exec --exec-id e1 box sh -c 'echo by-exec >/opt/app/new; id -u'
    [ "$output" = 0 ]
    run -5 ctr task exec --exec-id e2 --user 1000 box sh -c 'exit 5'
    ctr task pause box
    [[ $(ctr task ls) = *box*PAUSED* ]]
    ctr task resume box
    ctr task ps box | grep -q '[0-9]'
    ctr task kill --signal SIGKILL box
    wait_until eval 'ctr task ls | grep -q "box.*STOPPED"'
    ctr task rm box
    ctr container rm box
    run -1 no_host_root
}

@test "ctr run: an error of the runtime is containerd's" {
    run -1 run_ctr --rm "$image" none /nosuchprogram
    [[ $output = *"no such file or directory"* ]]
    run -1 run_ctr --rm --user 70000 "$image" none id
    ! ctr task ls | grep none
}

@test "ctr run: what is written lands in the snapshot with the container's ids" {
    run_ctr -d "$image" box sleep 1000
    ctr task exec --exec-id e1 box sh -c 'echo data >/opt/app/new; chown 1000 /opt/app/new; rm /opt/app/file'
    upper=$(awk '/ overlay / && /containerd\/root/ {print $NF}' /proc/self/mountinfo | tr , '\n' | sed -n 's/^upperdir=//p' | tail -1)
    [ "$(cat "$upper/opt/app/new")" = data ]
    [ "$(stat -c %u "$upper/opt/app/new")" = 1000 ]
    [ -c "$upper/opt/app/file" ]
    ctr task kill --signal SIGKILL box
    wait_until eval 'ctr task ls | grep -q "box.*STOPPED"'
    ctr task rm box
    ctr container rm box
}

@test "containerd reads the configuration that unroot setup wrote" {
    containerd config default >"$BATS_TEST_TMPDIR/config.toml"
    "$UNROOT" setup containerd --file "$BATS_TEST_TMPDIR/config.toml" --runtime "$UNROOT_RUNTIME" --apply --default
    run -0 containerd --config "$BATS_TEST_TMPDIR/config.toml" config dump
    [[ $output = *'default_runtime_name = "unroot"'* ]]
    [[ $output = *"containerd.runtimes.unroot.options]"*"BinaryName = \"$UNROOT_RUNTIME\""* ]]
    [[ $output = *"containerd.runtimes.runc]"* ]]
    "$UNROOT" setup containerd --file "$BATS_TEST_TMPDIR/config.toml" --undo
    containerd config default | cmp - "$BATS_TEST_TMPDIR/config.toml"
}
