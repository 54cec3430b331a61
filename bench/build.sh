#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How long a build of five steps takes against `podman build` and docker's classic builder, cold and warm:
# build.sh [ROUNDS [RUNS]]. In each round every contender runs RUNS times, one after the other.
# docker is left out when there is no dockerd.
. "$(dirname "$0")/place.bash"
rounds=${1:-5} runs=${2:-3}

make_rootfs "$fs/rootfs"
cp "$(command -v busybox)" "$fs/rootfs/bin/busybox"
ln -sf busybox "$fs/rootfs/bin/sh"
tar -C "$fs/rootfs" -cf "$fs/small.tar" .
unroot import "$fs/small.tar" small >/dev/null
podman import "$fs/small.tar" small >/dev/null 2>&1

mkdir "$fs/context"
head -c 100000 /dev/urandom >"$fs/context/data"
cat >"$fs/context/Dockerfile" <<'D'
FROM small
WORKDIR /srv
COPY data /srv/data
RUN echo one >/one
RUN echo two >/two
RUN echo three >/three
CMD ["/bin/sh"]
D

docker() { /usr/bin/docker -H "unix://$fs/docker.sock" "$@"; }
start_docker() {
    command -v dockerd >/dev/null && [ -x /usr/bin/docker ] || return 1
    as_peer dockerd --data-root "$fs/docker" --exec-root /run/docker --pidfile /run/docker.pid -H "unix://$fs/docker.sock" \
        --bridge none --iptables=false --storage-driver overlay2 >"$fs/docker.log" 2>&1 &
    for _ in $(seq 100); do
        docker version >/dev/null 2>&1 && break
        sleep 0.2
    done
    docker import "$fs/small.tar" small >/dev/null
}
has_docker=0
start_docker && has_docker=1
stop_docker() {
    [ ! -e /run/docker.pid ] || kill "$(cat /run/docker.pid)" 2>/dev/null || true
    for _ in $(seq 50); do
        [ -e /run/docker.pid ] || break
        sleep 0.1
    done
    leave
}
trap stop_docker EXIT

build_podman=(podman "${podman_options[@]}" build -q --layers --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024
    --isolation oci -t built "$fs/context")
build_docker=(env DOCKER_BUILDKIT=0 /usr/bin/docker -H "unix://$fs/docker.sock" build -q --network none -t built "$fs/context")
for _ in $(seq "$rounds"); do
    measure cold "$runs" -- "$build/bin/unroot" build -q --no-cache --network none -t built "$fs/context"
    measure peer-podman-cold "$runs" -- "${build_podman[@]}" --no-cache
    [ "$has_docker" = 0 ] || measure docker-cold "$runs" -- "${build_docker[@]}" --no-cache
    measure warm "$((runs * 3))" -- "$build/bin/unroot" build -q --network none -t built "$fs/context"
    measure peer-podman-warm "$runs" -- "${build_podman[@]}"
    [ "$has_docker" = 0 ] || measure docker-warm "$runs" -- "${build_docker[@]}"
    measure bridge "$runs" -- "$build/bin/unroot" build -q --no-cache -t built "$fs/context"
done

table_head
compare "five steps, cold : podman build" cold peer-podman-cold 0.2
[ "$has_docker" = 0 ] || compare "five steps, cold : docker's classic build" cold docker-cold 0.4
compare "five steps, warm : podman build" warm peer-podman-warm -
[ "$has_docker" = 0 ] || compare "five steps, warm : docker's classic build" warm docker-warm -
compare "five steps, cold, private networks : without" bridge cold -
[ "$missed" = 0 ]
