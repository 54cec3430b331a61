# SPDX-License-Identifier: Apache-2.0
# Images as people have them, made from Debian's packages: an entrypoint that is root and drops by gosu, nginx with its
# master, redis, postgres with initdb on a folder of the host, s6. Unchanged under docker with our runtime, and no process has
# an id of the host's root. ENGINES_IMAGES=1 runs it: the packages are fetched once, into the build folder.
load engines
load docker

setup_file() {
    [ -n "${ENGINES:-}" ] && [ -n "${ENGINES_IMAGES:-}" ] && [ -x "$UNROOT_RUNTIME" ] || return 0
    command -v dockerd >/dev/null && command -v mmdebstrap >/dev/null || return 0
    local tree=$UNROOT_BUILD/engines-root.tar # made by test/engines/run, which has a network
    [ -s "$tree" ] || return 0
    docker_start --add-runtime "unroot=$UNROOT_RUNTIME" --default-runtime unroot
    docker import "$tree" debian
}

teardown_file() {
    [ ! -e "$ENGINES/docker/pid" ] || docker_stop
}

setup() {
    require_private_host
    [ -n "${ENGINES_IMAGES:-}" ] || skip "ENGINES_IMAGES=1 runs it: packages of 500 MB are fetched"
    require_program dockerd docker.io
    require_program mmdebstrap mmdebstrap
    require_runtime
    [ -s "$UNROOT_BUILD/engines-root.tar" ] || skip "the packages cannot be fetched: no network"
}

teardown() {
    [ ! -e "$ENGINES/docker/pid" ] || docker ps -aq | xargs -r "$DOCKER" --host "unix://$ENGINES/docker.sock" rm -f -v >/dev/null 2>&1
}

# image NAME: a Dockerfile on standard input.
image() {
    DOCKER_BUILDKIT=0 docker build -q -t "$1" -
}

@test "an entrypoint that is root, gives a volume to its user and drops by gosu" {
    image dropping <<'DOCKERFILE'
FROM debian
RUN useradd -u 1000 app && mkdir /data && chown app /data
VOLUME /data
ENTRYPOINT ["sh", "-c", "chown app /data && exec gosu app \"$@\"", "entry"]
CMD ["sh", "-c", "id -u >/data/id; exec sleep 1000"]
DOCKERFILE
    docker run -d --name box dropping
    wait_until eval '[ "$(docker exec box cat /data/id)" = 1000 ]'
    wait_until eval 'docker top box -o pid,args | grep -q "sleep 1000"'
    no_host_root
    # On a folder that docker makes, which is root's.
    docker run -d --name folder -v "$ENGINES/gosu:/data" dropping
    wait_until eval '[ "$(cat "$ENGINES/gosu/id")" = 1000 ]'
    [ "$(stat -c %u "$ENGINES/gosu/id")" = 1000 ]
    no_host_root
}

@test "nginx: a master that is root inside, workers that are not, port 80" {
    image web <<'DOCKERFILE'
FROM debian
RUN ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
CMD ["nginx", "-g", "daemon off;"]
DOCKERFILE
    docker run -d --name box -p 127.0.0.1:8088:80 web
    wait_until curl -sf http://127.0.0.1:8088/
    run -0 docker top box -o pid,args
    [[ $output = *"master process"*"worker process"* ]]
    no_host_root
    wait_until eval 'docker logs box | grep -q "GET /"'
    docker stop -t 20 box
    [ "$(docker inspect -f '{{.State.ExitCode}}' box)" = 0 ]
}

@test "redis: data in a volume survives a restart" {
    image cache <<'DOCKERFILE'
FROM debian
VOLUME /data
ENTRYPOINT ["sh", "-c", "chown redis /data && cd /data && exec gosu redis \"$@\"", "entry"]
CMD ["redis-server", "--appendonly", "yes", "--dir", "/data", "--protected-mode", "no"]
DOCKERFILE
    docker run -d --name box -v cache:/data cache
    wait_until docker exec box redis-cli ping
    docker exec box redis-cli set key value
    docker restart -t 20 box
    wait_until eval '[ "$(docker exec box redis-cli get key)" = value ]'
    no_host_root
}

@test "postgres: initdb on a folder of the host, which stays the database's" {
    image base <<'DOCKERFILE'
FROM debian
ENV PGDATA=/var/lib/postgresql/data PATH=/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENTRYPOINT ["sh", "-ec", "mkdir -p $PGDATA; chown -R postgres $PGDATA; chmod 700 $PGDATA; [ -s $PGDATA/PG_VERSION ] || gosu postgres initdb -A trust -N >/dev/null; exec gosu postgres \"$@\"", "entry"]
CMD ["postgres", "-k", "/tmp"]
DOCKERFILE
    mkdir "$ENGINES/pg"
    docker run -d --name box -v "$ENGINES/pg:/var/lib/postgresql/data" base
    wait_until docker exec -u postgres box psql -h /tmp -c 'create table t as select 1 as n'
    no_host_root
    owner=$(docker exec box id -u postgres)
    [ "$(stat -c %u "$ENGINES/pg")" = "$owner" ]
    [ "$(find "$ENGINES/pg" ! -uid "$owner" | wc -l)" = 0 ]
    docker restart -t 30 box
    wait_until eval '[ "$(docker exec -u postgres box psql -h /tmp -Atc "select n from t")" = 1 ]'
}

@test "s6: a supervisor that is root inside starts services as their users" {
    image supervised <<'DOCKERFILE'
FROM debian
RUN useradd -u 1001 web && mkdir -p /services/web /services/own && \
    printf '#!/bin/sh\nexec s6-setuidgid web sleep 1001\n' >/services/web/run && \
    printf '#!/bin/sh\nexec sleep 1002\n' >/services/own/run && chmod 755 /services/*/run
CMD ["s6-svscan", "/services"]
DOCKERFILE
    docker run -d --name box supervised
    wait_until eval 'docker top box -o pid,args | grep -q "sleep 1001"'
    wait_until eval 'docker top box -o pid,args | grep -q "sleep 1002"'
    no_host_root
    docker stop -t 20 box
}
