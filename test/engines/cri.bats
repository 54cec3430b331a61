# SPDX-License-Identifier: Apache-2.0
# Kubernetes' way: cri.py speaks as the kubelet to a containerd of our own, whose CRI plugin starts pods with our runtime.
# Runtime handler `unroot` is what `unroot setup containerd` writes; ENGINES_HANDLER=runc runs the same with runc.
load engines

# cri METHOD [JSON]: prints the answer; a refused call is its sentence on stderr, and 1.
cri() {
    local answer
    kill -0 "$(cat "$ENGINES/kubelet.pid")" || return 200
    printf '%s %s\n' "$1" "${2:-"{}"}" >"$ENGINES/kubelet.in"
    IFS= read -r -t 120 answer <"$ENGINES/kubelet.out" || return 200
    [[ $answer = "0 "* ]] && printf '%s\n' "${answer#0 }" && return 0
    printf '%s\n' "${answer#1 }" >&2
    return 1
}

setup_file() {
    [ -n "${ENGINES:-}" ] || return 0
    command -v containerd >/dev/null && [ -d /usr/lib/cni ] && /usr/bin/python3 -c 'import grpc, google.protobuf' || return 0
    [ -x "$UNROOT_RUNTIME" ] || return 0
    mkdir -p "$ENGINES"/cri "$ENGINES"/cni
    cat >"$ENGINES/cni/10-pods.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "pods0", "isGateway": true,
  "ipam": {"type": "host-local", "dataDir": "$ENGINES/cni-data", "ranges": [[{"subnet": "10.99.0.0/24"}]]}}]}
JSON
    cat >"$ENGINES/cri.toml" <<TOML
version = 2
root = "$ENGINES/cri/root"
state = "$ENGINES/cri/state"
[grpc]
  address = "$ENGINES/cri.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/library/pause:latest"
  restrict_oom_score_adj = true # a limited root may not lower it
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$ENGINES/cni"
TOML
    "$UNROOT" setup containerd --file "$ENGINES/cri.toml" --runtime "$UNROOT_RUNTIME" --apply
    containerd --config "$ENGINES/cri.toml" >"$ENGINES/cri.log" 2>&1 3>&- 4>&- &
    echo $! >"$ENGINES/cri.pid"
    mkfifo "$ENGINES/kubelet.in" "$ENGINES/kubelet.out"
    "$BATS_TEST_DIRNAME/cri.py" "$ENGINES/cri.sock" "$ENGINES/kubelet.in" "$ENGINES/kubelet.out" >"$ENGINES/kubelet.log" 2>&1 3>&- 4>&- &
    echo $! >"$ENGINES/kubelet.pid"
    make_rootfs "$ENGINES/rootfs"
    add_program ping
    "$UNROOT" import --change 'CMD ["sh"]' "$ENGINES/rootfs" busybox
    # As kubernetes' own: its user is not root.
    "$UNROOT" import --change 'USER 65535:65535' --change 'CMD ["/bin/sleep", "1000000"]' "$ENGINES/rootfs" pause
    "$UNROOT" save --format oci-archive -o "$ENGINES/busybox.tar" busybox
    "$UNROOT" save --format oci-archive -o "$ENGINES/pause.tar" pause
    wait_until ctr --address "$ENGINES/cri.sock" version
    ctr --address "$ENGINES/cri.sock" -n k8s.io images import "$ENGINES/busybox.tar"
    ctr --address "$ENGINES/cri.sock" -n k8s.io images import "$ENGINES/pause.tar"
    wait_until network_is_ready
}

# add_program NAME: with its libraries; busybox's ping knows raw sockets alone.
add_program() {
    local file
    for file in $(command -v "$1") $(ldd "$(command -v "$1")" | grep -o '/[^ ]*'); do
        install -D "$file" "$ENGINES/rootfs/$file"
    done
    rm -f "$ENGINES/rootfs/bin/$1" && install "$(command -v "$1")" "$ENGINES/rootfs/bin/$1"
}

network_is_ready() {
    [ "$(cri Status | jq '[.status.conditions[].status] | all')" = true ]
}

teardown_file() {
    [ ! -e "$ENGINES/cri.pid" ] || kill "$(cat "$ENGINES/cri.pid")" "$(cat "$ENGINES/kubelet.pid")"
}

