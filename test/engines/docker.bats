# SPDX-License-Identifier: Apache-2.0
# docker with our runtime as the default one: what people do, unchanged, and no process with an id of the host's root.
# ENGINES_RUNTIME=runc runs the same with runc, to see what is docker's own behaviour; the checks of ids fail then.
load engines
load docker

no_root_outside() {
    [ "${ENGINES_RUNTIME:-}" = runc ] || no_host_root
}

setup_file() {
    [ -n "${ENGINES:-}" ] || return 0
    command -v dockerd >/dev/null || return 0
    local runtime=${ENGINES_RUNTIME:-unroot}
    [ "$runtime" = runc ] || [ -x "$UNROOT_RUNTIME" ] || return 0
    docker_start --add-runtime "unroot=$UNROOT_RUNTIME" --default-runtime "$runtime"
    docker_image
}

teardown_file() {
    [ ! -e "$ENGINES/docker/pid" ] || docker_stop
}

setup() {
    require_private_host
    require_program dockerd docker.io
    [ "${ENGINES_RUNTIME:-}" = runc ] || require_runtime
}

teardown() {
    [ ! -e "$ENGINES/docker/pid" ] || docker ps -aq | xargs -r "$DOCKER" --host "unix://$ENGINES/docker.sock" rm -f -v >/dev/null 2>&1
}

@test "docker run: root inside, not outside" {
    run -0 docker run --rm busybox id
    [ "${output%% gid*}" = "uid=0(root)" ]
    docker run -d --name box busybox sleep 1000
    no_root_outside
    run -0 docker top box -o pid,args
    [[ $output = *"sleep 1000"* ]]
    run -0 docker inspect -f '{{.State.Status}} {{.HostConfig.Runtime}}' box
    [ "$output" = "running ${ENGINES_RUNTIME:-unroot}" ]
}

@test "docker run: exit statuses of the payload, of a missing program and of one that cannot be run" {
    run -7 docker run --rm busybox sh -c 'exit 7'
    run -127 docker run --rm busybox nosuchprogram
    [[ $output = *"executable file not found in"* ]]
    run -126 docker run --rm busybox /etc/passwd
    run -126 docker run --rm busybox /etc # runc: "is a directory"
    [ -z "$(docker ps -aq)" ]
}

