# SPDX-License-Identifier: Apache-2.0
# SCMP_ACT_NOTIFY under unroot-runtime: the listener reaches the agent, whatever the filter holds up, or nothing runs.
load helpers
load oci

setup() {
    require_private_store
    command -v jq >/dev/null || skip "jq is not installed"
    [ "$(uname -m)" = x86_64 ] || skip "the numbers of calls here are x86_64's"
    ID=n$BATS_SUITE_TEST_NUMBER-$$ # two runs at once share the control groups
    AGENTS=()
}

teardown() {
    [ ${#AGENTS[@]} = 0 ] || kill "${AGENTS[@]}"
    remove_runtime_containers
}

# agent MODE [NUMBER=ERRNO..]: listens at $SOCKET, writes $LOG.
agent() {
    SOCKET=$(mktemp -u "$BATS_TEST_TMPDIR/agent.XXXXXX")
    LOG=$SOCKET.log
    : >"$LOG"
    python3 "$BATS_TEST_DIRNAME/seccomp_agent.py" "$SOCKET" "$LOG" "$@" 3>&- 4>&- &
    AGENTS+=($!)
    eventually test -S "$SOCKET"
}

# notify NAME..: the bundle's filter tells these calls to the agent.
notify() {
    configure ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", architectures: [\"SCMP_ARCH_X86_64\"], listenerPath: \"$SOCKET\",
        syscalls: [{names: $(jq -nc '$ARGS.positional' --args -- "$@"), action: \"SCMP_ACT_NOTIFY\"}]}"
}

# The first call of the process whose listener came last.
first_call() {
    jq -s '(map(select(.state)) | last.state.pid) as $pid | map(select(.pid == $pid)) | first.call' "$LOG"
}

runs() {
    timeout 60 "$RUNTIME" --root "$STATES" run --bundle "$BUNDLE" "$@" </dev/null
}

is_stopped() {
    [ "$(runtime state "$1" | jq -r .status)" = stopped ]
}

# A container that cannot be started leaves nothing.
nothing_left() {
    [ "$(runtime list -q)" = "" ]
    ! ps -eo args= | grep -q "[u]nroot-runtime .*$BUNDLE"
}

@test "an agent answers calls of the container and of exec, with and without no_new_privs" {
    agent answer 83=17 258=17 88=1 266=1
    bundle
    notify mkdir mkdirat symlink symlinkat
    configure '.linux.seccomp.listenerMetadata = "some text" | .annotations = {"a": "b"}'
    script_is 'mkdir /tmp/x; ln -s a /tmp/b; echo $?; sleep 1000'
    for nnp in true false; do
        : >"$LOG"
        configure ".process.noNewPrivileges = $nnp"
        runtime create --bundle "$BUNDLE" "$ID-$nnp" </dev/null >"$BUNDLE/out" 2>&1
        run ! grep -q "\"$ID-$nnp\"" "$LOG"
        runtime start "$ID-$nnp"
        eventually grep -q '^1$' "$BUNDLE/out"
        grep -q "mkdir.*File exists" "$BUNDLE/out"
        grep -q "ln: .*Operation not permitted" "$BUNDLE/out"
        pid=$(runtime state "$ID-$nnp" | jq .pid)
        jq -es --argjson pid "$pid" --arg id "$ID-$nnp" 'map(select(.state.state.id == $id)) | length == 1 and .[0].fds == 1 and .[0].rest == 0
            and (.[0].state | .fds == ["seccompFd"] and .pid == $pid and .metadata == "some text" and (.ociVersion | length) > 0
            and .state.pid == $pid and .state.id == $id and .state.status == "created" and .state.annotations == {"a": "b"})' "$LOG"
        grep -q Seccomp:.2 "/proc/$pid/status"
        grep -q TracerPid:.0 "/proc/$pid/status"
        : >"$LOG"
        run ! runtime exec "$ID-$nnp" mkdir /tmp/y
        [[ $output == *"File exists"* ]]
        jq -es --argjson pid "$pid" --arg id "$ID-$nnp" 'map(select(.state.state.id == $id)) | .[0].fds == 1
            and (.[0].state | .pid != $pid and .state.pid == $pid and .state.status == "running")' "$LOG"
        # What the filter needs without no_new_privs is gone behind execve.
        [ "$(runtime exec "$ID-$nnp" sh -c 'grep -e ^Cap -e ^NoNewPrivs /proc/self/status')" = "$(grep -e ^Cap -e ^NoNewPrivs "/proc/$pid/status")" ]
        run ! runtime exec "$ID-$nnp" mount -t tmpfs none /tmp
    done
}

@test "a start calls nothing behind the filter but execve, so every call may be told" {
    agent answer
    bundle
    notify read write readv writev close sendmsg sendto recvmsg recvfrom capset prctl chdir fchdir getcwd open openat openat2 \
        newfstatat stat statx access faccessat faccessat2 execve execveat seccomp dup dup2 dup3 fcntl close_range setuid setgid \
        setresuid setresgid setgroups exit exit_group pidfd_getfd futex mmap munmap brk rt_sigaction rt_sigprocmask
    command_is echo hello
    for nnp in true false; do
        : >"$LOG"
        configure ".process.noNewPrivileges = $nnp"
        run -0 runs "$ID"
        [ "$output" = hello ]
        [ "$(first_call)" = 59 ]
    done
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    : >"$LOG"
    run -0 runtime exec "$ID" echo hello
    [ "$output" = hello ]
    [ "$(first_call)" = 59 ]
}

@test "what keeps the program from being executed is told, behind the filter too" {
    agent answer 59=13 1=5 44=5 46=5 231=5
    bundle
    notify execve write sendto sendmsg exit_group
    command_is echo hello
    run -1 runs "$ID"
    echo "$output"
    [[ $output == *"unable to start container process"*echo*"ermission denied"* ]]
    nothing_left
    agent answer 1=5 44=5 46=5 231=5
    notify write sendto sendmsg exit_group
    printf '#!/nonexistent\n' >"$BUNDLE/rootfs/bin/lost"
    chmod 755 "$BUNDLE/rootfs/bin/lost"
    command_is lost
    run -1 runs "$ID"
    echo "$output"
    [[ $output == *"unable to start container process"*lost*"o such file or directory"* ]]
    nothing_left
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    run -255 runtime exec "$ID" lost
    [[ $output == *lost*"o such file or directory"* ]]
    [ "$(runtime ps --format json "$ID" | jq length)" = 1 ]
}

@test "an agent that is not there, closes or does not accept: an error, and nothing is left" {
    SOCKET=$BATS_TEST_TMPDIR/nowhere
    bundle
    command_is sleep 1000
    notify uname
    run -1 runs "$ID"
    [[ $output == *listenerPath*"o such file or directory"* ]]
    nothing_left
    touch "$SOCKET"
    run -1 runs "$ID"
    [[ $output == *listenerPath*"is not a socket"* ]]
    python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('$SOCKET.left')"
    SOCKET=$SOCKET.left
    notify uname
    run -1 runs "$ID"
    [[ $output == *"seccomp agent"*"onnection refused"* ]]
    nothing_left
    agent close
    notify uname
    run -1 runs "$ID"
    [[ $output == *"seccomp agent"*"has not taken the listener"* ]]
    nothing_left
}

@test "an agent that never accepts ends the start in its time; a start that is killed takes the process with it" {
    bundle
    command_is sleep 1000
    agent answer
    notify uname
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    kill "${AGENTS[0]}"
    rm "$SOCKET"
    silent=$SOCKET
    python3 "$BATS_TEST_DIRNAME/seccomp_agent.py" "$silent" "$LOG" silent 3>&- 4>&- &
    AGENTS=($!)
    eventually test -S "$silent"
    runs "$ID-run" >"$BUNDLE/run" 2>&1 3>&- 4>&- &
    one=$!
    timeout 60 "$RUNTIME" --root "$STATES" exec "$ID" true >"$BUNDLE/exec" 2>&1 3>&- 4>&- &
    other=$!
    runtime create --bundle "$BUNDLE" "$ID-killed" </dev/null >/dev/null 2>&1
    pid=$(runtime state "$ID-killed" | jq .pid)
    "$RUNTIME" --root "$STATES" start "$ID-killed" 3>&- 4>&- &
    start=$!
    eventually grep -q Seccomp:.2 "/proc/$pid/status"
    kill -9 $start
    eventually is_stopped "$ID-killed"
    local ended=0
    wait $one || ended=$?
    [ $ended = 1 ]
    wait $other || ended=$?
    [ $ended = 255 ]
    cat "$BUNDLE/run" "$BUNDLE/exec"
    grep -q "has not taken the listener.*timed out" "$BUNDLE/run"
    grep -q "has not taken the listener.*timed out" "$BUNDLE/exec"
    [ "$(runtime ps --format json "$ID" | jq length)" = 1 ]
    runtime delete --force "$ID-killed"
    [ "$(runtime list -q)" = "$ID" ]
}

@test "a listener that the agent closes makes calls fail; flags reach the kernel; what cannot be is refused" {
    agent drop
    bundle '.process.noNewPrivileges = true'
    script_is 'ln -s a /tmp/b || echo refused'
    notify symlink symlinkat
    configure '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
    run -0 runs "$ID"
    echo "$output"
    [[ $output == *"Function not implemented"*refused* ]]
    configure 'del(.linux.seccomp.listenerPath)'
    run -1 runs "$ID"
    [[ $output == *"SCMP_ACT_NOTIFY needs a listenerPath"* ]]
    configure '.linux.seccomp.listenerPath = "relative"'
    run -1 runs "$ID"
    [[ $output == *listenerPath*"is not absolute"* ]]
    # Without a call to tell there is nobody to connect to: the spec has the path ignored.
    configure '.linux.seccomp.listenerPath = "/nonexistent" | .linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO"'
    run -0 runs "$ID"
    [[ $output == *refused* ]]
    runtime features | jq -e '.linux.seccomp | (.actions | index("SCMP_ACT_NOTIFY")) and (.supportedFlags | index("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"))'
}
