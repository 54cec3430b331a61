# SPDX-License-Identifier: Apache-2.0
# The command line without any container: usage errors, help, what is not there yet, completion, ordinary users.
load helpers

# What --help lists: commands and "group verb"s.
verbs() {
    "$UNROOT" --help | awk '/^Commands:/{on=1;next} /^$/{on=0} on{print $1}'
    for group in container image system volume; do
        "$UNROOT" $group --help | awk -v g=$group '/^Commands:/{on=1;next} /^$/{on=0} on{print g, $1}'
    done
}

@test "--version, version and --help" {
    run -0 "$UNROOT" --version
    [[ $output =~ ^unroot\ version\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    run -0 "$UNROOT" version --format '{{.Version}}'
    [[ $output =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
    run -0 "$UNROOT" version --format json
    [ "$(jq -r .Os <<<"$output")" = linux ]
    run -0 "$UNROOT" --help
    [[ $output == *"Usage: unroot [OPTIONS] COMMAND"* ]]
    run -0 "$UNROOT" help
    [[ $output == *"Usage: unroot [OPTIONS] COMMAND"* ]]
    run -125 "$UNROOT"
}

@test "every verb has a help with usage, summary and --help, by all ways of asking" {
    [ "$(verbs | wc -l)" -ge 55 ]
    while read -r verb; do
        run -0 "$UNROOT" $verb --help
        [[ ${lines[0]} == "Usage: unroot "* ]] || { echo "$verb: ${lines[0]}"; false; }
        [[ $output == *"--help"*"Print this help"* ]]
        help=$output
        run -0 "$UNROOT" help $verb
        [ "$output" = "$help" ] || { echo "$verb"; false; }
    done < <(verbs)
}

@test "every verb refuses an unknown flag with 125 (audit with 2) and one line that names it" {
    while read -r verb; do
        run --separate-stderr "$UNROOT" $verb --no-such-flag-at-all
        [ "$status" = "$([ "$verb" = audit ] && echo 2 || echo 125)" ]
        [ -z "$output" ]
        [[ ${stderr_lines[0]} == "unroot "*": unknown flag --no-such-flag-at-all"* ]] || { echo "$verb: $stderr"; false; }
    done < <(verbs)
}

@test "a flag that was misspelt is answered with the right one" {
    while IFS='|' read -r line answer; do
        run -125 "$UNROOT" $line
        [ "${lines[0]}" = "$answer" ] || { echo "$line: ${lines[0]}"; false; }
    done <<'TABLE'
run --volumne a:b x|unroot run: unknown flag --volumne: did you mean --volume?
run --enviroment A=1 x|unroot run: unknown flag --enviroment
run --intractive x|unroot run: unknown flag --intractive: did you mean --interactive?
create --hostnme=x y|unroot create: unknown flag --hostnme: did you mean --hostname?
ps --fromat x|unroot ps: unknown flag --fromat: did you mean --format?
container ls --al|unroot ps: unknown flag --al: did you mean --all?
volume rm --froce x|unroot volume rm: unknown flag --froce: did you mean --force?
--rooot x ps|unroot: unknown flag --rooot: did you mean --root?
exec -z x y|unroot exec: unknown flag -z
run -itz x|unroot run: unknown flag -z in -itz
TABLE
}

@test "a verb that was misspelt is answered with the right one" {
    while IFS='|' read -r line answer; do
        run -125 "$UNROOT" $line
        [ "${lines[0]}" = "$answer" ] || { echo "$line: ${lines[0]}"; false; }
    done <<'TABLE'
rnu x|unroot: unknown command "rnu": did you mean "run"?
imagess|unroot: unknown command "imagess": did you mean "images"?
inspct x|unroot: unknown command "inspct": did you mean "inspect"?
volume crate x|unroot: unknown command "volume crate": did you mean "volume create"?
container prnue|unroot: unknown command "container prnue": did you mean "container prune"?
zzzzzzzz|unroot: unknown command "zzzzzzzz"
TABLE
}

@test "docker's flags of run and create are all known: there or named as not there yet" {
    # docker run --help, 28.2
    flags="add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile
        cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems
        detach detach-keys device device-cgroup-rule device-read-bps device-read-iops device-write-bps
        device-write-iops disable-content-trust dns dns-option dns-search domainname entrypoint env env-file expose gpus
        group-add health-cmd health-interval health-retries health-start-interval health-start-period health-timeout
        hostname init interactive io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory label label-file link
        link-local-ip log-driver log-opt mac-address memory memory-reservation memory-swap memory-swappiness mount name
        network network-alias no-healthcheck oom-kill-disable oom-score-adj pid pids-limit platform privileged publish
        publish-all pull quiet read-only restart rm runtime security-opt shm-size sig-proxy stop-signal stop-timeout
        storage-opt sysctl tmpfs tty ulimit use-api-socket user userns uts volume volume-driver volumes-from workdir"
    there=0
    for verb in run create; do
        for flag in $flags; do
            if "$UNROOT" $verb --help | grep -q -- "--$flag\b"; then
                there=$((there + 1))
                continue
            fi
            run -125 "$UNROOT" $verb --$flag=1 image
            [ "${lines[0]}" = "unroot $verb: --$flag is not there yet" ] || { echo "$verb $flag: ${lines[0]}"; false; }
        done
    done
    [ "$there" -ge 100 ]
}

@test "flags of other verbs that are not there yet say so" {
    while read -r verb flag; do
        run -125 "$UNROOT" $verb $flag x y
        [ "${lines[0]}" = "unroot $verb: $flag is not there yet" ] || { echo "$verb $flag: ${lines[0]}"; false; }
    done <<'TABLE'
ps --size
stop --ignore
restart --running
port --all
stats --latest
start --checkpoint
logs --details
rm --link
inspect --size
images --tree
rmi --no-prune
exec --latest
attach --latest
wait --condition
kill --all
load --signature-policy
TABLE
    run -125 "$UNROOT" volume create --driver nfs x
    [ "${lines[0]}" = "unroot volume create: --driver is not there yet" ]
}

@test "verbs of docker and podman that are not there yet say so" {
    for verb in network compose events "container exists"; do
        run -125 "$UNROOT" $verb x
        [ "${lines[0]}" = "unroot: \"$verb\" is not there yet" ] || { echo "$verb: ${lines[0]}"; false; }
    done
}

@test "the number of arguments is checked" {
    while IFS='|' read -r line answer; do
        run -125 "$UNROOT" $line
        [[ ${lines[0]} == "$answer"* ]] || { echo "$line: ${lines[0]}"; false; }
    done <<'TABLE'
run|unroot run: needs at least 1 argument:
exec x|unroot exec: needs at least 2 arguments:
rename a|unroot rename: needs 2 arguments:
rename a b c|unroot rename: needs 2 arguments:
ps x|unroot ps: takes no arguments, but "x" stands there
import|unroot import: needs at least 1 argument:
import a b c|unroot import: needs at most 2 arguments:
volume rm|unroot volume rm: needs at least 1 argument:
completion|unroot completion: needs 1 argument:
TABLE
}

@test "values are checked before anything is opened or made" {
    while IFS='|' read -r line answer; do
        run -125 "$UNROOT" --root "$BATS_TEST_TMPDIR/store" --runroot "$BATS_TEST_TMPDIR/run" $line </dev/null
        [[ ${lines[0]} == "$answer" ]] || { echo "$line: ${lines[0]}"; false; }
    done <<'TABLE'
run --memory|unroot run: --memory needs a value
run --stop-timeout x y|unroot run: --stop-timeout takes a number from 0 to 4294967295, not "x"
run --oom-score-adj 1.5 y|unroot run: --oom-score-adj takes a number, not "1.5"
run --init=maybe y|unroot run: --init takes true or false, not "maybe"
run -it image|unroot run: -it needs a terminal, but standard input is none: leave -t away
exec -it c sh|unroot exec: -it needs a terminal, but standard input is none: leave -t away
run -d -a stdout image|unroot run: --attach and --detach contradict each other
run -a stdlog image|unroot run: -a takes stdin, stdout or stderr, not "stdlog"
run --pull newer image|unroot run: --pull newer is not there yet
run --pull sometimes image|unroot run: --pull takes always, missing or never, not "sometimes"
run --replace image|unroot run: --replace needs --name
run --log-driver syslog image|unroot run: --log-driver syslog is not there yet: json-file is the only one
run --log-opt max-file=0 image|unroot run: --log-opt max-file=0: a number from 1 to 1000 is needed
run --log-opt labels=x image|unroot run: --log-opt labels=x is not there yet: max-size= and max-file= are
run --network a --network b image|unroot run: several networks are not there yet: give --network once
run --env-file /no/such image|unroot run: reading /no/such: No such file or directory
ps --filter color=red|unroot ps: --filter has no key "color"
ps --filter nme=red|unroot ps: --filter has no key "nme": did you mean name?
ps --filter status=asleep|unroot ps: --filter status: there is no "asleep"
ps --filter health=healthy|unroot ps: --filter health= is not there yet
images --filter dangling=perhaps|unroot images: --filter dangling: there is no "perhaps"
kill -s NOPE x|unroot kill: --signal: there is no signal "NOPE"
logs --tail many x|unroot logs: --tail takes a number or all, not "many"
logs --since yesterday x|unroot logs: --since takes a time (2026-11-21T20:33:41Z), seconds since 1970 or an age (10m), not "yesterday"
inspect --type pod x|unroot inspect: --type takes container, image or volume, not "pod"
top x usr|unroot top: no column "usr": did you mean user?
start -a x y|unroot start: -a and -i attach to one container, not to 2
volume create --name a b|unroot volume create: the name was given twice: as --name and as an argument
TABLE
    [ ! -e "$BATS_TEST_TMPDIR/store" ]
    [ ! -e "$BATS_TEST_TMPDIR/run" ]
}

@test "an ordinary user is told what works and what to do" {
    run -125 setpriv --reuid 65534 --regid 65534 --clear-groups "$UNROOT" ps
    [ "${#lines[@]}" = 1 ]
    [[ $output == *"ordinary user"*"sudo unroot ps"* ]]
    run -0 setpriv --reuid 65534 --regid 65534 --clear-groups "$UNROOT" version
    run -0 setpriv --reuid 65534 --regid 65534 --clear-groups "$UNROOT" run --help
}

@test "output that cannot be written is a failure" {
    run -1 bash -c '"$UNROOT" --help >/dev/full'
    [[ $output == *"writing the output: No space left on device" ]]
}

@test "--debug tells the exit code and the time" {
    run -0 "$UNROOT" --debug version
    [[ $output == *"unroot: debug: exit code 0 after "*" ms"* ]]
}

@test "completion for bash is valid and completes verbs, flags and groups" {
    run -0 "$UNROOT" completion bash
    completion=$output
    complete_line() {
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        COMPREPLY=()
        _unroot
        printf '%s\n' "${COMPREPLY[@]}"
    }
    bash -n <<<"$completion"
    eval "$completion"
    complete_line unroot ru | grep -qx run
    complete_line unroot run --detach- | grep -qx -- --detach-keys
    complete_line unroot container pr | grep -qx prune
    complete_line unroot container run --caps | grep -q . || true
    complete_line unroot container run --cap-a | grep -qx -- --cap-add
    complete_line unroot --root /x volume cr | grep -qx create
    run complete_line unroot ps --vol
    [ -z "$output" ]
}

@test "completion for zsh and fish lists what help lists" {
    for shell in zsh fish; do
        run -0 "$UNROOT" completion $shell
        for word in run exec inspect detach-keys; do
            [[ $output == *$word* ]]
        done
    done
    run -125 "$UNROOT" completion tcsh
    [[ ${lines[0]} == *'no completion for the shell "tcsh"'* ]]
}

@test "only --help of the verb itself asks for help: what follows the image is the payload's" {
    run -125 "$UNROOT" run --no-such-flag image --help
    run "$UNROOT" --root "$BATS_TEST_TMPDIR/s" --runroot "$BATS_TEST_TMPDIR/r" run no-such-image --help
    [[ $output != *Usage* ]]
}

@test "--root and --runroot in one folder are refused before anything is made there" {
    mkdir "$BATS_TEST_TMPDIR/both"
    run "$UNROOT" --root "$BATS_TEST_TMPDIR/both" --runroot "$BATS_TEST_TMPDIR/both/." ps
    [ "$status" -ne 0 ]
    [[ $output == *"a folder of its own"* ]]
    [ -z "$(ls -A "$BATS_TEST_TMPDIR/both")" ]
}
