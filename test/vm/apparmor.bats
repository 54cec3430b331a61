# SPDX-License-Identifier: Apache-2.0
# AppArmor's profiles on a kernel that has them (test/vm/run): those of a configuration, and docker's own.
load ../system/helpers
load ../system/oci

setup_file() {
    modprobe -a overlay br_netfilter veth bridge 2>/dev/null || true
    mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
    cat >"$SUITE/profile" <<'PROFILE'
profile unroot-vm flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  signal,
  deny /etc/shadow r,
}
PROFILE
    apparmor_parser -r "$SUITE/profile"
}

setup() {
    ID=aa$BATS_TEST_NUMBER
}

teardown() {
    remove_runtime_containers
}

confined() {
    bundle '.process.apparmorProfile = "unroot-vm"' "$@"
    echo secret >"$BUNDLE/rootfs/etc/shadow"
    chmod 644 "$BUNDLE/rootfs/etc/shadow"
}

@test "the payload is confined, as root inside and as a user; an absent profile is told by its name" {
    for user in 0 1000; do
        confined ".process.user = {uid: $user, gid: $user}"
        script_is 'cat /proc/self/attr/current; cat /etc/shadow; true'
        run -0 runtime run --bundle "$BUNDLE" "$ID"
        [[ $output == *"unroot-vm (enforce)"*"Permission denied"* && $output != *secret* ]]
    done
    configure '.process.apparmorProfile = "nothing-such"'
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"process.apparmorProfile: the kernel has no profile"*nothing-such* ]]
}

@test "exec has the container's profile, or the one that it names" {
    confined
    command_is sleep 1000
    runtime create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    runtime start "$ID"
    [ "$(runtime exec "$ID" cat /proc/self/attr/current)" = "unroot-vm (enforce)" ]
    run -1 runtime exec "$ID" cat /etc/shadow
    [ "$(runtime exec --apparmor unconfined "$ID" cat /etc/shadow)" = secret ]
    run -255 runtime exec --apparmor nothing-such "$ID" true
    [[ $output == *"has no profile"* ]]
}

@test "docker's profile is the same under us as under runc" {
    "$UNROOT" setup docker --runtime "$UNROOT_RUNTIME" --apply
    jq '. + {"bridge": "none", "iptables": false}' /etc/docker/daemon.json >/etc/docker/new && mv /etc/docker/new /etc/docker/daemon.json
    systemctl unmask --quiet containerd docker docker.socket
    systemctl restart docker
    tar -C "$SUITE/oci-rootfs" -c . | docker import - busybox
    for engine in runc unroot; do
        [ "$(docker run --rm --network none --runtime "$engine" busybox cat /proc/self/attr/current)" = "docker-default (enforce)" ]
        docker run -d --name "$engine" --network none --runtime "$engine" busybox sleep 1000
        [ "$(docker exec "$engine" cat /proc/self/attr/current)" = "docker-default (enforce)" ]
        docker stop -t 1 "$engine" && docker rm "$engine"
    done
}
