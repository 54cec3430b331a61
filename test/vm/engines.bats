# SPDX-License-Identifier: Apache-2.0
# Engines as they are on a host with systemd and control groups of version 2 (test/vm/run): their driver is systemd's by default.
load ../system/helpers
load ../engines/engines

setup_file() {
    modprobe -a overlay br_netfilter veth bridge 2>/dev/null || true
    tar -C "$SUITE/oci-rootfs" -cf "$SUITE/busybox.tar" .
    chmod 644 "$SUITE/busybox.tar"
}

# of FORMAT: of docker's container.
of() {
    docker inspect -f "$1" box
}

group_of() {
    sed -n 's/^0::/\/sys\/fs\/cgroup/p' "/proc/$1/cgroup"
}

outside() {
    [ "$(stat -c %u "/proc/$1")" -ge 1879048192 ]
}

@test "docker: setup, then containers with limits in systemd's scopes; a live daemon-reload" {
    "$UNROOT" setup docker --runtime "$UNROOT_RUNTIME" --apply
    jq '. + {"default-runtime": "unroot", "bridge": "none", "iptables": false}' /etc/docker/daemon.json >/etc/docker/new && mv /etc/docker/new /etc/docker/daemon.json
    cat /etc/docker/daemon.json
    systemctl unmask --quiet containerd docker docker.socket
    systemctl restart docker
    docker info -f '{{.CgroupDriver}} {{.CgroupVersion}} {{.DefaultRuntime}}' | grep -x "systemd 2 unroot"
    docker import --change 'CMD ["sh"]' "$SUITE/busybox.tar" busybox
    docker run -d --name box --network none -m 64m --cpus 0.5 --pids-limit 50 --cpuset-cpus 1 busybox sleep 1000
    pid=$(of '{{.State.Pid}}')
    outside "$pid"
    group=$(group_of "$pid")
    [[ $group == /sys/fs/cgroup/system.slice/docker-*.scope ]]
    [ "$(cd "$group" && cat memory.max memory.swap.max cpu.max pids.max cpuset.cpus | paste -sd/)" = 67108864/67108864/"50000 100000"/50/1 ]
    systemctl daemon-reload
    [ "$(cd "$group" && cat memory.max memory.swap.max cpu.max pids.max cpuset.cpus | paste -sd/)" = 67108864/67108864/"50000 100000"/50/1 ]
    [ "$(docker exec box cat /sys/fs/cgroup/memory.max)" = 67108864 ]
    docker update -m 128m --memory-swap 256m --cpus 1.5 --pids-limit 70 box
    [ "$(cd "$group" && cat memory.max memory.swap.max cpu.max pids.max cpuset.cpus | paste -sd/)" = 134217728/134217728/"150000 100000"/70/1 ]
    systemctl daemon-reload
    [ "$(cd "$group" && cat memory.max memory.swap.max cpu.max pids.max cpuset.cpus | paste -sd/)" = 134217728/134217728/"150000 100000"/70/1 ]
    docker pause box
    grep -q 'frozen 1' "$group/cgroup.events"
    docker unpause box
    [ "$(docker stats --no-stream --format '{{.PIDs}}' box)" = 1 ]
    docker stop -t 1 box
    docker start box
    pid=$(of '{{.State.Pid}}')
    [ "$(cat "$(group_of "$pid")/memory.max")" = 134217728 ]
    docker rm -f box
    eventually eval '[ -z "$(systemctl list-units --all --plain --no-legend "docker-*.scope")" ]'
    [ -z "$(find /sys/fs/cgroup -name "docker-*")" ]
}

@test "docker: out of memory is what docker says it is; one process" {
    docker run -d --name box --network none -m 16m --memory-swap 16m --tmpfs /fill:size=100m busybox sh -c 'dd if=/dev/zero of=/fill/x bs=1M count=64; sleep 1; exit 9' ||
        skip "docker does not run"
    run -0 docker wait box
    [ "$(of '{{.State.OOMKilled}}')" = true ] || { docker inspect -f '{{json .State}}' box; dmesg | tail -3; false; }
    docker rm -f box
    docker run --rm --network none --pids-limit 1 busybox true
}

