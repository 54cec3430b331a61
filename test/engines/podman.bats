# SPDX-License-Identifier: Apache-2.0
# podman with our runtime, as it is set up by `unroot setup podman`: rootful, and as an ordinary user in podman's own user
# namespace. ENGINES_RUNTIME=crun runs the same with crun; the checks of ids fail then.
load engines

OPTIONS=(--cgroup-manager cgroupfs --events-backend file --storage-driver overlay --runtime "${ENGINES_RUNTIME:-unroot}")
# It asks for more open files than a limited root may have; Debian's version takes no hybrid tree of control groups.
RUN=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none --cgroup-parent "/${ENGINES_CGROUP:-}")
USER_RUN=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none --cgroups disabled)

podman() {
    command podman "${OPTIONS[@]}" "$@"
}

# as_person COMMAND...: an account with subordinate ids, nothing else.
as_person() {
    (cd "$ENGINES/person" && exec setpriv --reuid 2000 --regid 2000 --clear-groups \
        env -i HOME="$ENGINES/person" XDG_RUNTIME_DIR=/run/person PATH="$PATH" "$@")
}

person_podman() {
    as_person podman "${OPTIONS[@]}" "$@"
}

setup_file() {
    [ -n "${ENGINES:-}" ] || return 0
    command -v podman >/dev/null || return 0
    [ -n "${ENGINES_RUNTIME:-}" ] || [ -x "$UNROOT_RUNTIME" ] || return 0
    umount /sys/fs/cgroup/unified 2>/dev/null || true
    "$UNROOT" setup podman --runtime "$UNROOT_RUNTIME" --apply
    make_rootfs "$ENGINES/rootfs"
    tar -C "$ENGINES/rootfs" -c . >"$ENGINES/busybox.tar"
    chmod 644 "$ENGINES/busybox.tar"
    podman import --quiet --change 'CMD ["sh"]' "$ENGINES/busybox.tar" busybox
    echo "person:x:2000:2000::$ENGINES/person:/bin/sh" >>/etc/passwd
    echo person:x:2000: >>/etc/group
    echo person:300000:65536 | tee -a /etc/subuid >>/etc/subgid
    install -d -o 2000 -g 2000 -m 700 /run/person "$ENGINES/person"
}

setup() {
    require_private_host
    require_program podman podman
    [ -n "${ENGINES_RUNTIME:-}" ] || require_runtime
}

teardown() {
    podman rm -a -f -t 0 >/dev/null 2>&1 || true
}

no_root_outside() {
    [ -n "${ENGINES_RUNTIME:-}" ] || no_host_root
}

@test "podman run: root inside, not outside" {
    run -0 podman run "${RUN[@]}" --rm busybox id -u
    [ "$output" = 0 ]
    podman run "${RUN[@]}" -d --name box busybox sleep 1000
    no_root_outside
    run -0 podman inspect -f '{{.State.Status}} {{.OCIRuntime}}' box
    [ "$output" = "running ${ENGINES_RUNTIME:-unroot}" ]
}

@test "podman run: exit statuses, and the runtime's reason as podman's own" {
    run -7 podman run "${RUN[@]}" --rm busybox sh -c 'exit 7'
    run -127 podman run "${RUN[@]}" --rm busybox nosuchprogram
    [[ $output = *"executable file"*"not found in"* ]]
    run -126 podman run "${RUN[@]}" --rm busybox /etc/passwd
    [[ $output = *[pP]"ermission denied"* ]]
}

@test "podman exec, logs, stop, start, kill" {
    podman run "${RUN[@]}" -d --name box busybox sh -c 'trap "echo stopped; exit 3" TERM; echo started; while :; do sleep 0.1; done'
    wait_until eval 'podman logs box | grep -q started'
    run -0 podman exec -u app -e A=b -w /tmp box sh -c 'id -un; pwd; echo $A'
    [ "$output" = $'app\n/tmp\nb' ]
    run -5 podman exec box sh -c 'exit 5'
    run -127 podman exec box nosuchprogram
    podman pause box
    podman unpause box
    podman stop -t 20 box
    [ "$(podman inspect -f '{{.State.ExitCode}}' box)" = 3 ]
    podman start box
    podman kill box
    [ "$(podman wait box)" = 137 ]
}

