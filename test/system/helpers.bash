# SPDX-License-Identifier: Apache-2.0
# For every bats file of this folder: `load helpers`. test/system/run starts them where the store is private.
bats_require_minimum_version 1.5.0

# The program under test; test/system/run exports it.
UNROOT=${UNROOT:-$(realpath "$BATS_TEST_DIRNAME/../../build/src/cli/unroot")}
export UNROOT

unroot() {
    "$UNROOT" "$@"
}
