# SPDX-License-Identifier: Apache-2.0
# unroot-runtime as an OCI engine calls it: commands, answers, exit codes, files (shared contract of the engines).
load helpers
load oci

setup() {
    require_private_store
    command -v jq >/dev/null || skip "jq is not installed"
    ID=t$BATS_SUITE_TEST_NUMBER
}

teardown() {
    remove_runtime_containers
}

@test "version, features and an unknown command answer as the engines expect" {
    run -0 --separate-stderr runtime --version
    [[ ${lines[0]} == "unroot-runtime version "* ]]
    [[ $output == *$'\ncommit: '* ]]
    run -0 --separate-stderr runtime features
    [ -z "$stderr" ]
    [ "$(jq -r '.linux.mountExtensions.idmap.enabled' <<<"$output")" = true ]
    jq -e '.linux.namespaces | index("user")' <<<"$output"
    jq -e '.mountOptions | index("rro") and index("ridmap")' <<<"$output"
    jq -e '.ociVersionMin and .ociVersionMax' <<<"$output"
    run -3 runtime frobnicate
    run -1 runtime start --frobnicate x
    run -1 runtime checkpoint --help
    run -1 runtime restore x
    run -0 runtime create --help
}

@test "a container without a user namespace gets one of its own, and gives its ids back" {
    bundle
    script_is 'cat /proc/self/uid_map; id -u; touch /made; sleep 1000'
    runtime create --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID" >"$BUNDLE/out"
    [ "$(stat -c %s "$BUNDLE/pid")" = "$(tr -d '\n' <"$BUNDLE/pid" | wc -c)" ]
    pid=$(cat "$BUNDLE/pid")
    uid=$(awk '/^Uid:/ {print $2}' "/proc/$pid/status")
    [ "$uid" -ge 1879048192 ]
    [ "$(awk '/^CapEff:/ {print $2}' "/proc/$pid/status")" != 000001ffffffffff ]
    runtime start "$ID"
    eventually grep -q '^0$' "$BUNDLE/out"
    [ "$(awk '{print $1, $2, $3}' "$BUNDLE/out" | head -1)" = "0 $uid 65536" ]
    eventually test -e "$BUNDLE/rootfs/made"
    [ "$(stat -c %u:%g "$BUNDLE/rootfs/made")" = 0:0 ]
    [ -n "$(find /var/lib/unroot/ids -lname "$STATES/$ID")" ]
    runtime delete --force "$ID"
    [ -z "$(find /var/lib/unroot/ids -lname "$STATES/$ID")" ]
    [ ! -e "$STATES/$ID" ]
    run ! grep -q '^State:.[^ZX]' "/proc/$pid/status"
}

@test "states: created, running, paused, stopped; what is asked twice is refused in runc's words" {
    bundle
    command_is sleep 1000
    runtime create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    [ "$(runtime state "$ID" | jq -r .status)" = created ]
    [ "$(runtime state "$ID" | jq -r .bundle)" = "$BUNDLE" ]
    run -1 runtime create --bundle "$BUNDLE" "$ID"
    [[ $output == *"already exists"* ]]
    runtime pause "$ID"
    [ "$(runtime state "$ID" | jq -r .status)" = paused ]
    run -1 runtime start "$ID"
    [[ $output == *"cannot start a container in the paused state"* ]]
    runtime resume "$ID"
    [ "$(runtime state "$ID" | jq -r .status)" = created ]
    runtime start "$ID"
    [ "$(runtime state "$ID" | jq -r .status)" = running ]
    run -1 runtime start "$ID"
    [[ $output == *"cannot start an already running container"* ]]
    run -1 runtime delete "$ID"
    [[ $output == *"cannot delete container $ID that is not stopped: running"* ]]
    runtime pause "$ID"
    [ "$(runtime state "$ID" | jq -r .status)" = paused ]
    run -255 runtime exec "$ID" true
    [[ $output == *"cannot exec in a paused container (use --ignore-paused to override)"* ]]
    runtime resume "$ID"
    run -1 runtime resume "$ID"
    [[ $output == *"container not paused"* ]]
    run -1 runtime kill "$ID" BOGUS
    [[ $output == *'unknown signal \"BOGUS\"'* ]]
    runtime kill "$ID" KILL
    eventually eval '[ "$(runtime state '"$ID"' | jq -r .status)" = stopped ]'
    [ "$(runtime state "$ID" | jq -r .pid)" = 0 ]
    run -1 runtime kill "$ID" 9
    [[ $output == *"container not running"* ]]
    run -1 runtime start "$ID"
    [[ $output == *"cannot start a container that has stopped"* ]]
    runtime delete "$ID"
    run -1 runtime delete "$ID"
    [[ $output == *"does not exist"* ]]
    run -0 runtime delete --force "$ID"
    run -1 runtime state "$ID"
    [[ $output == *"does not exist"* ]]
    run -255 runtime exec "$ID" true
}

