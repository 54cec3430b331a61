/* SPDX-License-Identifier: Apache-2.0 */
/* Who runs in a container: inside and outside, with the powers held. Columns may be chosen as podman names
 * them. */
#include "base/closest.h"
#include "cli/human.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "engine/container.h"
#include "formats/capability.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COLUMNS_MAX 16

struct top_column {
    const char *name, *title;
    void (*print)(const struct process_row *row, struct text *out);
};

static void print_user(const struct process_row *row, struct text *out)
{
    text_printf(out, "%u", row->uid_inside);
}

static void print_group(const struct process_row *row, struct text *out)
{
    text_printf(out, "%u", row->gid_inside);
}

static void print_host_user(const struct process_row *row, struct text *out)
{
    text_printf(out, "%u", row->uid_host);
}

static void print_host_group(const struct process_row *row, struct text *out)
{
    text_printf(out, "%u", row->gid_host);
}

static void print_pid(const struct process_row *row, struct text *out)
{
    text_printf(out, "%d", (int)row->pid_inside);
}

static void print_host_pid(const struct process_row *row, struct text *out)
{
    text_printf(out, "%d", (int)row->pid);
}

static void print_parent(const struct process_row *row, struct text *out)
{
    text_printf(out, "%d", (int)row->parent);
}

/* Names without CAP_, as podman shows them. */
static void print_capabilities(const struct process_row *row, struct text *out)
{
    bool first = true;
    if (row->capabilities == CAPABILITY_ALL)
        text_append(out, "full");
    else if (row->capabilities == 0)
        text_append(out, "none");
    else
        for (int i = 0; i <= CAPABILITY_LAST; i++) {
            const char *name = row->capabilities & CAPABILITY_BIT(i) ? capability_name(i) : NULL;
            if (!name)
                continue;
            text_printf(out, "%s%s", first ? "" : ",", string_after(name, "CAP_") ? name + 4 : name);
            first = false;
        }
}

static void print_no_new_privs(const struct process_row *row, struct text *out)
{
    text_append(out, row->no_new_privs ? "yes" : "no");
}

static void print_elapsed(const struct process_row *row, struct text *out)
{
    int64_t seconds = (int64_t)time(NULL) - row->started;
    human_cpu_time(out, seconds > 0 ? (uint64_t)seconds * 1000 : 0);
}

static void print_start(const struct process_row *row, struct text *out)
{
    time_t started = (time_t)row->started;
    struct tm tm;
    char buffer[16];
    if (localtime_r(&started, &tm) && strftime(buffer, sizeof(buffer), "%H:%M:%S", &tm) > 0)
        text_append(out, buffer);
}

static void print_time(const struct process_row *row, struct text *out)
{
    human_cpu_time(out, row->cpu_milliseconds);
}

static void print_command(const struct process_row *row, struct text *out)
{
    display_clean(row->command, out);
}

static const struct top_column columns[] = {
    {"user", "USER", print_user},        {"uid", "UID", print_user},
    {"group", "GROUP", print_group},     {"gid", "GID", print_group},
    {"huser", "HUSER", print_host_user}, {"hgroup", "HGROUP", print_host_group},
    {"pid", "PID", print_pid},           {"hpid", "HPID", print_host_pid},
    {"ppid", "PPID", print_parent},      {"capeff", "CAPEFF", print_capabilities},
    {"nnp", "NNP", print_no_new_privs},  {"etime", "ELAPSED", print_elapsed},
    {"stime", "STIME", print_start},     {"time", "TIME", print_time},
    {"args", "COMMAND", print_command},  {"comm", "COMMAND", print_command},
};

static const char *const usual[] = {"user",   "huser", "hgroup", "pid",  "hpid",
                                    "capeff", "nnp",   "etime",  "time", "args"};

