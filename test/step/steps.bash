# SPDX-License-Identifier: Apache-2.0
# Every row of every step table, read from the source: a new step is a new test by itself.
# steps ROLE FILE: the names in order.
steps() {
    sed -n "s/^ *{\"\([a-z-]*\)\", $1_[a-z_]*},.*/\1/p" "$BATS_TEST_DIRNAME/../../src/runtime/$2"
}

# rows FILE TABLE: the names of one table of a file that has several.
rows() {
    sed -n "/struct step $2\[\]/,/^};/s/^ *{\"\([a-z-]*\)\",.*/\1/p" "$BATS_TEST_DIRNAME/../../src/runtime/$1"
}

# What a start may leave on this host, as text: everything but the store's images. Asked a thousand times by a suite, so with as
# few processes as can be.
host_state() {
    local LC_ALL=C lines text file folder count=0
    shopt -s nullglob dotglob
    echo "processes: $(pgrep -fc -r D,R,S,T '^(unroot-monitor|sleep 98765)')"
    mapfile -t lines </proc/self/mountinfo
    for text in "${lines[@]}"; do [[ $text != *unroot* ]] || count=$((count + 1)); done
    echo "mounts: $count"
    # Others may have containers: a group that was left behind has no process.
    count=0
    for file in /sys/fs/cgroup{,/unified}/unroot/*/cgroup.events; do
        text=
        { read -r -d '' text <"$file"; } 2>/dev/null
        [[ $text != *"populated 0"* ]] || count=$((count + 1))
    done
    echo "cgroups: $count"
    lines=(/sys/fs/cgroup/{pids,memory}/unroot/{*,*/*}/cgroup.procs)
    echo "v1 cgroups: ${#lines[@]}"
    mapfile -t lines </proc/self/net/dev
    echo "links: ${#lines[@]}"
    lines=()
    { mapfile -t lines </run/unroot/network/leases; } 2>/dev/null
    echo "leases: ${#lines[@]}"
    count=0
    for file in /var/lib/unroot/ids/*; do [ ! -e "$file" ] || count=$((count + 1)); done
    echo "ids: $count"
    for folder in /run/unroot/containers /var/lib/unroot/containers /var/lib/unroot/storage/containers /var/lib/unroot/names \
        /var/lib/unroot/pending /var/lib/unroot/storage/volumes; do
        lines=("$folder"/*)
        echo "$folder: ${lines[*]##*/}"
    done
    shopt -u nullglob dotglob
}

# The bridge of the private network goes a moment after the last container.
settle() {
    local i
    for i in $(seq 100); do
        ip -o link | grep -q unroot || return 0
        sleep 0.1
    done
}

# Fails with the difference when the host is not as `host_state` said before.
nothing_left() {
    local i now
    for i in $(seq 50); do
        now=$(host_state)
        [ "$now" = "$before" ] && return 0
        sleep 0.1
    done
    diff <(echo "$before") <(echo "$now")
}
