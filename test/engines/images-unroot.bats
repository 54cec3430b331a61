# SPDX-License-Identifier: Apache-2.0
# The images of test/images/ built and run by unroot itself: as they are, with their entry points that are root and drop, and
# with --user, where uid 0 does not exist; data in volumes and folders of the host outlives the containers.
load engines

setup_file() {
    [ -n "${ENGINES:-}" ] && [ -s "$UNROOT_BUILD/engines-root.tar" ] || return 0
    "$UNROOT" import "$UNROOT_BUILD/engines-root.tar" packages
    local name builds=
    for name in dropping nginx redis postgres supervised; do
        "$UNROOT" build -q --network none -t "$name" "$BATS_TEST_DIRNAME/../images/$name" >"$BATS_FILE_TMPDIR/$name.log" 2>&1 &
        builds="$builds $!"
    done
    # shellcheck disable=SC2086
    wait $builds
    "$UNROOT" image inspect -f '{{.Size}}' dropping nginx redis postgres supervised || { cat "$BATS_FILE_TMPDIR"/*.log; return 1; }
}

setup() {
    require_private_host
    require_packages
}

teardown() {
    [ -z "${ENGINES:-}" ] || unroot rm -f -v $(unroot ps -aq) >/dev/null 2>&1 || true
}

unroot() {
    "$UNROOT" "$@"
}

# no_root_outside NAME...: every process of these containers has ids of the pool, and is in a user namespace of its own.
no_root_outside() {
    local name ids
    for name; do
        ids=$(unroot top "$name" huser hgroup | tail -n +2)
        echo "$name: $ids"
        [ -n "$ids" ]
        [ -z "$(awk '$1 < 1879048192 || $2 < 1879048192' <<<"$ids")" ]
    done
}

# again NAME: stopped, quickly because it obeys its stop signal, and started.
again() {
    timeout 30 "$UNROOT" stop -t 60 "$1"
    unroot start "$1"
}

owners() {
    find "$1" -printf "${2:-%U:%G}\n" | sort -u
}

@test "an entrypoint that is root makes its user, gives a folder to it and drops by gosu" {
    mkdir "$ENGINES/config"
    chown 1000:1000 "$ENGINES/config"
    unroot run -d --name box -e PUID=1000 -e PGID=1000 -v "$ENGINES/config:/config" dropping
    wait_until eval '[ "$(unroot top box user args | tail -n +2 | tr -s " ")" = "1000 sleep 1000" ]'
    no_root_outside box
    [ "$(unroot logs box)" = "started as 0, goes on as 1000:1000" ]
    [ "$(owners "$ENGINES/config")" = 1000:1000 ]
    unroot stop -t 0 box
    unroot start box
    wait_until eval '[ "$(unroot logs box | wc -l)" = 2 ]'
    [ "$(owners "$ENGINES/config")" = 1000:1000 ]
}

@test "nginx: as root with its workers, and with --user" {
    unroot run -d --name box -p 127.0.0.1:8090:80 nginx
    wait_until curl -sf http://127.0.0.1:8090/
    run -0 unroot top box user args
    [[ $output = *"0         nginx: master process"*"33        nginx: worker process"* ]]
    no_root_outside box
    wait_until eval 'unroot logs box | grep -q "GET /"'
    unroot exec box nginx -s reload
    timeout 15 "$UNROOT" stop -t 60 box
    [ "$(unroot inspect -f '{{.State.ExitCode}}' box)" = 0 ]
    unroot rm box
    unroot run -d --name box -p 127.0.0.1:8090:80 --user www-data --tmpfs /var/lib/nginx nginx
    wait_until curl -sf http://127.0.0.1:8090/
    no_root_outside box
    wait_until eval 'unroot logs box | grep -q "GET /"'
    [ "$(unroot top box user | tail -n +2 | sort -u)" = 33 ]
}

@test "redis: a named volume survives a restart, a new container, and --user" {
    unroot run -d --name box -v cache:/data redis
    wait_until unroot exec box redis-cli ping
    no_root_outside box
    [ "$(unroot exec box stat -c %U /proc/1)" = redis ]
    unroot exec box redis-cli set key value
    again box
    wait_until eval '[ "$(unroot exec box redis-cli get key)" = value ]'
    unroot rm -f box
    unroot run -d --name box -v cache:/data redis
    wait_until eval '[ "$(unroot exec box redis-cli get key)" = value ]'
    unroot rm -f box
    unroot run -d --name box -v cache:/data --user redis redis
    wait_until eval '[ "$(unroot exec box redis-cli get key)" = value ]'
    unroot exec box redis-cli set key other
    again box
    wait_until eval '[ "$(unroot exec box redis-cli get key)" = other ]'
    run unroot exec -u 0 box id
    [ "$status" != 0 ]
    no_root_outside box
}

@test "postgres: a folder of the host that its first start makes, and one of an ordinary account with --user" {
    start() {
        unroot run -d --name box --shm-size 128m -v "$1:/var/lib/postgresql/data" -e POSTGRES_PASSWORD=secret "${@:2}"
    }
    query() {
        unroot exec -u postgres box psql -h 127.0.0.1 -Atc 'select n from t'
    }
    start "$ENGINES/new" postgres
    wait_until unroot exec box psql -h 127.0.0.1 -U postgres -c 'create table t as select 1 as n'
    no_root_outside box
    [ "$(owners "$ENGINES/new" %U)" = $((2147352576 + 999)) ] # nobody's: root inside, who made them, is nobody on disk too
    again box
    wait_until eval '[ "$(query)" = 1 ]'
    unroot rm -f box
    start "$ENGINES/new" postgres
    wait_until eval '[ "$(query)" = 1 ]'
    unroot rm -f box
    mkdir "$ENGINES/own"
    chown 1000:1000 "$ENGINES/own"
    start "$ENGINES/own" --user postgres postgres
    wait_until unroot exec box psql -h 127.0.0.1 -U postgres -c 'create table t as select 1 as n'
    again box
    wait_until eval '[ "$(query)" = 1 ]'
    no_root_outside box
    [ "$(owners "$ENGINES/own" %U)" = 1000 ]
}

@test "s6: a supervisor that is process 1 starts services as their users" {
    unroot run -d --name box supervised
    wait_until eval 'unroot top box | grep -q "sleep 1001"'
    wait_until eval 'unroot top box | grep -q "sleep 1002"'
    no_root_outside box
    wait_until eval '[ "$(unroot exec box cat /var/log/web/current)" = $'"'web starts as 0\\nweb runs as 1001'"' ]'
    timeout 30 "$UNROOT" stop -t 60 box
    [ "$(unroot inspect -f '{{.State.ExitCode}}' box)" = 0 ]
}
