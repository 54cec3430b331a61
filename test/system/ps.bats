# SPDX-License-Identifier: Apache-2.0
# `ps`: the table, templates, filters, -a -l -n -q --no-trunc.
load helpers

setup_file() {
    make_images
    unroot run -d --name ps-up --label tier=front busybox sleep 1000 >/dev/null
    unroot run -d --name ps-paused busybox sleep 1000 >/dev/null
    unroot pause ps-paused >/dev/null
    unroot run --name ps-failed busybox sh -c 'exit 3' || true
    sleep 1.1
    unroot create --name ps-created --label tier=back busybox-root sh -c 'echo a very long command line' >/dev/null
}

teardown_file() {
    unroot unpause ps-paused >/dev/null || true
    remove_containers
}

names() {
    unroot ps "$@" --format '{{.Names}}' | sort | tr '\n' ' '
}

@test "the table has docker's columns" {
    run -0 unroot ps -a
    [[ ${lines[0]} =~ ^CONTAINER\ ID\ +IMAGE\ +COMMAND\ +CREATED\ +STATUS\ +PORTS\ +NAMES$ ]]
    [ "${#lines[@]}" = 5 ]
    [[ $output =~ [0-9a-f]{12}\ +busybox\ +\"sleep\ 1000\"\ +[A-Z0-9][a-z0-9\ ]*\ ago\ +Up\ [0-9A-Z][a-z0-9\ ]*\ +ps-up ]]
    [[ $output == *"Exited (3) "* && $output == *" (Paused)"* && $output == *"Created "* ]]
    [[ $output == *"\"sh -c 'echo a very …\""* || $output == *"\"sh -c echo a very l…\""* || $output == *"\"sh -c"*"…\""* ]]
}

@test "without -a only what runs" {
    [ "$(names)" = "ps-paused ps-up " ]
    [ "$(names -a)" = "ps-created ps-failed ps-paused ps-up " ]
}

@test "-l and -n take the newest" {
    [ "$(names -l)" = "ps-created " ]
    [ "$(unroot ps -n 2 -q | wc -l)" = 2 ]
    [ "$(unroot ps -n 0 -q | wc -l)" = 0 ]
}

@test "the newest comes first, also of those made within a second" {
    for i in 1 2 3 4 5; do
        unroot create --name "order-$i" busybox true >/dev/null
    done
    [ "$(unroot ps -n 5 --format '{{.Names}}' | tr '\n' ' ')" = "order-5 order-4 order-3 order-2 order-1 " ]
    [ "$(unroot ps -l --format '{{.Names}}')" = order-5 ]
    unroot rm order-1 order-2 order-3 order-4 order-5 >/dev/null
}

@test "-q prints ids, with --no-trunc whole ones" {
    run -0 unroot ps -aq
    for line in "${lines[@]}"; do
        [[ $line =~ ^[0-9a-f]{12}$ ]]
    done
    run -0 unroot ps -aq --no-trunc
    for line in "${lines[@]}"; do
        [[ $line =~ ^[0-9a-f]{64}$ ]]
    done
}

@test "filters" {
    id=$(unroot inspect -f '{{.Id}}' ps-up)
    while IFS='|' read -r filters expected; do
        [ "$(names $filters)" = "$expected" ] || { echo "$filters: $(names $filters)"; false; }
    done <<TABLE
-f name=ps-up|ps-up 
-f name=^ps-p|ps-paused 
-f status=exited|ps-failed 
-f status=created|ps-created 
-f status=paused|ps-paused 
-f status=running|ps-up 
-f status=running -f status=paused|ps-paused ps-up 
-f exited=3|ps-failed 
-f exited=0|
-a -f label=tier|ps-created ps-up 
-a -f label=tier=back|ps-created 
-a -f label=tier -f name=up|ps-up 
-a -f ancestor=busybox-root|ps-created 
-a -f ancestor=busybox:latest|ps-failed ps-paused ps-up 
-a -f id=${id:0:10}|ps-up 
-f network=none|
TABLE
}

@test "--format: fields, functions, labels, table, json" {
    run -0 unroot ps -f name=ps-up --format '{{.Names}}|{{.State}}|{{.Label "tier"}}|{{upper .Names}}|{{.User}}|{{.RootMode}}'
    [ "$output" = "ps-up|running|front|PS-UP|1000:1000|none" ]
    run -0 unroot ps -f name=ps-up --format 'table {{.Names}}\t{{.Status}}'
    [[ ${lines[0]} =~ ^NAMES\ +STATUS$ ]]
    [[ ${lines[1]} =~ ^ps-up\ +Up\  ]]
    run -0 bash -c '"$UNROOT" ps -a --format json | jq -r .Names | sort | tr "\n" " "'
    [ "$output" = "ps-created ps-failed ps-paused ps-up " ]
    run -0 unroot ps --format '{{if eq .State "paused"}}P{{else}}R{{end}}'
    [[ $output == *P* && $output == *R* ]]
}

@test "--format with a mistake names it" {
    run -1 unroot ps -a --format '{{.Nmaes}}'
    [[ $output == "unroot ps: --format: template: there is no field .Nmaes here"* ]]
    run -1 unroot ps --format '{{jsno .}}'
    [[ $output == *"did you mean json?"* ]]
    run -1 unroot ps --format '{{.Names'
    [[ $output == *'"}}" is missing'* ]]
}

@test "container ls and container list are ps" {
    for alias in ls list ps; do
        [ "$(unroot container $alias -aq | sort)" = "$(unroot ps -aq | sort)" ]
    done
}

@test "the host's ids of a container are its own" {
    run -0 unroot ps --format '{{.HostIds}}'
    [ "${lines[0]}" != "${lines[1]}" ]
    [[ ${lines[0]} =~ ^[0-9]+-[0-9]+$ ]]
}
