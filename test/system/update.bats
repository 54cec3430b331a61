# SPDX-License-Identifier: Apache-2.0
# update: limits of containers that run and of those that do not, in the kernel's files and in the record, all or nothing.
load helpers

setup_file() {
    make_images
}

teardown() {
    remove_containers
}

# file_of CONTAINER FILE...: what the first of the files holds that the container's process 1 is under.
file_of() {
    local pid line controllers path file folder
    pid=$(unroot inspect -f '{{.State.Pid}}' "$1")
    for file in "${@:2}"; do
        while IFS=: read -r _ controllers path; do
            for folder in "/sys/fs/cgroup/$controllers" /sys/fs/cgroup /sys/fs/cgroup/unified "/sys/fs/cgroup/${controllers%%,*}"; do
                [ ! -f "$folder$path/$file" ] || { cat "$folder$path/$file"; return 0; }
            done
        done <"/proc/$pid/cgroup"
    done
    echo none
}

configured() { # configured CONTAINER FIELD
    unroot inspect -f "{{.HostConfig.$2}}" "$1"
}

@test "update: memory, swap, processes and processor time of a container that runs" {
    n=$(name)
    unroot run -d --name "$n" --memory 64m busybox sleep 1000 >/dev/null
    run -0 unroot update -m 128m --memory-reservation 32m --pids-limit 33 --cpus 0.5 --cpu-shares 512 "$n"
    [ "$output" = "$n" ]
    [ "$(file_of "$n" memory.max memory.limit_in_bytes)" = $((128 << 20)) ]
    [ "$(file_of "$n" memory.low memory.soft_limit_in_bytes)" = $((32 << 20)) ]
    [ "$(file_of "$n" pids.max)" = 33 ]
    [[ $(file_of "$n" cpu.max cpu.cfs_quota_us) =~ ^50000 ]]
    [[ $(file_of "$n" cpu.weight cpu.shares) =~ ^(512|20)$ ]]
    [ "$(configured "$n" Memory) $(configured "$n" PidsLimit) $(configured "$n" Cpus)" = "$((128 << 20)) 33 0.5" ]
    # What is not given stays, and 0 takes away.
    unroot update --cpu-quota 20000 --cpu-period 50000 "$n"
    [[ $(file_of "$n" cpu.max cpu.cfs_quota_us) =~ ^20000 ]]
    [ "$(configured "$n" CpuQuota)/$(configured "$n" CpuPeriod)/$(configured "$n" Cpus)" = "20000/50000/" ]
    unroot update -m 0 --memory-reservation 0 --pids-limit -1 --cpus 0 "$n"
    [[ $(file_of "$n" memory.max memory.limit_in_bytes) =~ ^(max|9[0-9]{18})$ ]]
    [[ $(file_of "$n" memory.low memory.soft_limit_in_bytes) =~ ^(0|9[0-9]{18})$ ]]
    [ "$(file_of "$n" pids.max)" = max ]
    [[ $(file_of "$n" cpu.max cpu.cfs_quota_us) =~ ^(max|-1) ]]
    unroot exec "$n" true
    unroot restart -t 0 "$n"
    [[ $(file_of "$n" cpu.weight cpu.shares) =~ ^(512|20)$ ]]
}

@test "update: a container without limits gets its first ones, and its processes obey" {
    n=$(name)
    unroot run -d --name "$n" busybox sleep 1000 >/dev/null
    unroot update --pids-limit 4 --cpuset-cpus 0 "$n"
    [ "$(file_of "$n" cpuset.cpus)" = 0 ]
    run unroot exec "$n" sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 20 & done; wait'
    [[ $output == *"fork"* ]]
    grep -q '^Cpus_allowed_list:.0$' "/proc/$(unroot inspect -f '{{.State.Pid}}' "$n")/status"
}