@test "docker: cgroupfs by its own word" {
    [ -e /etc/docker/daemon.json ] || skip
    systemctl stop docker docker.socket
    jq '. + {"exec-opts": ["native.cgroupdriver=cgroupfs"]}' /etc/docker/daemon.json >/etc/docker/new && mv /etc/docker/new /etc/docker/daemon.json
    systemctl reset-failed docker || true
    systemctl restart docker
    docker run -d --name box --network none -m 64m --cpus 0.5 --pids-limit 50 busybox sleep 1000
    group=$(group_of "$(of '{{.State.Pid}}')")
    [[ $group == /sys/fs/cgroup/docker/* ]]
    [ "$(cd "$group" && cat memory.max cpu.max pids.max | paste -sd/)" = 67108864/"50000 100000"/50 ]
    docker rm -f box
    [ ! -e "$group" ]
    systemctl stop docker docker.socket
}

@test "podman with systemd's driver: limits, exec, pause, stats, rm" {
    "$UNROOT" setup podman --runtime "$UNROOT_RUNTIME" --apply
    OPTIONS=(--cgroup-manager systemd --events-backend file --runtime unroot)
    podman "${OPTIONS[@]}" import -q --change 'CMD ["sh"]' "$SUITE/busybox.tar" busybox
    podman "${OPTIONS[@]}" run -d --name box --network none -m 64m --cpus 0.5 --pids-limit 50 busybox sleep 1000
    pid=$(podman "${OPTIONS[@]}" inspect -f '{{.State.Pid}}' box)
    outside "$pid"
    group=$(group_of "$pid")
    [[ $group == /sys/fs/cgroup/machine.slice/libpod-*.scope* ]]
    [ "$(cd "$group" && cat memory.max cpu.max pids.max | paste -sd/)" = 67108864/"50000 100000"/50 ]
    systemctl daemon-reload
    [ "$(cd "$group" && cat memory.max cpu.max pids.max | paste -sd/)" = 67108864/"50000 100000"/50 ]
    [ "$(podman "${OPTIONS[@]}" exec box id -u)" = 0 ]
    podman "${OPTIONS[@]}" pause box
    grep -q 'frozen 1' "$group/cgroup.events"
    podman "${OPTIONS[@]}" unpause box
    [ "$(podman "${OPTIONS[@]}" stats --no-stream --format '{{.PIDs}}' box)" = 1 ]
    podman "${OPTIONS[@]}" stop -t 1 box
    podman "${OPTIONS[@]}" rm -f box
    [ ! -e "$group" ]
    eventually eval '[ -z "$(find /sys/fs/cgroup -name "libpod-*.scope")" ]'
}

@test "containerd: ctr with SystemdCgroup" {
    systemctl unmask --quiet containerd
    systemctl start containerd
    "$UNROOT" import --change 'CMD ["sh"]' "$SUITE/oci-rootfs" busybox
    "$UNROOT" save --format oci-archive -o "$SUITE/oci.tar" busybox
    ctr images import "$SUITE/oci.tar"
    image=$(ctr images ls -q | head -1)
    ctr run -d --runc-binary "$UNROOT_RUNTIME" --runc-systemd-cgroup --cgroup system.slice:ctr:box --memory-limit 67108864 "$image" box sleep 1000
    pid=$(ctr task ls | awk '$1 == "box" { print $2 }')
    outside "$pid"
    group=$(group_of "$pid")
    [ "$group" = /sys/fs/cgroup/system.slice/ctr-box.scope ]
    [ "$(cat "$group/memory.max")" = 67108864 ]
    [ "$(ctr task exec --exec-id one box id -u)" = 0 ]
    ctr task metrics box | grep -q memory
    ctr task kill -s KILL box
    eventually eval 'ctr task ls | grep -q STOPPED'
    ctr task delete box
    ctr container delete box
    [ ! -e "$group" ]
}
