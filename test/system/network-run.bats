#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The private network as `unroot run` gives it, on a machine of its own (network.bash).

bats_require_minimum_version 1.5.0
load network.bash

setup() {
    [ -x "$UNROOT" ] || skip "needs $UNROOT"
    machine_start
    machine_store
}

teardown() {
    [ -z "$HOST_PID" ] || unroot ps -aq | xargs -r nsenter -t "$HOST_PID" -n -m -- "$UNROOT" rm -f >/dev/null 2>&1
    machine_stop
}

# web NAME [flags ..]: a container that serves a page on port 80 and logs who asks.
web() {
    local name=$1
    shift
    unroot run -d --name "$name" "$@" busybox httpd -f -vv -p 80 -h /www
}

# serve_in CONTAINER tcp|udp ADDRESS PORT TAG: a server of the test in the container's network.
serve_in() {
    local pid
    pid=$(unroot inspect --format '{{.State.Pid}}' "$1")
    host sh -c "touch /run/netns/$1 && mount --bind /proc/$pid/ns/net /run/netns/$1"
    serve "$@"
}

@test "run: address, route, own line in hosts, for a user that is not root" {
    run -0 --separate-stderr unroot run --rm --hostname box busybox sh -c 'id -u; ip -4 addr show eth0; ip route; grep box /etc/hosts'
    [ "${lines[0]}" = 1000 ]
    [[ "$output" == *"inet 10.87.0.2/16"* ]]
    [[ "$output" == *"default via 10.87.0.1"* ]]
    [[ "${lines[-1]}" == 10.87.0.2*box* ]]
    eventually machine_is_clean
}

@test "run: uid 1000 without capabilities binds port 80 and pings" {
    # busybox's own ping only knows raw sockets.
    host sh -c 'cp "$(command -v ping)" /run/rootfs/bin/realping
        ldd /run/rootfs/bin/realping | grep -o "/[^ ]*" | xargs cp --parents -L -t /run/rootfs'
    host "$UNROOT" import --change 'USER app' /run/rootfs ping >/dev/null
    run -0 unroot run --rm ping \
        sh -c 'grep CapEff /proc/self/status; /bin/realping -c1 -W2 10.87.0.1 && httpd -p 80 -h /www && echo bound'
    [[ "$output" == *"CapEff:	0000000000000000"* ]]
    [[ "$output" == *"1 received"* ]]
    [[ "$output" == *bound* ]]
}

@test "run -p: outside and the host reach it, and the payload sees who asks" {
    web web -p 8080:80
    [ "$(eventually fetch outside http://192.0.2.1:8080/ && fetch outside http://192.0.2.1:8080/)" = hello ]
    [ "$(fetch host http://127.0.0.1:8080/)" = hello ]
    run -0 unroot logs web
    [[ "$output" == *"192.0.2.2"* ]]
    [[ "$(unroot ps)" == *"0.0.0.0:8080->80/tcp"* ]]
}

@test "run -p: udp, an address, a range and a port that is chosen" {
    unroot run -d --name dns -p 5300:53/udp -p 127.0.0.1:8081:80 -p 9000-9001:90-91 -p 99 busybox \
        sleep 100
    run -0 unroot ps
    [[ "$output" == *"0.0.0.0:5300->53/udp"* ]]
    [[ "$output" == *"127.0.0.1:8081->80/tcp"* ]]
    [[ "$output" == *"0.0.0.0:9001->91/tcp"* ]]
    [[ "$output" =~ 0\.0\.0\.0:[0-9]+-\>99/tcp ]]
    serve_in dns udp 0.0.0.0 53 dns
    answer outside udp 192.0.2.1 5300 "dns 192.0.2.2"
    answer host udp 127.0.0.1 5300 "dns 10.87.0.1"
}

