/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the parts of an OCI configuration share: numbers that may be absent, the two kinds of findings. */
#include "base/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `given` is false for an absent member and for null (Go's nil). */
struct oci_i64 {
    bool given;
    int64_t value;
};

struct oci_u64 {
    bool given;
    uint64_t value;
};

struct oci_u32 {
    bool given;
    uint32_t value;
};

/* Findings have the place "config.json:41: linux.intelRdt" (name, line, JSON path). What cannot be honoured
 * is an error; what the specification tells a runtime to live with (members and capabilities that it does
 * not know) is a warning: docs/decisions/0010. Either may be NULL. */
struct oci_reports {
    struct report *errors, *warnings;
};
