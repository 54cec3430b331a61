#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What idle containers keep in memory: idle.sh [COUNT]   (default: 50, ours and podman's one after the other)
. "$(dirname "$0")/place.bash"
count=${1:-50}

make_rootfs "$fs/rootfs"
tar -C "$fs/rootfs" -cf "$fs/small.tar" .
unroot import --change 'USER app' "$fs/small.tar" small >/dev/null
podman import --change USER=app "$fs/small.tar" small >/dev/null 2>&1

# The sum of a field of smaps_rollup over processes, in KiB: memory_of FIELD PID..
memory_of() {
    local field=$1 pid
    shift
    for pid in "$@"; do grep "^$field:" "/proc/$pid/smaps_rollup"; done | awk '{ n += $2 } END { print n }'
}
available() { sync -f "$fs"; awk '/^MemAvailable/ { print $2 }' /proc/meminfo; }
parent_of() { awk '/^PPid/ { print $2 }' "/proc/$1/status"; }
row() {
    printf '%-30s %10s %10s %12s %12s\n' "$1" "$(awk "BEGIN { printf \"%.1f\", $2 / $count }")" \
        "$(awk "BEGIN { printf \"%.1f\", $3 / $count }")" "$2" "$3"
}

before=$(available)
for i in $(seq "$count"); do unroot run -d --network none --name "idle-$i" small /bin/pause >/dev/null; done
after=$(available)
ours=() payloads=()
for i in $(seq "$count"); do
    pid=$(unroot inspect --format '{{.State.Pid}}' "idle-$i")
    payloads+=("$pid") ours+=("$(parent_of "$pid")")
done
for pid in "${ours[@]}"; do [ "$(cat "/proc/$pid/comm")" = unroot-monitor ]; done

printf '%s, %s containers, %s\n' "$(uname -sr)" "$count" "$(date -u '+%Y-%m-%d %H:%M UTC')"
printf '%-30s %10s %10s %12s %12s\n' KiB 'PSS each' 'RSS each' 'PSS in all' 'RSS in all'
row unroot-monitor "$(memory_of Pss "${ours[@]}")" "$(memory_of Rss "${ours[@]}")"
row 'payload (pause)' "$(memory_of Pss "${payloads[@]}")" "$(memory_of Rss "${payloads[@]}")"
most=0
for pid in "${ours[@]}"; do
    pss=$(memory_of Pss "$pid")
    [ "$pss" -le "$most" ] || most=$pss
done
printf 'largest monitor: %s KiB PSS, goal 150: %s\n' "$most" "$([ "$most" -le 150 ] && echo met || echo MISSED)"
printf 'memory of the machine (meant for a quiet one): %s KiB a container\n' $(((before - after) / count))
unroot ps -aq | xargs "$build/bin/unroot" rm -f >/dev/null

# podman's containers live in the mount namespace that starts them, which conmon keeps.
sleep 1
before=$(available)
# shellcheck disable=SC2016
as_peer sh -c '
    for i in $(seq "$1"); do podman $2 run -d --network none $3 --name "idle-$i" small /bin/pause >/dev/null || exit 1; done
    podman $2 ps --format "{{.Pid}}"' peer "$count" "${podman_options[*]}" "${podman_run[*]}" >"$fs/pids"
after=$(available)
conmons=()
while read -r pid; do conmons+=("$(parent_of "$pid")"); done <"$fs/pids"
row conmon "$(memory_of Pss "${conmons[@]}")" "$(memory_of Rss "${conmons[@]}")"
printf 'memory of the machine with podman: %s KiB a container\n' $(((before - after) / count))
# Taking away all at once, podman forgets some; a conmon that has lost its container ends by itself or is ended.
nsenter --target "${conmons[0]}" --mount podman "${podman_options[@]}" rm -af -t 0 >/dev/null || true
for pid in "${conmons[@]}"; do
    for _ in 1 2 3 4 5; do [ ! -e "/proc/$pid/exe" ] || sleep 0.1; done
    [ ! -e "/proc/$pid/exe" ] || kill "$pid"
done
[ "$most" -le 150 ]