@test "podman run: a terminal, --user, -v, --read-only, --tmpfs" {
    run -0 script -qec "podman ${OPTIONS[*]} run ${RUN[*]} --rm -it busybox sh -c 'tty; test -w /dev/console && echo console'" /dev/null
    [[ $output = */dev/*console* ]]
    folder=$ENGINES/podman-work
    install -d -o 1000 -g 1000 "$folder"
    run -0 podman run "${RUN[@]}" --rm --user 1000:1000 -v "$folder:/data" --read-only --tmpfs /run busybox sh -c 'echo new >/data/new; touch /run/x; stat -c %u /data/new; touch /x 2>/dev/null || echo read-only'
    [ "$output" = $'1000\nread-only' ]
    [ "$(stat -c %u:%g "$folder/new")" = 1000:1000 ]
}

@test "podman build, commit, diff, cp" {
    mkdir "$BATS_TEST_TMPDIR/context"
    printf 'FROM busybox\nRUN id -u >/built-by && chown 1000:1000 /opt/app\nUSER app\nRUN id -u >/opt/app/by\n' >"$BATS_TEST_TMPDIR/context/Dockerfile"
    podman build "${RUN[@]:0:4}" --isolation oci --network none -q -t built "$BATS_TEST_TMPDIR/context"
    run -0 podman run "${RUN[@]}" --rm -u 0 built sh -c 'cat /built-by /opt/app/by; stat -c %u /built-by /opt/app/by'
    [ "$output" = $'0\n1000\n0\n1000' ]
    podman create "${RUN[@]}" --name box busybox sleep 1000
    echo one >"$BATS_TEST_TMPDIR/one"
    podman cp "$BATS_TEST_TMPDIR/one" box:/opt/app/one # into one that runs: see docs/runtime.md
    podman start box
    [ "$(podman exec box stat -c %u /opt/app/one)" = 0 ]
    [ "$(podman exec box cat /opt/app/one)" = one ]
    [ -n "${ENGINES_RUNTIME:-}" ] || run -125 podman cp "$BATS_TEST_TMPDIR/one" box:/opt/app/late # podman is in its mount namespace then: decision 9
    podman pause box
    podman cp "$BATS_TEST_TMPDIR/one" box:/opt/app/late
    podman unpause box
    run -0 podman exec box sh -c 'stat -c %u /opt/app/late; rm /opt/app/late'
    [ "$output" = 0 ]
    podman exec box sh -c 'echo two >/opt/app/two; rm /opt/app/file'
    podman cp box:/opt/app/two "$BATS_TEST_TMPDIR/two"
    [ "$(cat "$BATS_TEST_TMPDIR/two")" = two ]
    run -0 podman diff box
    [[ $output = *"A /opt/app/one"*"A /opt/app/two"* && $output = *"D /opt/app/file"* ]]
    podman commit -q box committed
    run -0 podman run "${RUN[@]}" --rm committed ls /opt/app
    [ "$output" = $'one\ntwo' ]
}

@test "podman run --sdnotify=container: what the container says is told" {
    python3 - "$BATS_TEST_TMPDIR/manager" <<'PYTHON' >"$BATS_TEST_TMPDIR/told" 2>&1 3>&- 4>&- &
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print("BOUND", flush=True)
while (text := server.recv(8192)) != b"END":
    print(text, flush=True)
PYTHON
    wait_until grep -q BOUND "$BATS_TEST_TMPDIR/told"
    NOTIFY_SOCKET=$BATS_TEST_TMPDIR/manager podman run "${RUN[@]}" -d --sdnotify container --name box -v "$UNROOT_BUILD/test/system/programs/notifier:/notifier:ro" busybox sh -c '/notifier READY=1; exec sleep 1000'
    wait_until grep -q "READY=1" "$BATS_TEST_TMPDIR/told"
    NOTIFY_SOCKET=$BATS_TEST_TMPDIR/manager "$UNROOT_BUILD/test/system/programs/notifier" END
    grep -q "MAINPID=$(podman inspect -f '{{.State.ConmonPid}}' box)" "$BATS_TEST_TMPDIR/told"
}

@test "podman pod: its containers have one range, and low ports in a network of podman's" {
    local inside='tail -1 /proc/self/uid_map | xargs; listen 80; hostname'
    local limits=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024)
    podman pod create --name shop --network none --infra-image busybox --infra-command "sleep 1000000" --cgroup-parent "/$ENGINES_CGROUP"
    podman run -d --pod shop --name box "${limits[@]}" busybox sleep 1000
    no_root_outside
    run -0 podman exec box sh -c "$LISTEN$inside"
    [[ $output = "0 "*" 65536"$'\nbound\nshop' ]]
    first=$(cut -d' ' -f2 <<<"$output" | head -1)
    run -0 podman run --rm --pod shop "${limits[@]}" -u 1000 busybox sh -c "$LISTEN$inside"
    [ -n "${ENGINES_RUNTIME:-}" ] || [ "$output" = "1 $((first + 1)) 65535"$'\nbound\nshop' ]
    podman pod rm -f -t 0 shop
}

@test "podman run --network, --ipc, --pid container:X: the ids of X" {
    local inside='tail -1 /proc/self/uid_map | xargs; readlink /proc/self/ns/user'
    podman run -d --name box "${RUN[@]}" busybox sleep 1000
    ids=$(podman exec box sh -c "$inside")
    run -0 podman run --rm --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --cgroup-parent "/$ENGINES_CGROUP" --network container:box --ipc container:box --pid container:box busybox sh -c "kill -0 1 && $inside"
    [ "$output" = "$ids" ]
    podman rm -f -t 0 box
    [ -n "${ENGINES_RUNTIME:-}" ] || [ -z "$(ls /var/lib/unroot/ids)" ]
}

@test "podman as an ordinary user: our runtime inside podman's user namespace" {
    as_person podman "${OPTIONS[@]:0:6}" info >/dev/null 2>&1 || skip "podman does not work for an ordinary user here"
    person_podman import --quiet "$ENGINES/busybox.tar" busybox
    run -0 person_podman run "${USER_RUN[@]}" --rm busybox id -u
    [ "$output" = 0 ]
    install -d -o 2000 -g 2000 "$ENGINES/person/data"
    run -0 person_podman run "${USER_RUN[@]}" --rm -v "$ENGINES/person/data:/data" busybox sh -c 'echo x >/data/x; stat -c %u /data/x'
    [ "$output" = 0 ]
    [ "$(stat -c %u "$ENGINES/person/data/x")" = 2000 ]
    person_podman run "${USER_RUN[@]}" -d --name box busybox sleep 1000
    run -0 person_podman exec box id -u
    [ "$output" = 0 ]
    person_podman rm -f -t 0 box
    run -0 person_podman run "${USER_RUN[@]}" --rm --user 1000 busybox id -u
    [ "$output" = 1000 ]
}
