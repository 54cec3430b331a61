#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Process 1: signals, reaping, exit statuses, the terminal, the end of everything.

bats_require_minimum_version 1.5.0
load common
setup() { prepare; }
teardown() { stop_leftovers; }

# All tests of tini's behaviour run in the three ways one gets there.
inits=("unroot-init -i app" "probe as 4711 4712 unroot-init --" "tini --")

@test "exit statuses: the child's, 128 + signal, remapped" {
    for init in "${inits[@]}"; do
        run jail $init sh -c 'exit 7'
        expect "$init" "$status" 7
        run jail $init probe die 15
        expect "$init" "$status" 143
        run jail $init probe die 9
        expect "$init" "$status" 137
        run -127 jail $init no-such-program
        run jail $init /etc/passwd
        expect "$init" "$status" 126
    done
    run jail unroot-init -i -e 143 -e 3 app probe die 15
    expect status "$status" 0
    run jail unroot-init -i -e 143 app sh -c 'exit 3'
    expect status "$status" 3
    run jail tini -e 9 -- sh -c 'exit 9'
    expect status "$status" 0
}

@test "the child is not process 1, and process 1 is who the child is" {
    run jail unroot-init -i app sh -c 'echo $$; grep -E "^(Uid|CapPrm|CapBnd)" /proc/1/status'
    [ "${lines[0]}" -gt 1 ]
    expect uid "${lines[1]}" "Uid:	1000	1000	1000	1000"
    expect permitted "${lines[2]}" "CapPrm:	0000000000000000"
    expect bounding "${lines[3]}" "CapBnd:	0000000000000000"
}

@test "started as root, tini itself is not root any more: 65532 with CAP_KILL alone" {
    for init in "tini" "dumb-init" "catatonit" "unroot-init --allow-root -i"; do
        start $init -- sh -c 'sleep 0.2; grep -E "^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|NoNew)" /proc/1/status'
        finish
        expect "$init" "$(field Uid)" "65532	65532	65532	65532"
        expect "$init" "$(field Gid)" "65532	65532	65532	65532"
        expect "$init" "$(field CapPrm)" 0000000000000020
        expect "$init" "$(field CapInh)" 0000000000000000
        expect "$init" "$(field NoNewPrivs)" 1
    done
    # and it can still pass a signal on to whoever the child became
    start tini -- gosu app probe receive 1 5
    await ready
    kill -TERM "$CONTAINER"
    finish
    expect status "$status" 5
    [[ "$output" == *"signal 15"* ]]
}

@test "without CAP_KILL it stays uid 0 and holds nothing" {
    start probe bound ,6,7, tini -- sh -c 'sleep 0.2; grep -E "^(Uid|CapPrm)" /proc/1/status'
    finish
    expect Uid "$(field Uid)" "0	0	0	0"
    expect CapPrm "$(field CapPrm)" 0000000000000000
}

@test "every signal but CHLD, KILL and STOP is passed on, the real-time ones too" {
    for init in "${inits[@]}"; do
        start $init probe receive 61 0
        await ready
        for n in $(seq 1 64); do
            case $n in 9|17|19) continue ;; esac
            kill -$n "$CONTAINER"
            # a stop signal takes back a SIGCONT that still waits: signal(7)
            [ $n != 18 ] || await '^signal 18$'
        done
        finish
        expect "$init" "$status" 0
        expect "$init" "$(grep -c '^signal' <<<"$output")" 61
        expect "$init" "$(grep '^signal' <<<"$output" | sort -u | wc -l)" 61
    done
}

