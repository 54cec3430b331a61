#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# unroot-init up: every behaviour of supervision, as root and as an arbitrary uid.

bats_require_minimum_version 1.5.0
load common
setup() {
    prepare
    chmod 1777 "$ROOT/data"
}
teardown() { stop_leftovers; }

configure() { cat > "$ROOT/etc/unroot.conf"; }

milliseconds() { date +%s%3N; }

# Each of these tests runs twice: started as root, and as a uid that no file knows.
both=("" "probe as 4711 4712")

@test "the configuration must be root's, and nobody else may write it" {
    echo '[a] run = true' | configure
    for change in "chmod 664" "chmod 646" "chown 1000"; do
        $change "$ROOT/etc/unroot.conf"
        run jail unroot-init up
        expect "$change" "$status" 100
        chmod 644 "$ROOT/etc/unroot.conf"; chown 0 "$ROOT/etc/unroot.conf"
    done
    printf 'user = app\n[a] run = true\n' | configure
    run jail unroot-init up
    expect status "$status" 0
}

@test "a configuration that is wrong is refused with file, line and reason" {
    check_bad() {
        configure
        run jail unroot-init up
        expect "$1" "$status" 100
        [[ "$output" == *"/etc/unroot.conf"*"$1"* ]] || { echo "wanted: $1"; echo "$output"; return 1; }
    }
    check_bad "no service" <<<""
    check_bad ":2: unknown key \"usr\"" <<<$'user = app\nusr = x\n[a] run = true'
    check_bad "no run" <<<"[a] user = app"
    check_bad "needs b" <<<"[a] run = true need = b"
    check_bad "circle" <<<$'[a] run = true need = b\n[b] run = true need = a'
    check_bad "itself" <<<"[a] run = true need = a"
    check_bad "two services called a" <<<$'[a] run = true\n[a] run = true'
    check_bad "set twice" <<<"[a] run = true run = false"
    check_bad "two services are main" <<<$'[a] run = true main = yes\n[b] run = true main = yes'
    check_bad "quote" <<<"[a] run = 'true"
    check_bad "ready" <<<"[a] run = true ready = tcp:0"
    check_bad "is no time" <<<"[a] run = true stop = TERM 1.5s"
    check_bad "log" <<<"[a] run = true log = relative"
    check_bad "listen" <<<"[a] run = true listen = 70000"
    check_bad "runs once" <<<"[a] run = true once = yes main = yes"
}

@test "nobody named: 99, and root by name, too" {
    echo '[a] run = true' | configure
    run jail unroot-init up
    expect status "$status" 99
    printf 'user = root\n[a] run = true\n' | configure
    run jail unroot-init up
    expect status "$status" 99
    printf 'user = app\n[a] run = true user = toor\n' | configure
    run jail unroot-init up
    expect status "$status" 99
    printf 'user = app\n[a] run = true\n' | configure
    run jail env PUID=0 unroot-init up
    expect status "$status" 99
}

@test "from the start on, no process has uid 0 or a capability" {
    configure <<'C'
user = app
own = /data
listen = 80
[one] run = sh -c 'echo done' once = yes
[db]  run = sh -c 'while :; do sleep 0.05; done' user = www ready = exec:true
[web] run = sh -c 'probe notify READY=1; while :; do cat /proc/self/status >/dev/null; sleep 0.05; done' need = db one main = yes ready = notify health = exec:true 100ms
[bad] run = sh -c 'sleep 0.2; exit 1' restart = always 50ms..100ms give-up never
C
    start unroot-init up
    run timeout 20 python3 "$SAMPLER" "$CONTAINER" 3
    expect findings "$(grep -c ':' <<<"$output")" 0
    [[ "$output" =~ samples\ ([0-9]+)\ processes\ ([0-9]+) ]]
    [ "${BASH_REMATCH[1]}" -ge 500 ] && [ "${BASH_REMATCH[2]}" -ge 20 ]
    kill -TERM "$CONTAINER"; finish
    # the sampler does find what it looks for
    start sh -c 'sleep 3 & exec unroot-init app sleep 2'
    run timeout 20 python3 "$SAMPLER" "$CONTAINER" 0.5
    [[ "$output" == *"sleep: Uid:"* && "$output" == *"sleep: CapPrm:"* ]]
}

