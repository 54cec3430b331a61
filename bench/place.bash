# SPDX-License-Identifier: Apache-2.0
# Sourced first by every benchmark: puts the script into a mount and network namespace of its own, where all contenders
# work on one fresh ext4 and see neither the host's containers nor its networks. Nothing is left behind.
#   BUILD         the build under test (default: build)
#   BENCH_FOLDER  where the file system's file lies (default: /dev/shm)      BENCH_SIZE  its size (sparse; default 12G)
set -eu -o pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "${BUILD:-$here/../build}")
if [ "${1:-}" != --inside ]; then
    [ "$(id -u)" = 0 ] || { echo "$0: root is needed" >&2; exit 1; }
    for program in crun hyperfine jq mkfs.ext4 musl-gcc podman runc skopeo umoci "$build/bin/unroot" "$build/bench/floor"; do
        command -v "$program" >/dev/null || { echo "$0: $program is missing: build, and see bench/setup.sh" >&2; exit 1; }
    done
    exec unshare --mount --net --propagation private "$0" --inside "$@"
fi
shift

unroot() { "$build/bin/unroot" "$@"; }
fs=$(mktemp -d /var/tmp/unroot-bench.XXXXXX)
leave() {
    cd /
    unroot ps -aq 2>/dev/null | xargs -r "$build/bin/unroot" rm -f >/dev/null 2>&1 || true
    [ ! -e /run/unroot/network/reaper ] || flock -w 10 /run/unroot/network/reaper true
    find /sys/fs/cgroup/*/libpod_parent -depth -type d -exec rmdir {} + 2>/dev/null || true
    umount -l /dev/shm /etc /run /var/lib/containers /var/lib/unroot "$fs" 2>/dev/null || true
    rmdir "$fs" 2>/dev/null || true
}
trap leave EXIT
mkdir -p /var/lib/unroot /var/lib/containers
file=$(mktemp "${BENCH_FOLDER:-/dev/shm}/unroot-bench.XXXXXX")
truncate -s "${BENCH_SIZE:-12G}" "$file"
mkfs.ext4 -q -i 4096 -E lazy_itable_init=0,lazy_journal_init=0,nodiscard "$file"
mount -o loop "$file" "$fs" # the loop device goes with the mount, the mount with its namespace
rm "$file"
chmod 711 "$fs"

# What the host has one of (the ids' ledger and registration, run folders, stores) is here a copy or empty.
mkdir -p "$fs"/{etc,unroot,containers,tmp}
cp -a /etc/. "$fs/etc"
mount --bind "$fs/etc" /etc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 1777 /run/lock
mount -t tmpfs -o mode=1777 tmpfs /dev/shm # podman keeps its locks there
mount --bind "$fs/unroot" /var/lib/unroot
mount --bind "$fs/containers" /var/lib/containers
export TMPDIR=$fs/tmp
ip link set lo up
sed -i /^unroot:/d /etc/subuid /etc/subgid
unroot setup >/dev/null

# Debian's podman and crun refuse a hybrid tree of control groups: they see it without its v2 part.
as_peer() {
    # shellcheck disable=SC2016
    unshare --mount --propagation private sh -c 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"' peer "$@"
}
podman_options=(--storage-driver overlay --cgroup-manager cgroupfs --events-backend file --runtime crun --network-backend netavark)
podman_run=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024) # it asks for more than a limited root may have
podman() { as_peer podman "${podman_options[@]}" "$@"; }

# A program that does nothing, without a library, and one that waits: compile_programs FOLDER
compile_programs() {
    mkdir -p "$1"
    echo 'int main(void) { return 0; }' | musl-gcc -static -O2 -s -x c -o "$1/true" -
    printf '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n' | musl-gcc -static -O2 -s -x c -o "$1/pause" -
}

# The root tree of the small image, with the folders and files that one of a distribution has: make_rootfs FOLDER
make_rootfs() {
    mkdir -p "$1"/{bin,dev,etc,proc,run,sys,tmp}
    touch "$1"/etc/{hostname,hosts,resolv.conf}
    compile_programs "$1/bin"
    printf 'root:x:0:0:root:/:/bin/sh\napp:x:1000:1000:app:/:/bin/sh\n' >"$1/etc/passwd"
    printf 'root:x:0:\napp:x:1000:\n' >"$1/etc/group"
    chmod 1777 "$1/tmp"
}

# Runs a command COUNT times after one that does not count, adding the seconds to $fs/times/NAME: measure NAME COUNT [hyperfine options --] COMMAND..
# A name that starts with peer- is measured where peers run.
measure() {
    local name=$1 count=$2 where=()
    shift 2
    local options=() part
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    [ "${name#peer-}" = "$name" ] || where=(as_peer)
    printf -v part '%q ' "$@"
    mkdir -p "$fs/times"
    "${where[@]}" hyperfine -N --show-output --warmup "${WARMUP:-1}" --runs "$count" "${options[@]}" \
        --export-json "$fs/times/json" "$part" >"$fs/times/log" 2>&1 || { cat "$fs/times/log" >&2; return 1; }
    jq '.results[0].times[]' "$fs/times/json" >>"$fs/times/$name"
}

# In milliseconds: median NAME, least NAME
median() { sort -g "$fs/times/$1" | awk '{ v[NR] = $1 } END { printf "%.2f", 500 * (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) }'; }
least() { sort -g "$fs/times/$1" | awk 'NR == 1 { printf "%.2f", 1000 * $1 }'; }

missed=0
# A row of the table: the ratio of two medians against a goal: compare LABEL OURS PEER GOAL (a ratio; - is none)
compare() {
    local ours peer ratio verdict=-
    ours=$(median "$2") peer=$(median "$3")
    ratio=$(awk "BEGIN { printf \"%.3f\", $ours / $peer }")
    [ "$4" = - ] || { verdict=met; awk "BEGIN { exit !($ratio > $4) }" && { verdict=MISSED; missed=$((missed + 1)); }; }
    printf '%-52s %9s %9s %9s %9s %7s %6s  %s\n' "$1" "$ours" "$(least "$2")" "$peer" "$(least "$3")" "$ratio" "$4" "$verdict"
}
table_head() {
    printf '%s, %s cores, load %s, %s\n' "$(uname -sr)" "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)" "$(date -u '+%Y-%m-%d %H:%M UTC')"
    printf '%-52s %9s %9s %9s %9s %7s %6s\n' "milliseconds" unroot min peer min ratio goal
}
