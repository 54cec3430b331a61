# SPDX-License-Identifier: Apache-2.0
# A docker daemon of the suite's own: `load docker` after `load engines`.

DOCKER=/usr/bin/docker
[ -x "$DOCKER" ] || DOCKER=$(command -v docker || echo docker)

docker() {
    "$DOCKER" --host "unix://$ENGINES/docker.sock" "$@"
}

# docker_start OPTION...: the daemon; its log is $ENGINES/docker.log.
docker_start() {
    mkdir -p "$ENGINES/docker"
    dockerd --data-root "$ENGINES/docker/data" --exec-root "$ENGINES/docker/exec" --pidfile "$ENGINES/docker/pid" \
        --host "unix://$ENGINES/docker.sock" --cgroup-parent "/$ENGINES_CGROUP" "$@" \
        >>"$ENGINES/docker.log" 2>&1 3>&- &
    wait_until docker version
}

# docker_stop: the daemon ends and leaves no process and no mount.
docker_stop() {
    local pid
    pid=$(cat "$ENGINES/docker/pid") || return 0
    kill "$pid"
    wait_until eval "! kill -0 $pid"
    wait_until eval '! pgrep -f "$ENGINES/docker/exec"'
}

# docker_image: the image `busybox`, loaded once for the daemon.
docker_image() {
    ! docker image inspect busybox || return 0
    make_rootfs "$ENGINES/rootfs"
    tar -C "$ENGINES/rootfs" -c . | docker import --change 'CMD ["sh"]' - busybox
} >/dev/null 2>&1
