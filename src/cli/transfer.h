/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a pull or push looks like: on a terminal a line a layer that is drawn again, elsewhere a line when
 * something is done. */
#include "base/text.h"
#include "engine/image_transfer.h"

struct transfer_row {
    enum transfer_state state;
    bool known;
    char name[13]; /* first digits of its digest */
    char text[80]; /* what it waits for */
    uint64_t done, total;
    uint64_t rate;      /* bytes a second */
    uint64_t rate_done; /* when it was last measured */
    int64_t rate_ms;
};

struct transfer_view {
    int fd; /* where it is shown */
    bool terminal, quiet;
    struct transfer_row *rows;
    size_t count;
    size_t drawn; /* lines on the screen */
    int64_t last_ms;
};

/* Begins; `progress` is what the engine is given. */
void transfer_begin(struct transfer_view *view, int fd, bool quiet, struct transfer_progress *progress);
/* Draws the last state and frees. */
void transfer_end(struct transfer_view *view);
/* One row as it is shown in so many columns, without its end of line. For the unit test too. */
void transfer_row_write(const struct transfer_row *row, size_t columns, struct text *text);
