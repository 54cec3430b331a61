/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that change the user and execute: gosu, su-exec, s6-setuidgid, chpst -u. */
#include "init/files.h"
#include "init/personality.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HELP = 1, VERSION, USER, PROCESS_GROUP, FOLDER, CLOSE_0, CLOSE_1, CLOSE_2 };

static const char gosu_usage[] = "usage: gosu USER[:GROUP] COMMAND [ARGUMENT..]\n"
                                 "       (unroot-init under the name gosu; uid 0 is refused)\n";

static int read_user_and_command(char **words, const char *usage, struct request *r, struct failure *f)
{
    if (!words[0] || !words[1])
        return fail_usage(f, "%s", usage);
    r->user_spec = words[0];
    return personality_take_command(words + 1, r, f);
}

int gosu_read(char **words, char *const *environment, struct request *r, struct failure *f)
{
    static const struct option_row rows[] = {{'h', "help", NULL, HELP, NULL},
                                             {'v', "version", NULL, VERSION, NULL},
                                             {'?', NULL, NULL, HELP, NULL}};
    struct options o = {.program = "gosu", .rows = rows, .row_count = ARRAY_SIZE(rows), .words = words};
    const char *value;
    (void)environment;
    int id = options_next(&o, &value, f);
    if (id < 0)
        return id;
    if (id == HELP)
        print_text(gosu_usage);
    else if (id == VERSION)
        print("unroot-init %s (as gosu)\n", UNROOT_VERSION);
    else
        return read_user_and_command(o.words, "usage: gosu USER[:GROUP] COMMAND [ARGUMENT..]", r, f);
    return READING_DONE;
}

int su_exec_read(char **words, char *const *environment, struct request *r, struct failure *f)
{
    (void)environment;
    return read_user_and_command(words, "usage: su-exec USER[:GROUP] COMMAND [ARGUMENT..]", r, f);
}

int setuidgid_read(char **words, char *const *environment, struct request *r, struct failure *f)
{
    (void)environment;
    r->account = ACCOUNT_KEEP;
    if (words[0] && strcmp(words[0], "--") == 0)
        words++;
    return read_user_and_command(words, "usage: s6-setuidgid USER PROGRAM..", r, f);
}

/* chpst's spec is [:]USER[:GROUP]..: a leading colon says that all are numbers, further groups are
 * supplementary. */
static int read_chpst_spec(const char *text, struct request *r, struct failure *f)
{
    static char spec[300];
    bool numeric = text[0] == ':';
    struct span rest = span_of(numeric ? text + 1 : text);
    struct span user = span_cut(&rest, ':'), group = span_cut(&rest, ':');
    if (numeric && (!span_is_digits(user) || (group.data && !span_is_digits(group))))
        return fail_usage(f, "-u %s: behind a leading colon only numbers may follow", text);
    size_t n = format_text(spec, sizeof(spec), group.data ? "%.*s:%.*s" : "%.*s", (int)user.length, user.data,
                           (int)group.length, group.data);
    if (n + 1 >= sizeof(spec))
        return fail_usage(f, "-u %s is too long", text);
    r->user_spec = spec;
    return rest.data ? request_add_groups(r, rest.data, ':', f) : 0;
}

static int apply_chpst_option(int id, const char *value, struct request *r, struct failure *f)
{
    switch (id) {
    case USER:
        return read_chpst_spec(value, r, f);
    case PROCESS_GROUP:
        return setsid() < 0 ? fail_usage(f, "-P: this process leads a group already") : 0;
    case FOLDER:
        return chdir(value) < 0 ? fail_usage(f, "-C: cannot change to %s", value) : 0;
    default:
        (void)close(id - CLOSE_0); /* may be closed already */
        return 0;
    }
}

int chpst_read(char **words, char *const *environment, struct request *r, struct failure *f)
{
    static const struct option_row rows[] = {
        {'u', NULL, "USER[:GROUP]", USER, NULL}, {'P', NULL, NULL, PROCESS_GROUP, NULL},
        {'0', NULL, NULL, CLOSE_0, NULL},        {'1', NULL, NULL, CLOSE_1, NULL},
        {'2', NULL, NULL, CLOSE_2, NULL},        {'C', NULL, "FOLDER", FOLDER, NULL},
    };
    struct options o = {.program = "chpst", .rows = rows, .row_count = ARRAY_SIZE(rows), .words = words};
    const char *value;
    int id;
    (void)environment;
    r->account = ACCOUNT_KEEP;
    while ((id = options_next(&o, &value, f)) > 0) {
        int result = apply_chpst_option(id, value, r, f);
        if (result < 0)
            return result;
    }
    return id < 0 ? id : personality_take_command(o.words, r, f);
}