@test "update: what the kernel refuses changes neither groups nor record" {
    n=$(name)
    unroot run -d --name "$n" --memory 64m --pids-limit 50 busybox sleep 1000 >/dev/null
    record=$(cat "/var/lib/unroot/containers/$(unroot inspect -f '{{.Id}}' "$n")/record.json")
    run -1 unroot update -m 96m --pids-limit 60 --cpus 0.5 --cpuset-cpus 4000 "$n"
    [[ $output == *"cpuset.cpus"* ]]
    [ "$(file_of "$n" memory.max memory.limit_in_bytes)" = $((64 << 20)) ]
    [ "$(file_of "$n" pids.max)" = 50 ]
    [[ $(file_of "$n" cpu.max cpu.cfs_quota_us) =~ ^(max|-1|none) ]]
    [ "$(cat "/var/lib/unroot/containers/$(unroot inspect -f '{{.Id}}' "$n")/record.json")" = "$record" ]
    # The groups that it would have needed are not there half.
    unroot restart -t 0 "$n"
    unroot update -m 96m --cpuset-cpus 0 "$n"
    [ "$(file_of "$n" memory.max memory.limit_in_bytes)" = $((96 << 20)) ]
}

@test "update: what does not run has it at its start; several, and one that is not there" {
    one=$(name one) two=$(name two)
    unroot create --name "$one" --cpus 1.5 busybox sleep 1000 >/dev/null
    unroot run -d --name "$two" busybox sleep 1000 >/dev/null
    run -1 --separate-stderr unroot update --pids-limit 44 "$one" no-such "$two"
    [ "$output" = "$one"$'\n'"$two" ]
    [ "$stderr" = "unroot update: no such container: no-such" ]
    unroot start "$one"
    [ "$(file_of "$one" pids.max)/$(file_of "$two" pids.max)" = 44/44 ]
    unroot stop -t 0 "$one"
    while IFS='|' read -r flags answer; do
        # shellcheck disable=SC2086
        run ! unroot update $flags "$one"
        [[ $output == *"$answer"* ]] || { echo "$flags: $output"; false; }
    done <<'TABLE'
--memory 1m|less than 6m
--memory x|a size such as 512m
--memory 64m --memory-swap 32m|less than the memory limit
--memory-swap 64m|needs a memory limit
--cpus 1 --cpu-quota 5000|--cpus means
--cpu-period 5000|the container has --cpus=1.5
--cpu-quota 5000 --cpu-period 5|outside 1000
--cpu-shares 1|cpu shares
--cpu-shares -1|a number from 0
--cpuset-cpus 3-1|a list such as
--blkio-weight 5|from 10 to 1000
--pids-limit -2|from -1
--restart always|not there yet
TABLE
    run -125 unroot update "$one"
    [[ $output == *"nothing to change"* ]]
    [ "$(configured "$one" Cpus) $(configured "$one" PidsLimit) $(configured "$one" Memory)" = "1.5 44 0" ]
}

@test "update beside update, restart and stop: the record and the groups agree" {
    n=$(name)
    id=$(unroot run -d --name "$n" --pids-limit 99 busybox sleep 1000)
    for i in $(seq 5); do
        pids=()
        for verb in "update --pids-limit 20$i" "restart -t 0" "update --pids-limit 30$i" "update --cpu-shares 40$i" rename; do
            # shellcheck disable=SC2086
            timeout 60 "$UNROOT" $verb "$id" $([ "$verb" != rename ] || echo "$n-$i") >/dev/null 2>&1 &
            pids+=($!)
        done
        for pid in "${pids[@]}"; do
            code=0
            wait "$pid" || code=$?
            [ "$code" != 124 ] || { echo "a command hangs"; false; }
        done
        limit=$(configured "$n-$i" PidsLimit)
        [[ $limit =~ ^[23]0$i$ ]]
        [ "$(file_of "$id" pids.max)" = "$limit" ]
        [ "$(configured "$id" CpuShares)" = "40$i" ]
    done
}
