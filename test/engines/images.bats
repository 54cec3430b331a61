# SPDX-License-Identifier: Apache-2.0
# Images as people have them (test/images/): an entrypoint that is root and drops by gosu, nginx with its master, redis,
# postgres with initdb on a folder of the host, s6. Unchanged under docker with our runtime, with the options that people give
# them, and no process has an id of the host's root or a capability outside of its container.
load engines
load docker

setup_file() {
    [ -n "${ENGINES:-}" ] && [ -x "$UNROOT_RUNTIME" ] && [ -s "$UNROOT_BUILD/engines-root.tar" ] || return 0
    command -v dockerd >/dev/null || return 0
    docker_start --add-runtime "unroot=$UNROOT_RUNTIME" --default-runtime "${ENGINES_RUNTIME:-unroot}"
    docker import "$UNROOT_BUILD/engines-root.tar" packages
    local name builds=
    for name in dropping nginx redis postgres supervised; do
        DOCKER_BUILDKIT=0 docker build -q -t "$name" "$BATS_TEST_DIRNAME/../images/$name" >"$BATS_FILE_TMPDIR/$name.log" 2>&1 &
        builds="$builds $!"
    done
    wait $builds
    docker image inspect -f '{{.Size}}' dropping nginx redis postgres supervised || { cat "$BATS_FILE_TMPDIR"/*.log; return 1; }
}

teardown_file() {
    [ ! -e "$ENGINES/docker/pid" ] || docker_stop
}

setup() {
    require_private_host
    require_program dockerd docker.io
    require_runtime
    require_packages
}

teardown() {
    [ ! -e "$ENGINES/docker/pid" ] || docker ps -aq | xargs -r "$DOCKER" --host "unix://$ENGINES/docker.sock" rm -f -v >/dev/null 2>&1
}

no_root_outside() {
    [ "${ENGINES_RUNTIME:-}" = runc ] || no_host_root
}

# owners FOLDER [FORMAT]: the uid:gid pairs that its files have on the host.
owners() {
    find "$1" -printf "${2:-%U:%G}\n" | sort -u
}

@test "an entrypoint that is root makes its user, gives a folder to it and drops by gosu" {
    mkdir "$ENGINES/config"
    chown 1000:1000 "$ENGINES/config"
    docker run -d --name box -e PUID=1000 -e PGID=1000 -v "$ENGINES/config:/config" --restart unless-stopped dropping
    wait_until eval 'docker top box -o pid,args | grep -q "sleep 1000"'
    no_root_outside
    [ "$(docker logs box)" = "started as 0, goes on as 1000:1000" ]
    [ "$(owners "$ENGINES/config")" = 1000:1000 ]
    [ "$(docker exec -u abc box sh -c 'cat /config/setting; echo more >/config/more; stat -c %u /config/more')" = $'first\n1000' ]
    docker restart -t 0 box
    wait_until eval '[ "$(docker logs box | wc -l)" = 2 ]'
    [ "$(owners "$ENGINES/config")" = 1000:1000 ]
    # In its own volume, with the image's number.
    docker run -d --name own dropping
    wait_until eval '[ "$(docker logs own)" = "started as 0, goes on as 911:911" ]'
    [ "$(docker run --rm --volumes-from own --entrypoint stat dropping -c %u:%g /config/setting)" = 911:911 ]
    no_root_outside
}

@test "nginx: a master that is root inside, workers that are not, port 80, logs to /dev/stdout" {
    mkdir -m 755 "$ENGINES/web"
    echo "<h1>from the host</h1>" >"$ENGINES/web/index.html"
    docker run -d --name box -p 127.0.0.1:8088:80 --restart always nginx
    wait_until curl -sf http://127.0.0.1:8088/
    [ "$(curl -s http://127.0.0.1:8088/)" = "<h1>from the image</h1>" ]
    run -0 docker exec box sh -c 'for pid in /proc/[0-9]*; do stat -c %U $pid; cat $pid/cmdline; done 2>/dev/null | tr "\0\n" "  "'
    [[ $output = *"root nginx: master process nginx"* && $output = *"www-data nginx: worker process"* ]]
    no_root_outside
    wait_until eval 'docker logs box | grep -q "GET /"'
    docker exec box nginx -s reload
    wait_until curl -sf http://127.0.0.1:8088/
    timeout 15 "$DOCKER" --host "unix://$ENGINES/docker.sock" stop -t 60 box
    [ "$(docker inspect -f '{{.State.ExitCode}}' box)" = 0 ]
    docker rm box
    docker run -d --name box -p 127.0.0.1:8088:80 -v "$ENGINES/web:/usr/share/nginx/html:ro" --read-only --tmpfs /run --tmpfs /var/lib/nginx nginx
    wait_until curl -sf http://127.0.0.1:8088/
    [ "$(curl -s http://127.0.0.1:8088/)" = "<h1>from the host</h1>" ]
    no_root_outside
}

@test "redis: healthy, drops by gosu, data in a volume survives a restart and a new container" {
    docker run -d --name box -v cache:/data -p 127.0.0.1:8089:6379 redis
    wait_until eval '[ "$(docker inspect -f "{{.State.Health.Status}}" box)" = healthy ]'
    no_root_outside
    [ "$(docker exec box stat -c %U /proc/1)" = redis ]
    docker exec box redis-cli set key value
    docker restart -t 60 box
    wait_until eval '[ "$(docker exec box redis-cli get key)" = value ]'
    docker rm -f box
    docker run -d --name box -v cache:/data --user 999:999 redis
    wait_until eval '[ "$(docker exec box redis-cli get key)" = value ]'
    no_root_outside
    [ "$(docker run --rm -v cache:/data --entrypoint find redis /data -printf '%u:%g\n' | sort -u)" = redis:redis ]
    docker rm -f box
    # A folder of an ordinary account's, with a configuration.
    mkdir "$ENGINES/cache"
    echo 'databases 3' >"$ENGINES/cache/redis.conf"
    chown -R 1000:1000 "$ENGINES/cache"
    docker run -d --name box -v "$ENGINES/cache:/data" redis redis.conf --protected-mode no
    wait_until docker exec box redis-cli ping
    docker exec box redis-cli set key value
    docker exec box redis-cli save
    docker stop -t 60 box
    [ "$(owners "$ENGINES/cache" %U)" = 999 ] # by the entry point's chown, as under runc
}

@test "postgres: initdb on a folder of the host, scripts of its first start, and the data afterwards" {
    mkdir -m 755 "$ENGINES/initdb"
    echo 'create table t as select 1 as n;' >"$ENGINES/initdb/one.sql"
    start() {
        docker run -d --name box --shm-size 128m -v "$ENGINES/pg:/var/lib/postgresql/data" -v "$ENGINES/initdb:/initdb.d:ro" \
            -e POSTGRES_PASSWORD=secret "$@"
    }
    query() {
        docker exec -u postgres box psql -h 127.0.0.1 -Atc 'select n from t'
    }
    start postgres # a folder that docker makes
    wait_until query
    no_root_outside
    [ "$(query)" = 1 ]
    [ "$(owners "$ENGINES/pg" %U)" = 999 ]
    [ "$(stat -c %a "$ENGINES/pg")" = 700 ]
    docker exec box psql -U postgres -c 'insert into t values (2)' # root, through the socket
    timeout 30 "$DOCKER" --host "unix://$ENGINES/docker.sock" restart -t 100 box
    wait_until eval '[ "$(query)" = $'"'1\\n2'"' ]'
    docker rm -f box
    start --user 999:999 postgres -c log_statement=all
    wait_until eval '[ "$(query)" = $'"'1\\n2'"' ]'
    no_root_outside
    [ "$(owners "$ENGINES/pg" %U)" = 999 ]
}

@test "s6: a supervisor that is process 1 starts services as their users and again when they end" {
    docker run -d --name box supervised
    wait_until eval 'docker top box -o pid,args | grep -q "sleep 1001"'
    wait_until eval 'docker top box -o pid,args | grep -q "sleep 1002"'
    no_root_outside
    wait_until eval '[ "$(docker exec box cat /var/log/web/current)" = $'"'web starts as 0\\nweb runs as 1001'"' ]'
    [ "$(docker exec box stat -c %U /var/log/web/current)" = log ]
    docker exec box s6-svc -k /run/service/own
    wait_until eval 'docker logs box | grep -q "own ended with 256"'
    wait_until eval 'docker top box -o pid,args | grep -q "sleep 1002"'
    timeout 30 "$DOCKER" --host "unix://$ENGINES/docker.sock" stop -t 60 box
    [ "$(docker inspect -f '{{.State.ExitCode}}' box)" = 0 ]
}

@test "docker build: stages, a package of setuid files and accounts, the same owners under runc" {
    local context=$BATS_TEST_TMPDIR/context show
    mkdir -p "$context"/package/{DEBIAN,usr/local/bin,etc/tool}
    cp /usr/bin/id "$context/package/usr/local/bin/tool"
    chmod 6755 "$context/package/usr/local/bin/tool"
    echo first >"$context/package/etc/tool/conf"
    printf '%s\n' 'Package: tool' 'Version: 1' 'Architecture: all' 'Maintainer: nobody <n@example.org>' 'Description: a tool' >"$context/package/DEBIAN/control"
    printf '#!/bin/sh\nset -e\nuseradd -r -U -u 321 -m -d /var/lib/tool tool\nchown root:tool /etc/tool/conf\nchmod 640 /etc/tool/conf\nchown tool /usr/local/bin/tool\nchmod 4750 /usr/local/bin/tool\n' >"$context/package/DEBIAN/postinst"
    chmod 755 "$context/package/DEBIAN/postinst"
    dpkg-deb --root-owner-group --build "$context/package" "$context/tool.deb"
    cat >"$context/Dockerfile" <<'DOCKERFILE'
FROM packages AS base
COPY tool.deb /
RUN dpkg -i --force-depends /tool.deb && rm /tool.deb
FROM base AS made
RUN mkdir /made && echo made >/made/file && chown -R 321:321 /made && chmod 2750 /made
FROM base
COPY --from=made /made /made
COPY --from=made --chown=1000:1000 /made /given
DOCKERFILE
    DOCKER_BUILDKIT=0 docker build -q -t tool "$context"
    show='stat -c "%n %u:%g %a" /usr/local/bin/tool /etc/tool/conf /var/lib/tool /made /made/file /given/file'
    run -0 docker run --rm tool sh -c "$show"
    [ "${lines[0]} ${lines[1]}" = "/usr/local/bin/tool 321:0 4750 /etc/tool/conf 0:321 640" ]
    [[ $output = *"/var/lib/tool 321:321"*"/given/file 1000:1000"* ]]
    ! command -v runc >/dev/null || [ "$(docker run --rm --runtime runc tool sh -c "$show")" = "$output" ]
    run -0 docker run --rm --user 0:0 tool /usr/local/bin/tool
    [[ $output = *"euid=321(tool)"* ]] # it works in there; on the host 321 is nobody
}
