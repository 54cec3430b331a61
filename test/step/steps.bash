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

# What a start may leave on this host, as text: everything but the store's images.
host_state() {
    echo "processes: $(ps -eo args= | grep -cE '^(unroot-monitor|sleep 98765)' || true)"
    echo "mounts: $(grep -c unroot /proc/self/mountinfo || true)"
    # Others may have containers: a group that was left behind has no process.
    echo "cgroups: $(grep -l 'populated 0' /sys/fs/cgroup/unified/unroot/*/cgroup.events /sys/fs/cgroup/unroot/*/cgroup.events 2>/dev/null | wc -l)"
    echo "v1 cgroups: $(find /sys/fs/cgroup/pids/unroot /sys/fs/cgroup/memory/unroot -mindepth 2 -name cgroup.procs -empty 2>/dev/null | wc -l)"
    echo "links: $(ip -o link | grep -c unroot || true)"
    echo "leases: $(cat /run/unroot/network/leases 2>/dev/null | wc -l)"
    echo "ids: $(find -L /var/lib/unroot/ids -mindepth 1 -not -type l | wc -l)"
    for folder in /run/unroot/containers /var/lib/unroot/containers /var/lib/unroot/storage/containers /var/lib/unroot/names \
        /var/lib/unroot/pending /var/lib/unroot/storage/volumes; do
        echo "$folder: $(ls -A "$folder" 2>/dev/null | tr '\n' ' ')"
    done
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