@test "rewrites: another signal, or none" {
    start unroot-init -i -r TERM:QUIT -r HUP:0 -r SIGUSR1:RTMIN+2 app probe receive 2 0
    await ready
    kill -HUP "$CONTAINER"; kill -TERM "$CONTAINER"; await 'signal 3'
    kill -USR1 "$CONTAINER"
    finish
    expect signals "$(grep '^signal' <<<"$output" | tr '\n' ' ')" "signal 3 signal 36 "
    for bad in TERM "TERM:NOPE" "KILL:TERM" "CHLD:TERM" "TERM:65" ":" "99:1" "TERM:-1"; do
        run jail unroot-init -i -r "$bad" app true
        expect "$bad" "$status" 100
    done
    start dumb-init -r 15:2 -- probe receive 1 0
    await ready
    kill -TERM "$CONTAINER"
    finish
    [[ "$output" == *"signal 2"* ]]
}

await_both() {
    for _ in $(seq 250); do
        [ "$(grep -c ready "$OUT")" = 2 ] && return 0
        sleep 0.02
    done
    cat "$OUT"; return 1
}

@test "groups: alone, or everybody in the child's group" {
    start unroot-init -i app sh -c 'probe receive 1 & probe receive 1; wait'
    await_both
    kill -USR2 "$CONTAINER"    # kills the shell alone
    finish
    expect status "$status" 140
    expect "signals of others" "$(grep -c 'signal 12' <<<"$output")" 0
    for init in "unroot-init -ig app" "tini -g --" "dumb-init --" "catatonit -g --"; do
        start $init sh -c 'trap : USR2; probe receive 1 & probe receive 1; wait; exit 4'
        await_both
        kill -USR2 "$CONTAINER"
        finish
        expect "$init" "$(grep -c 'signal 12' <<<"$output")" 2
    done
}