static int refuse_column(const char *name, struct failure *failure)
{
    const char *names[ARRAY_SIZE(columns)];
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
        names[i] = columns[i].name;
    const char *near = closest_word(name, names, ARRAY_SIZE(columns));
    if (near)
        return refuse(failure, -EINVAL, "no column \"%s\": did you mean %s?", name, near);
    return refuse(
        failure, -EINVAL,
        "no column \"%s\" (ps options are not there yet): user huser group hgroup pid hpid ppid capeff nnp "
        "etime stime time args",
        name);
}

static int choose_column(const char *name, const struct top_column **ret_column, struct failure *failure)
{
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
        if (strcasecmp(columns[i].name, name) == 0) {
            *ret_column = &columns[i];
            return 0;
        }
    return refuse_column(name, failure);
}

struct top_options {
    const struct top_column *chosen[COLUMNS_MAX];
    size_t count;
};

/* The arguments behind the container: "user pid" or "user,pid". */
static int choose_columns(const struct arguments *arguments, const struct top_column *ret[COLUMNS_MAX],
                          size_t *ret_count, struct failure *failure)
{
    int r = 0;
    *ret_count = 0;
    for (size_t i = 0; arguments->count == 1 && i < ARRAY_SIZE(usual) && r == 0; i++)
        r = choose_column(usual[i], &ret[(*ret_count)++], failure);
    for (int i = 1; i < arguments->count && r == 0; i++) {
        const char *next = arguments->items[i];
        for (bool more = true; more && r == 0;) {
            size_t length = strcspn(next, ",");
            autofree char *name = strndup(next, length);
            if (!name || *ret_count == COLUMNS_MAX)
                return refuse(failure, -EINVAL, "at most %d columns", COLUMNS_MAX);
            r = choose_column(name, &ret[(*ret_count)++], failure);
            more = next[length] == ',';
            next += length + 1;
        }
    }
    return r;
}

static int print_rows(const struct top_column *const *chosen, size_t count, const struct process_row *rows,
                      size_t row_count)
{
    autostrings struct strings lines = {0};
    autotext struct text out = {0}, title = {0};
    for (size_t i = 0; i < count; i++)
        text_printf(&title, "%s%s", i ? "\t" : "", chosen[i]->title);
    int r = strings_add(&lines, text_peek(&title));
    for (size_t k = 0; k < row_count && r == 0; k++) {
        autotext struct text line = {0};
        for (size_t i = 0; i < count; i++) {
            text_append(&line, i ? "\t" : "");
            chosen[i]->print(&rows[k], &line);
        }
        r = strings_add(&lines, text_peek(&line));
    }
    table_layout(&lines, &out);
    if (r == 0)
        r = text_error(&out);
    if (r == 0)
        (void)fputs(text_peek(&out), stdout); /* finish_output() sees a failing write */
    return r;
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct top_options *o = options;
    struct failure failure = {0};
    return choose_columns(arguments, o->chosen, &o->count, &failure) < 0 ? say_usage(cli, "%s", failure.text)
                                                                         : 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    const struct top_options *o = options;
    autofree struct process_row *rows = NULL;
    struct failure failure = {0};
    size_t row_count = 0;
    int r = container_top(cli->engine, arguments->items[0], &rows, &row_count, &failure);
    if (r == 0 && print_rows(o->chosen, o->count, rows, row_count) < 0)
        r = fail(&failure, -ENOMEM, "listing the processes");
    return r < 0 ? say_failure(cli, &failure) : 0;
}

static const struct option *const tables[] = {NULL};

const struct command cmd_top = {
    .name = "top",
    .usage = "CONTAINER [COLUMN...]",
    .summary = "Show a container's processes with their users and capabilities",
    .notes = "Columns: user uid group gid (inside), huser hgroup (on the host), pid (inside), hpid, ppid,\n"
             "capeff (effective capabilities), nnp (no_new_privs), etime, stime, time, args.",
    .options = {.tables = tables, .stop_at_positional = true},
    .options_size = sizeof(struct top_options),
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .needs_engine = true,
    .check = check,
    .run = run,
};
