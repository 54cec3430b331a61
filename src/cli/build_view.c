/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/build_view.h"

#include "base/text.h"
#include "cli/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#define LIVE_LINES 6     /* of output below the running steps */
#define KEPT_BYTES 65536 /* of a step's output, to be shown when it fails */
#define TITLE_BYTES 1024
#define REDRAW_NS 80000000

struct view_step {
    unsigned number;
    char *title;
    struct text rest; /* a line that has not ended */
    struct text kept; /* the end of what it said */
    int64_t began_ns;
    bool running, failed;
};

struct build_view {
    enum build_view_kind kind;
    struct view_step *steps;
    size_t count;
    unsigned last_shown; /* plain: whose lines were printed last */
    struct text recent;  /* live: the last lines of output */
    size_t drawn;        /* live: lines on the screen that will be wiped */
    int64_t drawn_ns;
};

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double seconds(int64_t ns)
{
    return (double)ns / 1e9;
}

static struct view_step *find_step(struct build_view *v, unsigned number)
{
    for (size_t i = v->count; i-- > 0;)
        if (v->steps[i].number == number)
            return &v->steps[i];
    struct view_step *grown = reallocarray(v->steps, v->count + 1, sizeof(*grown));
    if (!grown)
        return NULL;
    v->steps = grown;
    grown[v->count] = (struct view_step){.number = number, .began_ns = now_ns()};
    return &grown[v->count++];
}

/* One line, whatever the Dockerfile or the program put into it. */
static void clean_line(char *line)
{
    for (char *p = line; *p; p++)
        if (*p == '\t')
            *p = ' ';
    text_make_printable(line);
}

/* As a terminal shows it: what follows the last carriage return. */
static void take_line(const char *data, size_t size, char *ret_line, size_t room)
{
    while (size > 0 && data[size - 1] == '\r')
        size--;
    for (size_t i = size; i-- > 0;)
        if (data[i] == '\r') {
            data += i + 1;
            size -= i + 1;
            break;
        }
    size_t n = size < room - 1 ? size : room - 1;
    memcpy(ret_line, data, n);
    ret_line[n] = '\0';
    if (strlen(ret_line) < n)
        n = strlen(ret_line);
    clean_line(ret_line);
}

static void keep_tail(struct text *kept, const char *line)
{
    if (kept->length > KEPT_BYTES) {
        size_t cut = kept->length - KEPT_BYTES / 2;
        memmove(kept->data, kept->data + cut, kept->length - cut + 1);
        kept->length -= cut;
    }
    text_printf(kept, "%s\n", line);
}

static void show_plain_title(struct build_view *v, const struct view_step *step)
{
    if (v->last_shown == step->number)
        return;
    if (v->last_shown > 0)
        fputc('\n', stderr);
    fprintf(stderr, "#%u %s\n", step->number, step->title ? step->title : "");
    v->last_shown = step->number;
}

static void live_wipe(struct build_view *v)
{
    for (; v->drawn > 0; v->drawn--)
        fputs("\033[1A\033[2K", stderr);
}

static unsigned terminal_width(void)
{
    struct winsize size = {0};
    return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col - 1 : 79;
}

static void live_line(struct build_view *v, const char *line, const char *style)
{
    size_t length = strlen(line), width = terminal_width();
    while (length > 0 && display_width(line, length) > width)
        length--;
    fprintf(stderr, "%s%.*s\033[0m\n", style, (int)length, line);
    v->drawn++;
}

static void live_draw(struct build_view *v)
{
    char line[TITLE_BYTES + 64];
    live_wipe(v);
    for (size_t i = 0; i < v->count; i++) {
        const struct view_step *step = &v->steps[i];
        if (!step->running)
            continue;
        (void)snprintf(line, sizeof(line), " => %6.1fs %s", seconds(now_ns() - step->began_ns),
                       step->title ? step->title : "");
        live_line(v, line, "\033[36m");
    }
    const char *recent = text_peek(&v->recent);
    for (size_t n = v->recent.length, lines = 0; n > 0; n--)
        if (recent[n - 1] == '\n' && lines++ == LIVE_LINES) {
            recent += n;
            break;
        }
    while (*recent) {
        size_t length = strcspn(recent, "\n");
        (void)snprintf(line, sizeof(line), " => => %.*s", (int)length, recent);
        live_line(v, line, "\033[2m");
        recent += length + (recent[length] == '\n');
    }
    fflush(stderr);
    v->drawn_ns = now_ns();
}

static void show_line(struct build_view *v, struct view_step *step, const char *line, int64_t elapsed_ns)
{
    keep_tail(&step->kept, line);
    if (v->kind == BUILD_VIEW_LIVE)
        keep_tail(&v->recent, line);
    if (v->kind != BUILD_VIEW_PLAIN)
        return;
    show_plain_title(v, step);
    fprintf(stderr, "#%u %.3f %s\n", step->number, seconds(elapsed_ns), line);
}

