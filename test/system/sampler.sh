#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# sampler.sh start | stop | judge: watches every container process of a run of tests (programs/sampler.c), beside it in the
# same namespaces; test/system/run and test/engines/run start it. SAMPLER_REPORTS is the folder that all runs write to. judge
# adds up: not one breach, no report without its last line; and to have seen no container at all is a failure too, because
# then it watched the wrong place.
set -u
build=${UNROOT_BUILD:?the build folder}
reports=${SAMPLER_REPORTS:?the folder of reports}
mine=$reports/${GROUPS_NAME:-${ENGINES_CGROUP:-this}}
case ${1:-} in
start)
    "$build/test/system/programs/sampler" "$mine.report" "$build"/bin/unroot{,-runtime} 3>&- 4>&- &
    echo $! >"$mine.pid"
    ;;
stop)
    pid=$(cat "$mine.pid") && kill -TERM "$pid" || exit 1
    for _ in $(seq 100); do
        [ -d "/proc/$pid" ] && ! grep -qs '^State:.Z' "/proc/$pid/status" || break
        sleep 0.05
    done
    rm "$mine.pid"
    ;;
judge)
    total=0 bad=0
    for report in "$reports"/*.report; do
        if last=$(tail -1 "$report") && [[ $last =~ \ ([0-9]+)\ looks\ at\ processes.*\ 0\ breaches$ ]]; then
            total=$((total + BASH_REMATCH[1]))
        else
            head -60 "$report"
            bad=$((bad + 1))
        fi
    done
    echo "$total looks at processes of containers, $bad runs with breaches"
    [ "$total" -gt 0 ] && [ "$bad" = 0 ]
    ;;
*)
    echo "sampler.sh start | stop | judge" >&2
    exit 2
    ;;
esac
