#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# sampler.sh start | stop: watches every container process of this host while the suites run (programs/sampler.c). A run
# in which it saw no container at all is a failure: then it watched the wrong place.
set -u
build=${UNROOT_BUILD:?the build folder}
state=$build/sampler
case ${1:-} in
start)
    "$build/test/system/programs/sampler" "$state.report" "$build"/bin/unroot{,-runtime} &
    echo $! >"$state.pid"
    ;;
stop)
    pid=$(cat "$state.pid") || exit 1
    rm -f "$state.pid"
    kill -TERM "$pid" || exit 1
    for _ in $(seq 100); do
        [ -d "/proc/$pid" ] || break
        sleep 0.05
    done
    tail -1 "$state.report"
    grep -q ' 0 breaches$' "$state.report" && ! grep -q ' 0 looks at processes' "$state.report" && exit 0
    head -60 "$state.report"
    exit 1
    ;;
*)
    echo "sampler.sh start | stop" >&2
    exit 2
    ;;
esac