@test "orphans are reaped at once, and nothing polls" {
    start unroot-init -i app sh -c 'probe orphans 200 50; echo started; sleep 0.6; ps | grep -c "\[probe\]"; sleep 0.2'
    await started
    sleep 0.3
    switches() { sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' "/proc/$CONTAINER/status"; }
    before=$(switches); sleep 0.2
    expect "wake-ups while idle" "$(($(switches) - before))" 0
    finish
    expect zombies "$(grep -cE '^[1-9]' <<<"$output")" 0
}

@test "subreaper: away from process 1 orphans come to us with -s" {
    run jail sh -c 'unroot-init -s -w -i app sh -c "probe orphans 1 50; sleep 0.2"; echo $?'
    [[ "$output" == *"reaped the orphan"* ]]
    run jail sh -c 'unroot-init -w -i app sh -c "probe orphans 1 50; sleep 0.2"; echo $?'
    [[ "$output" != *"reaped the orphan"* ]]
}

milliseconds() { date +%s%3N; }

@test "wait-all: ends with the last process, within 10 ms" {
    run jail unroot-init -i app sh -c 'sleep 5 & exit 3'    # without it: with the child
    expect status "$status" 3
    # Those left get SIGTERM, and the longest takes 300 ms over it.
    start unroot-init -i --wait-all app sh -c '(trap "sleep 0.3; date +%s%N | cut -c1-13 2>/dev/null; exit" TERM; while :; do sleep 0.05; done) & sleep 0.1; exit 3'
    finish
    expect status "$status" 3
    # the time of the last exit is measured by the process itself; see bench/init for the distribution
}

@test "wait-all: SIGTERM for what is left, SIGKILL when it does not go" {
    begin=$(milliseconds)
    start unroot-init -i --wait-all --kill-after 300ms app sh -c 'probe receive 1000 & sleep 0.1; exit 3'
    finish
    took=$(($(milliseconds) - begin))
    expect status "$status" 3
    [[ "$output" == *"signal 15"* ]]
    [ "$took" -ge 300 ] && [ "$took" -lt 1500 ]
    # as a subreaper elsewhere it must not touch anybody but its own
    run jail sh -c 'sleep 3 & unroot-init -i -s --wait-all --kill-after 200ms app sh -c "probe receive 1000 >/dev/null & sleep 0.1; exit 3"; echo status $?; kill -0 $! && echo alive'
    [[ "$output" == *"status 3"* ]]
    [[ "$output" == *"alive"* ]]
}

@test "drain: a SIGTERM is held back, a second one is not; what is left gets its time" {
    begin=$(milliseconds)
    start unroot-init -i --drain 400ms app probe receive 1 0
    await ready
    kill -TERM "$CONTAINER"
    sleep 0.2
    expect "signals so far" "$(grep -c signal "$OUT")" 0
    finish
    took=$(($(milliseconds) - begin))
    [ "$took" -ge 400 ]
    begin=$(milliseconds)
    start unroot-init -i --drain 30s app probe receive 1 0
    await ready
    kill -TERM "$CONTAINER"; sleep 0.1; kill -TERM "$CONTAINER"
    finish
    [ $(($(milliseconds) - begin)) -lt 5000 ]
    # the child ends by itself: the other has 2 s to end by itself as well, and takes 0.2
    start unroot-init -i --wait-all --drain 2s app sh -c '(sleep 0.2; echo by itself) & exit 0'
    finish
    [[ "$output" == *"by itself"* ]]
}

@test "LISTEN_PID names the child" {
    run jail sh -c 'exec 3</etc/group; export LISTEN_FDS=1 LISTEN_PID=$$; exec unroot-init -i app sh -c "echo \$LISTEN_PID \$\$ \$LISTEN_FDS; head -1 <&3"'
    [[ "${lines[0]}" =~ ^([0-9]+)\ ([0-9]+)\ 1$ ]]
    expect pids "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    expect descriptor "${lines[1]}" "root:x:0:app,toor"
    run jail sh -c 'export LISTEN_FDS=1 LISTEN_PID=4711; exec unroot-init -i app sh -c "echo [\$LISTEN_PID\$LISTEN_FDS]"'
    expect line "$output" "[]"
}

@test "the terminal: the child has it, and a stopped child does not hang the container" {
    command -v script >/dev/null || skip "needs script(1) for a terminal"
    # -c runs in a terminal of its own; ^Z would stop the child: process 1 wakes it again
    run timeout 10 script -qec "'$JAIL' '$ROOT' unroot-init -i app sh -c 'read line; echo got \$line; kill -TSTP \$\$; echo awake'" /dev/null <<<"hello"
    [[ "$output" == *"got hello"* ]]
    [[ "$output" == *"awake"* ]]
    run timeout 10 script -qec "'$JAIL' '$ROOT' tini -- gosu app sh -c 'read line; echo got \$line'" /dev/null <<<"hello"
    [[ "$output" == *"got hello"* ]]
    run timeout 10 script -qec "'$JAIL' '$ROOT' dumb-init -- gosu app sh -c 'read line; echo got \$line; tty 2>&1; stty -a >/dev/null && echo usable'" /dev/null <<<"hello"
    [[ "$output" == *"got hello"* && "$output" == *usable* ]]
}

@test "catatonit -P waits for the end" {
    start catatonit -P
    sleep 0.3
    kill -0 "$CONTAINER"
    kill -TERM "$CONTAINER"
    finish
    expect status "$status" 0
}

@test "as the engine's init (/dev/docker-init -- CMD): tini for everybody, whatever the environment says" {
    ln -s /sbin/unroot-init "$ROOT/bin/docker-init"
    run jail env PUID=1234 UMASK=077 FILE__X=/none docker-init -- probe state
    expect status "$status" 0
    expect Uid "$(field Uid)" "0	0	0	0"
    expect Umask "$(field Umask)" 0022
    run jail env PUID=1234 UMASK=077 FILE__X=/none probe as 4711 4712 docker-init -- probe state
    expect status "$status" 0
    expect Uid "$(field Uid)" "4711	4711	4711	4711"
    run jail env PUID=1234 UMASK=077 FILE__X=/none probe as 4711 4712 unroot-init -- probe state
    expect status "$status" 0
    expect Umask "$(field Umask)" 0022
    expect Seccomp "$(field Seccomp)" 0
}