@test "processes: who is who" {
    configure <<'C'
user = app
[a] run = sleep 100
[b] run = sleep 100 user = www
C
    start unroot-init up
    sleep 0.5
    ids=$(for p in $(pgrep --ns "$CONTAINER" --nslist pid .); do echo "$(cat /proc/$p/comm):$(awk '/^Uid/{print $2}' /proc/$p/status)"; done | sort | tr '\n' ' ')
    expect processes "$ids" "sleep:1000 sleep:33 unroot-init:1000 unroot-init:33 unroot-init:65532 "
    for p in $(pgrep --ns "$CONTAINER" --nslist pid .); do
        expect "no_new_privs of $p" "$(awk '/NoNewPrivs/{print $2}' /proc/$p/status)" 1
        expect "descriptors of $p" "$([ "$(ls /proc/$p/fd | wc -l)" -le 12 ] && echo few)" few
    done
    kill -TERM "$CONTAINER"; finish
}

@test "dependencies wait for readiness: newline, notify, tcp, http, file, exec" {
    mkdir -p "$ROOT/www"; echo fine > "$ROOT/www/healthz"
    for as in "${both[@]}"; do
        configure <<'C'
user = app
[fd]     run = sh -c 'sleep 0.2; echo "fd ready"; echo >&5; exec sleep 100' ready = fd:5
[notify] run = sh -c 'sleep 0.2; echo "notify ready"; probe notify READY=1; exec sleep 100' ready = notify need = fd
[tcp]    run = sh -c 'sleep 0.2; echo "tcp ready"; exec nc -ll -p 7001 -e cat' ready = tcp:7001 need = notify
[http]   run = sh -c 'sleep 0.2; echo "http ready"; exec httpd -f -p 7002 -h /www' ready = http:7002/healthz need = tcp
[file]   run = sh -c 'rm -f /data/up; sleep 0.2; echo "file ready"; touch /data/up; exec sleep 100' ready = file:/data/up need = http
[exec]   run = sh -c 'rm -f /data/ex; sleep 0.2; echo "exec ready"; touch /data/ex; exec sleep 100' ready = exec:ls /data/ex need = file
[main]   run = echo all there   need = exec   main = yes
C
        rm -f "$ROOT/data/up" "$ROOT/data/ex"
        run timeout 20 "$JAIL" "$ROOT" $as unroot-init up
        expect "as ($as)" "$status" 0
        expect order "$(grep -E 'ready$|all there' <<<"$output" | sed 's/.*\] //' | tr '\n' ',')" "fd ready,notify ready,tcp ready,http ready,file ready,exec ready,all there,"
    done
}

@test "not ready in time is a failure" {
    for as in "${both[@]}"; do
        configure <<'C'
user = app
[a] run = sleep 100   ready = file:/never 200ms   restart = never
C
        run timeout 10 "$JAIL" "$ROOT" $as unroot-init up
        expect "$as" "$status" 143
        [[ "$output" == *"not ready after 200 ms"* ]]
    done
}

@test "readiness is not believed from somebody else" {
    configure <<'C'
user = app
[a]     run = sh -c 'echo $NOTIFY_SOCKET > /data/name; exec sleep 100' ready = notify 1500ms restart = never
[liar]  run = sh -c 'sleep 0.3; NOTIFY_SOCKET=$(cat /data/name) probe notify READY=1; echo lied; exec sleep 100' user = www
[after] run = echo believed need = a
C
    run timeout 10 "$JAIL" "$ROOT" unroot-init up
    [[ "$output" == *lied* ]]
    [[ "$output" != *believed* ]]
}

@test "restarts: the wait grows, starts anew after a good run, and there is an end" {
    for as in "${both[@]}"; do
        configure <<'C'
user = app
[a] run = sh -c 'date +%s%N | cut -c1-13 >> /data/starts; exit 3'   restart = failure 100ms..400ms give-up 5/60s
C
        rm -f "$ROOT/data/starts"
        ln -sf busybox "$ROOT/bin/date"; ln -sf busybox "$ROOT/bin/cut"
        begin=$(milliseconds)
        run timeout 10 "$JAIL" "$ROOT" $as unroot-init up
        took=$(($(milliseconds) - begin))
        expect "$as" "$status" 3
        expect starts "$(wc -l < "$ROOT/data/starts")" 5
        [[ "$output" == *"giving up"* ]]
        [ "$took" -ge 1100 ] && [ "$took" -lt 4000 ]    # 100 + 200 + 400 + 400
    done
}

