/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include "cli/human.h"
#include "cli/say.h"
#include "cli/table.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_MS 100
#define DELAY_MS 300 /* what is quick needs no line */

static int64_t clock_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void draw(struct progress_line *line, const struct text *t)
{
    size_t width = display_width(text_peek(t), t->length);
    autotext struct text whole = {0};
    text_printf(&whole, "\r%s", text_peek(t));
    for (size_t i = width; i < line->drawn; i++)
        text_append_char(&whole, ' ');
    text_append(&whole, "\r");
    (void)!write(STDERR_FILENO, text_peek(&whole), whole.length); /* only a show */
    line->drawn = width;
}

static void report(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct progress_line *line = context;
    int64_t now = clock_ms();
    autotext struct text t = {0};
    if (now - line->last_ms < REDRAW_MS)
        return;
    line->last_ms = now;
    text_printf(&t, "%s: ", what);
    human_size(&t, done);
    if (total > 0) {
        text_append(&t, " of ");
        human_size(&t, total);
        text_printf(&t, " (%d%%)", (int)(done * 100.0 / (double)total));
    }
    draw(line, &t);
}

void progress_begin(struct progress_line *line, bool quiet, struct store_progress *progress)
{
    *line = (struct progress_line){.on = !quiet && can_show_progress()};
    line->last_ms = clock_ms() + DELAY_MS - REDRAW_MS;
    *progress = (struct store_progress){0};
    if (line->on)
        *progress = (struct store_progress){report, line};
}

void progress_end(struct progress_line *line)
{
    if (line->drawn > 0)
        draw(line, &(struct text){0});
    line->on = false;
}
