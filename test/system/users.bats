# SPDX-License-Identifier: Apache-2.0
# Who the payload is: inside, on the host, with which capabilities. Nobody is root on the host, ever.
load helpers

setup_file() {
    make_images
}

teardown() {
    remove_containers
}

# The Uid line of a container's process 1 on the host.
host_uid() {
    awk '/^Uid:/{print $3}' "/proc/$(unroot inspect -f '{{.State.Pid}}' "$1")/status"
}

@test "the image's user is taken: uid, gid, groups, HOME" {
    run -0 unroot run --rm busybox sh -c 'id -u; id -g; id -G; echo $HOME'
    [ "$output" = $'1000\n1000\n1000 44 109\n/home/app' ]
}

@test "-u: names, ids and groups as docker's rules say" {
    while IFS='|' read -r user uid gid groups; do
        run -0 unroot run --rm -u "$user" busybox sh -c 'id -u; id -g; id -G'
        [ "${lines[0]}|${lines[1]}|${lines[2]}" = "$uid|$gid|$groups" ] || { echo "$user: $output"; false; }
    done <<'TABLE'
app|1000|1000|1000 44 109
1000|1000|1000|1000 44 109
other|1001|1001|1001
app:app|1000|1000|1000
app:44|1000|44|44
1000:video|1000|44|44
1234|1234|1234|1234
1234:5|1234|5|5
TABLE
}

@test "-u with an empty user and a group is refused with the reason" {
    for user in : :1000; do
        run -125 unroot run --rm -u "$user" busybox true
        [[ $output == *root* ]]
    done
}

@test "--group-add host:NAME: the reason is told when a group of the host cannot be had" {
    run -125 unroot run --rm --group-add host:root busybox true
    [[ $output == *"host:root"*"group 0"* ]]
    run -125 unroot run --rm --group-add host:no-such-group busybox true
    [[ $output == *"no such group"* ]]
    echo 'far:x:70000:' >>/etc/group
    run -125 unroot run --rm --group-add host:far busybox true
    sed -i /^far:/d /etc/group
    [[ $output == *"host:far"*"70000"* ]]
}

@test "--privileged leaves no_new_privs to who asked for it" {
    run -0 unroot run --rm --privileged busybox grep NoNewPrivs /proc/self/status
    [[ $output == *$'NoNewPrivs:\t0'* ]]
    run -0 unroot run --rm --privileged --security-opt no-new-privileges=true busybox grep NoNewPrivs /proc/self/status
    [[ $output == *$'NoNewPrivs:\t1'* ]]
    run -0 unroot run --rm --privileged --security-opt no-new-privileges busybox grep NoNewPrivs /proc/self/status
    [[ $output == *$'NoNewPrivs:\t1'* ]]
}

@test "--group-add: numbers and names of the container" {
    run -0 unroot run --rm --group-add video --group-add 77 -u other busybox id -G
    [ "$output" = "1001 44 77" ]
}

@test "a user that is not root runs in mode none: uid 0 does not exist, no capability, no_new_privs" {
    run -0 unroot run --rm busybox sh -c 'cat /proc/self/uid_map; grep -E "^(Cap|NoNew|Seccomp:)" /proc/self/status'
    [[ ${lines[0]} != *" 0 "* || ${lines[0]} =~ ^\ +[1-9] ]]
    for set in CapInh CapPrm CapEff CapBnd CapAmb; do
        [[ $output == *"$set:"$'\t'0000000000000000* ]] || { echo "$set: $output"; false; }
    done
    [[ $output == *$'NoNewPrivs:\t1'* && $output == *$'Seccomp:\t2'* ]]
}

@test "the host sees an uid of the container's own range, never 0" {
    one=$(unroot run -d busybox sleep 100)
    two=$(unroot run -d busybox sleep 100)
    [ "$(host_uid "$one")" -gt 1879048192 ]
    [ "$(host_uid "$one")" != "$(host_uid "$two")" ]
}

@test "an image that must start as root gets a root that is nobody on the host, and it is said" {
    run -0 --separate-stderr unroot run --rm busybox-root id -u
    [ "$output" = 0 ]
    [[ $stderr == *"uid 0"* ]]
    id=$(unroot run -d -q busybox-root sleep 100)
    [ "$(host_uid "$id")" -ge 1879048192 ]
    [ "$(unroot inspect -f '{{.HostConfig.Privileged}}' "$id")" = false ]
}