@test "run passes the exit status and signals on, and leaves nothing" {
    bundle
    script_is 'exit 7'
    run -7 runtime run --bundle "$BUNDLE" "$ID"
    script_is 'kill -9 $$; kill -TERM $$; sleep 5' # process 1 cannot end itself by a signal
    configure '.process.args = ["sleep", "1000"]'
    runtime run --bundle "$BUNDLE" "$ID" &
    eventually eval '[ "$(runtime state '"$ID"' | jq -r .status)" = running ]'
    runtime kill "$ID" KILL
    wait $! || status=$?
    [ "$status" = 137 ]
    [ "$(runtime list -q)" = "" ]
    [ ! -e "/sys/fs/cgroup/unified/unroot/$ID" ]
}

@test "what cannot be executed is told by create and exec, in the words that engines look for" {
    bundle
    command_is nosuchprogram
    run -1 runtime --log "$BUNDLE/log" --log-format json create --bundle "$BUNDLE" "$ID"
    [[ $output == *'exec: "nosuchprogram": executable file not found in $PATH'* ]]
    [ "$(jq -s length "$BUNDLE/log")" = 1 ]
    [ "$(jq -r .level "$BUNDLE/log")" = error ]
    jq -e '.time | fromdate' "$BUNDLE/log"
    command_is /etc
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"is a directory"*"permission denied"* ]]
    command_is /etc/passwd
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"permission denied"* ]]
    [ "$(runtime list -q)" = "" ]
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    run -255 runtime exec "$ID" /nonexistent
    [[ $output == *'exec failed: unable to start container process: exec: \"/nonexistent\": stat /nonexistent: no such file or directory'* ]]
}

@test "exec: status, user, environment, folder, groups, capabilities, document, pid file" {
    bundle
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    run -7 runtime exec "$ID" sh -c 'exit 7'
    run -0 runtime exec --user 1000:1001 --additional-gids 44 --env A=b --cwd /tmp "$ID" sh -c 'id; echo $A; pwd'
    [ "$output" = $'uid=1000(app) gid=1001(other) groups=44(video)\nb\n/tmp' ]
    run -0 runtime exec --cap CAP_NET_ADMIN "$ID" sh -c 'grep -E "Cap(Eff|Inh)" /proc/self/status'
    [[ ${lines[0]} == *0000000000000000 ]] # inheritable stays empty: CVE-2022-29162
    (( 0x$(awk '/CapEff/ {print $2}' <<<"$output") & (1 << 12) ))
    jq -c '.process | .args = ["sh", "-c", "id -u; exit 3"] | .user.uid = 1000' "$BUNDLE/config.json" >"$BUNDLE/process"
    run -3 runtime exec --process "$BUNDLE/process" "$ID"
    [ "$output" = 1000 ]
    jq -c '.args = ["sleep", "1000"]' "$BUNDLE/process" >"$BUNDLE/process2"
    runtime exec --process "$BUNDLE/process2" --detach --pid-file "$BUNDLE/pid" "$ID" </dev/null >/dev/null 2>&1
    [ "$(stat -c %u "/proc/$(cat "$BUNDLE/pid")")" -ge 1879048192 ]
    [ "$(runtime ps --format json "$ID" | jq length)" = 2 ]
    runtime ps "$ID" | grep -q 'sleep 1000'
    run -255 runtime exec --user 4294967296 "$ID" id
    run -255 runtime exec --user 01x "$ID" id
}