static void take_output(struct build_view *v, struct view_step *step, const struct build_event *event)
{
    char line[4096];
    text_append_n(&step->rest, event->data, event->size);
    const char *from = text_peek(&step->rest), *end;
    size_t left = step->rest.length;
    while (left > 0 && (end = memchr(from, '\n', left))) {
        take_line(from, (size_t)(end - from), line, sizeof(line));
        show_line(v, step, line, event->elapsed_ns);
        left -= (size_t)(end - from) + 1;
        from = end + 1;
    }
    struct text rest = {0};
    text_append_n(&rest, from, left);
    text_free(&step->rest);
    step->rest = rest;
}

static void end_output(struct build_view *v, struct view_step *step, const struct build_event *event)
{
    char line[4096];
    if (step->rest.length == 0)
        return;
    take_line(text_peek(&step->rest), step->rest.length, line, sizeof(line));
    show_line(v, step, line, event->elapsed_ns);
    text_free(&step->rest);
}

static void show_end(struct build_view *v, struct view_step *step, const struct build_event *event)
{
    static const char *const words[] = {
        [BUILD_EVENT_CACHED] = "CACHED", [BUILD_EVENT_DONE] = "DONE", [BUILD_EVENT_FAILED] = "ERROR"};
    char line[TITLE_BYTES + 64];
    step->running = false;
    step->failed = event->kind == BUILD_EVENT_FAILED;
    if (v->kind == BUILD_VIEW_LIVE) {
        live_wipe(v);
        text_free(&v->recent);
        (void)snprintf(line, sizeof(line), " => %s %s%s", words[event->kind], step->title ? step->title : "",
                       "");
        if (event->kind == BUILD_EVENT_DONE)
            (void)snprintf(line, sizeof(line), " => %6.1fs %s", seconds(event->elapsed_ns),
                           step->title ? step->title : "");
        live_line(v, line, step->failed ? "\033[31m" : "");
        v->drawn = 0;
        live_draw(v);
    }
    if (v->kind != BUILD_VIEW_PLAIN)
        return;
    show_plain_title(v, step);
    if (event->kind == BUILD_EVENT_CACHED)
        fprintf(stderr, "#%u CACHED\n", step->number);
    else if (event->kind == BUILD_EVENT_DONE)
        fprintf(stderr, "#%u DONE %.1fs\n", step->number, seconds(event->elapsed_ns));
    else
        fprintf(stderr, "#%u ERROR: %s\n", step->number, event->title ? event->title : "");
}

static void take_event(void *context, const struct build_event *event)
{
    struct build_view *v = context;
    struct view_step *step = find_step(v, event->vertex);
    if (!step)
        return;
    switch (event->kind) {
    case BUILD_EVENT_BEGINS:
        free(step->title);
        step->title = strndup(event->title, TITLE_BYTES);
        step->running = true;
        if (step->title)
            clean_line(step->title);
        if (v->kind == BUILD_VIEW_PLAIN)
            show_plain_title(v, step);
        break;
    case BUILD_EVENT_OUTPUT:
        take_output(v, step, event);
        break;
    case BUILD_EVENT_CACHED:
    case BUILD_EVENT_DONE:
    case BUILD_EVENT_FAILED:
        end_output(v, step, event);
        show_end(v, step, event);
        break;
    }
}

static void tick(void *context)
{
    struct build_view *v = context;
    if (v->kind == BUILD_VIEW_LIVE && now_ns() - v->drawn_ns > REDRAW_NS)
        live_draw(v);
}

struct build_view *build_view_make(enum build_view_kind kind)
{
    struct build_view *v = calloc(1, sizeof(*v));
    if (v)
        v->kind = kind;
    return v;
}

struct build_progress build_view_progress(struct build_view *v)
{
    return (struct build_progress){.event = take_event, .tick = tick, .context = v};
}

void build_view_end(struct build_view *v, bool failed)
{
    if (v->kind == BUILD_VIEW_LIVE)
        live_wipe(v);
    for (size_t i = 0; failed && v->kind != BUILD_VIEW_PLAIN && i < v->count; i++)
        if (v->steps[i].failed && v->steps[i].kept.length > 0)
            fprintf(stderr, "------\n > %s:\n%s------\n", v->steps[i].title ? v->steps[i].title : "",
                    text_peek(&v->steps[i].kept));
    fflush(stderr);
}

void build_view_free(struct build_view *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->count; i++) {
        free(v->steps[i].title);
        text_free(&v->steps[i].rest);
        text_free(&v->steps[i].kept);
    }
    free(v->steps);
    text_free(&v->recent);
    free(v);
}
