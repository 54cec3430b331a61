/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a container uses as a row of `stats`, with docker's names of the columns and its units. */
#include "cli/listing.h"
#include "engine/sample.h"

#define SAMPLE_TABLE                                                                                         \
    "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}"

extern const struct listing_column sample_columns[];

struct sample_row {
    const char *id, *name, *container;   /* lent; `container`: as it was asked for; NULL: the short id */
    struct container_sample before, now; /* .before.running false: the first one */
    bool no_trunc;
};

/* NULL: no memory. What is not known is "--". */
struct json_object *make_sample_row(const struct sample_row *row);
