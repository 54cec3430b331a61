# SPDX-License-Identifier: Apache-2.0
# Bundles for `unroot-runtime`: `load oci` after `load helpers`.
RUNTIME=${UNROOT_RUNTIME:-$(dirname "$UNROOT")/unroot-runtime}
STATES=/run/unroot/oci

runtime() {
    "$RUNTIME" --root "$STATES" "$@"
}

# bundle JQ-FILTER...: a bundle of busybox in $BUNDLE, its configuration edited by the filters.
bundle() {
    BUNDLE=$(mktemp -d "$SUITE/bundle.XXXXXX")
    chmod 755 "$BUNDLE"
    [ -e "$SUITE/oci-rootfs" ] || make_rootfs "$SUITE/oci-rootfs"
    cp -a "$SUITE/oci-rootfs" "$BUNDLE/rootfs"
    runtime spec --bundle "$BUNDLE"
    configure '.process.terminal = false | .root.readonly = false' "$@"
}

# configure JQ-FILTER...: edits config.json of $BUNDLE.
configure() {
    local filter
    for filter in "$@"; do
        jq "$filter" "$BUNDLE/config.json" >"$BUNDLE/config.new" && mv "$BUNDLE/config.new" "$BUNDLE/config.json" || return 1
    done
}

# command WORD...: what the bundle's process runs.
command_is() {
    configure ".process.args = $(jq -nc '$ARGS.positional' --args -- "$@")"
}

# script TEXT: the same by a shell.
script_is() {
    command_is sh -c "$1"
}

remove_runtime_containers() {
    local id
    for id in $(runtime list -q 2>/dev/null); do
        runtime delete --force "$id"
    done
}