@test "--root=none refuses an image that must start as root; --root=mapped gives app a map with uid 0" {
    run -125 unroot run --rm --root none busybox-root true
    [[ $output == *root* ]]
    run -0 --separate-stderr unroot run --rm --root mapped busybox sh -c 'id -u; cat /proc/self/uid_map'
    [ "${lines[0]}" = 1000 ]
    [[ ${lines[1]} =~ ^\ +0\  ]]
}

@test "mapped root has podman's eleven capabilities; --cap-drop and --cap-add change them" {
    run -0 unroot run -q --rm busybox-root grep CapEff /proc/self/status
    [ "$output" = $'CapEff:\t00000000800405fb' ]
    run -0 unroot run -q --rm --cap-drop ALL busybox-root grep CapEff /proc/self/status
    [ "$output" = $'CapEff:\t0000000000000000' ]
    run -0 unroot run -q --rm --cap-drop ALL --cap-add net_raw busybox-root grep CapEff /proc/self/status
    [ "$output" = $'CapEff:\t0000000000002000' ]
}

@test "--cap-add works for a user that is not root" {
    run -0 unroot run --rm --cap-add NET_ADMIN,CAP_CHOWN busybox grep -E 'CapEff|CapAmb' /proc/self/status
    [ "$output" = $'CapEff:\t0000000000001001\nCapAmb:\t0000000000001001' ]
}

@test "the same capability added and dropped is refused" {
    run -125 unroot run --rm --cap-add KILL --cap-drop KILL busybox true
    [[ $output == *KILL* ]]
}

@test "--userns=host with uid 0 is refused" {
    run -125 unroot run --rm --userns host busybox-root true
    [[ $output == *root* ]]
}

@test "a uid without an entry gets a passwd line" {
    run -0 unroot run --rm -u 4321 busybox sh -c 'grep 4321 /etc/passwd && ! sh -c ": >>/etc/passwd" 2>/dev/null'
    [[ $output == *":4321:"* ]]
}

@test "low ports need no capability" {
    run -0 unroot run --rm --network none busybox sh -c 'timeout 1 nc -l -p 80; [ $? = 143 -o $? = 124 ] && echo bound'
    [[ $output == *bound* ]]
}

@test "/dev/stdout can be opened by the container's user" {
    run -0 unroot run --rm busybox sh -c 'echo works >/dev/stdout'
    [ "$output" = works ]
}

@test "top shows users inside and outside, and powers" {
    id=$(unroot run -d --cap-add KILL busybox sleep 100)
    run -0 unroot top "$id"
    [[ ${lines[0]} =~ ^USER\ +HUSER\ +HGROUP\ +PID\ +HPID\ +CAPEFF\ +NNP\ +ELAPSED\ +TIME\ +COMMAND$ ]]
    read -r user huser hgroup pid hpid capeff nnp rest <<<"${lines[1]}"
    [ "$user" = 1000 ] && [ "$huser" -gt 1879048192 ] && [ "$pid" = 1 ] && [ "$capeff" = KILL ] && [ "$nnp" = yes ]
    [ "$hpid" = "$(unroot inspect -f '{{.State.Pid}}' "$id")" ]
    run -0 unroot top "$id" user,args pid
    [ "${lines[1]}" = "1000      sleep 100   1" ]
}

@test "first commands at the same time register the pool once" {
    local round i pids
    for round in 1 2 3 4 5; do
        sed -i /^unroot:/d /etc/subuid /etc/subgid
        pids=
        for i in 1 2 3 4 5 6; do
            "$UNROOT" setup 3>&- 4>&- &
            pids="$pids $!"
        done
        for i in $pids; do
            wait "$i"
        done
        [ "$(grep -c ^unroot: /etc/subuid /etc/subgid)" = $'/etc/subuid:1\n/etc/subgid:1' ]
    done
}

@test "the first container registers the pool of ids and says so once; setup does it alone" {
    sed -i /^unroot:/d /etc/subuid /etc/subgid
    run -0 --separate-stderr unroot run --rm --network none busybox true
    [[ $stderr == *"registered "*" ids from "*"/etc/subuid"* ]]
    [ "$(grep -c ^unroot: /etc/subuid /etc/subgid)" = $'/etc/subuid:1\n/etc/subgid:1' ]
    run -0 --separate-stderr unroot run --rm --network none busybox true
    [ -z "$stderr" ]
    sed -i /^unroot:/d /etc/subuid /etc/subgid
    run -0 unroot setup
    [[ $output == *"/var/lib/unroot"*"ranges of 65536 from "* ]]
    grep -q ^unroot: /etc/subuid
}
