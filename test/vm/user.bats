# SPDX-License-Identifier: Apache-2.0
# An ordinary user with a manager of the own (test/vm/run): podman and unroot-runtime with systemd's driver on the user's bus.
load ../system/helpers

setup_file() {
    modprobe -a overlay fuse tun 2>/dev/null || true
    mkdir -p /etc/systemd/system/user@.service.d
    printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >/etc/systemd/system/user@.service.d/delegate.conf
    systemctl daemon-reload
    loginctl enable-linger tester
    eventually test -S /run/user/1000/bus
    "$UNROOT" setup podman --runtime "$UNROOT_RUNTIME" --apply
    tar -C "$SUITE/oci-rootfs" -cf "$SUITE/busybox.tar" .
    chmod 644 "$SUITE/busybox.tar"
}

# as_tester COMMAND...: in a scope of the user's manager, as a shell of theirs would be.
as_tester() {
    systemd-run --quiet --pipe --wait --collect --uid=tester -p PAMName=login -p WorkingDirectory=/home/tester --setenv=PATH="$PATH" -- \
        systemd-run --user --scope --quiet -- "$@"
}

OPTIONS="--cgroup-manager systemd --events-backend file"

@test "podman as a user: the container is in a scope of the user's manager, with limits" {
    as_tester podman $OPTIONS --runtime "${ENGINES_RUNTIME:-unroot}" import -q "$SUITE/busybox.tar" busybox
    as_tester podman $OPTIONS --runtime "${ENGINES_RUNTIME:-unroot}" run -d --name box --network none -m 64m --cpus 0.5 --pids-limit 50 busybox sleep 1000
    pid=$(as_tester podman $OPTIONS --runtime "${ENGINES_RUNTIME:-unroot}" inspect -f '{{.State.Pid}}' box)
    group=$(sed -n 's/^0::/\/sys\/fs\/cgroup/p' "/proc/$pid/cgroup")
    echo "$group"
    [[ $group == /sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/*libpod-*.scope* ]]
    [ "$(cd "$group" && cat memory.max cpu.max pids.max | paste -sd/)" = 67108864/"50000 100000"/50 ]
    [ "$(stat -c %u "/proc/$pid")" != 0 ]
    [ "$(as_tester podman $OPTIONS --runtime "${ENGINES_RUNTIME:-unroot}" exec box id -u)" = 0 ]
    as_tester systemctl --user daemon-reload
    [ "$(cd "$group" && cat memory.max cpu.max pids.max | paste -sd/)" = 67108864/"50000 100000"/50 ]
    as_tester podman $OPTIONS --runtime "${ENGINES_RUNTIME:-unroot}" pause box
    grep -q 'frozen 1' "$group/cgroup.events"
    as_tester podman $OPTIONS --runtime "${ENGINES_RUNTIME:-unroot}" unpause box
    as_tester podman $OPTIONS --runtime "${ENGINES_RUNTIME:-unroot}" rm -f -t 0 box
    [ ! -e "$group" ]
}

@test "features say what was seen" {
    as_tester "$UNROOT_RUNTIME" features | jq -e '.linux.cgroup.systemdUser'
}