@test "restarts: only on failure, always, never" {
    for row in "failure:0:1" "failure:1:3" "always:0:3" "never:1:1"; do
        IFS=: read -r when code starts <<<"$row"
        rm -f "$ROOT/data/starts"
        configure <<C
user = app
[a] run = sh -c 'echo x >> /data/starts; exit $code'   restart = $when 10ms..20ms give-up 3/60s
C
        run timeout 10 "$JAIL" "$ROOT" unroot-init up
        expect "$row" "$(wc -l < "$ROOT/data/starts")" "$starts"
    done
}

@test "once: success lets others start, failure stops all, unless it may fail" {
    for as in "${both[@]}"; do
        configure <<'C'
user = app
[m]   run = sh -c 'echo migrating; exit 4'   once = yes
[web] run = echo started   need = m   main = yes
C
        run timeout 10 "$JAIL" "$ROOT" $as unroot-init up
        expect "$as" "$status" 4
        [[ "$output" != *"[web] started"* ]]
        sed -i 's/once = yes/once = may-fail/' "$ROOT/etc/unroot.conf"
        run timeout 10 "$JAIL" "$ROOT" $as unroot-init up
        expect "$as" "$status" 0
        [[ "$output" == *started* ]]
    done
}

@test "the main service's end is the container's, with its status" {
    for as in "${both[@]}"; do
        configure <<'C'
user = app
[other] run = sleep 100
[web]   run = sh -c 'sleep 0.3; exit 42'   main = yes
C
        run timeout 10 "$JAIL" "$ROOT" $as unroot-init up
        expect "$as" "$status" 42
        printf 'user = app\n[only] run = probe die 9\n' | configure
        run timeout 10 "$JAIL" "$ROOT" $as unroot-init up
        expect "$as" "$status" 137
        printf 'user = app\n[only] run = no-such-program\n' | configure
        run -127 timeout 10 "$JAIL" "$ROOT" $as unroot-init up
    done
}

@test "stop: the reverse of the start, each with its signal" {
    for as in "${both[@]}"; do
        configure <<'C'
user = app
[a] run = sh -c 'trap "echo a stops; exit" TERM; touch /data/a; while :; do sleep 0.05; done'   ready = file:/data/a
[b] run = sh -c 'trap "sleep 0.2; echo b stops; exit" QUIT; touch /data/b; while :; do sleep 0.05; done'   need = a  stop = QUIT  ready = file:/data/b
[c] run = sh -c 'trap "sleep 0.2; echo c stops; exit" USR1; echo running; touch /data/c; while :; do sleep 0.05; done'   need = b  stop = USR1 5s ready = file:/data/c
C
        rm -f "$ROOT"/data/[abc]
        start $as unroot-init up
        await running; sleep 0.3
        kill -TERM "$CONTAINER"
        finish
        expect "$as" "$(grep stops "$OUT" | sed 's/.*\] //' | tr '\n' ',')" "c stops,b stops,a stops,"
        expect status "$status" 0
    done
}

@test "stop: the drain delay, and SIGKILL for who does not go" {
    configure <<'C'
user = app
[a] run = probe receive 1000   stop = TERM 300ms after 400ms
C
    start unroot-init up
    await ready
    begin=$(milliseconds)
    kill -TERM "$CONTAINER"
    sleep 0.2
    early=$(grep -c signal "$OUT") || true
    [ $(($(milliseconds) - begin)) -ge 400 ] || expect "signals so far" "$early" 0 # else the machine is slower than the delay
    finish
    took=$(($(milliseconds) - begin))
    expect status "$status" 137
    [ "$took" -ge 700 ] && [ "$took" -lt 5000 ]
    # a second one is in a hurry
    configure <<'C'
user = app
[a] run = probe receive 1 7   stop = TERM 30s after 30s
C
    start unroot-init up
    await ready
    kill -TERM "$CONTAINER"; sleep 0.1; kill -TERM "$CONTAINER"
    finish
    expect status "$status" 7
}

