#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How long `run --rm IMAGE true` takes against podman, the OCI runtimes alone and the floor: run.sh [ROUNDS [RUNS]]
# In each round every contender runs RUNS times, one after the other, so that what else the machine does meets all.
. "$(dirname "$0")/place.bash"
rounds=${1:-8} runs=${2:-10}

make_rootfs "$fs/rootfs"
tar -C "$fs/rootfs" -cf "$fs/small.tar" .
unroot import --change 'USER app' "$fs/small.tar" small >/dev/null
podman import --change USER=app "$fs/small.tar" small >/dev/null 2>&1

# The bundle of the runtimes: user namespace, no capability, a file tree that needs no overlay (in their favour).
make_bundle() {
    mkdir -p "$fs/$1"
    (cd "$fs/$1" && as_peer "$1" spec)
    cp -a "$fs/rootfs" "$fs/$1/rootfs"
    chown -R 1879048192:1879048192 "$fs/$1"
    jq '.process.terminal = false | .process.args = ["/bin/true"] | .process.user = {uid: 1000, gid: 1000}
        | .process.capabilities |= map_values([]) | .root.readonly = false
        | .linux.namespaces = ([{type: "user"}, {type: "cgroup"}] + .linux.namespaces | unique_by(.type))
        | .linux.uidMappings = [{containerID: 0, hostID: 1879048192, size: 65536}] | .linux.gidMappings = .linux.uidMappings' \
        "$fs/$1/config.json" >"$fs/$1/config.new"
    mv "$fs/$1/config.new" "$fs/$1/config.json"
}
make_bundle crun
make_bundle runc

# The floor's layer lies as ours do: container ids above the storage base, in a folder that anyone may pass.
mkdir -p "$fs/floor/layer"
cp -a "$fs/rootfs/." "$fs/floor/layer"
chown -R 2147352576:2147352576 "$fs/floor"
cat >"$fs/fresh" <<FRESH
#!/bin/sh
rm -rf "$fs/floor/upper" "$fs/floor/work"
mkdir "$fs/floor/upper" "$fs/floor/work"
chown 2147352576:2147352576 "$fs/floor/upper" "$fs/floor/work"
FRESH
chmod +x "$fs/fresh"

for _ in $(seq "$rounds"); do
    measure none "$runs" -- "$build/bin/unroot" run --rm --network none small /bin/true
    measure floor "$runs" --prepare "$fs/fresh" -- "$build/bench/floor" "$fs/floor" layer upper work /bin/true
    measure peer-crun "$runs" -- crun run --bundle "$fs/crun" bench
    measure peer-runc "$runs" -- runc run --bundle "$fs/runc" bench
    measure peer-podman-none $((runs / 3 + 1)) -- podman "${podman_options[@]}" run --rm "${podman_run[@]}" --network none small /bin/true
    measure bridge "$runs" -- "$build/bin/unroot" run --rm small /bin/true
    measure peer-podman-bridge $((runs / 3 + 1)) -- podman "${podman_options[@]}" run --rm "${podman_run[@]}" small /bin/true
    measure peer-podman-userns $((runs / 3 + 1)) -- podman "${podman_options[@]}" run --rm "${podman_run[@]}" --network none --uidmap 0:1879048192:65536 small /bin/true
done

table_head
compare "run, no network : podman run, no network" none peer-podman-none 0.1
compare "run, no network : podman run, same, own user ns" none peer-podman-userns -
compare "run, private network : podman run, its bridge" bridge peer-podman-bridge 0.15
compare "run, no network : crun, bare bundle" none peer-crun 1
compare "run, no network : runc, bare bundle" none peer-runc 1
compare "run, no network : the floor" none floor 2
[ "$missed" = 0 ]