@test "a container whose user is not root has no uid 0, and exec as 0 is refused" {
    bundle '.process.user = {uid: 1000, gid: 1000}'
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    pid=$(runtime state "$ID" | jq .pid)
    [ "$(awk '$1 == 0' "/proc/$pid/uid_map")" = "" ]
    run -255 runtime exec --user 0 "$ID" id
    run -0 runtime exec "$ID" id -u
    [ "$output" = 1000 ]
}

@test "the terminal goes to the console socket: one message, one descriptor; its size is the configuration's" {
    bundle '.process.terminal = true | .process.consoleSize = {height: 33, width: 101}'
    script_is 'tty; stty size; test -w /dev/console && echo console'
    python3 - "$BUNDLE/socket" >"$BUNDLE/out" <<'PYTHON' 3>&- &
import os, socket, sys, array
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(1)
connection, _ = server.accept()
fds = array.array("i")
data, control, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(64))
for _, _, bytes_ in control:
    fds.frombytes(bytes_)
assert len(fds) == 1 and 0 < len(data) < 4096, (fds, data)
try:
    while chunk := os.read(fds[0], 4096):
        sys.stdout.write(chunk.decode())
except OSError:
    pass
PYTHON
    reader=$!
    eventually test -S "$BUNDLE/socket"
    runtime create --bundle "$BUNDLE" --console-socket "$BUNDLE/socket" "$ID"
    runtime start "$ID"
    wait $reader
    [ "$(tr -d '\r' <"$BUNDLE/out")" = $'/dev/pts/0\n33 101\nconsole' ]
    run -1 runtime create --bundle "$BUNDLE" "$ID-2"
    [[ $output == *"console socket"* ]]
}

@test "mounts are made in their order, with their options; ids of tmpfs and devpts count inside" {
    bundle '.mounts += [{destination: "/data", type: "tmpfs", options: ["uid=1000", "gid=1000", "mode=755", "noexec"]},
        {destination: "/data/below", type: "bind", source: "'"$SUITE"'/oci-rootfs/etc", options: ["rbind", "ro"]},
        {destination: "/proc/version", type: "bind", source: "'"$SUITE"'/oci-rootfs/etc/group", options: ["bind", "ro"]},
        {destination: "/made/here/file", type: "bind", source: "/dev/null", options: ["bind"]}]'
    script_is 'stat -c %u:%g:%a /data; cat /data/below/passwd | head -1; head -1 /proc/version; touch /data/below/x; test -c /made/here/file && echo device; stat -c %g /dev/pts/ptmx /dev/pts'
    run -0 runtime run --bundle "$BUNDLE" "$ID"
    [ "${lines[0]}" = 1000:1000:755 ]
    [ "${lines[1]}" = "root:x:0:0:root:/root:/bin/sh" ]
    [ "${lines[2]}" = "root:x:0:" ]
    [[ ${lines[3]} == *"Read-only file system"* ]]
    [ "${lines[4]}" = device ]
}

@test "a bind keeps the owners: what uid 1000 inside writes is uid 1000's on the host" {
    mkdir -p "$SUITE/oci-bind"
    chown 1000:1000 "$SUITE/oci-bind"
    bundle '.process.user = {uid: 1000, gid: 1000} | .mounts += [{destination: "/bound", type: "bind", source: "'"$SUITE"'/oci-bind", options: ["rbind", "rw"]}]'
    script_is 'touch /bound/of-app; stat -c %u /bound'
    run -0 runtime run --bundle "$BUNDLE" "$ID"
    [ "$output" = 1000 ]
    [ "$(stat -c %u:%g "$SUITE/oci-bind/of-app")" = 1000:1000 ]
}