@test "docker run -it: a terminal with its size and a console" {
    run -0 script -qec "stty rows 33 cols 101; '$DOCKER' --host unix://$ENGINES/docker.sock run --rm -it busybox sh -c 'tty; sleep 1; stty size; test -t 0 && test -w /dev/console && echo console'" /dev/null
    [[ $output = */dev/* && $output = *"33 101"* && $output = *console* ]]
}

@test "docker exec: as root, as a user by name, with a terminal; a missing program" {
    docker run -d --name box busybox sleep 1000
    run -0 docker exec box id -u
    [ "$output" = 0 ]
    run -0 docker exec -u app -e A=b -w /tmp box sh -c 'id -un; pwd; echo $A'
    [ "$output" = $'app\n/tmp\nb' ]
    run -0 script -qec "'$DOCKER' --host unix://$ENGINES/docker.sock exec -it box tty" /dev/null
    [[ $output = */dev/* ]]
    run -5 docker exec box sh -c 'exit 5'
    run docker exec box nosuchprogram
    [[ $status = 12[67] && $output = *"executable file not found"* ]]
    docker exec -d box sleep 2000
    wait_until eval 'docker top box | grep -q "sleep 2000"'
    no_root_outside
}

@test "docker run --user: uid 0 does not exist in there" {
    docker run -d --name box --user 1000:1000 busybox sleep 1000
    run -0 docker exec box id -u
    [ "$output" = 1000 ]
    no_root_outside
    [ "${ENGINES_RUNTIME:-}" = runc ] && return
    run -0 docker exec box cat /proc/self/uid_map
    [ "$(awk '$1 == 0' <<<"$output")" = "" ]
    run docker exec -u 0 box id
    [ "$status" != 0 ]
}

@test "docker run: capabilities added and dropped are those inside" {
    capabilities() {
        docker run --rm "$@" busybox grep CapEff /proc/self/status | awk '{print $2}'
    }
    [ "$(capabilities)" = 00000000a80425fb ]
    [ "$(capabilities --cap-drop ALL)" = 0000000000000000 ]
    [ "$(capabilities --cap-drop ALL --cap-add SYS_PTRACE --cap-add CHOWN)" = 0000000000080001 ]
}

@test "docker run -v: a user's files keep their owner on the host" {
    folder=$ENGINES/work-$BATS_TEST_NUMBER
    mkdir "$folder"
    chown 1000:1000 "$folder"
    echo mine >"$folder/mine"
    chown 1000:1000 "$folder/mine"
    run -0 docker run --rm --user 1000:1000 -v "$folder:/data" busybox sh -c 'cat /data/mine; echo new >/data/new; stat -c %u /data/new'
    [ "$output" = $'mine\n1000' ]
    [ "$(stat -c %u:%g "$folder/new")" = 1000:1000 ]
    run docker run --rm --user 1000:1000 -v "$folder:/data:ro" busybox touch /data/no
    [[ $status != 0 && $output = *"Read-only file system"* ]]
}

@test "docker volumes: one is filled from the image and shared by two containers" {
    docker run --rm -v vol:/opt/app busybox sh -c 'cd /opt/app; cat file; echo 1 >one'
    run -0 docker run --rm -v vol:/v busybox sh -c 'cd /v; cat file; echo two >two; ls'
    [ "$output" = $'from the image\nfile\none\ntwo' ]
    docker run --rm --user 1000 -v vol2:/var/data busybox sh -c 'echo app >/var/data/mine; stat -c %u /var/data/mine'
    docker volume rm vol vol2
}

@test "docker run --read-only, --tmpfs, --shm-size, --mount" {
    run docker run --rm --read-only busybox touch /x
    [[ $status != 0 && $output = *"Read-only file system"* ]]
    docker run --rm --read-only --tmpfs /run:size=1m,mode=700 -v /new/place busybox sh -c 'touch /run/x /new/place/x && df -k /run | grep -q 1024'
    run -0 docker run --rm --shm-size 8m busybox df -k /dev/shm
    [[ $output = *8192* ]]
}

@test "docker: names are looked up by the engine's own network, and hosts and resolv.conf can be written" {
    docker network create net
    docker run -d --name one --network net busybox sleep 1000
    run -0 docker run --rm --network net busybox sh -c 'ping -c1 -W5 one >/dev/null && echo reached; echo "# x" >>/etc/hosts && cat /etc/hostname'
    [[ $output = reached* ]]
    docker rm -f one
    docker network rm net
}

@test "docker: containers that share the network, ipc and pid namespaces of another one have its ids" {
    local inside='tail -1 /proc/self/uid_map | xargs; readlink /proc/self/ns/user'
    docker run -d --name box --ipc shareable busybox sleep 1234
    ids=$(docker exec box sh -c "$inside")
    run -0 docker run --rm --network container:box --cap-add NET_ADMIN busybox sh -c "$LISTEN$inside"'
        listen 80; ping -q -c1 127.0.0.1 >/dev/null && ip link set lo mtu 1400 && cat /sys/class/net/lo/mtu'
    [ "$output" = "$ids"$'\nbound\n1400' ]
    run -0 docker run --rm --ipc container:box --pid container:box busybox sh -c "$inside"'
        kill -0 1 && touch /dev/shm/new && cat /proc/1/root/opt/app/file'
    [ "$output" = "$ids"$'\nfrom the image' ]
    [ "$(docker exec box stat -c %u /dev/shm/new)" = 0 ]
    no_root_outside
    docker rm -f box
}

@test "docker build: RUN as root and as USER, COPY --chown, and the image runs" {
    mkdir -p "$BATS_TEST_TMPDIR/context"
    echo data >"$BATS_TEST_TMPDIR/context/file"
    cat >"$BATS_TEST_TMPDIR/context/Dockerfile" <<'DOCKERFILE'
FROM busybox
RUN id -u >/built-by && chown 1000:1000 /opt/app && chmod 4755 /bin/busybox
COPY --chown=1000:1000 file /opt/app/copied
USER app
RUN id -u >/opt/app/built-by && touch /opt/app/of-app
CMD ["sh", "-c", "cat /built-by /opt/app/built-by; stat -c %u /built-by /opt/app/copied /opt/app/of-app"]
DOCKERFILE
    DOCKER_BUILDKIT=0 docker build -t built "$BATS_TEST_TMPDIR/context"
    run -0 docker run --rm built
    # As USER app there is no uid 0 in there: files of root are nobody's.
    [ "$output" = $'0\n1000\n65534\n1000\n1000' ]
    run -0 docker run --rm -u 0 built
    [ "$output" = $'0\n1000\n0\n1000\n1000' ]
    run -0 docker save built -o "$BATS_TEST_TMPDIR/built.tar"
    mkdir "$BATS_TEST_TMPDIR/image"
    tar -C "$BATS_TEST_TMPDIR/image" -xf "$BATS_TEST_TMPDIR/built.tar"
    for layer in $(jq -r '.[0].Layers[]' "$BATS_TEST_TMPDIR/image/manifest.json"); do # what others will pull
        tar -tvf "$BATS_TEST_TMPDIR/image/$layer" --numeric-owner | awk '$2 !~ /^(0|1000)\/(0|1000)$/ {exit 1}'
    done
}

@test "docker diff and commit see what the container wrote, with the ids that it has" {
    docker run --name box busybox sh -c 'echo new >/etc/new; rm /opt/app/file; mkdir /var/data/dir; chown 1000 /etc/new; ln -s a /link'
    run -0 docker diff box
    [ "$(sort <<<"$output")" = $'A /etc/new\nA /link\nA /var/data/dir\nC /etc\nC /opt\nC /opt/app\nC /var\nC /var/data\nD /opt/app/file' ]
    docker commit box committed
    run -0 docker run --rm committed sh -c 'cat /etc/new; stat -c %u /etc/new; ls -a /opt/app; readlink /link'
    [ "$output" = $'new\n1000\n.\n..\na' ]
    docker run -d --name idle busybox sleep 1000
    [ -z "$(docker diff idle)" ]
    docker rmi committed
}

@test "docker cp: in and out, while it runs and after" {
    docker run -d --name box busybox sleep 1000
    echo one >"$BATS_TEST_TMPDIR/one"
    docker cp "$BATS_TEST_TMPDIR/one" box:/opt/app/one
    docker cp "$BATS_TEST_TMPDIR/one" box:/etc/one
    [ "$(docker exec box cat /opt/app/one)" = one ]
    [ "$(docker exec box stat -c %u /etc/one)" = 0 ]
    docker exec box sh -c 'echo more >/etc/more; echo changed >/opt/app/one; mv /opt/app/file /opt/app/moved; mkdir /opt/app/new'
    docker cp box:/etc/more "$BATS_TEST_TMPDIR/more"
    docker cp box:/opt/app "$BATS_TEST_TMPDIR/app"
    [ "$(cat "$BATS_TEST_TMPDIR/more" "$BATS_TEST_TMPDIR/app/one" "$BATS_TEST_TMPDIR/app/moved")" = $'more\nchanged\nfrom the image' ]
    [ "$(ls "$BATS_TEST_TMPDIR/app")" = $'moved\nnew\none' ]
    docker exec box sh -c 'echo again >/etc/more.new; mv /etc/more.new /etc/more; echo "new:x:1234:1234::/:/bin/sh" >>/etc/passwd'
    docker cp box:/etc/more "$BATS_TEST_TMPDIR/more"
    [ "$(cat "$BATS_TEST_TMPDIR/more")" = again ]
    [ "$(docker exec -u new box id -u)" = 1234 ] # docker reads the container's passwd through its own mount
    docker stop -t 0 box
    docker cp "$BATS_TEST_TMPDIR/app" box:/
    docker cp box:/app/moved - | tar -xO >"$BATS_TEST_TMPDIR/out"
    [ "$(cat "$BATS_TEST_TMPDIR/out")" = "from the image" ]
    docker export box | tar -tf - | grep -qx app/new/
    docker start box
    [ "$(docker exec box cat /app/one)" = changed ]
}

@test "docker logs, stop, start, restart, kill, pause, wait, update" {
    docker run -d --name box busybox sh -c 'trap "echo stopped; exit 3" TERM; echo started; echo err >&2; while :; do sleep 0.1; done'
    wait_until eval 'docker logs box 2>/dev/null | grep -q started'
    docker pause box
    [ "$(docker inspect -f '{{.State.Status}}' box)" = paused ]
    docker unpause box
    docker stop -t 20 box
    [ "$(docker inspect -f '{{.State.ExitCode}}' box)" = 3 ]
    [ "$(docker logs box 2>/dev/null)" = $'started\nstopped' ]
    docker start box
    docker restart -t 20 box
    [ "$(docker logs box 2>/dev/null | grep -c started)" = 3 ]
    docker update --pids-limit 77 --memory 64m --memory-swap 64m box
    docker kill box
    [ "$(docker wait box)" = 137 ]
}

@test "docker: restart policy and health check" {
    docker run -d --name again --restart on-failure:2 busybox false
    docker run -d --name healthy --health-cmd 'test -e /tmp/ok' --health-interval 1s busybox sh -c 'touch /tmp/ok; sleep 1000'
    wait_until eval '[ "$(docker inspect -f "{{.RestartCount}} {{.State.Status}}" again)" = "2 exited" ]'
    wait_until eval '[ "$(docker inspect -f "{{.State.Health.Status}}" healthy)" = healthy ]'
    no_root_outside
}

@test "docker: an image that makes its user from PUID and PGID" {
    mkdir -p "$BATS_TEST_TMPDIR/context" "$ENGINES/puid"
    chown 1234:1234 "$ENGINES/puid"
    cat >"$BATS_TEST_TMPDIR/context/entry" <<'ENTRY'
#!/bin/sh
echo "abc:x:$PUID:$PGID::/config:/bin/sh" >>/etc/passwd
echo "abc:x:$PGID:" >>/etc/group
chown abc:abc /config
exec su abc -c "echo as \$(id -u) >/config/file; cat /config/file; sleep ${STAY:-0}"
ENTRY
    chmod 755 "$BATS_TEST_TMPDIR/context/entry"
    printf 'FROM busybox\nCOPY entry /entry\nENTRYPOINT ["/entry"]\n' >"$BATS_TEST_TMPDIR/context/Dockerfile"
    DOCKER_BUILDKIT=0 docker build -q -t puid "$BATS_TEST_TMPDIR/context"
    run -0 docker run --rm -e PUID=1234 -e PGID=1234 -v "$ENGINES/puid:/config" puid
    [ "$output" = "as 1234" ]
    [ "$(stat -c %u:%g "$ENGINES/puid/file")" = 1234:1234 ]
    docker run -d --name puid -e PUID=1234 -e PGID=1234 -e STAY=1000 -v "$ENGINES/puid:/config" puid
    wait_until eval 'docker top puid | grep -q "sleep 1000"'
    no_root_outside
}

@test "docker swarm: a replicated service" {
    docker swarm init --advertise-addr 127.0.0.1
    docker service create --detach --name web --replicas 2 busybox sleep 1000
    wait_until eval '[ "$(docker service ls --format "{{.Replicas}}")" = 2/2 ]'
    no_root_outside
    docker service scale --detach web=3
    wait_until eval '[ "$(docker service ls --format "{{.Replicas}}")" = 3/3 ]'
    docker service rm web
    wait_until eval '[ -z "$(docker ps -q)" ]'
    docker swarm leave --force
}

@test "a registry between docker and unroot: what one pushes the other pulls, with the same digests" {
    command -v docker-registry >/dev/null || skip "docker-registry is not installed"
    local registry=$BATS_TEST_DIRNAME/../registry/registry.sh folder=$BATS_TEST_TMPDIR/registry address
    "$registry" start "$folder"
    address=$(cat "$folder/address")
    printf 'FROM busybox\nRUN echo theirs >/file\nUSER 950:950\n' | docker build -q -t "$address/theirs:1" -
    docker push "$address/theirs:1"
    "$UNROOT" pull "$address/theirs:1"
    [ "$("$UNROOT" image inspect -f '{{.Id}}' "$address/theirs:1")" = "$(docker image inspect -f '{{.Id}}' "$address/theirs:1")" ]
    [ "$("$UNROOT" image inspect -f '{{index .RepoDigests 0}}' "$address/theirs:1")" = \
        "$(docker image inspect -f '{{index .RepoDigests 0}}' "$address/theirs:1")" ]
    [ "$("$UNROOT" run --rm --network none "$address/theirs:1" sh -c 'id -u; cat /file')" = $'950\ntheirs' ]
    printf 'FROM %s/theirs:1\nUSER 0\nRUN echo ours >/ours\nUSER 951:951\n' "$address" |
        "$UNROOT" build -q --network none -t "$address/ours:1" -
    "$UNROOT" push "$address/ours:1"
    docker pull "$address/ours:1"
    [ "$("$UNROOT" image inspect -f '{{.Id}}' "$address/ours:1")" = "$(docker image inspect -f '{{.Id}}' "$address/ours:1")" ]
    [ "$(docker run --rm "$address/ours:1" sh -c 'id -u; cat /file /ours')" = $'951\ntheirs\nours' ]
    "$registry" stop "$folder"
}
