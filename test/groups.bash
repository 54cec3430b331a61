# SPDX-License-Identifier: Apache-2.0
# Control groups of a run of tests alone: what is below it is counted without what others have on this machine, and two runs
# at once do not see each other. For test/system/run.

# The hierarchies that are mounted here, as folders.
hierarchies() {
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        echo /sys/fs/cgroup
    else
        find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -type d 2>/dev/null
    fi
}

# enter_groups NAME COMMAND..: runs the command in a group NAME of every hierarchy, which is the root that it sees: in a
# namespace of control groups, to be completed by show_groups there.
enter_groups() {
    local name=$1 folder file
    shift
    for folder in $(hierarchies); do
        mkdir "$folder/$name" || exit 1
        for file in cpuset.cpus cpuset.mems; do # empty at first under version 1
            [ ! -e "$folder/$file" ] || cat "$folder/$file" >"$folder/$name/$file"
        done
        # Nor is there real time; the root's is shared by the runs of this machine. Without: less is tested.
        [ ! -e "$folder/$name/cpu.rt_runtime_us" ] || echo 50000 >"$folder/$name/cpu.rt_runtime_us" || true
        echo "$BASHPID" >"$folder/$name/cgroup.procs" || exit 1
    done
    exec unshare --cgroup bash -c '
        . "$0"
        name=$1
        shift
        delegate_groups "$name"
        exec "$@"' "${BASH_SOURCE[0]}" "$name" "$@"
}

# Under version 2 a group with processes gives no controller to those below it: the tests are beside them.
delegate_groups() {
    local root controller
    for root in $(hierarchies); do
        [ -n "$(cat "$root/cgroup.controllers" 2>/dev/null)" ] || continue
        mkdir "$root/$1/tests"
        echo $$ >"$root/$1/tests/cgroup.procs"
        for controller in $(cat "$root/cgroup.controllers"); do
            echo "+$controller" >"$root/cgroup.subtree_control"
            echo "+$controller" >"$root/$1/cgroup.subtree_control"
        done 2>/dev/null
    done
}

# show_groups NAME: in a private mount namespace: the groups are where programs look for the root.
show_groups() {
    local folder
    for folder in $(hierarchies); do
        mount --bind "$folder/$1" "$folder" || exit 1
    done
}

# remove_groups NAME: when its processes are gone; those of a namespace go a moment after its first.
remove_groups() {
    local left=1
    for _ in $(seq 100); do
        left=
        for folder in $(hierarchies); do
            find "$folder/$1" -depth -type d -exec rmdir {} + 2>/dev/null
            [ ! -e "$folder/$1" ] || left=$folder/$1
        done
        [ -n "$left" ] || return 0
        sleep 0.05
    done
    echo "left behind: $left"
    return 1
}
