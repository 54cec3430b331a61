#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The private network, driven by network_driver on a machine of its own (network.bash).

load network.bash

setup() { machine_start; }
teardown() { machine_stop; }

@test "a container gets an address, a default route, loopback, low ports and ping" {
    container web
    [ "$ADDRESS" = 10.87.0.2 ]
    inside web ip -o -4 addr show eth0 | grep -q '10.87.0.2/16'
    inside web ip route | grep -q '^default via 10.87.0.1 dev eth0'
    inside web ip -o link show lo | grep -q 'LOOPBACK,UP'
    [ "$(inside web sysctl -n net.ipv4.ip_unprivileged_port_start)" = 0 ]
    inside web sysctl -n net.ipv4.ping_group_range | grep -q '^0.65535$'
    inside web ping -q -c1 -W2 10.87.0.1
    inside web setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set=-all \
        /usr/bin/python3 -c 'import socket; socket.socket().bind(("", 80)); socket.socket(2, 2, socket.IPPROTO_ICMP)'
}

@test "no IPv6 link-local address, inside or outside" {
    container web
    [ -z "$(inside web ip -o -6 addr show eth0)" ]
    [ -z "$(host ip -o -6 addr show unroot0)" ]
    [ -z "$(host ip -o -6 addr | grep unroot0-)" ]
}

@test "loopback alone, for a container without a network" {
    host ip netns add none
    driver loopback /run/netns/none
    inside none ip -o link show lo | grep -q 'LOOPBACK,UP'
    [ "$(inside none ip -o link | wc -l)" = 1 ]
    [ "$(inside none sysctl -n net.ipv4.ip_unprivileged_port_start)" = 0 ]
    machine_is_clean
}

@test "outgoing connections come from the host's address" {
    container web
    serve outside tcp 0.0.0.0 7000 outside
    serve outside udp 0.0.0.0 7000 outside
    answer web tcp 192.0.2.2 7000 "outside 192.0.2.1"
    answer web udp 192.0.2.2 7000 "outside 192.0.2.1"
}

@test "a published port shows the container the asker's own address" {
    container web tcp,-,8080,80
    serve web tcp 0.0.0.0 80 web
    answer outside tcp 192.0.2.1 8080 "web 192.0.2.2"
}

@test "a published udp port shows the asker's own address" {
    container dns udp,-,5300,53
    serve dns udp 0.0.0.0 53 dns
    answer outside udp 192.0.2.1 5300 "dns 192.0.2.2"
    answer host udp 127.0.0.1 5300 "dns 10.87.0.1"
}

@test "a udp conversation from before the start, or with an earlier container, comes to the new one" {
    ask_again() { inside outside python3 "$PEER" ask udp 192.0.2.1 5300 192.0.2.2 4000; }
    container other # without rules that need it the kernel tracks nothing
    serve host udp 0.0.0.0 5300 host
    [ "$(ask_again)" = "host 192.0.2.2" ]
    kill "${SERVERS[0]}"
    wait "${SERVERS[0]}" || true
    container dns udp,-,5300,53
    serve dns udp 0.0.0.0 53 first
    [ "$(ask_again)" = "first 192.0.2.2" ]
    container_end dns
    container dns udp,-,5300,53
    serve dns udp 0.0.0.0 53 second
    [ "$(ask_again)" = "second 192.0.2.2" ]
}

@test "the host reaches a published port by 127.0.0.1 and by its own address" {
    container web tcp,-,8080,80
    serve web tcp 0.0.0.0 80 web
    answer host tcp 127.0.0.1 8080 "web 10.87.0.1"
    answer host tcp 127.1.2.3 8080 "web 10.87.0.1"
    answer host tcp 192.0.2.1 8080 "web 192.0.2.1"
    answer host tcp 10.87.0.2 80 "web 10.87.0.1"
}

@test "a container reaches its own published port and another's by the host's addresses" {
    container web tcp,-,8080,80
    container other
    serve web tcp 0.0.0.0 80 web
    for _ in 1 2; do
        answer web tcp 192.0.2.1 8080 "web 10.87.0.1"
        answer web tcp 10.87.0.1 8080 "web 10.87.0.1"
        answer other tcp 192.0.2.1 8080 "web 10.87.0.1"
        answer other tcp 10.87.0.1 8080 "web 10.87.0.1"
        # The same once more without rewriting of bridged frames.
        [ ! -e "/proc/sys/net/bridge" ] || host sysctl -qw net.bridge.bridge-nf-call-iptables=0
    done
}

