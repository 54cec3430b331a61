# SPDX-License-Identifier: Apache-2.0
# `inspect` of containers: docker's document, and what only we say.
load helpers

setup_file() {
    make_images
    unroot run -d --name inspected --label a=b -e X=y -w /tmp --memory 64m --cap-add KILL -h box --read-only \
        --stop-timeout 3 busybox sleep 1000 >/dev/null
}

teardown_file() {
    remove_containers
}

field() {
    unroot inspect -f "$1" inspected
}

@test "docker's members" {
    while IFS='|' read -r template value; do
        [ "$(field "$template")" = "$value" ] || { echo "$template: $(field "$template")"; false; }
    done <<'TABLE'
{{.State.Status}}|running
{{.State.Running}}|true
{{.State.Paused}}|false
{{.State.ExitCode}}|0
{{.RestartCount}}|0
{{.Config.Hostname}}|box
{{.Config.User}}|app
{{.Config.WorkingDir}}|/tmp
{{index .Config.Labels "a"}}|b
{{json .Config.Cmd}}|["sleep","1000"]
{{.Config.Image}}|busybox
{{.Config.Tty}}|false
{{.HostConfig.Memory}}|67108864
{{.HostConfig.ReadonlyRootfs}}|true
{{.HostConfig.Privileged}}|false
{{.HostConfig.AutoRemove}}|false
{{json .HostConfig.CapAdd}}|["KILL"]
{{.Path}} {{join .Args " "}}|sleep 1000
TABLE
    [[ $(field '{{.Name}}') =~ ^/?inspected$ ]]
    [[ $(field '{{.Id}}') =~ ^[0-9a-f]{64}$ ]]
    [[ $(field '{{.Image}}') =~ ^sha256:[0-9a-f]{64}$ ]]
    [[ $(field '{{.Created}}') =~ ^20[0-9]{2}-.*T.*Z$ ]]
    [[ $(field '{{.State.StartedAt}}') =~ ^20[0-9]{2}-.*T.*Z$ ]]
    [ -d "/proc/$(field '{{.State.Pid}}')" ]
    [[ $(field '{{json .Config.Env}}') == *'"X=y"'* ]]
}

@test "one array with all members for several containers; json is a line each" {
    run -0 bash -c '"$UNROOT" inspect inspected inspected | jq length'
    [ "$output" = 2 ]
    run -0 unroot inspect -f json inspected
    [ "${#lines[@]}" = 1 ]
    [ "$(jq -r .State.Status <<<"$output")" = running ]
}

@test "docker's known templates" {
    run -0 unroot inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' inspected
    run -0 unroot inspect --format '{{range $p, $conf := .NetworkSettings.Ports}}{{$p}} -> {{(index $conf 0).HostPort}}{{end}}' inspected
    run -0 unroot inspect --format '{{json .Config}}' inspected
    jq -e .Env <<<"$output"
    run -0 unroot inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' inspected
    [ "$output" = none ]
}

@test "the image's command, entrypoint, environment and labels are told, also before the start" {
    id=$(unroot create -e X=y busybox)
    run -0 unroot inspect -f '{{json .Config.Cmd}} {{json .Config.Entrypoint}} {{.Config.WorkingDir}} {{json .Config.Env}} {{index .Config.Labels "made.by"}} {{.Path}}' "$id"
    [[ $output == '["sh"] [] /home/app '*'"IMAGE_SAYS=hello"'*'"X=y"'*' suite sh' ]]
    unroot rm "$id" >/dev/null
}

@test "published ports and the network's address, as docker's templates find them" {
    id=$(unroot run -d -p 127.0.0.1:0:80 busybox sleep 100)
    run -0 unroot inspect -f '{{range $p, $c := .NetworkSettings.Ports}}{{$p}}={{(index $c 0).HostIp}}:{{(index $c 0).HostPort}}{{end}}' "$id"
    [[ $output =~ ^80/tcp=127.0.0.1:[0-9]+$ ]]
    run -0 unroot inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$id"
    [[ $output =~ ^10\.[0-9.]+$ ]]
    unroot rm -f "$id" >/dev/null
}

@test "ours: who the payload is and where that comes from" {
    run -0 unroot inspect -f '{{json .Unroot}}' inspected
    jq -e . <<<"$output"
    [[ $output == *1000* && $output == *home/app* && $output == *KILL* ]]
}

@test "an exited container keeps its code and times" {
    n=$(name)
    unroot run --name "$n" busybox sh -c 'exit 9' || true
    run -0 unroot inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.State.Pid}}' "$n"
    [ "$output" = "exited 9 false 0" ]
    [[ $(unroot inspect -f '{{.State.FinishedAt}}' "$n") =~ ^20[0-9]{2}-.*Z$ ]]
    unroot rm "$n" >/dev/null
}
