/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that stay as process 1: tini, dumb-init, catatonit. Started as root they must hand root on,
 * because the entrypoint behind them drops it (gosu); process 1 itself gives it up: request_run(). */
#include "init/files.h"
#include "init/personality.h"

#include <errno.h>
#include <string.h>

enum { HELP = 1, VERSION, GROUP, SUBREAPER, DEATH, WARN, REMAP, REWRITE, SINGLE, VERBOSE, PAUSE, LICENSE };

static void start_reading(struct request *r)
{
    r->stay = true;
    r->run_as_root_first = true;
    r->account = ACCOUNT_KEEP;
}

static int read_status(const char *value, struct process_one *p, struct failure *f)
{
    uint64_t status;
    if (span_number(span_of(value), 255, &status) < 0)
        return fail_usage(f, "-e %s: an exit status is 0 to 255", value);
    p->to_zero[status] = 1;
    return 0;
}

static int apply_option(int id, const char *value, struct request *r, struct failure *f)
{
    struct process_one *p = &r->process_one;
    switch (id) {
    case GROUP:
        p->group = true;
        return 0;
    case SUBREAPER:
        p->subreaper = true;
        return 0;
    case WARN:
        p->warn = true;
        return 0;
    case REMAP:
        return read_status(value, p, f);
    case REWRITE:
        return process_one_add_rewrite(p, value, f);
    case PAUSE:
        r->pause = true;
        return 0;
    case SINGLE:
        p->own_session = p->end_group = false;
        return 0;
    case DEATH:
        r->death_signal = signal_parse(span_of(value));
        return r->death_signal < 0 ? fail_usage(f, "%s is no signal", value) : 0;
    default: /* verbosity: nothing is said in normal operation */
        return 0;
    }
}

/* Reads by table; `usage` for help. enum reading or -EINVAL. */
static int read_by_table(struct options *o, const char *usage, struct request *r, struct failure *f)
{
    const char *value;
    int id;
    while ((id = options_next(o, &value, f)) > 0) {
        if (id == HELP || id == LICENSE) {
            print("%s\n(unroot-init %s under the name %s; Apache-2.0)\n", usage, UNROOT_VERSION, o->program);
            return READING_DONE;
        }
        if (id == VERSION) {
            print("%s: unroot-init %s\n", o->program, UNROOT_VERSION);
            return READING_DONE;
        }
        int result = apply_option(id, value, r, f);
        if (result < 0)
            return result;
    }
    return id < 0 ? id : READING_RUN;
}

int tini_read(char **words, char *const *environment, struct request *r, struct failure *f)
{
    static const struct option_row rows[] = {
        {'s', NULL, NULL, SUBREAPER, NULL},  {'p', NULL, "SIGNAL", DEATH, NULL},
        {'v', NULL, NULL, VERBOSE, NULL},    {'w', NULL, NULL, WARN, NULL},
        {'g', NULL, NULL, GROUP, NULL},      {'e', NULL, "STATUS", REMAP, NULL},
        {'l', NULL, NULL, LICENSE, NULL},    {'h', NULL, NULL, HELP, NULL},
        {0, "version", NULL, VERSION, NULL},
    };
    struct options o = {.program = "tini", .rows = rows, .row_count = ARRAY_SIZE(rows), .words = words};
    start_reading(r);
    r->process_one.subreaper = environment_get(environment, "TINI_SUBREAPER") != NULL;
    r->process_one.group = environment_get(environment, "TINI_KILL_PROCESS_GROUP") != NULL;
    int result = read_by_table(&o, "usage: tini [-sgwv] [-p SIGNAL] [-e STATUS] [--] COMMAND..", r, f);
    return result != READING_RUN ? result : personality_take_command(o.words, r, f);
}

int dumb_init_read(char **words, char *const *environment, struct request *r, struct failure *f)
{
    static const struct option_row rows[] = {
        {'c', "single-child", NULL, SINGLE, NULL}, {'r', "rewrite", "FROM:TO", REWRITE, NULL},
        {'v', "verbose", NULL, VERBOSE, NULL},     {'h', "help", NULL, HELP, NULL},
        {'V', "version", NULL, VERSION, NULL},
    };
    struct options o = {.program = "dumb-init", .rows = rows, .row_count = ARRAY_SIZE(rows), .words = words};
    const char *session = environment_get(environment, "DUMB_INIT_SETSID");
    start_reading(r);
    r->process_one.own_session = r->process_one.end_group = !session || strcmp(session, "0") != 0;
    int result = read_by_table(&o, "usage: dumb-init [-cv] [-r FROM:TO].. [--] COMMAND..", r, f);
    return result != READING_RUN ? result : personality_take_command(o.words, r, f);
}

int catatonit_read(char **words, char *const *environment, struct request *r, struct failure *f)
{
    static const struct option_row rows[] = {
        {'g', NULL, NULL, GROUP, NULL},        {'P', NULL, NULL, PAUSE, NULL},
        {'V', "version", NULL, VERSION, NULL}, {'L', "license", NULL, LICENSE, NULL},
        {'h', "help", NULL, HELP, NULL},
    };
    struct options o = {.program = "catatonit", .rows = rows, .row_count = ARRAY_SIZE(rows), .words = words};
    (void)environment;
    start_reading(r);
    r->process_one.subreaper = true;
    int result = read_by_table(&o, "usage: catatonit [-gP] [--] COMMAND..", r, f);
    if (result != READING_RUN || r->pause)
        return result;
    return personality_take_command(o.words, r, f);
}