@test "masked and read-only paths, a read-only root, devices, limits, umask, names" {
    bundle '.root.readonly = true | .linux.maskedPaths = ["/proc/version", "/proc/scsi", "/nonexistent"]
        | .linux.readonlyPaths = ["/proc/sys"] | .process.user.umask = 63 | .domainname = "domain"
        | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]
        | .linux.devices = [{path: "/dev/mine", type: "c", major: 1, minor: 5, fileMode: 432, uid: 1000, gid: 1000}]
        | .process.oomScoreAdj = 500 | .hostname = "thehost"'
    script_is 'wc -c </proc/version; touch /x; umask; ulimit -n; ulimit -Hn; stat -c %u:%a /dev/mine; cat /proc/self/oom_score_adj; hostname; cat /proc/sys/kernel/domainname; echo 1 >/proc/sys/net/ipv4/ip_forward'
    run -0 bash -c "'$RUNTIME' --root '$STATES' run --bundle '$BUNDLE' '$ID' || true"
    [ "${lines[0]}" = 0 ]
    [[ ${lines[1]} == *"Read-only file system"* ]]
    [ "${lines[2]}" = 0077 ]
    [ "${lines[3]} ${lines[4]}" = "100 200" ]
    [ "${lines[5]}" = 1000:660 ]
    [ "${lines[6]}" = 500 ]
    [ "${lines[7]}" = thehost ]
    [ "${lines[8]}" = domain ]
    [[ ${lines[9]} == *"Read-only file system"* ]]
}

@test "hooks of all six kinds run where they belong, with the state on stdin" {
    mkdir -p "$SUITE/hooks"
    cat >"$SUITE/hooks/note" <<'HOOK'
#!/bin/sh
# note NAME: where it runs and which state it was told.
state=$(cat)
echo "$1 $(readlink /proc/self/ns/mnt) $(readlink /proc/self/ns/uts) $(echo "$state" | tr -d ' \n' | grep -o '"status":"[a-z]*"')" >>/tmp/hooks
HOOK
    chmod -R 755 "$SUITE/hooks"
    hook() { echo "[{path: \"$SUITE/hooks/note\", args: [\"note\", \"$1\"], env: [\"PATH=/usr/bin:/bin\"]}]"; }
    bundle ".hooks = {prestart: $(hook prestart), createRuntime: $(hook createRuntime), poststart: $(hook poststart), poststop: $(hook poststop)}" \
        '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "cat >/started; id -u >>/started"]}]' \
        '.hooks.createContainer = [{path: "'"$SUITE"'/hooks/inside", env: ["PATH=/usr/bin:/bin"]}]'
    printf '#!/bin/sh\ncat >/dev/null; readlink /proc/self/ns/uts; id -u; exec >"%s/rootfs/created"; readlink /proc/self/ns/uts\n' "$BUNDLE" >"$SUITE/hooks/inside"
    chmod 755 "$SUITE/hooks/inside"
    rm -f /tmp/hooks
    script_is 'cat /started; cat /created'
    run -0 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *'"status":"created"'* ]]
    [[ $output == *"uts:["* ]]
    [ "$(cut -d' ' -f1 /tmp/hooks | tr '\n' ' ')" = "prestart createRuntime poststart poststop " ]
    [ "$(cut -d' ' -f2 /tmp/hooks | sort -u)" = "$(readlink /proc/self/ns/mnt)" ]
    [ "$(awk '{print $4}' /tmp/hooks | tr '\n' ' ')" = '"status":"creating" "status":"creating" "status":"running" "status":"stopped" ' ]
    configure '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "echo broken >&2; exit 3"]}]}'
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"hooks.createRuntime[0]: /bin/sh ended with status 3: broken"* ]]
    configure '.hooks = {createRuntime: [{path: "/bin/sleep", args: ["sleep", "1000"], timeout: 1}]}'
    run -1 runtime run --bundle "$BUNDLE" "$ID"
    [[ $output == *"did not end within 1 s"* ]]
    rm -f /tmp/hooks
    [ "$(runtime list -q)" = "" ]
}

