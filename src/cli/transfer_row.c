/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/human.h"
#include "cli/transfer.h"

#include <string.h>

#define BAR_MAX 30
#define BAR_MIN 8

static const char *state_word(enum transfer_state state)
{
    static const char *const words[TRANSFER_STATE_COUNT] = {
        [TRANSFER_WAITING] = "Waiting",
        [TRANSFER_DOWNLOADING] = "Downloading",
        [TRANSFER_EXTRACTING] = "Extracting",
        [TRANSFER_COMPLETE] = "Pull complete",
        [TRANSFER_EXISTS] = "Already exists",
        [TRANSFER_PACKING] = "Packing",
        [TRANSFER_PUSHING] = "Pushing",
        [TRANSFER_PUSHED] = "Pushed",
        [TRANSFER_MOUNTED] = "Mounted from another repository",
    };
    return words[state];
}

static void append_bar(struct text *t, const struct transfer_row *row, size_t width)
{
    uint64_t done = row->done < row->total ? row->done : row->total;
    size_t filled = row->total > 0 ? (size_t)((double)done / (double)row->total * (double)width) : 0;
    text_append(t, " [");
    for (size_t i = 0; i < width; i++)
        text_append_char(t, i < filled ? '=' : i == filled ? '>' : ' ');
    text_append_char(t, ']');
}

static void append_figures(struct text *t, const struct transfer_row *row)
{
    text_append_char(t, ' ');
    human_size(t, row->done);
    text_append_char(t, '/');
    human_size(t, row->total);
    if (row->rate > 0 && row->state != TRANSFER_EXTRACTING) {
        text_append_char(t, ' ');
        human_size(t, row->rate);
        text_append(t, "/s");
    }
}

void transfer_row_write(const struct transfer_row *row, size_t columns, struct text *text)
{
    autotext struct text line = {0}, figures = {0};
    bool moves = row->state == TRANSFER_DOWNLOADING || row->state == TRANSFER_PUSHING ||
                 row->state == TRANSFER_EXTRACTING;
    text_printf(&line, "%s: %s", row->known ? row->name : "............", state_word(row->state));
    if (row->text[0])
        text_printf(&line, " (%s)", row->text);
    if (moves) {
        append_figures(&figures, row);
        for (size_t i = line.length; i < 25; i++)
            text_append_char(&line, ' ');   /* bars below each other: "Downloading" is the longest */
        size_t used = line.length + 26 + 3; /* figures of changing width do not move the bar */
        size_t width = columns > used ? columns - used : 0;
        if (width >= BAR_MIN)
            append_bar(&line, row, width > BAR_MAX ? BAR_MAX : width);
        text_append(&line, text_peek(&figures));
    }
    size_t length = line.length < columns ? line.length : columns - 1; /* a full line would wrap */
    text_append_n(text, text_peek(&line), length);
}
