#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What unroot-fetch holds while it reads from the network, seen from outside and tried from inside.
load helpers
load ../registry/registry

setup() {
    require_private_store
    PROBE=${UNROOT_BUILD:-${UNROOT%/bin/*}}/test/system/programs/fetch_probe
}

# attempt NAME: "0", the errno's name, or "ended" when the attempt ended the process.
attempt() {
    local status=0
    : >"$BATS_TEST_TMPDIR/result"
    # shellcheck disable=SC2086
    ${AS:-} "$PROBE" "$1" 3>>"$BATS_TEST_TMPDIR/result" || status=$?
    [ $status != 159 ] || echo ended >"$BATS_TEST_TMPDIR/result"
    cat "$BATS_TEST_TMPDIR/result"
}

# expect RESULT NAME..
expect() {
    local wanted=$1 name got
    shift
    for name; do
        got=$(attempt "$name")
        [ "$got" = "$wanted" ] || { echo "$name: $got instead of $wanted"; return 1; }
    done
}

# state [OPTION]: a running unroot-fetch as JSON.
state() {
    UNROOT_FETCH=${UNROOT%/*}/unroot-fetch python - "$REGISTRY_TOOLS" "$@" <<'PYTHON'
import json, os, sys
sys.path.insert(0, sys.argv[1])
from fetch_client import Fetch
fetch = Fetch(user=int(sys.argv[2]) if len(sys.argv) > 2 else None)
place = f"/proc/{fetch.process.pid}"
status = dict(line.rstrip("\n").split(":\t", 1) for line in open(place + "/status") if ":\t" in line)
names = []
for folder, folders, files in os.walk(place + "/root"):
    names += [os.path.join(folder, name)[len(place) + 5:] for name in files]
print(json.dumps({
    "status": status, "files": sorted(names), "mounts": open(place + "/mountinfo").read().splitlines(),
    "descriptors": {name: os.readlink(f"{place}/fd/{name}") for name in os.listdir(place + "/fd")},
    "uid_map": open(place + "/uid_map").read().split(), "environment": open(place + "/environ").read(),
    "own": {name: os.readlink(f"{place}/ns/{name}") != os.readlink(f"/proc/self/ns/{name}") for name in ("user", "mnt", "net")}}))
fetch.close()
PYTHON
}

@test "as root it is nobody, with no capability, in namespaces of its own" {
    state >"$BATS_TEST_TMPDIR/state"
    cat "$BATS_TEST_TMPDIR/state"
    jq -e '.status.Uid == "2147418112\t2147418112\t2147418112\t2147418112" and .status.Gid == .status.Uid and
        (.status.Groups | gsub(" "; "")) == ""' "$BATS_TEST_TMPDIR/state"
    jq -e '.status | .NoNewPrivs == "1" and .Seccomp == "2" and
        ([.CapInh, .CapPrm, .CapEff, .CapBnd, .CapAmb] | all(. == "0000000000000000"))' "$BATS_TEST_TMPDIR/state"
    jq -e '.own.user and .own.mnt and (.own.net | not) and .uid_map == ["2147418112", "2147418112", "1"]' "$BATS_TEST_TMPDIR/state"
}

@test "its tree is one small file system, read-only, of a few files" {
    state >"$BATS_TEST_TMPDIR/state"
    jq -e '.mounts | length == 1 and (.[0] | contains(" / / ro,nosuid,nodev,noexec") and contains("tmpfs"))' "$BATS_TEST_TMPDIR/state"
    jq -e '.files - ["/etc/ca.pem", "/etc/gai.conf", "/etc/host.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf"] == []' \
        "$BATS_TEST_TMPDIR/state"
    jq -e '.files | index("/etc/hosts")' "$BATS_TEST_TMPDIR/state"
}

@test "it inherits nothing" {
    SECRET=x state 7</etc/shadow >"$BATS_TEST_TMPDIR/state"
    jq -e '.environment == ""' "$BATS_TEST_TMPDIR/state"
    jq -e '.descriptors | [.["0"], .["1"], .["2"]] | all(. == "/dev/null")' "$BATS_TEST_TMPDIR/state"
    jq -e '.descriptors | del(.["0"], .["1"], .["2"]) | all(.[]; startswith("socket:") or startswith("anon_inode:[eventfd]") or
        startswith("pipe:"))' "$BATS_TEST_TMPDIR/state"
}

@test "what it needs works inside" {
    expect 0 name thread udp read-hosts
}

@test "no file is written, and of the host's none is read" {
    expect EPERM make-file write-file remove
    expect ENOENT read-shadow read-passwd read-proc
}

@test "no program is executed, no code made, no other process reached" {
    expect ended execute ptrace mount namespace
    expect EPERM fork code signal root
}

@test "no other network than IP, and nothing that listens" {
    expect EPERM unix-socket unix-pair packet-socket raw-socket listen
}

@test "an ordinary user's is confined too" {
    state 12345 >"$BATS_TEST_TMPDIR/state"
    jq -e '.status | .Uid == "12345\t12345\t12345\t12345" and .NoNewPrivs == "1" and .Seccomp == "2" and
        .CapEff == "0000000000000000" and .CapPrm == "0000000000000000"' "$BATS_TEST_TMPDIR/state"
    chmod 777 "$BATS_TEST_TMPDIR"
    AS="setpriv --reuid 12345 --regid 12345 --clear-groups"
    expect EPERM make-file write-file unix-socket fork
    expect ended execute
    expect 0 name
}

# try_there COMMAND.. NAME: in a user namespace that knows this root and uid 1, and in which no further one may be made.
try_there() {
    local pid
    : >"$BATS_TEST_TMPDIR/result"
    rm -f "$BATS_TEST_TMPDIR/go"
    mkfifo "$BATS_TEST_TMPDIR/go"
    unshare --user --keep-caps sh -c 'read -r _ <"$0" && echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' "$BATS_TEST_TMPDIR/go" "$@" \
        3>>"$BATS_TEST_TMPDIR/result" &
    pid=$!
    eventually sh -c '[ "$(readlink /proc/'$pid'/ns/user)" != "$(readlink /proc/self/ns/user)" ]'
    env printf '0 0 1\n1 12345 1\n' >/proc/$pid/uid_map
    printf '0 0 1\n' >/proc/$pid/gid_map
    echo >"$BATS_TEST_TMPDIR/go"
    wait $pid || true
    cat "$BATS_TEST_TMPDIR/result"
}

@test "where there are no user namespaces it does what it can" {
    # Root of its own namespace: no other id exists there, a mount namespace can be made.
    [ "$(try_there "$PROBE" make-file)" = EPERM ]
    [ "$(try_there "$PROBE" read-shadow)" = ENOENT ]
    [ "$(try_there "$PROBE" name)" = 0 ]
    [ -z "$(try_there "$PROBE" execute)" ]
    # An ordinary user there cannot make that either: what is left are the filter of calls and, where the kernel has it, Landlock.
    [ "$(try_there setpriv --reuid 1 "$PROBE" make-file)" = EPERM ]
    # landlock_create_ruleset(2) says which version there is.
    if python -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)'; then
        [ "$(try_there setpriv --reuid 1 "$PROBE" read-passwd)" = EACCES ]
    fi
    [ "$(try_there setpriv --reuid 1 "$PROBE" read-hosts)" = 0 ]
    [ "$(try_there setpriv --reuid 1 "$PROBE" name)" = 0 ]
    [ -z "$(try_there setpriv --reuid 1 "$PROBE" execute)" ]
}