setup() {
    require_private_host
    require_program containerd containerd
    require_program jq jq
    require_program ping iputils-ping
    [ -d /usr/lib/cni ] || skip "no CNI plugins are installed (package containernetworking-plugins)"
    /usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null ||
        skip "no gRPC for Python is installed (packages python3-grpcio, python3-protobuf)"
    require_runtime
}

teardown() {
    local id
    [ -n "${ENGINES:-}" ] && [ -e "$ENGINES/cri.pid" ] || return 0
    for id in $(cat "$BATS_TEST_TMPDIR/pods" 2>/dev/null); do
        cri StopPodSandbox "{\"pod_sandbox_id\": \"$id\"}" >/dev/null 2>&1 || true
        cri RemovePodSandbox "{\"pod_sandbox_id\": \"$id\"}" >/dev/null 2>&1 || true
    done
}

# pod NAME [JQ-FILTER]: runs a sandbox; its configuration is $POD, its id $SANDBOX.
pod() {
    POD=$(jq -nc --arg name "$1" --arg parent "/$ENGINES_CGROUP/$1" '{metadata: {name: $name, uid: "uid-\($name)", namespace: "shop"},
        hostname: $name, linux: {cgroup_parent: $parent, security_context: {namespace_options:
        {pid: "CONTAINER"}, seccomp: {profile_type: "RuntimeDefault"}}}}' |
        jq -c --arg logs "$BATS_TEST_TMPDIR" ".log_directory = \$logs | ${2:-.}")
    SANDBOX=$(cri RunPodSandbox "$(jq -nc --argjson config "$POD" --arg handler "${ENGINES_HANDLER:-unroot}" '{config: $config, runtime_handler: $handler}')" |
        jq -r .pod_sandbox_id)
    [ -n "$SANDBOX" ] || return 1
    echo "$SANDBOX" >>"$BATS_TEST_TMPDIR/pods"
}

# container NAME SCRIPT [JQ-FILTER]: makes and starts one in the pod; its id is $CONTAINER.
container() {
    make_container "$@" && cri StartContainer "{\"container_id\": \"$CONTAINER\"}" >/dev/null
}

make_container() {
    local config
    config=$(jq -nc --arg name "$1" --arg script "$2" '{metadata: {name: $name}, image: {image: "docker.io/library/busybox:latest"},
        command: ["sh", "-c", $script], log_path: "\($name).log", linux: {security_context: {namespace_options: {pid: "CONTAINER"},
        seccomp: {profile_type: "RuntimeDefault"}}}}' | jq -c "${3:-.}")
    CONTAINER=$(cri CreateContainer "$(jq -nc --arg pod "$SANDBOX" --argjson config "$config" --argjson sandbox "$POD" \
        '{pod_sandbox_id: $pod, config: $config, sandbox_config: $sandbox}')" | jq -r .container_id)
    [ -n "$CONTAINER" ]
}

# in_container WORD...: its stdout; the exit code is the command's.
in_container() {
    local answer
    answer=$(cri ExecSync "$(jq -nc --arg id "$CONTAINER" '{container_id: $id, cmd: $ARGS.positional, timeout: 60}' --args -- "$@")") || return 200
    jq -rj '.stdout, .stderr' <<<"$answer"
    return "$(jq .exit_code <<<"$answer")"
}

# The user, network, ipc and uts namespaces of the process in the last container, and its ids.
namespaces_of() {
    in_container sh -c 'for kind in net ipc uts user; do readlink /proc/1/ns/$kind; done; tr -s " " </proc/1/uid_map'
}

