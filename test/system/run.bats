# SPDX-License-Identifier: Apache-2.0
# `run` and `create`: exit codes, streams, ids, names, files of ids, detaching, what a failed run leaves.
load helpers

setup_file() {
    make_images
}

teardown() {
    remove_containers
}

@test "run --rm gives output, exit code 0 and leaves nothing" {
    run -0 --separate-stderr unroot run --rm busybox echo hello
    [ "$output" = hello ]
    [ -z "$stderr" ]
    [ -z "$(unroot ps -aq)" ]
}

@test "the exit code is the payload's" {
    for code in 0 1 3 42 125 126 127 255; do
        run -$code unroot run --rm busybox sh -c "exit $code"
    done
}

@test "128 + N when a signal ended it" {
    run -137 unroot run --rm --init busybox sh -c 'kill -KILL $$'
    run -143 unroot run --rm --init busybox sh -c 'kill -TERM $$'
}

@test "127 for a command that is not there, 126 for one that cannot be executed; no container stays" {
    run -127 unroot run --rm busybox /no/such/program
    [[ $output == "unroot run: "*"/no/such/program"* ]]
    run -127 unroot run busybox no-such-program
    [[ $output == *"no-such-program"* ]]
    run -126 unroot run busybox /etc/passwd
    [[ $output == *"/etc/passwd"* ]]
    run -126 unroot run busybox /etc
    [ -z "$(unroot ps -aq)" ]
}

@test "125 for an image that is not there and may not be pulled" {
    run -125 unroot run --rm --pull never nginx:1.27
    [ "${#lines[@]}" = 1 ]
    [[ $output == *"no such image: nginx:1.27 (--pull never)"* ]]
    run -125 unroot run --rm --pull never Nginx
    [[ $output == *'"Nginx": invalid reference format: repository name (library/Nginx) must be lowercase'* ]]
    run -125 unroot run --rm --name 'a b' nginx:1.27 # judged before anything is pulled
    [[ $output == "unroot run: invalid container name a b: "* ]]
    run -1 unroot rmi Nginx
    [[ $output == *"no such image: Nginx: invalid reference format: "*"must be lowercase" ]]
    run -125 unroot run 'NOT A REFERENCE'
    [ "${#lines[@]}" = 1 ]
}

