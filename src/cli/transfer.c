/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/transfer.h"

#include "base/text.h"

#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_MS 100
#define RATE_MS 1000

static int64_t clock_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void screen_size(int fd, size_t *ret_columns, size_t *ret_lines)
{
    struct winsize size = {0};
    bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    *ret_columns = known ? size.ws_col : 80;
    *ret_lines = known ? size.ws_row : 24;
}

static bool is_over(const struct transfer_row *row)
{
    return row->state == TRANSFER_COMPLETE || row->state == TRANSFER_EXISTS ||
           row->state == TRANSFER_PUSHED || row->state == TRANSFER_MOUNTED;
}

/* Goes back over what is on the screen and writes it again. With more layers than lines, those that are over
 * are left out first. */
static void draw(struct transfer_view *view)
{
    size_t columns, lines, left_out = 0, drawn = 0;
    autotext struct text text = {0};
    screen_size(view->fd, &columns, &lines);
    size_t room = lines > 4 ? lines - 3 : 1;
    size_t surplus = view->count > room ? view->count - room : 0;
    if (view->drawn > 0)
        text_printf(&text, "\033[%zuA", view->drawn);
    for (size_t i = 0; i < view->count && drawn < room; i++) {
        if (left_out < surplus && (is_over(&view->rows[i]) || !view->rows[i].known)) {
            left_out++;
            continue;
        }
        transfer_row_write(&view->rows[i], columns, &text);
        text_append(&text, "\033[K\n");
        drawn++;
    }
    text_append(&text, "\033[J");
    if (text_error(&text) == 0)
        (void)!write(view->fd, text_peek(&text), text.length); /* only a show */
    view->drawn = drawn;
}

static void measure(struct transfer_row *row, int64_t now)
{
    if (row->rate_ms == 0 || row->done < row->rate_done) {
        row->rate_ms = now;
        row->rate_done = row->done;
    } else if (now - row->rate_ms >= RATE_MS) {
        row->rate = (row->done - row->rate_done) * 1000 / (uint64_t)(now - row->rate_ms);
        row->rate_ms = now;
        row->rate_done = row->done;
    }
}

static bool make_rows(struct transfer_view *view, size_t count)
{
    if (view->rows)
        return true;
    view->rows = calloc(count, sizeof(*view->rows));
    view->count = view->rows ? count : 0;
    return view->rows != NULL;
}

/* A line when a layer is over, and when it has to wait. */
static void say_plainly(const struct transfer_view *view, const struct transfer_row *row)
{
    autotext struct text text = {0};
    if (!is_over(row) && !(row->state == TRANSFER_WAITING && row->text[0]))
        return;
    transfer_row_write(row, 1000, &text);
    text_append_char(&text, '\n');
    if (text_error(&text) == 0)
        (void)!write(view->fd, text_peek(&text), text.length); /* only a show */
}

static void report(void *context, const struct transfer_event *event)
{
    struct transfer_view *view = context;
    if (!make_rows(view, event->count) || event->position >= view->count)
        return;
    struct transfer_row *row = &view->rows[event->position];
    bool changed = !row->known || row->state != event->state ||
                   strncmp(row->text, event->text, sizeof(row->text) - 1) != 0;
    int64_t now = clock_ms();
    row->known = true;
    row->state = event->state;
    row->done = event->done;
    row->total = event->total;
    (void)snprintf(row->name, sizeof(row->name), "%.12s", event->digest->hex);
    (void)snprintf(row->text, sizeof(row->text), "%.79s", event->text); /* cut is enough */
    text_make_printable(row->text);
    measure(row, now);
    if (!view->terminal) {
        if (changed)
            say_plainly(view, row);
        return;
    }
    if (now - view->last_ms < REDRAW_MS)
        return;
    view->last_ms = now;
    draw(view);
}

void transfer_begin(struct transfer_view *view, int fd, bool quiet, struct transfer_progress *progress)
{
    const char *terminal = getenv("TERM");
    *view = (struct transfer_view){.fd = fd, .quiet = quiet};
    view->terminal = isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
    *progress = (struct transfer_progress){0};
    if (!quiet)
        *progress = (struct transfer_progress){report, view};
}

void transfer_end(struct transfer_view *view)
{
    if (view->terminal && view->rows)
        draw(view);
    free(view->rows);
    *view = (struct transfer_view){.fd = -1};
}