@test "a pod through its life: run, exec, status, stats, update, logs, stop, remove" {
    [ "$(cri Version '{"version": "1"}' | jq -r .runtime_name)" = containerd ]
    pod web
    run -0 cri PodSandboxStatus "{\"pod_sandbox_id\": \"$SANDBOX\"}"
    [[ $(jq -r '.status | "\(.state) \(.runtime_handler) \(.network.ip)"' <<<"$output") = "SANDBOX_READY ${ENGINES_HANDLER:-unroot} 10.99.0."* ]]
    container app 'trap "exit 3" TERM; echo started; while :; do sleep 0.1; done' '.linux.resources.memory_limit_in_bytes = 67108864'
    [ -n "${ENGINES_HANDLER:-}" ] || no_host_root
    wait_until grep -q "stdout F started" "$BATS_TEST_TMPDIR/app.log"
    run -7 in_container sh -c 'hostname; id -u; echo wrong >&2; exit 7'
    [ "$output" = $'web\n0\nwrong' ]
    run -200 in_container nosuchprogram
    [[ $output = *"OCI runtime exec failed"*"executable file not found"* ]]
    [ "$(cri ListContainers | jq -r '.containers[] | "\(.metadata.name) \(.state)"')" = "app CONTAINER_RUNNING" ]
    run -0 cri ContainerStats "{\"container_id\": \"$CONTAINER\"}"
    [ "$(jq -r '.stats.memory.working_set_bytes.value | tonumber > 0' <<<"$output")" = true ]
    limit=$(find /sys/fs/cgroup/*/"$ENGINES_CGROUP/web/$CONTAINER" /sys/fs/cgroup/"$ENGINES_CGROUP/web/$CONTAINER" \
        -maxdepth 1 \( -name memory.limit_in_bytes -o -name memory.max \) 2>/dev/null | head -1)
    [ "$(cat "$limit")" = 67108864 ]
    cri UpdateContainerResources "{\"container_id\": \"$CONTAINER\", \"linux\": {\"memory_limit_in_bytes\": 134217728}}"
    [ "$(cat "$limit")" = 134217728 ]
    cri StopContainer "{\"container_id\": \"$CONTAINER\", \"timeout\": 30}"
    run -0 cri ContainerStatus "{\"container_id\": \"$CONTAINER\"}"
    [ "$(jq -r '.status | "\(.state) \(.exit_code)"' <<<"$output")" = "CONTAINER_EXITED 3" ]
    cri RemoveContainer "{\"container_id\": \"$CONTAINER\"}"
    cri StopPodSandbox "{\"pod_sandbox_id\": \"$SANDBOX\"}"
    cri RemovePodSandbox "{\"pod_sandbox_id\": \"$SANDBOX\"}"
    [ -z "$(ls /var/lib/unroot/ids 2>/dev/null)" ]
}

@test "the containers of a pod share its ids; low ports and ping work in its network; a user has no uid 0" {
    pod web
    container app 'sleep 1000'
    app=$(namespaces_of)
    run -0 in_container sh -c "$LISTEN"'listen 80; /bin/ping -q -c1 -W5 10.99.0.1 >/dev/null && echo reached'
    [ "$output" = $'bound\nreached' ]
    container other 'sleep 1000'
    [ "$(namespaces_of)" = "$app" ]
    container user 'sleep 1000' '.linux.security_context += {run_as_user: {value: 1000}, run_as_group: {value: 1000}}'
    if [ -z "${ENGINES_HANDLER:-}" ]; then
        no_host_root
        read -r _ first _ < <(tail -1 <<<"$app")
        [ "$(namespaces_of | tail -1 | xargs)" = "1 $((first + 1)) 65535" ]
    fi
    [ "$(namespaces_of | head -3)" = "$(head -3 <<<"$app")" ]
    if [ -z "${ENGINES_HANDLER:-}" ]; then # runc asks for a capability that a user has not
        run -0 in_container sh -c "$LISTEN"'id -u; listen 81; /bin/ping -q -c1 -W5 10.99.0.1 >/dev/null && echo reached'
        [ "$output" = $'1000\nbound\nreached' ]
    fi
    # The sandbox goes first; the range stays with the last one.
    cri StopPodSandbox "{\"pod_sandbox_id\": \"$SANDBOX\"}"
    cri RemoveContainer "{\"container_id\": \"$CONTAINER\"}"
    cri RemovePodSandbox "{\"pod_sandbox_id\": \"$SANDBOX\"}"
    [ -z "$(ls /var/lib/unroot/ids 2>/dev/null)" ]
}

@test "security contexts and volumes: capabilities, read-only root, seccomp, no new privileges; files keep their owner" {
    mkdir -p "$BATS_TEST_TMPDIR/volume" "$BATS_TEST_TMPDIR/empty"
    chown 1000:1000 "$BATS_TEST_TMPDIR/volume"
    chmod 777 "$BATS_TEST_TMPDIR/empty"
    chmod 711 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/*
    mounts=$(jq -nc --arg folder "$BATS_TEST_TMPDIR" '[{container_path: "/volume", host_path: "\($folder)/volume"},
        {container_path: "/empty", host_path: "\($folder)/empty"}, {container_path: "/fixed", host_path: "\($folder)/empty", readonly: true}]')
    pod web
    container app 'sleep 1000' ".mounts = $mounts | .linux.security_context += {readonly_rootfs: true, no_new_privs: true, capabilities:
        {add_capabilities: [\"SYS_PTRACE\"], drop_capabilities: [\"CHOWN\", \"NET_RAW\"]}, run_as_user: {value: 1000}, run_as_group: {value: 1000},
        supplemental_groups: [44]}"
    run -0 in_container sh -c 'id -u; id -G; awk "/^(CapBnd|NoNewPrivs|Seccomp):/ {print \$2}" /proc/self/status
        touch /volume/file /empty/file; touch /new 2>/dev/null || echo read-only; touch /fixed/new 2>/dev/null || echo fixed'
    [ "$output" = $'1000\n1000 44\n00000000a80c05fa\n1\n2\nread-only\nfixed' ]
    [ "$(stat -c %u:%g "$BATS_TEST_TMPDIR"/{volume,empty}/file | xargs)" = "1000:1000 1000:1000" ]
    container open 'sleep 1000' ".mounts = $mounts | .linux.security_context.seccomp.profile_type = \"Unconfined\""
    run -0 in_container sh -c 'awk "/^Seccomp:/ {print \$2}" /proc/self/status; cat /empty/file; touch /empty/root; chown 7:7 /empty/root'
    [ "$output" = 0 ]
    [ "$(stat -c %u:%g "$BATS_TEST_TMPDIR"/empty/root)" = 7:7 ]
}

@test "a shared pid namespace, and a container that debugs another one" {
    pod web '.linux.security_context.namespace_options.pid = "POD"'
    container app 'sleep 1234' '.linux.security_context.namespace_options.pid = "POD"'
    container side 'sleep 1000' '.linux.security_context.namespace_options.pid = "POD"'
    run -0 in_container sh -c 'ps | grep "[s]leep 1234"; kill "$(pidof sleep | tr " " "\n" | sort -n | sed -n 2p)" && echo killed'
    [[ $output = *" root "*"sleep 1234"*killed ]]
    cri StopPodSandbox "{\"pod_sandbox_id\": \"$SANDBOX\"}"
    pod two
    container app 'sleep 1234'
    container debug 'sleep 1000' ".linux.security_context.namespace_options = {pid: \"TARGET\", target_id: \"$CONTAINER\"}"
    run -0 in_container sh -c 'tr "\0" " " </proc/1/cmdline; cat /proc/1/root/opt/app/file'
    [ "$output" = "sleep 1234 from the image" ]
}

@test "a pod's sysctls and namespaces of the node; what needs the host's root is refused in words" {
    pod web '.linux.sysctls = {"net.core.somaxconn": "77", "kernel.shm_rmid_forced": "1"}'
    container app 'sleep 1000'
    run -0 in_container cat /proc/sys/net/core/somaxconn /proc/sys/kernel/shm_rmid_forced
    [ "$output" = $'77\n1' ]
    pod node '.hostname = "" | .linux.security_context.namespace_options += {network: "NODE", ipc: "NODE"}'
    container app 'sleep 1000' '.linux.security_context.namespace_options += {network: "NODE", ipc: "NODE"}'
    [ "$(namespaces_of | head -2)" = "$(readlink /proc/self/ns/net; readlink /proc/self/ns/ipc)" ]
    [ -z "${ENGINES_HANDLER:-}" ] || return 0
    no_host_root
    run -1 pod pids '.linux.security_context.namespace_options.pid = "NODE"'
    [[ $output = *"OCI runtime create failed: refused by policy: linux.namespaces has no pid namespace"*'"host-pid"'* ]]
    run -1 pod tuned '.hostname = "" | .linux.sysctls = {"net.core.somaxconn": "77"} | .linux.security_context.namespace_options.network = "NODE"'
    [[ $output = *"refused by policy: linux.sysctl: net.core.somaxconn=77 would be the host's"* ]]
    pod admin '.linux.security_context.privileged = true'
    run -1 container app 'sleep 1000' '.linux.security_context.privileged = true'
    [[ $output = *"refused by policy:"*'"privileged"'* ]]
}