@test "125 for a value that cannot be comes before the image is looked for" {
    run -125 unroot run --pull always --memory 12q no.such.registry.invalid/image
    [[ ${#lines[@]} = 1 && $output == *"--memory=12q: a size such as"* ]]
    run -125 unroot create -v relative no.such.registry.invalid/image
    [[ ${#lines[@]} = 1 && $output == *"mount path must be absolute"* ]]
}

@test "125 for a value that cannot be, in one line that names it, and no container stays" {
    while IFS='|' read -r flags word; do
        run -125 unroot run $flags busybox true
        [ "${#lines[@]}" -le 2 ] || { echo "$flags: $output"; false; }
        [[ $output == *"$word"* ]] || { echo "$flags: $output"; false; }
    done <<'TABLE'
-u nobody-here|nobody-here
-u app:nogroup-here|nogroup-here
--group-add nogroup-here|nogroup-here
--cap-add NO_SUCH_CAP|NO_SUCH_CAP
--memory lots|lots
--cpus many|many
--ulimit nofile|nofile
--ulimit nosuch=1|nosuch
--sysctl kernel.panic=1|kernel.panic
--stop-signal NOPE|NOPE
--network no-such-network|not there yet
--userns nope|nope
--root everything|everything
--mount type=bind,src=/no/such/folder,dst=/x|/no/such/folder
-v a:relative|relative
--mount type=nope,dst=/x|nope
--tmpfs relative|relative
--device /dev/no-such-device|/dev/no-such-device
--name -bad-|-bad-
--umask 9|9
--security-opt nope=1|nope
-p nonsense|nonsense
--detach-keys ctrl-!|ctrl-!
TABLE
    [ -z "$(unroot ps -aq)" ]
}

@test "standard error and standard output stay apart" {
    run -0 --separate-stderr unroot run --rm busybox sh -c 'echo out; echo err >&2'
    [ "$output" = out ]
    [ "$stderr" = err ]
}

@test "-i passes standard input, without -i it is empty" {
    run -0 bash -c 'echo through | "$UNROOT" run --rm -i busybox cat'
    [ "$output" = through ]
    run -0 bash -c 'echo through | "$UNROOT" run --rm busybox cat'
    [ -z "$output" ]
}

@test "a megabyte goes in and comes out whole" {
    head -c 1048576 /dev/urandom >"$BATS_TEST_TMPDIR/data"
    "$UNROOT" run --rm -i busybox cat <"$BATS_TEST_TMPDIR/data" >"$BATS_TEST_TMPDIR/copy"
    cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/copy"
}

@test "-a chooses the streams" {
    run -0 --separate-stderr unroot run --rm -a stdout busybox sh -c 'echo out; echo err >&2'
    [ "$output" = out ]
    [ -z "$stderr" ]
    run -0 --separate-stderr unroot run --rm -a stderr busybox sh -c 'echo out; echo err >&2'
    [ -z "$output" ]
    [ "$stderr" = err ]
}

@test "-d prints the whole id and goes back at once" {
    run -0 --separate-stderr unroot run -d --name "$(name)" busybox sleep 100
    [[ $output =~ ^[0-9a-f]{64}$ ]]
    [ "$(unroot ps -q --no-trunc)" = "$output" ]
}

@test "-d --rm removes the container when it ends" {
    id=$(unroot run -d --rm busybox sh -c 'sleep 0.3')
    eventually bash -c '[ -z "$("$UNROOT" ps -aq)" ]'
    run -1 unroot inspect "$id"
}

@test "--cidfile holds the id; one that exists is refused; a failed run leaves none" {
    run -0 unroot run --rm --cidfile "$BATS_TEST_TMPDIR/id" busybox true
    [[ $(cat "$BATS_TEST_TMPDIR/id") =~ ^[0-9a-f]{64}$ ]]
    run -125 unroot run --rm --cidfile "$BATS_TEST_TMPDIR/id" busybox true
    [[ $output == *"--cidfile $BATS_TEST_TMPDIR/id exists"* ]]
    run -125 unroot run --rm --cidfile "$BATS_TEST_TMPDIR/id2" no-such-image
    [ ! -e "$BATS_TEST_TMPDIR/id2" ]
}

@test "--name is taken once; --replace takes it over" {
    n=$(name)
    first=$(unroot run -d --name "$n" busybox sleep 100)
    run -125 unroot run -d --name "$n" busybox sleep 100
    [[ $output == *"$n"* ]]
    second=$(unroot run -d --name "$n" --replace busybox sleep 100)
    [ "$first" != "$second" ]
    [ "$(unroot ps -aq --no-trunc)" = "$second" ]
}

@test "without --name a container gets one that can be used" {
    id=$(unroot run -d busybox sleep 100)
    n=$(unroot inspect -f '{{.Name}}' "$id")
    [ -n "$n" ]
    run -0 unroot exec "${n#/}" true
}

@test "create makes without starting, start starts, and again" {
    id=$(unroot create --name "$(name)" busybox sh -c 'echo ran; exit 4')
    [ "$(unroot ps -a --format '{{.State}}')" = created ]
    run -4 unroot start -a "$id"
    [ "$output" = ran ]
    [ "$(unroot ps -a --format '{{.State}}')" = exited ]
    run -4 unroot start -a "$id"
    [ "$output" = ran ]
}

@test "start without -a prints the name that was given" {
    n=$(name)
    unroot create --name "$n" busybox sleep 100
    run -0 unroot start "$n"
    [ "$output" = "$n" ]
    [ "$(unroot ps --format '{{.Names}}')" = "$n" ]
}

@test "the image's CMD, ENTRYPOINT, ENV and WORKDIR hold, and are replaced" {
    unroot import --change 'ENTRYPOINT ["echo", "entry"]' --change 'CMD ["cmd"]' --change 'ENV A=image' \
        --change 'WORKDIR /tmp' --change 'USER app' "$SUITE/rootfs" entry >/dev/null
    run -0 unroot run --rm entry
    [ "$output" = "entry cmd" ]
    run -0 unroot run --rm entry more words
    [ "$output" = "entry more words" ]
    run -0 unroot run --rm --entrypoint pwd entry
    [ "$output" = /tmp ]
    run -0 unroot run --rm --entrypoint sh entry -c 'echo $A'
    [ "$output" = image ]
    run -0 unroot run --rm --entrypoint "" entry pwd
    [ "$output" = /tmp ]
    run -0 unroot run --rm -e A=line --entrypoint sh entry -c 'echo $A'
    [ "$output" = line ]
    unroot rmi entry >/dev/null
}

@test "variables: -e, -e NAME from here, --env-file, HOME, USER, PATH, HOSTNAME" {
    printf '# comment\nFROM_FILE=1\nBOTH=file\nPASSED\n' >"$BATS_TEST_TMPDIR/env"
    PASSED=through run -0 unroot run --rm -e BOTH=line -e PASSED -e NOT_SET_HERE --env-file "$BATS_TEST_TMPDIR/env" busybox env
    [[ $output == *"FROM_FILE=1"* && $output == *"BOTH=line"* && $output == *"PASSED=through"* ]]
    [[ $output != *NOT_SET_HERE* ]]
    [[ $output == *"HOME=/home/app"* && $output == *"USER=app"* && $output == *"IMAGE_SAYS=hello"* ]]
    [[ $output == *"PATH="* && $output == *"HOSTNAME="* ]]
}

@test "-h sets the host name, which the container finds in /etc/hosts" {
    run -0 unroot run --rm -h box.test busybox hostname
    [ "$output" = box.test ]
    run -0 unroot run --rm -h box.test busybox grep box.test /etc/hosts
    id=$(unroot create busybox hostname)
    run -0 unroot start -a "$id"
    [ "$output" = "${id:0:12}" ]
}

@test "-w changes the folder and makes it for the container's user" {
    run -0 unroot run --rm -w /var/data busybox pwd
    [ "$output" = /var/data ]
    run -0 unroot run --rm -w /new/folder busybox sh -c 'touch x && stat -c %u:%g . x'
    [ "$output" = $'1000:1000\n1000:1000' ]
}

@test "--init reaps orphans and hands signals on" {
    run -0 unroot run --rm --init busybox sh -c 'cat /proc/1/comm'
    [[ $output != sh ]]
    id=$(unroot run -d --init busybox sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done')
    eventually unroot exec "$id" true
    unroot stop "$id" >/dev/null
    [ "$(unroot wait "$id")" = 9 ]
}

@test "--read-only: the root cannot be written, /run /tmp /var/tmp can" {
    run -0 unroot run --rm --read-only busybox sh -c 'touch /x 2>/dev/null || touch /run/a /tmp/b && echo fine'
    [ "$output" = fine ]
}

@test "--tmpfs is empty, sized and not executable" {
    run -0 unroot run --rm --tmpfs /var/data:size=1m,mode=1777 busybox \
        sh -c 'ls /var/data; grep " /var/data " /proc/mounts; df -k /var/data | tail -1'
    [[ $output == *noexec* && $output == *nosuid* && $output == *1024* && $output != *seed* ]]
}

@test "--shm-size" {
    run -0 unroot run --rm --shm-size 2m busybox sh -c 'df -k /dev/shm | tail -1'
    [[ $output == *2048* ]]
}

@test "--memory, --cpus and --pids-limit are set where the kernel counts" {
    id=$(unroot run -d --memory 64m --cpus 0.5 --pids-limit 32 busybox sleep 100)
    pid=$(unroot inspect -f '{{.State.Pid}}' "$id")
    limit=
    while IFS=: read -r number controllers path; do
        for folder in "/sys/fs/cgroup/$controllers$path" "/sys/fs/cgroup$path" "/sys/fs/cgroup/unified$path"; do
            for file in memory.max memory.limit_in_bytes; do
                [ ! -e "$folder/$file" ] || [ "$(cat "$folder/$file")" != 67108864 ] || limit=$folder
            done
        done
    done <"/proc/$pid/cgroup"
    [ -n "$limit" ]
    run unroot run --rm --pids-limit 8 busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done 2>&1; wait'
    [[ $output == *"fork"* ]]
}

@test "--memory ends what takes more, and inspect says so" {
    run -137 unroot run --name "$(name)" --memory 32m --memory-swap 32m busybox sh -c 'x=a; while :; do x=$x$x; done'
    [ "$(unroot inspect -f '{{.State.OOMKilled}}' "$(name)")" = true ]
    run -9 unroot run --name "$(name other)" --memory 32m busybox sh -c 'exit 9'
    [ "$(unroot inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' "$(name other)")" = "false 9" ]
}

@test "--ulimit" {
    run -0 unroot run --rm --ulimit nofile=100:200 busybox sh -c 'ulimit -Sn; ulimit -Hn'
    [ "$output" = $'100\n200' ]
}

@test "--sysctl of its own namespaces" {
    run -0 unroot run --rm --network none --sysctl kernel.domainname=example.org busybox cat /proc/sys/kernel/domainname
    [ "$output" = example.org ]
    run -0 unroot run --rm --network none --sysctl net.ipv4.ip_forward=1 busybox cat /proc/sys/net/ipv4/ip_forward
    [ "$output" = 1 ]
}

@test "--umask" {
    run -0 unroot run --rm --umask 0077 busybox sh -c 'touch /tmp/x; stat -c %a /tmp/x'
    [ "$output" = 600 ]
}

@test "--device gives a device of the host and no other" {
    run -0 unroot run --rm --device /dev/zero:/dev/nothing busybox sh -c 'head -c 3 /dev/nothing | wc -c; ls /dev/kmsg 2>&1 || true'
    [[ ${lines[0]} == 3 ]]
    [[ $output == *"No such file"* ]]
}

@test "--secret is read by the container's user only" {
    echo hush >"$BATS_TEST_TMPDIR/secret"
    run -0 unroot run --rm --secret "src=$BATS_TEST_TMPDIR/secret,target=/run/secrets/word" busybox \
        sh -c 'cat /run/secrets/word; stat -c "%u %a" /run/secrets/word'
    [[ ${lines[0]} == hush && ${lines[1]} =~ ^1000\ [0-7]00$ ]]
}

@test "--add-host, --dns and --dns-search" {
    run -0 unroot run --rm --add-host extra.test:192.0.2.7 --dns 192.0.2.53 --dns-search corp.test busybox \
        cat /etc/hosts /etc/resolv.conf
    [[ $output == *"192.0.2.7"*"extra.test"* ]]
    [[ $output == *"nameserver 192.0.2.53"* && $output == *"corp.test"* ]]
}

@test "--label and --label-file are found by filters" {
    printf 'from.file=1\n' >"$BATS_TEST_TMPDIR/labels"
    unroot run -d --label a=b --label bare --label-file "$BATS_TEST_TMPDIR/labels" busybox sleep 100 >/dev/null
    for filter in a a=b bare from.file=1 made.by=suite; do
        [ "$(unroot ps -q --filter label=$filter | wc -l)" = 1 ] || { echo "$filter"; false; }
    done
    [ -z "$(unroot ps -q --filter label=a=c)" ]
}

@test "--stop-signal and --stop-timeout" {
    id=$(unroot run -d --stop-signal USR1 --stop-timeout 20 busybox sh -c 'trap "exit 5" USR1; while :; do sleep 0.1; done')
    eventually unroot exec "$id" true
    unroot stop "$id" >/dev/null
    [ "$(unroot wait "$id")" = 5 ]
    id=$(unroot run -d --stop-timeout 1 busybox sh -c 'trap "" TERM; while :; do sleep 0.1; done')
    eventually unroot exec "$id" true
    SECONDS=0
    unroot stop "$id" >/dev/null
    [ "$SECONDS" -le 5 ]
    [ "$(unroot wait "$id")" = 137 ]
}

@test "signals reach the payload; --sig-proxy=false keeps them" {
    "$UNROOT" run --name "$(name)" busybox sh -c 'trap "echo got; exit 7" TERM; echo up; while :; do sleep 0.1; done' \
        >"$BATS_TEST_TMPDIR/out" 3>&- &
    pid=$!
    eventually grep -q up "$BATS_TEST_TMPDIR/out"
    kill -TERM $pid
    code=0
    wait $pid || code=$?
    [ "$code" = 7 ]
    grep -q got "$BATS_TEST_TMPDIR/out"
}

@test "--log-opt max-size and max-file rotate the log" {
    id=$(unroot run -d --log-opt max-size=20k --log-opt max-file=2 busybox \
        sh -c 'i=0; while [ $i -lt 3000 ]; do echo "line number $i of the output"; i=$((i+1)); done')
    [ "$(unroot wait "$id")" = 0 ]
    unroot logs "$id" >"$BATS_TEST_TMPDIR/log"
    tail -1 "$BATS_TEST_TMPDIR/log" | grep -q 'number 2999'
    [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -lt 2000 ]
}

@test "kill -9 of the command line leaves the container running, and it can be stopped" {
    n=$(name)
    "$UNROOT" run --name "$n" busybox sh -c 'while :; do sleep 0.1; done' >/dev/null 3>&- &
    pid=$!
    eventually unroot exec "$n" true
    kill -KILL $pid
    wait $pid || true
    [ "$(unroot ps --format '{{.Names}}')" = "$n" ]
    unroot stop -t 0 "$n" >/dev/null
}

@test "a reader that goes away does not end the container" {
    n=$(name)
    "$UNROOT" run --name "$n" busybox sh -c 'while :; do echo x; sleep 0.02; done' 3>&- | head -1 >/dev/null
    [ "$(unroot ps --format '{{.Names}}')" = "$n" ]
}

@test "--network container: shares the network" {
    n=$(name)
    unroot run -d --name "$n" -h shared.test busybox sleep 100 >/dev/null
    own=$(unroot exec "$n" readlink /proc/self/ns/net)
    run -0 unroot run --rm --network "container:$n" busybox readlink /proc/self/ns/net
    [ "$output" = "$own" ]
}

@test "--annotation and --log-driver json-file are taken" {
    run -0 unroot run --rm --annotation a.b=c --log-driver json-file busybox true
}

@test "-q keeps notes away" {
    run -0 --separate-stderr unroot run -q --rm busybox-root id -u
    [ "$output" = 0 ]
    [ -z "$stderr" ]
}

@test "--ipc container: shares shared memory segments, and a stopped one is an error" {
    id=$(unroot run -d busybox sleep 100)
    own=$(unroot exec "$id" readlink /proc/self/ns/ipc)
    run -0 unroot run --rm --ipc "container:$id" busybox readlink /proc/self/ns/ipc
    [ "$output" = "$own" ]
    unroot kill "$id"
    eventually sh -c "[ \"\$($UNROOT inspect -f '{{.State.Running}}' $id)\" = false ]"
    run -125 unroot run --rm --ipc "container:$id" busybox true
    [[ $output == *running* ]]
}

@test "--ipc container: shares /dev/shm too, each with its own ids, also over a third container" {
    id=$(unroot run -d --shm-size 8m busybox sleep 100)
    unroot exec -u 1001 "$id" sh -c 'umask 077; echo theirs >/dev/shm/file'
    run -0 unroot run --rm -u 1001 --ipc "container:$id" busybox sh -c 'cat /dev/shm/file; stat -c "%u:%g" /dev/shm/file; echo mine >/dev/shm/mine'
    [ "$output" = $'theirs\n1001:1001' ]
    [ "$(unroot exec "$id" stat -c '%u %s' /dev/shm/mine)" = "1001 5" ]
    run -1 unroot run --rm --ipc "container:$id" busybox cat /dev/shm/file
    [[ $output == *"Permission denied"* ]]
    [ "$(unroot run --rm --ipc "container:$id" busybox sh -c 'df -m /dev/shm | tail -n 1' | awk '{print $2}')" = 8 ]
    [ "$(unroot run --rm --ipc "container:$id" busybox grep -c ' /dev/shm .*nosuid,nodev,noexec.* - tmpfs' /proc/self/mountinfo)" = 1 ]
    second=$(unroot run -d --ipc "container:$id" busybox sleep 100)
    [ "$(unroot run --rm --ipc "container:$second" busybox stat -c %u /dev/shm/mine)" = 1001 ]
    run -125 unroot run --rm --ipc "container:$id" --shm-size 1m busybox true
    [[ $output == *"--shm-size"* ]]
    unroot run --rm --ipc "container:$id" --userns "container:$id" -u 1001 busybox grep -q theirs /dev/shm/file
}

@test "--pid container: sees the other's processes, signals them with its ids alone, ends with its own" {
    id=$(unroot run -d busybox sh -c 'sleep 1000 & wait')
    own=$(unroot exec "$id" readlink /proc/self/ns/pid)
    run -0 unroot run --rm --pid "container:$id" busybox sh -c 'readlink /proc/self/ns/pid; cat /proc/1/comm; [ $$ != 1 ]'
    [ "$output" = "$own"$'\nsh' ]
    run -1 unroot run --rm --pid "container:$id" busybox sh -c 'kill $(pidof sleep)'
    [[ $output == *"not permitted"* ]]
    # What process 1 leaves behind ends with its container: nothing in this namespace does that by itself.
    run -0 timeout 20 "$UNROOT" run --rm --name "$(name)" --pid "container:$id" busybox sh -c 'setsid sleep 777 & echo started'
    [ "$output" = started ]
    run -0 unroot exec "$id" ps
    [[ $output == *"sleep 1000"* && $output != *"sleep 777"* ]]
    beside=$(unroot run -d --pid "container:$id" --userns "container:$id" busybox sleep 1000)
    [ "$(unroot top "$beside" args | wc -l)" = 2 ]
    unroot exec "$beside" sh -c 'kill $(pidof sleep)' # the same user namespace, so the same user
    eventually sh -c "[ \"\$($UNROOT inspect -f '{{.State.Running}}' $id)\" = false ]"
    eventually sh -c "[ \"\$($UNROOT inspect -f '{{.State.Running}}' $beside)\" = false ]"
    run -125 unroot run --rm --pid "container:$id" busybox true
    [[ $output == *"--pid=container:"*"not running"* ]]
    run -125 unroot run --rm --pid host busybox true
    [[ $output == *"container:NAME"* ]]
}

@test "what is parsed but not there yet is refused, not ignored" {
    for option in apparmor=some-profile proc-opts=hidepid=2 label=type:spc_t; do
        run unroot run --rm --network none --security-opt "$option" busybox true
        [ "$status" = 125 ]
        [[ $output == *"not there yet"* ]]
    done
    run unroot run --rm --network none --security-opt apparmor=unconfined --security-opt label=disable busybox true
    [ "$status" = 0 ]
}