@test "port: all, one, what is not published, what does not run" {
    unroot run -d --name dns -p 5300:53/udp -p 127.0.0.1:8081:80 -p 127.0.0.1:8082:80 -p 8443:443 -p 5301:53 busybox sleep 100
    run -0 unroot port dns
    [ "$output" = "53/tcp -> 0.0.0.0:5301
53/udp -> 0.0.0.0:5300
80/tcp -> 127.0.0.1:8081
80/tcp -> 127.0.0.1:8082
443/tcp -> 0.0.0.0:8443" ]
    run -0 unroot port dns 80
    [ "$output" = $'127.0.0.1:8081\n127.0.0.1:8082' ]
    run -0 unroot container port dns 53/udp
    [ "$output" = 0.0.0.0:5300 ]
    run -1 unroot port dns 81
    [ "$output" = "unroot port: no public port 81/tcp is published for dns" ]
    run -125 unroot port dns http
    [[ "$output" == *"\"http\" is no port"* ]]
    run -1 unroot port no-such
    unroot stop -t 0 dns
    run -0 unroot port dns
    [ -z "$output" ]
}

@test "run -p with a range of host ports for one port takes the first free one" {
    serve host tcp 0.0.0.0 8000 busy
    web one -p 8000-8010:80
    web two -p 8000-8010:80
    run -0 unroot ps
    [[ "$output" == *"0.0.0.0:8001->80/tcp"* ]]
    [[ "$output" == *"0.0.0.0:8002->80/tcp"* ]]
    [ "$(eventually fetch outside http://192.0.2.1:8002/ && fetch outside http://192.0.2.1:8002/)" = hello ]
}

@test "two side by side: each with its port, and they reach each other" {
    web one -p 8080:80
    web two -p 8081:80
    eventually fetch outside http://192.0.2.1:8080/
    eventually fetch outside http://192.0.2.1:8081/
    run -0 unroot exec -i two nc -w 2 10.87.0.2 80 <<<$'GET / HTTP/1.0\r\n\r'
    run -0 unroot logs one
    [[ "$output" == *"10.87.0.3"* ]]
}

@test "a port that is taken: 125, the name of who has it, nothing left" {
    web web -p 8080:80
    run -125 unroot run --name late -p 8080:80 busybox true
    [[ "$output" == *"port 0.0.0.0:8080/tcp is already published by the container web"* ]]
    [[ "$(unroot ps)" != *late* ]]
    [ "$(host ip -o link | grep -c unroot0-)" = 1 ]
    unroot rm -f web
    serve host tcp 127.0.0.1 8080 busy
    run -125 unroot run --rm -p 8080:80 busybox true
    [[ "$output" == *"already in use by a program on this host"* ]]
    eventually machine_is_clean
}

@test "the host's loopback is not reached, by whatever address" {
    serve host tcp 127.0.0.1 9000 secret
    run -0 unroot run --rm busybox sh -c 'for a in 127.0.0.1 10.87.0.1 192.0.2.1; do nc -w 1 $a 9000 </bin/busybox; done; true'
    [[ "$output" != *secret* ]]
}

@test "--network none has lo alone; --network host is the host's; container: is another's" {
    run -0 unroot run --rm --network none busybox ip -o link
    [ "${#lines[@]}" = 1 ]
    [[ "$output" == *LOOPBACK,UP* ]]
    run -0 unroot run --rm --network host busybox ip -o link
    [[ "$output" == *cable* ]]
    machine_is_clean
    web web
    run -0 unroot run --rm --network container:web busybox ip -4 addr show eth0
    [[ "$output" == *"inet 10.87.0.2/16"* ]]
}

@test "--dns, --dns-search and --add-host" {
    run -0 unroot run --rm --dns 192.0.2.53 --dns-search a.example --add-host db:192.0.2.9 \
        --add-host up:host-gateway busybox cat /etc/resolv.conf /etc/hosts
    [[ "$output" == *"nameserver 192.0.2.53"* ]]
    [[ "$output" == *"search a.example"* ]]
    [[ "$output" == *"192.0.2.9	db"* ]]
    [[ "$output" == *"10.87.0.1	up"* ]]
    run -125 unroot run --rm --add-host db:nonsense busybox true
    [[ "$output" == *'"nonsense" is not an IP address'* ]]
}

@test "stop and start: the same port again" {
    web web -p 8080:80
    eventually fetch outside http://192.0.2.1:8080/
    unroot stop -t 0 web
    run ! fetch outside http://192.0.2.1:8080/
    unroot start web
    [ "$(eventually fetch outside http://192.0.2.1:8080/ && fetch outside http://192.0.2.1:8080/)" = hello ]
    unroot rm -f web
    eventually machine_is_clean
}

@test "kill -9 of the monitor: the next commands give the network back" {
    web web -p 8080:80
    eventually fetch outside http://192.0.2.1:8080/
    local pid
    for pid in $(pgrep -x unroot-monitor); do
        [ "$(readlink "/proc/$pid/ns/mnt")" = "$(readlink "/proc/$HOST_PID/ns/mnt")" ] && kill -9 "$pid"
    done
    unroot rm -f web
    eventually machine_is_clean
    web again -p 8080:80
    [ "$(eventually fetch outside http://192.0.2.1:8080/ && fetch outside http://192.0.2.1:8080/)" = hello ]
}

@test "twenty at once, started and removed" {
    local i pids=()
    for i in $(seq 20); do
        unroot run -d --name "c$i" -p "$((9100 + i)):80" busybox httpd -f -p 80 -h /www >/dev/null 3>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    for i in 1 7 20; do [ "$(eventually fetch outside "http://192.0.2.1:$((9100 + i))/" && fetch outside "http://192.0.2.1:$((9100 + i))/")" = hello ]; done
    unroot ps -q | xargs nsenter -t "$HOST_PID" -n -m -- "$UNROOT" rm -f >/dev/null
    eventually machine_is_clean
}
