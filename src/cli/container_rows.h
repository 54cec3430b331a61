/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A container as a row of `ps`, with docker's names of the columns (and ours: Pid, User, RootMode, HostIds).
 */
#include "cli/filter.h"
#include "cli/listing.h"
#include "engine/container.h"

#define CONTAINER_TABLE                                                                                      \
    "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"

extern const struct listing_column container_columns[];
extern const struct filter_key container_filters[];

/* NULL: no memory. */
struct json_object *make_container_row(const struct container_summary *c, int64_t now, bool no_trunc);
/* "Up 3 minutes (Paused)", "Exited (0) 2 hours ago", "Created". */
void print_container_status(const struct container_summary *c, int64_t now, struct text *out);
