# SPDX-License-Identifier: Apache-2.0
# A machine of its own for network tests: a network namespace "host" and a private /run, joined by a cable to a second
# namespace "outside". Nothing here touches the network namespace that the tests are started in.

HERE=$(cd "$(dirname "$BATS_TEST_FILENAME")" && pwd)
BUILD=${UNROOT_BUILD:-$HERE/../../build}
DRIVER=$BUILD/test/system/programs/network_driver
UNROOT=${UNROOT:-$BUILD/bin/unroot}
PEER=$HERE/programs/peer.py
RUNROOT=/run/unroot-test

host() { nsenter -t "$HOST_PID" -n -m -- "$@"; }
inside() { local name=$1; shift; host ip netns exec "$name" "$@"; }
driver() { host "$DRIVER" "$@"; }

machine_start() {
    [ "$(id -u)" = 0 ] || skip "needs root: makes network namespaces"
    unshare -n -m --propagation private sh -c 'mount -t tmpfs none /run && echo up && exec sleep 1000' \
        >"$BATS_TEST_TMPDIR/up" 3>&- &
    HOST_PID=$!
    for _ in $(seq 100); do [ -s "$BATS_TEST_TMPDIR/up" ] && break; sleep 0.02; done
    [ "$(readlink "/proc/$HOST_PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]
    host mkdir -p /run/netns $RUNROOT/containers
    host sysctl -qw net.ipv4.ip_forward=0
    host ip link set lo up
    host ip netns add outside
    host ip link add cable type veth peer name cable netns outside
    host ip addr add 192.0.2.1/24 dev cable
    host ip link set cable up
    inside outside ip addr add 192.0.2.2/24 dev cable
    inside outside ip link set cable up
    inside outside ip link set lo up
    sleep 0.1 # link-local addresses and their routes settle, so that snapshots compare
    MACHINE_BEFORE=$(machine_snapshot)
    SERVERS=()
}

machine_stop() {
    [ -n "$HOST_PID" ] || return 0
    local pid
    for pid in "${SERVERS[@]}"; do kill "$pid" 2>/dev/null || true; done
    kill "$HOST_PID" 2>/dev/null || true
}

# All that a container's network could leave behind; ip_forward stays on by decision (docs/NETWORK.md).
machine_snapshot() {
    host ip -o link | sed 's/^[0-9]*: //; s/@.*//'
    host ip -o -4 addr | sed 's/^[0-9]*: //'
    host ip -4 route show table all
    host ip rule
    host nft list ruleset
    host sh -c 'grep -r . /proc/sys/net/ipv4/conf/all /proc/sys/net/ipv4/conf/default /proc/sys/net/ipv4/conf/cable' |
        grep -v '/forwarding:\|/accept_redirects:'
}

machine_is_clean() {
    local after
    after=$(machine_snapshot)
    [ "$after" = "$MACHINE_BEFORE" ] || { diff <(echo "$MACHINE_BEFORE") <(echo "$after"); return 1; }
    [ ! -e "/proc/$HOST_PID/root$RUNROOT/network/leases" ]
    [ ! -e "/proc/$HOST_PID/root/run/unroot/network/leases" ]
}

# container NAME [ports ..]: a namespace with a network; sets ADDRESS.
container() {
    local name=$1 answer
    shift
    host ip netns add "$name"
    host mkdir -p "$RUNROOT/containers/$name"
    answer=$(driver attach $RUNROOT "/run/netns/$name" "$name" "$@")
    ADDRESS=$(sed -n 's/^address=//p' <<<"$answer")
    [ -n "$ADDRESS" ]
}

# The container's processes end, then its network is given back.
container_end() {
    host ip netns del "$1"
    host rmdir "$RUNROOT/containers/$1"
    driver detach $RUNROOT "$1"
}

# serve WHERE tcp|udp ADDRESS PORT TAG; WHERE is "host" or a namespace.
serve() {
    local where=$1 ready enter=(nsenter -t "$HOST_PID" -n -m --)
    shift
    [ "$where" = host ] || enter+=(ip netns exec "$where")
    ready=$(mktemp -p "$BATS_TEST_TMPDIR")
    # Not by a function: what is killed at the end must be the server itself.
    "${enter[@]}" python3 "$PEER" serve "$@" >"$ready" 3>&- &
    SERVERS+=($!)
    for _ in $(seq 100); do [ -s "$ready" ] && return 0; sleep 0.02; done
    return 1
}

# answer WHERE tcp|udp ADDRESS PORT EXPECTED
answer() {
    local where=$1 expected=$5 got
    if [ "$where" = host ]; then
        got=$(host python3 "$PEER" ask "$2" "$3" "$4")
    else
        got=$(inside "$where" python3 "$PEER" ask "$2" "$3" "$4")
    fi
    [ "$got" = "$expected" ] || { echo "$where asked $2 $3:$4: '$got', expected '$expected'"; return 1; }
}

# A store of its own on that machine, with an image `busybox` (USER 1000).
machine_store() {
    local root=/run/rootfs applet
    # The id files are replaced by rename, which a file that is a mount of its own would refuse.
    host sh -c 'mount -t tmpfs -o mode=755 none /var/lib && mkdir -p /var/lib/.etc /var/lib/.work &&
        mount -t overlay -o lowerdir=/etc,upperdir=/var/lib/.etc,workdir=/var/lib/.work overlay /etc'
    host mkdir -p $root/bin $root/etc $root/tmp $root/www
    host cp "$(command -v busybox)" $root/bin/busybox
    for applet in sh cat grep httpd id ip nc ping sleep true; do host ln -s busybox "$root/bin/$applet"; done
    host sh -c "echo 'app:x:1000:1000::/:/bin/sh' >$root/etc/passwd; echo hello >$root/www/index.html"
    host "$UNROOT" setup >/dev/null
    host "$UNROOT" import --change 'USER app' $root busybox >/dev/null
}

unroot() { host "$UNROOT" "$@"; }

# Waits up to five seconds until the command succeeds.
eventually() {
    for _ in $(seq 50); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    "$@"
}

# fetch WHERE URL
fetch() {
    local where=$1
    shift
    if [ "$where" = host ]; then host curl -sS -m 3 "$@"; else inside "$where" curl -sS -m 3 "$@"; fi
}