@test "two containers talk directly, with their own addresses" {
    container one
    container two
    serve one tcp 0.0.0.0 9 one
    answer two tcp 10.87.0.2 9 "one 10.87.0.3"
}

@test "a port published on 127.0.0.1 is the host's alone" {
    container web tcp,127.0.0.1,8081,80
    serve web tcp 0.0.0.0 80 web
    answer host tcp 127.0.0.1 8081 "web 10.87.0.1"
    answer host tcp 192.0.2.1 8081 refused
    answer outside tcp 192.0.2.1 8081 refused
    answer web tcp 10.87.0.1 8081 refused
    # A neighbour that sends packets for 127.0.0.1 over the cable.
    inside outside ip link set lo down
    inside outside sysctl -qw net.ipv4.conf.cable.route_localnet=1
    inside outside ip route add 127.0.0.0/8 via 192.0.2.1
    answer outside tcp 127.0.0.1 8081 timeout
}

@test "a port published on one address is not on the others" {
    container web tcp,192.0.2.1,8082,80
    serve web tcp 0.0.0.0 80 web
    answer outside tcp 192.0.2.1 8082 "web 192.0.2.2"
    answer host tcp 127.0.0.1 8082 refused
}

@test "containers do not reach services on the host's loopback" {
    container web tcp,-,8080,80
    serve host tcp 127.0.0.1 9000 loopback
    answer host tcp 127.0.0.1 9000 "loopback 127.0.0.1"
    answer web tcp 10.87.0.1 9000 refused
    answer web tcp 192.0.2.1 9000 refused
    inside web ip link set lo down
    inside web sysctl -qw net.ipv4.conf.eth0.route_localnet=1
    inside web ip route add 127.0.0.0/8 via 10.87.0.1
    answer web tcp 127.0.0.1 9000 timeout
    answer web tcp 127.0.0.1 8080 timeout
}

@test "an unpublished port is not reached from outside by a route to the container" {
    container web tcp,-,8080,80
    serve web tcp 0.0.0.0 80 web
    serve web tcp 0.0.0.0 81 hidden
    inside outside ip route add 10.87.0.0/16 via 192.0.2.1
    answer outside tcp 10.87.0.2 81 timeout
    answer outside tcp 10.87.0.2 80 timeout
    answer outside tcp 192.0.2.1 8080 "web 192.0.2.2"
}

@test "a container cannot take another address" {
    container bad
    container good
    serve good tcp 0.0.0.0 9 good
    serve outside tcp 0.0.0.0 7000 outside
    inside bad ip addr add 10.87.0.99/16 dev eth0
    [ "$(inside bad python3 "$PEER" ask tcp 10.87.0.3 9 10.87.0.99)" != "good 10.87.0.99" ]
    [ "$(inside bad python3 "$PEER" ask tcp 192.0.2.2 7000 10.87.0.99)" != "outside 192.0.2.1" ]
    [ "$(inside bad python3 "$PEER" ask tcp 10.87.0.3 9 10.87.0.2)" = "good 10.87.0.2" ]
    inside bad ip link set eth0 address 0e:75:0a:57:00:63
    [ "$(inside bad python3 "$PEER" ask tcp 10.87.0.3 9)" != "good 10.87.0.2" ]
}

@test "a container cannot redirect another's traffic by forged ARP answers" {
    container bad
    container good
    inside good ping -q -c1 -W2 10.87.0.1
    local gateway
    gateway=$(inside good ip neigh show 10.87.0.1 | sed 's/.*lladdr \([^ ]*\).*/\1/')
    [ "$gateway" = 0e:75:0a:57:00:01 ]
    sleep 1.1 # a neighbour's entry is not replaced within its first second
    inside bad python3 "$PEER" arp eth0 0e:75:0a:57:00:02 10.87.0.1 10.87.0.3
    sleep 0.1
    inside good ip neigh show 10.87.0.1 | grep -q "lladdr $gateway"
    # It is the rules that do it: without them the forgery works.
    host nft delete table bridge unroot0
    inside bad python3 "$PEER" arp eth0 0e:75:0a:57:00:02 10.87.0.1 10.87.0.3
    sleep 0.1
    inside good ip neigh show 10.87.0.1 | grep -q "lladdr 0e:75:0a:57:00:02"
}