@test "stop: the container is gone within 10 ms of the last exit" {
    # The last process says the time as the last thing it does; an observer waits for process 1 by pidfd.
    printf 'user = app\n[a] run = probe last\n[b] run = sleep 100\n' | configure
    for words in "unroot-init up" "unroot-init -i --wait-all app probe last"; do
        best=999999
        for _ in 1 2 3 4 5 6 7 8; do
            start $words
            await running
            end=$(timeout 10 python3 -c '
import os, select, signal, sys, time
fd = os.pidfd_open(int(sys.argv[1]))
signal.pidfd_send_signal(fd, signal.SIGTERM)
select.select([fd], [], [])
print(time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)' "$CONTAINER")
            finish
            gap=$((end - $(sed -n 's/.*last //p' "$OUT")))
            [ "$gap" -ge "$best" ] || best=$gap
        done
        echo "best gap $best us"
        [ "$best" -ge 0 ] && [ "$best" -le 10000 ]
    done
}

@test "what a service leaves behind ends with it" {
    for as in "${both[@]}"; do
        configure <<'C'
user = app
[a] run = sh -c 'sleep 77 & (sleep 78 &) ; exit 1'  restart = failure 100ms..100ms give-up 3/60s
[b] run = sleep 100
C
        start $as unroot-init up
        await 'giving up'
        expect "$as" "$(pgrep --ns "$CONTAINER" --nslist pid -fc 'sleep 7[78]' || true)" 0
        finish
        expect status "$status" 1
    done
}

@test "signals that do not end go to the main service" {
    configure <<'C'
user = app
[other] run = probe receive 1 5
[web]   run = probe receive 2 6   main = yes
C
    start unroot-init up
    await 'web\] ready'; await 'other\] ready'
    kill -HUP "$CONTAINER"; kill -USR1 "$CONTAINER"
    finish
    expect status "$status" 6
    [[ "$output" == *"[web] signal 1"* && "$output" == *"[web] signal 10"* && "$output" != *"[other] signal 1"$'\n'* ]]
}

@test "health: a service that is not well is restarted; check and ctl say so" {
    for as in "${both[@]}"; do
        configure <<'C'
user = app
[a]   run = sh -c 'touch /data/well; echo begun; exec sleep 100'  health = exec:ls /data/well 100ms x2  restart = failure 50ms..100ms
[web] run = sh -c 'sleep 0.6; unroot-init check; echo check $?; rm /data/well; sleep 0.15; sleep 1; unroot-init ctl status a; exit 0' main = yes
C
        rm -f "$ROOT/data/well"
        run timeout 15 "$JAIL" "$ROOT" $as unroot-init up
        expect "$as" "$status" 0
        [[ "$output" == *"check 0"* ]]
        [[ "$output" == *"not healthy 2 times"* ]]
        expect starts "$(grep -c begun <<<"$output")" 2
        [[ "$output" == *"[web] a ready pid "*"starts 2"* ]]
    done
}

@test "check: 1 while something is not ready, for a service that is not there, and without process 1" {
    configure <<'C'
user = app
[slow] run = sleep 100 ready = file:/never
[web]  run = sh -c 'sleep 0.3; unroot-init check; echo all $?; unroot-init check slow; echo slow $?; unroot-init check web; echo web $?; unroot-init check none; echo none $?' main = yes
C
    run timeout 10 "$JAIL" "$ROOT" unroot-init up
    [[ "$output" == *"all 1"*"slow 1"*"web 0"*"none 1"* ]]
    run jail unroot-init check
    expect status "$status" 1
}

@test "ctl: stop and restart, by root and the service's user alone" {
    configure <<'C'
user = app
[db]  run = sh -c 'echo db begins; exec sleep 100' user = www
[w]   run = sh -c 'echo w begins; exec sleep 100'
[web] run = sh -c 'sleep 0.3; unroot-init ctl stop db; echo foreign $?; unroot-init ctl restart w; echo own $?; sleep 0.3; unroot-init ctl stop w; sleep 0.3; unroot-init ctl status w; unroot-init ctl restart w; sleep 0.3; unroot-init ctl status' main = yes
C
    run timeout 10 "$JAIL" "$ROOT" unroot-init up
    expect status "$status" 0
    [[ "$output" == *"db belongs to uid 33"*"foreign 1"*"own 0"* ]]
    expect "db starts" "$(grep -c 'db begins' <<<"$output")" 1
    expect "w starts" "$(grep -c 'w begins' <<<"$output")" 3
    [[ "$output" == *"[web] w ended"*"[web] w ready"* ]]
}

@test "listen: bound as root, below 1024, handed on with LISTEN_FDS, names and pid" {
    configure <<'C'
user = app
listen = 80 127.0.0.1:443
[other] run = sh -c 'echo "fds $LISTEN_FDS"; exec sleep 100' listen = unix:/data/sock
[web]   run = sh -c 'sleep 0.2; [ $$ = $LISTEN_PID ] && echo "$LISTEN_FDS $LISTEN_FDNAMES"; readlink /proc/self/fd/3; readlink /proc/self/fd/4; ls /proc/$$/fd | tr "\n" " "; grep -c :0050 /proc/net/tcp6; stat -c %u:%a /data/sock' main = yes
C
    ln -sf busybox "$ROOT/bin/tr"
    run timeout 10 "$JAIL" "$ROOT" unroot-init up
    expect status "$status" 0
    [[ "$output" == *"[web] 2 80:127.0.0.1-443"* ]]
    [[ "$output" == *"[other] fds 1"* ]]
    expect sockets "$(grep -c 'socket:' <<<"$output")" 2
    [[ "$output" == *"[web] 1000:660"* ]]
    run timeout 10 "$JAIL" "$ROOT" sh -c 'echo 1024 > /proc/sys/net/ipv4/ip_unprivileged_port_start; exec probe as 4711 4711 unroot-init up'
    expect status "$status" 111
    [[ "$output" == *"listening on 80"* ]]
}

@test "logs: rotated, without losing a line, also across a restart" {
    for as in "${both[@]}"; do
        rm -rf "$ROOT/data/log"
        configure <<'C'
user = app
[a] run = sh -c 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i of $$ ........................................"; done; exit 1'  log = /data/log 50x10k  restart = failure 10ms..10ms give-up 2/60s
C
        run timeout 20 "$JAIL" "$ROOT" $as unroot-init up
        expect "$as" "$status" 1
        [ "$(ls "$ROOT/data/log" | wc -l)" -ge 20 ]
        expect lines "$(cat "$ROOT"/data/log/a.log* | wc -l)" 6000
        expect "lines that are whole" "$(cat "$ROOT"/data/log/a.log* | grep -cE '^line [0-9]+ of [0-9]+ \.{40}$')" 6000
        expect "distinct ones" "$(cat "$ROOT"/data/log/a.log* | sort -u | wc -l)" 6000
        for file in "$ROOT"/data/log/a.log*; do [ "$(stat -c %s "$file")" -le 10240 ]; done
    done
    # not more files than told
    sed -i 's/50x10k/3x10k/' "$ROOT/etc/unroot.conf"; rm -rf "$ROOT/data/log"
    run timeout 20 "$JAIL" "$ROOT" unroot-init up
    expect files "$(ls "$ROOT/data/log" | tr '\n' ' ')" "a.log a.log.1 a.log.2 "
}

@test "a planted log link or folder is not followed; the lines come out all the same" {
    mkdir -p "$ROOT/data/log"; ln -s /etc/passwd "$ROOT/data/log/a.log"; chown -R 1000:1000 "$ROOT/data"
    printf 'user = app\n[a] run = echo here log = /data/log\n' | configure
    run timeout 10 "$JAIL" "$ROOT" unroot-init up
    [[ "$output" == *here* ]]
    expect passwd "$(grep -c here "$ROOT/etc/passwd")" 0
}

@test "output: prefixed only with more than one service; long and unfinished lines are whole" {
    printf 'user = app\n[a] run = sh -c "echo plain; printf unfinished"\n' | configure
    run timeout 10 "$JAIL" "$ROOT" unroot-init up
    expect output "$output" "plain"$'\n'"unfinished"
    configure <<'C'
user = app
[a] run = sh -c 'head -c 9000 /dev/zero | tr "\0" x; echo; printf unfinished'  once = yes
[b] run = sh -c 'echo to stderr >&2' need = a
C
    ln -sf busybox "$ROOT/bin/tr"
    run timeout 10 "$JAIL" "$ROOT" unroot-init up
    [[ "$output" == *"[a] unfinished"*"[b] to stderr"* ]]
    expect "characters" "$(tr -cd x <<<"$output" | wc -c)" 9000
}

@test "as a non-root user, read-only, without /run and /tmp, noexec, under no_new_privs: the same file works" {
    configure <<'C'
user = app
own = /data from=root
[db]  run = sh -c 'sleep 0.1; probe notify READY=1; exec sleep 100'   user = www   ready = notify
[web] run = sh -c 'id -u; unroot-init check db; echo check $?'   need = db   main = yes
C
    for options in "" -r -n "-r -x"; do
        [ -d "$ROOT/run" ] || mkdir "$ROOT/run" "$ROOT/tmp"
        run timeout 10 "$JAIL" $options "$ROOT" probe as 4711 4712 unroot-init up
        expect "($options)" "$status" 0
        expect lines "$(grep -c 'users and ownership stay as they are' <<<"$output")" 1
        [[ "$output" == *"[web] 4711"*"[web] check 0"* ]]
    done
    # and as root with the same restrictions
    for options in "" -r -n "-r -x"; do
        [ -d "$ROOT/run" ] || mkdir "$ROOT/run" "$ROOT/tmp"
        run timeout 10 "$JAIL" $options "$ROOT" unroot-init up
        expect "root ($options)" "$status" 0
        [[ "$output" == *"[web] 1000"*"[web] check 0"* ]]
    done
}

@test "own, PUID and from: before anything starts" {
    mkdir -p "$ROOT/data/a"; touch "$ROOT/data/a/f" "$ROOT/data/w"; chown 33 "$ROOT/data/w"
    chown root "$ROOT/data"
    printf 'user = app\nown = /data from=root,app\nown = /missing\n[a] run = sh -c "id -u; stat -c %%u /data/a/f /data/w"\n' | configure
    run timeout 10 "$JAIL" "$ROOT" env PUID=1234 unroot-init up
    expect status "$status" 0
    expect ids "$(tail -3 <<<"$output" | tr '\n' ' ')" "1234 1234 33 "
    [[ "$output" == *"/missing"* ]]
}

@test "explain: says it all, changes nothing" {
    configure <<'C'
user = app
own = /data
listen = 80
[web] run = true
C
    before=$(find "$ROOT" -newermt '2000-01-01' -printf '%p %U:%G %m %T@\n' | sort | sha256sum)
    run jail env PUID=1234 unroot-init explain
    expect status "$status" 0
    [[ "$output" == *"service web: uid 1234 gid 1000"* ]]
    [[ "$output" == *"would change"* ]]
    [[ "$output" == *"NET_BIND_SERVICE: held"* ]]
    expect "owner of /data" "$(stat -c %u "$ROOT/data")" 0
    expect passwd "$(cmp "$ROOT/etc/passwd" "$TEMPLATE/etc/passwd" && echo same)" same
    run jail unroot-init explain app:video
    [[ "$output" == *"would run as: uid 1000 gid 44"* ]]
    run jail unroot-init explain root
    expect status "$status" 99
}

@test "a stub that is killed takes the container down, not up" {
    configure <<'C'
user = app
[a]   run = sleep 100
[web] run = sh -c 'sleep 0.3; kill -9 $PPID; sleep 100' main = yes
C
    run timeout 10 "$JAIL" "$ROOT" unroot-init up
    expect status "$status" 111
    [[ "$output" == *"supervisor of web is gone"* ]]
}

@test "process 1 has an id that no service has" {
    printf 'user = 65532\n[a] run = grep Uid /proc/1/status\n[b] run = sh -c "sleep 0.3; id -u" user = 65531 main = yes\n' | configure
    run timeout 10 "$JAIL" "$ROOT" unroot-init up
    expect status "$status" 0
    [[ "$output" == *"[a] Uid:	65530	65530	65530	65530"* ]]
}

@test "a socket below a planted link is not bound, and nothing is removed there" {
    mkdir "$ROOT/data/dir" "$ROOT/secret"; ln -s /secret "$ROOT/data/dir/sub"; chown -h 1000:1000 "$ROOT/data/dir/sub"
    python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$ROOT/secret/sock"
    printf 'user = app\n[a] run = true listen = unix:/data/dir/sub/sock\n' | configure
    run timeout 10 "$JAIL" "$ROOT" unroot-init up
    expect status "$status" 111
    expect owner "$(stat -c %u:%F "$ROOT/secret/sock")" "0:socket"
    printf 'user = app\n[a] run = stat -c %%u:%%a /data/dir/sock listen = unix:/data/dir/sock dir = /data\n' | configure
    for _ in 1 2; do # the second time an old socket is in the way
        run timeout 10 "$JAIL" "$ROOT" unroot-init up
        expect output "$output" "1000:660"
    done
}