@test "namespaces by path: the network of another process, and pid and uts of another container" {
    bundle
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    pid=$(runtime state "$ID" | jq .pid)
    bundle "(.linux.namespaces[] | select(.type == \"network\" or .type == \"uts\" or .type == \"ipc\" or .type == \"pid\"))
        |= (.path = \"/proc/$pid/ns/\" + ({network: \"net\"}[.type] // .type))"
    script_is 'for kind in net uts ipc pid; do readlink /proc/self/ns/$kind; done; ps | grep -c "[s]leep 1000"'
    run -0 runtime run --bundle "$BUNDLE" "$ID-2"
    [ "$output" = "$(readlink /proc/$pid/ns/net /proc/$pid/ns/uts /proc/$pid/ns/ipc /proc/$pid/ns/pid; echo 1)" ]
    configure '(.linux.namespaces[] | select(.type == "network")).path = "/etc/passwd"'
    run -1 runtime run --bundle "$BUNDLE" "$ID-3"
    [[ $output == *"is no network namespace"* ]]
}

@test "containers that share a namespace share ids, until the last of them is deleted" {
    bundle
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    pid=$(runtime state "$ID" | jq .pid)
    ids=$(cat "/proc/$pid/uid_map")
    bundle "(.linux.namespaces[] | select(.type == \"network\")).path = \"/proc/$pid/ns/net\""
    command_is sleep 1000
    runtime run --detach --bundle "$BUNDLE" "$ID-2" </dev/null >/dev/null 2>&1
    second=$(runtime state "$ID-2" | jq .pid)
    [ "$(cat "/proc/$second/uid_map")" = "$ids" ]
    [ "$(readlink "/proc/$second/ns/user")" = "$(readlink "/proc/$pid/ns/user")" ]
    [ "$(runtime exec "$ID-2" cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" = 0 ]
    # Whoever is not root has a user namespace without it, of the same range.
    configure '.process.user = {uid: 1000, gid: 1000}'
    runtime run --detach --bundle "$BUNDLE" "$ID-3" </dev/null >/dev/null 2>&1
    third=$(runtime state "$ID-3" | jq .pid)
    read -r _ first _ <<<"$ids"
    [ "$(awk '{print $1, $2, $3}' "/proc/$third/uid_map")" = "1 $((first + 1)) 65535" ]
    runtime delete --force "$ID"
    [ -n "$(find /var/lib/unroot/ids -lname "$STATES/$ID-2")" ]
    runtime delete --force "$ID-2"
    [ -z "$(find /var/lib/unroot/ids -lname "$STATES/$ID-2")" ]
    [ -n "$(find /var/lib/unroot/ids -lname "$STATES/$ID-3")" ]
    runtime delete --force "$ID-3"
    [ -z "$(find /var/lib/unroot/ids -lname "$STATES/$ID-3")" ]
    [ -z "$(find /var/lib/unroot/ids -name '*.shared')" ]
}

@test "hostUsers: false: a sandbox with mappings of the kubelet's, and a container that joins its namespaces" {
    mappings='[{containerID: 0, hostID: 6553600, size: 65536}]'
    bundle ".linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = $mappings | .linux.gidMappings = $mappings"
    command_is sleep 1000
    chown -hR 6553600:6553600 "$BUNDLE/rootfs" # as containerd's snapshotter hands it over
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    pid=$(runtime state "$ID" | jq .pid)
    [ -z "$(find /var/lib/unroot/ids -lname "$STATES/$ID")" ]
    mkdir -m 777 "$BUNDLE/volume"
    volume=$BUNDLE/volume
    bundle ".linux.namespaces |= [.[] | select(.type | IN(\"network\", \"ipc\", \"uts\", \"user\") | not)] + [
            {type: \"user\", path: \"/proc/$pid/ns/user\"}, {type: \"network\", path: \"/proc/$pid/ns/net\"},
            {type: \"ipc\", path: \"/proc/$pid/ns/ipc\"}, {type: \"uts\", path: \"/proc/$pid/ns/uts\"}]
        | del(.hostname) | .linux.uidMappings = $mappings | .linux.gidMappings = $mappings
        | .mounts += [{destination: \"/volume\", type: \"bind\", source: \"$volume\", options: [\"rbind\", \"rw\", \"idmap\"],
            uidMappings: $mappings, gidMappings: $mappings}]
        | .process.capabilities |= map_values(. + [\"CAP_NET_BIND_SERVICE\", \"CAP_NET_ADMIN\", \"CAP_CHOWN\"])"
    chown -hR 6553600:6553600 "$BUNDLE/rootfs"
    # Power over the pod's network is the sandbox's user namespace's.
    script_is 'ip link set lo up; touch /volume/root /volume/user; chown 1000:1000 /volume/user; readlink /proc/self/ns/user; readlink /proc/self/ns/net
        nc -l -p 80 & for i in $(seq 50); do netstat -ltn | grep -q ":80 " && echo bound && break; sleep 0.1; done; kill $!'
    run -0 runtime run --bundle "$BUNDLE" "$ID-2"
    [ "$output" = "$(readlink "/proc/$pid/ns/user" "/proc/$pid/ns/net"; echo bound)" ]
    [ "$(stat -c %u:%g "$volume/root" "$volume/user" | xargs)" = "0:0 1000:1000" ]
    configure '.linux.uidMappings[0].hostID = 6619136'
    run -1 runtime run --bundle "$BUNDLE" "$ID-3"
    [[ $output == *"linux.uidMappings is not what the user namespace to join has"* ]]
}

@test "a time namespace has its offsets, before and after exec" {
    bundle '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 864000}, boottime: {secs: 864000}}'
    script_is 'cut -d. -f1 /proc/uptime; sleep 1000'
    here=$(cut -d. -f1 /proc/uptime)
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1
    eventually test -s "$BUNDLE/out"
    [ "$(cat "$BUNDLE/out")" -ge "$((here + 864000))" ]
    [ "$(runtime exec "$ID" cut -d. -f1 /proc/uptime)" -ge "$((here + 864000))" ]
    [ "$(cut -d. -f1 /proc/uptime)" -lt "$((here + 800000))" ]
}

@test "limits stand in the final group before create returns; update and events" {
    bundle '.linux.resources.pids = {limit: 17} | .linux.cgroupsPath = "/unroot/oci-'"$ID"'"'
    command_is sleep 1000
    runtime create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    pid=$(runtime state "$ID" | jq .pid)
    grep -q "/unroot/oci-$ID" "/proc/$pid/cgroup"
    file=$(find /sys/fs/cgroup -path "*/unroot/oci-$ID/pids.max" | head -1)
    [ "$(cat "$file")" = 17 ]
    runtime start "$ID"
    echo '{"pids": {"limit": 19}}' | runtime update --resources=- "$ID"
    [ "$(cat "$file")" = 19 ]
    echo '{"pids": {"limit": 20}}' | runtime update --resources - "$ID"
    [ "$(cat "$file")" = 20 ]
    [ "$(runtime events --stats "$ID" | jq -r '.type + " " + .id')" = "stats $ID" ]
    runtime delete --force "$ID"
    [ ! -e "$(dirname "$file")" ]
}

@test "events: a line for what is killed for want of memory, and counters at each interval" {
    bundle '.linux.resources.memory = {limit: 16777216}'
    # A child takes too much, and no more than the limit behind the limit: process 1 lives on.
    script_is 'while [ ! -e /go ]; do sleep 0.1; done; (ulimit -v 200000; tail /dev/zero); sleep 1000'
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    runtime events --interval 100ms "$ID" >"$BUNDLE/events" 3>&- 4>&- &
    reader=$!
    eventually grep -q '"type":"stats"' "$BUNDLE/events"
    run ! grep -q oom "$BUNDLE/events"
    touch "$BUNDLE/rootfs/go"
    eventually grep -qx '{"type":"oom","id":"'"$ID"'"}' "$BUNDLE/events"
    runtime kill "$ID" KILL
    wait $reader # it ends with the container
    [ "$(jq -r .type "$BUNDLE/events" | sort -u | tr '\n' ' ')" = "oom stats " ]
}

@test "execCPUAffinity: the first list counts until the group is entered, the last one then; process 1 is not concerned" {
    [ "$(nproc)" -ge 2 ] || skip "one processor"
    bundle '.process.execCPUAffinity = {initial: "0", final: "1"}'
    script_is 'grep Cpus_allowed_list /proc/self/status; sleep 1000'
    runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$BUNDLE/out" 2>&1
    eventually test -s "$BUNDLE/out"
    [ "$(cut -f2 "$BUNDLE/out")" = "$(awk '/Cpus_allowed_list/ {print $2}' /proc/self/status)" ]
    [ "$(runtime exec "$ID" awk '/Cpus_allowed_list/ {print $2}' /proc/self/status)" = 1 ]
    configure '.process.execCPUAffinity = {initial: "0"}'
    jq '.process | .args = ["awk", "/Cpus_allowed_list/ {print $2}", "/proc/self/status"]' "$BUNDLE/config.json" >"$BUNDLE/process.json"
    [ "$(runtime exec --process "$BUNDLE/process.json" "$ID")" = 0 ]
}

@test "without control groups there is none of its own, and pausing says so" {
    bundle
    command_is sleep 1000
    runtime --cgroup-manager disabled create --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID" </dev/null >/dev/null 2>&1
    [ "$(cat "/proc/$(cat "$BUNDLE/pid")/cgroup")" = "$(cat /proc/self/cgroup)" ]
    runtime start "$ID"
    run -0 runtime exec "$ID" true
    run -1 runtime pause "$ID"
    [[ $output == *"has no control group"* ]]
    runtime delete --force "$ID"
    # Nothing of the host's is below the root, whatever the engine says of pivoting.
    script_is 'cut -d" " -f5 /proc/self/mountinfo | grep -cx /; ls /../../.. | grep -cx made-here'
    touch "$BUNDLE/rootfs/made-here"
    run -0 runtime run --no-pivot --bundle "$BUNDLE" "$ID"
    [ "$output" = $'1\n1' ]
}

@test "descriptors that are to be preserved reach the program, others do not" {
    bundle
    script_is 'cat <&3; ls /proc/self/fd | wc -l; echo $LISTEN_FDS $LISTEN_PID'
    echo from-three >"$BUNDLE/three"
    run -0 bash -c "LISTEN_FDS= exec '$RUNTIME' --root '$STATES' run --preserve-fds 1 --bundle '$BUNDLE' '$ID' 3<'$BUNDLE/three' 9</etc/passwd"
    [ "${lines[0]}" = from-three ]
    [ "${lines[1]}" = 5 ] # three streams, descriptor 3, the folder that ls reads
    run -0 bash -c "LISTEN_FDS=1 exec '$RUNTIME' --root '$STATES' run --bundle '$BUNDLE' '$ID' 3<'$BUNDLE/three'"
    [ "${lines[2]}" = "1 1" ]
}

@test "seccomp: the filter of the configuration counts, with and without no_new_privs, in exec too" {
    bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 1}]}'
    script_is 'mkdir /x || echo refused; sleep 1000'
    for nnp in true false; do
        configure ".process.noNewPrivileges = $nnp"
        runtime run --detach --bundle "$BUNDLE" "$ID-$nnp" </dev/null >"$BUNDLE/out" 2>&1
        eventually grep -q refused "$BUNDLE/out"
        run ! runtime exec "$ID-$nnp" mkdir /y
        [ "$(runtime exec "$ID-$nnp" sh -c 'grep Seccomp: /proc/self/status | tr -dc 0-9')" = 2 ]
    done
}

@test "a configuration with mistakes is refused with each place, and nothing is left" {
    bundle '.linux.intelRdt = {closID: "x"} | .process.cwd = "relative" | .process.user.uid = "0"'
    run -1 runtime create --bundle "$BUNDLE" "$ID"
    [[ $output == *"process.cwd"* && $output == *"process.user.uid"* && $output == *"linux.intelRdt"* ]]
    bundle '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings | .linux.namespaces += [{type: "user"}]'
    run -1 runtime create --bundle "$BUNDLE" "$ID"
    [[ $output == *"uidMappings"* ]]
    run -1 runtime create --bundle "$BUNDLE" ../escape
    [[ $output == *"invalid container ID"* ]]
    [ "$(runtime list -q)" = "" ]
}