@test "after the last container nothing is left" {
    container one tcp,-,8080,80 udp,127.0.0.1,53,53
    container two tcp,-,0,80
    container_end one
    container_end two
    driver settle $RUNROOT
    machine_is_clean
}

@test "after the last container nothing is left, also when nobody waits for it" {
    container one tcp,-,8080,80
    container two
    container_end two
    container_end one
    host ip link show unroot0 # stays for a second
    for _ in $(seq 40); do
        sleep 0.1
        machine_is_clean >/dev/null && break
    done
    machine_is_clean
}

@test "a published port is closed when detach returns" {
    container web tcp,-,8080,80
    serve web tcp 0.0.0.0 80 web
    answer outside tcp 192.0.2.1 8080 "web 192.0.2.2"
    driver detach $RUNROOT web
    answer outside tcp 192.0.2.1 8080 refused
}

@test "the bridge stays as long as one container has it" {
    container one
    container two
    container_end one
    driver settle $RUNROOT
    host ip link show unroot0
    inside two ping -q -c1 -W2 10.87.0.1
}

@test "detaching twice, an unknown one, or before anything was attached does nothing" {
    driver detach $RUNROOT nobody
    driver settle $RUNROOT
    container web
    driver detach $RUNROOT nobody
    inside web ping -q -c1 -W2 10.87.0.1
    container_end web
    driver detach $RUNROOT web
    driver settle $RUNROOT
    driver detach $RUNROOT web
    machine_is_clean
}

@test "detach removes the link of a namespace that somebody holds" {
    container web
    driver detach $RUNROOT web
    driver settle $RUNROOT
    inside web sh -c '! ip link show eth0' 2>/dev/null
    machine_is_clean
}

@test "the same container starts again, detached before or not" {
    container web tcp,-,8080,80
    container_end web
    container web tcp,-,8080,80
    serve web tcp 0.0.0.0 80 web
    answer outside tcp 192.0.2.1 8080 "web 192.0.2.2"
    host ip netns del web # its supervisor was killed: nobody detached
    container web tcp,-,8080,80
    serve web tcp 0.0.0.0 80 again
    answer outside tcp 192.0.2.1 8080 "again 192.0.2.2"
    [ "$(host ip -o link | grep -c unroot0-)" = 1 ]
}

@test "a port of another container is refused with that container's name" {
    container one NAME=web tcp,-,8080,80
    host ip netns add two
    host mkdir $RUNROOT/containers/two
    run driver attach $RUNROOT /run/netns/two two tcp,-,8080,80
    [ "$status" = 1 ]
    [[ "$output" == *"port 0.0.0.0:8080/tcp is already published by the container web"* ]]
    run driver attach $RUNROOT /run/netns/two two tcp,127.0.0.1,8080,80
    [[ "$output" == *"port 127.0.0.1:8080/tcp is already published by the container web"* ]]
    driver attach $RUNROOT /run/netns/two two udp,-,8080,80
}

@test "a port of a program of the host is refused, and nothing is left of the start" {
    serve host tcp 127.0.0.1 8080 busy
    host ip netns add web
    host mkdir $RUNROOT/containers/web
    run driver attach $RUNROOT /run/netns/web web tcp,-,80,80 tcp,-,8080,80
    [ "$status" = 1 ]
    [[ "$output" == *"port 0.0.0.0:8080/tcp is already in use by a program on this host"* ]]
    machine_is_clean
}

@test "ports that cannot be had are refused with the reason, and nothing is left" {
    host ip netns add web
    host mkdir $RUNROOT/containers/web
    run driver attach $RUNROOT /run/netns/web web tcp,198.51.100.7,80,80
    [[ "$output" == *"port 198.51.100.7:80/tcp: no interface of this host has that address"* ]]
    run driver attach $RUNROOT /run/netns/web web tcp,::1,80,80
    [[ "$output" == *"publishing on an IPv6 address is not there"* ]]
    run driver attach $RUNROOT /run/netns/web web tcp,-,80,80 tcp,-,80,81
    [[ "$output" == *"port 0.0.0.0:80/tcp is asked for twice"* ]]
    run driver attach $RUNROOT /run/netns/web '../web'
    [[ "$output" == *"cannot be the id of a container"* ]]
    machine_is_clean
}

