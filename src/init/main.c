/* SPDX-License-Identifier: Apache-2.0 */
#include "init/duration.h"
#include "init/files.h"
#include "init/personality.h"
#include "init/verbs.h"

#include <string.h>
#include <unistd.h>

enum {
    HELP = 1,
    VERSION,
    STAY,
    GROUP,
    REWRITE,
    REMAP,
    SUBREAPER,
    DEATH,
    WAIT_ALL,
    DRAIN,
    KILL_AFTER,
    ALLOW_ROOT,
    KEEP_FD,
    WARN,
};

static const struct option_row rows[] = {
    {'i', "init", NULL, STAY, "stay as process 1: reap, forward signals"},
    {'g', "group", NULL, GROUP, "forward signals to the child's process group"},
    {'r', "rewrite", "FROM:TO", REWRITE, "turn one signal into another, TO 0 swallows it (repeatable)"},
    {'e', "remap", "STATUS", REMAP, "end with 0 when the child ends with STATUS (repeatable)"},
    {'s', "subreaper", NULL, SUBREAPER, "reap orphans also when not process 1"},
    {'p', "pdeathsig", "SIGNAL", DEATH, "die of SIGNAL when the parent does"},
    {'w', "warn", NULL, WARN, "say which orphans were reaped"},
    {0, "wait-all", NULL, WAIT_ALL, "end with the last process, not with the child"},
    {0, "drain", "TIME", DRAIN, "hold a SIGTERM back for TIME (50ms, 5s)"},
    {0, "kill-after", "TIME", KILL_AFTER, "SIGKILL what is left TIME after SIGTERM"},
    {0, "keep-fd", "N", KEEP_FD, "leave descriptor N open (repeatable; LISTEN_FDS stay by themselves)"},
    {0, "allow-root", NULL, ALLOW_ROOT, "accept uid 0 and gid 0"},
    {'h', "help", NULL, HELP, "this text"},
    {'V', "version", NULL, VERSION, "the version"},
};

static const char usage[] =
    "usage: unroot-init [OPTIONS] USER[:GROUP] COMMAND..   drop for good, execute\n"
    "       unroot-init -i [OPTIONS] [USER[:GROUP]] COMMAND..  drop, stay as process 1\n"
    "       unroot-init [OPTIONS] -- COMMAND..   the user from PUID, or as started; process 1 where it is "
    "one\n"
    "       unroot-init up [FILE]                services from /etc/unroot.conf\n"
    "       unroot-init own [-n] USER:GROUP DIR..\n"
    "       unroot-init check [SERVICE]\n"
    "       unroot-init ctl status|restart|stop [SERVICE]\n"
    "       unroot-init explain [USER[:GROUP]]   what would happen; changes nothing\n"
    "\n"
    "The first word is a USER unless it has a slash or stands behind --.\n"
    "Also under the names gosu, su-exec, tini, dumb-init, catatonit, setpriv, s6-setuidgid, chpst.\n"
    "\n";

static const char ending[] =
    "\n"
    "Environment: PUID, PGID, UMASK, UNROOT_GROUPS, FILE__X=PATH, X_FILE=/run/secrets/..\n"
    "Exit: the command's, 128+n for a signal, 126 not executable, 127 not found, 100 usage or "
    "configuration,\n"
    "      111 the system failed, 99 it would run as root.\n";

static int apply_duration(int64_t *ret_ms, const char *value, struct failure *f)
{
    if (duration_parse(span_of(value), ret_ms) < 0)
        return fail_usage(f, "\"%s\" is no time: 50ms, 10s, 5m, 2h", value);
    return 0;
}

static int apply_status(struct process_one *p, const char *value, struct failure *f)
{
    uint64_t status;
    if (span_number(span_of(value), 255, &status) < 0)
        return fail_usage(f, "\"%s\" is no exit status (0 to 255)", value);
    p->to_zero[status] = 1;
    return 0;
}

static int apply_process_option(int id, const char *value, struct process_one *p, struct failure *f)
{
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
    case WAIT_ALL:
        p->wait_all = true;
        return 0;
    case REWRITE:
        return process_one_add_rewrite(p, value, f);
    case REMAP:
        return apply_status(p, value, f);
    case DRAIN:
        return apply_duration(&p->drain_ms, value, f);
    default:
        return apply_duration(&p->kill_after_ms, value, f);
    }
}

static int apply_option(int id, const char *value, struct request *r, struct failure *f)
{
    switch (id) {
    case STAY:
        r->stay = true;
        return 0;
    case ALLOW_ROOT:
        r->allow_root = true;
        return 0;
    case KEEP_FD:
        return request_keep_descriptor(r, value, f);
    case DEATH:
        r->death_signal = signal_parse(span_of(value));
        return r->death_signal < 0 ? fail_usage(f, "%s is no signal", value) : 0;
    default:
        return apply_process_option(id, value, &r->process_one, f);
    }
}

/* The words behind the options: "-- COMMAND", "USER COMMAND", "USER -- COMMAND" or "/path/to/COMMAND". */
static int read_words(struct options *o, struct request *r, struct failure *f)
{
    char **words = o->words;
    if (!words[0])
        return fail_usage(f, "no command; unroot-init --help shows how");
    if (o->ended_by_dashes) {
        r->stay = r->stay || getpid() == 1;
    } else if (!strchr(words[0], '/')) {
        r->user_spec = *words++;
        if (words[0] && strcmp(words[0], "--") == 0)
            words++;
        if (!words[0])
            return fail_usage(f, "no command behind the user %s (write -- before a command without a user)",
                              r->user_spec);
    }
    return personality_take_command(words, r, f);
}

static int own_read(char **words, char *const *environment, struct request *r, struct failure *f)
{
    struct options o = {
        .program = "unroot-init", .rows = rows, .row_count = ARRAY_SIZE(rows), .words = words};
    const char *value;
    int id;
    r->native = true;
    while ((id = options_next(&o, &value, f)) > 0) {
        if (id == HELP) {
            print_text(usage);
            options_print(rows, ARRAY_SIZE(rows));
            print_text(ending);
            return READING_DONE;
        }
        if (id == VERSION) {
            print("unroot-init %s\n", UNROOT_VERSION);
            return READING_DONE;
        }
        int result = apply_option(id, value, r, f);
        if (result < 0)
            return result;
    }
    if (id < 0)
        return id;
    int result = read_words(&o, r, f);
    if (result == READING_RUN && r->allow_root && !r->user_spec && getuid() == 0 &&
        !environment_get(environment, "PUID"))
        r->run_as_root_first = true;
    return result;
}

static int finish(int result, const struct failure *f)
{
    if (result >= 0)
        return result;
    say("%s", f->text);
    return f->exit_code ? f->exit_code : EXIT_SYSTEM;
}

int main(int argc, char **argv)
{
    struct failure f = {0};
    struct request request;
    extern char **environ;
    if (argc < 1)
        return EXIT_BAD_USAGE;
    if (getuid() != geteuid() || getgid() != getegid()) {
        say("the file is setuid or setgid: everybody could become anybody, so nothing is done");
        return EXIT_BAD_USAGE;
    }
    const struct personality *personality = personality_find(argv[0]);
    const struct verb *verb = personality || argc < 2 ? NULL : verb_find(argv[1]);
    if (personality)
        say_as(personality->name);
    if (verb)
        return finish(verb->run(argv + 2, environ, &f), &f);
    request_init(&request);
    int result = (personality ? personality->read : own_read)(argv + 1, environ, &request, &f);
    if (result == READING_DONE)
        return 0;
    if (result == READING_RUN)
        result = request_run(&request, environ, &f);
    return finish(result, &f);
}
