#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Puts all programs of a build side by side in BUILD/bin, as they lie when installed: `unroot` finds its helpers there.
# collect-programs.sh BIN STAMP PROGRAM...
set -eu
bin=$1 stamp=$2
shift 2
mkdir -p "$bin"
for program; do
    cp -f "$program" "$bin/.new-$(basename "$program")"
    mv -f "$bin/.new-$(basename "$program")" "$bin/$(basename "$program")"
done
: >"$stamp"