@test "a start that fails in the middle leaves nothing" {
    host ip netns add web
    host mkdir $RUNROOT/containers/web
    # eth0 is there already: the pair cannot be made.
    inside web ip link add eth0 type bridge
    run driver attach $RUNROOT /run/netns/web web tcp,-,8080,80
    [ "$status" = 1 ]
    [[ "$output" == *"File exists"* ]]
    machine_is_clean
}

@test "a chosen port is free, and a range gives its first free one" {
    serve host tcp 0.0.0.0 8000 busy
    container one tcp,-,8000-8010,80
    host ip netns add two
    host mkdir $RUNROOT/containers/two
    run driver attach $RUNROOT /run/netns/two two tcp,-,8000-8010,80 tcp,-,0,81 udp,-,0,82
    [ "$status" = 0 ]
    [ "${lines[7]}" = port0=8002 ]
    local chosen=${lines[8]#port1=}
    [ "$chosen" -gt 1023 ]
    serve two tcp 0.0.0.0 81 two
    answer outside tcp 192.0.2.1 "$chosen" "two 192.0.2.2"
}

@test "fifty containers start and end side by side" {
    local i pids=()
    for i in $(seq 50); do
        host ip netns add "c$i"
        host mkdir "$RUNROOT/containers/c$i"
    done
    for i in $(seq 50); do
        driver attach $RUNROOT "/run/netns/c$i" "c$i" "tcp,-,$((20000 + i)),80" >"$BATS_TEST_TMPDIR/c$i" 3>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    [ "$(cat "$BATS_TEST_TMPDIR"/c* | grep ^address= | sort -u | wc -l)" = 50 ]
    [ "$(host nft list map ip unroot0 published_anywhere | grep -o 'tcp . 20' | wc -l)" = 50 ]
    serve c37 tcp 0.0.0.0 80 c37
    answer outside tcp 192.0.2.1 20037 "c37 192.0.2.2"
    pids=()
    for i in $(seq 50); do
        driver detach $RUNROOT "c$i" 3>&- &
        pids+=($!)
        host ip netns del "c$i"
    done
    for i in "${pids[@]}"; do wait "$i"; done
    driver settle $RUNROOT
    machine_is_clean
}

@test "kill -9 at a hundred moments of attach leaves what the next call clears away" {
    container stays tcp,-,8080,80
    serve stays tcp 0.0.0.0 80 stays
    local i killed=0 status
    for i in $(seq 100); do
        host ip netns add "k$i"
        host mkdir "$RUNROOT/containers/k$i"
        status=0
        host timeout -s KILL "0.00$((i % 60 / 10))$((i % 10))$((RANDOM % 10))" "$DRIVER" attach $RUNROOT \
            "/run/netns/k$i" "k$i" "tcp,-,$((20000 + i)),80" >/dev/null 2>&1 || status=$?
        [ "$status" = 0 ] || killed=$((killed + 1))
        host ip netns del "k$i"
        host rmdir "$RUNROOT/containers/k$i"
    done
    echo "killed: $killed of 100"
    [ "$killed" -ge 20 ]
    driver detach $RUNROOT nobody
    driver settle $RUNROOT
    [ "$(host ip -o link | grep -c unroot0-)" = 1 ]
    [ "$(host nft list map ip unroot0 published_anywhere | grep -c 'tcp . 20')" = 0 ]
    [ "$(host grep -c ^lease $RUNROOT/network/leases)" = 1 ]
    answer outside tcp 192.0.2.1 8080 "stays 192.0.2.2"
    container_end stays
    driver settle $RUNROOT
    machine_is_clean
}

@test "kill -9 of the process that clears away: the next call does it" {
    container one tcp,-,8080,80
    container two
    container_end one
    local pid
    for pid in $(pgrep -x unroot-network); do
        [ "$(readlink "/proc/$pid/ns/net")" = "$(readlink "/proc/$HOST_PID/ns/net")" ] && kill -9 "$pid"
    done
    grep -q ' closed$' "/proc/$HOST_PID/root$RUNROOT/network/leases"
    container_end two
    for _ in $(seq 40); do
        sleep 0.1
        machine_is_clean >/dev/null && break
    done
    machine_is_clean
}

@test "a RUNROOT that is removed with everything in it takes bridge and rules along" {
    container web tcp,-,8080,80
    container_end web
    host rm -rf $RUNROOT
    for _ in $(seq 40); do
        sleep 0.1
        machine_is_clean >/dev/null && break
    done
    machine_is_clean
}

@test "rules flushed by hand come back with the next container, for all" {
    container one tcp,-,8080,80
    serve one tcp 0.0.0.0 80 one
    host nft flush ruleset
    answer outside tcp 192.0.2.1 8080 refused
    container two tcp,-,8081,80
    answer outside tcp 192.0.2.1 8080 "one 192.0.2.2"
    container_end one
    container_end two
    driver settle $RUNROOT
    machine_is_clean
}

@test "a bridge removed by hand comes back with the next container, for all" {
    container one tcp,-,8080,80
    serve one tcp 0.0.0.0 80 one
    host ip link del unroot0
    container two
    answer outside tcp 192.0.2.1 8080 "one 192.0.2.2"
    answer two tcp 10.87.0.2 80 "one 10.87.0.3"
}

@test "the subnet avoids the host's routes" {
    host ip route add 10.87.5.0/24 via 192.0.2.2
    host ip route add 10.88.0.0/14 via 192.0.2.2
    container web
    [ "$ADDRESS" = 10.92.0.2 ]
    inside web ping -q -c1 -W2 10.92.0.1
}

@test "two RUNROOTs on one machine have a bridge each" {
    container one tcp,-,8080,80
    host mkdir -p /run/second/containers/two
    host ip netns add two
    run driver attach /run/second /run/netns/two two tcp,-,8081,80
    [ "$status" = 0 ]
    [[ "$output" == *bridge=unroot1* ]]
    serve one tcp 0.0.0.0 80 one
    serve two tcp 0.0.0.0 80 two
    answer outside tcp 192.0.2.1 8080 "one 192.0.2.2"
    answer outside tcp 192.0.2.1 8081 "two 192.0.2.2"
    answer two tcp 192.0.2.1 8080 "one 10.87.0.1"
    answer two tcp 10.87.0.2 80 timeout
}

@test "a host that drops what is forwarded lets containers through, and has its own chain back afterwards" {
    # As iptables-nft leaves it behind for docker and ufw.
    host nft 'table ip filter { chain FORWARD { type filter hook forward priority filter; policy drop; counter drop; }; }'
    MACHINE_BEFORE=$(machine_snapshot)
    container web tcp,-,8080,80
    container other
    serve web tcp 0.0.0.0 80 web
    serve outside tcp 0.0.0.0 7000 outside
    answer outside tcp 192.0.2.1 8080 "web 192.0.2.2"
    answer web tcp 192.0.2.2 7000 "outside 192.0.2.1"
    answer other tcp 10.87.0.2 80 "web 10.87.0.3"
    [ "$(host nft list chain ip filter FORWARD | grep -c 'unroot: containers on unroot0')" = 2 ]
    # Somebody sets the firewall up anew meanwhile: the next container repairs it.
    host nft flush chain ip filter FORWARD
    answer outside tcp 192.0.2.1 8080 timeout
    container third
    answer outside tcp 192.0.2.1 8080 "web 192.0.2.2"
    host nft add rule ip filter FORWARD counter drop
    container_end web
    container_end other
    container_end third
    driver settle $RUNROOT
    machine_is_clean
}

@test "ten RUNROOTs that start their first container at the same moment have ten bridges" {
    local i pids=()
    for i in $(seq 10); do
        host mkdir -p "/run/root$i/containers/c"
        host ip netns add "c$i"
    done
    for i in $(seq 10); do
        driver attach "/run/root$i" "/run/netns/c$i" c >"$BATS_TEST_TMPDIR/c$i" 3>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    [ "$(cat "$BATS_TEST_TMPDIR"/c* | grep ^bridge= | sort -u | wc -l)" = 10 ]
    [ "$(cat "$BATS_TEST_TMPDIR"/c* | grep ^address= | sort -u | wc -l)" = 10 ]
}
