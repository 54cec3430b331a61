/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One line on a terminal that says how far a long work is; nothing elsewhere. */
#include "engine/image.h"

struct progress_line {
    bool on;
    int64_t last_ms; /* when it was last drawn */
    size_t drawn;    /* columns to wipe */
};

/* Begins; `progress` is what the engine is given. `quiet` switches it off. */
void progress_begin(struct progress_line *line, bool quiet, struct store_progress *progress);
/* Wipes the line. */
void progress_end(struct progress_line *line);
