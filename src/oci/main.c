/* SPDX-License-Identifier: Apache-2.0 */
/* The program `unroot-runtime`: reads the global options, finds the command, has its options read and runs
 * it. */
#include "formats/id_map.h"
#include "formats/oci_version.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "oci/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>

#define EXIT_UNKNOWN_VERB 3 /* runc's */

struct globals {
    char *root, *log, *log_format, *cgroup_manager, *rootless, *policy, *criu;
    bool debug, systemd_cgroup, version;
};

#define ROW(member) OPTION(struct globals, member)
static const struct option global_rows[] = {
    {"cgroup-manager", 0, OPTION_STRING, ROW(cgroup_manager), "cgroupfs|systemd|disabled",
     "Who makes control groups"},
    {"debug", 0, OPTION_BOOL, ROW(debug), NULL, "Log more, and keep earlier lines of the log"},
    {"log", 0, OPTION_STRING, ROW(log), "FILE", "Where errors are logged (default: stderr)"},
    {"log-format", 0, OPTION_STRING, ROW(log_format), "text|json", "How (default: text)"},
    {"policy", 0, OPTION_STRING, ROW(policy), "enforce|audit",
     "audit: only report what /etc/unroot/policy.json would refuse"},
    {"root", 0, OPTION_STRING, ROW(root), "DIR", "Where the containers' states are (default: " OCI_ROOT ")"},
    {"rootless", 0, OPTION_STRING, ROW(rootless), "true|false|auto", "Taken for runc's sake: found out"},
    {"systemd-cgroup", 0, OPTION_BOOL, ROW(systemd_cgroup), NULL, "Have systemd make the control groups"},
    {"version", 'v', OPTION_BOOL, ROW(version), NULL, "Print the version"},
    {NULL},
};
static const struct option *const global_tables[] = {global_rows, NULL};
static const struct option_set global_set = {
    .tables = global_tables, .stop_at_positional = true, .single_dash_names = true};

static void print_options(const struct option_set *set)
{
    for (const struct option *const *table = set->tables; *table; table++)
        for (const struct option *o = *table; o->name; o++)
            if (o->help)
                printf("  %s%c%s--%-16s %-12s %s\n", o->letter ? "-" : " ", o->letter ? o->letter : ' ',
                       o->letter ? ", " : "  ", o->name, o->value ? o->value : "", o->help);
}

static void print_help(const struct command *c)
{
    if (c) {
        printf("Usage: unroot-runtime %s %s\n\n%s\n\nOptions:\n", c->name, c->usage, c->summary);
        print_options(&c->options);
        return;
    }
    printf("Usage: unroot-runtime [OPTIONS] COMMAND [ARG...]\n\nAn OCI runtime that takes root "
           "away.\n\nCommands:\n");
    for (const struct command *const *each = commands; *each; each++)
        if (!(*each)->hidden)
            printf("  %-10s %s\n", (*each)->name, (*each)->summary);
    printf("\nOptions:\n");
    print_options(&global_set);
}

/* docker looks for "version" in the first line and for "commit: ", podman prints the lines as they are.
 * go-runc wants "runc version " there and takes none for another program: we are another program. */
static void print_version(void)
{
    printf("unroot-runtime version %s\ncommit: %s\nspec: %s\n", UNROOT_VERSION, UNROOT_VERSION, OCI_VERSION);
}

/* Whether root here is an ordinary user outside, as podman's users are: their map does not begin with all
 * ids. */
static bool is_root_of_namespace(void)
{
    autofree char *text = NULL;
    struct id_map map;
    size_t size;
    if (file_read_all(AT_FDCWD, "/proc/self/uid_map", ID_MAP_TEXT_MAX, &text, &size) < 0 ||
        id_map_from_text(text, size, &map) < 0)
        return false;
    return map.extents[0].outside != 0 || map.extents[0].count != UINT32_MAX;
}

/* Root of a container with a systemd of its own has no session of somebody's, or it is root's. */
static bool is_session_of_namespace(void)
{
    return getenv("XDG_RUNTIME_DIR") && !streq(getenv("USER"), "root") && is_root_of_namespace();
}

/* The folder below which the states are: of root, or of whoever's session it is. */
static int find_root(struct runtime *rt, const struct globals *g, struct failure *failure)
{
    const char *session = getenv("XDG_RUNTIME_DIR");
    char *root = NULL;
    if (g->root)
        root = g->root[0] == '/' ? strdup(g->root) : realpath(g->root, NULL);
    else if (session && session[0] == '/' && (geteuid() != 0 || is_root_of_namespace()))
        root = asprintf(&root, "%s/unroot-runtime", session) < 0 ? NULL : root;
    else
        root = strdup(OCI_ROOT);
    rt->root = root;
    return root ? 0 : fail(failure, errno ? -errno : -ENOMEM, "--root %s", g->root ? g->root : "");
}

static int take_globals(struct runtime *rt, const struct globals *g, struct failure *failure)
{
    const char *manager = g->cgroup_manager ? g->cgroup_manager : "";
    rt->log = g->log;
    rt->debug = g->debug;
    rt->systemd_cgroup = g->systemd_cgroup || streq(manager, "systemd");
    rt->no_cgroups = streq(manager, "disabled");
    rt->of_user = geteuid() != 0 || is_session_of_namespace();
    rt->audit = streq(g->policy, "audit");
    if (g->log_format && oci_log_format_parse(g->log_format, &rt->log_format) < 0)
        return refuse(failure, -EINVAL, "unknown log-format \"%s\": text or json", g->log_format);
    if (g->policy && !rt->audit && !streq(g->policy, "enforce"))
        return refuse(failure, -EINVAL, "unknown policy \"%s\": enforce or audit", g->policy);
    if (manager[0] && !rt->systemd_cgroup && !rt->no_cgroups && !streq(manager, "cgroupfs"))
        return refuse(failure, -EINVAL, "unknown cgroup-manager \"%s\": cgroupfs, systemd or disabled",
                      manager);
    return find_root(rt, g, failure);
}

static int check_count(const struct command *c, int count, struct failure *failure)
{
    if (count >= c->min_args && (c->max_args == ANY_NUMBER || count <= c->max_args))
        return 0;
    return refuse(failure, -EINVAL, "%s: wrong number of arguments: unroot-runtime %s %s", c->name, c->name,
                  c->usage);
}

static int run_command(struct runtime *rt, struct arguments *arguments, struct failure *failure)
{
    const struct command *c = rt->command;
    autofree void *options = calloc(1, c->options_size ? c->options_size : 1);
    if (!options)
        return fail(failure, -ENOMEM, "starting");
    if (c->defaults)
        memcpy(options, c->defaults, c->options_size);
    int r = options_parse(&c->options, arguments, options, failure);
    /* That checkpoints were there is concluded from the help: it fails too. */
    if (r == 1 && !c->hidden) {
        print_help(c);
        r = 0;
    } else if (r >= 0) {
        r = c->hidden ? 0 : check_count(c, arguments->count, failure);
        if (r == 0)
            r = c->run(rt, options, arguments, failure);
    }
    options_free(&c->options, options);
    return r;
}

static const struct command *find_command(const char *name)
{
    for (const struct command *const *c = commands; *c; c++)
        if (streq((*c)->name, name))
            return *c;
    return NULL;
}

static int run_program(struct runtime *rt, struct globals *g, struct arguments *arguments,
                       struct failure *failure)
{
    int r = options_parse(&global_set, arguments, g, failure);
    if (r < 0)
        return r;
    if (r == 1 || g->version || (arguments->count > 0 && streq(arguments->items[0], "help")) ||
        arguments->count == 0) {
        if (g->version)
            print_version();
        else
            print_help(arguments->count > 1 ? find_command(arguments->items[1]) : NULL);
        return 0;
    }
    r = take_globals(rt, g, failure);
    if (r < 0)
        return r;
    rt->command = find_command(arguments->items[0]);
    if (!rt->command) {
        ignore(refuse(failure, -EINVAL, "No help topic for '%s'", arguments->items[0]));
        runtime_tell_failure(rt, failure);
        return EXIT_UNKNOWN_VERB;
    }
    arguments->items++;
    arguments->count--;
    return run_command(rt, arguments, failure);
}

/* Whoever calls may have closed them: what is opened next must not become one. */
static int hold_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd < 3 && fcntl(fd, F_SETFD, 0) == 0);
    if (fd > 2)
        (void)close(fd);
    return fd < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
    /* A run lives for milliseconds: memory given back and taken anew costs it more than keeping it. */
    (void)mallopt(M_TOP_PAD, 256 * 1024);
    (void)mallopt(M_TRIM_THRESHOLD, 4096 * 1024);
    struct runtime rt = {0};
    struct globals globals = {0};
    struct failure failure = {0};
    struct arguments arguments = {argc - 1, argv + 1};
    int r = hold_standard_streams();
    if (r < 0)
        return 1;
    rt.argv = calloc((size_t)argc + 1, sizeof(*argv)); /* reading the options moves the words about */
    if (rt.argv)
        memcpy(rt.argv, argv, (size_t)argc * sizeof(*argv));
    r = argc < 1 ? -EINVAL : rt.argv ? run_program(&rt, &globals, &arguments, &failure) : -ENOMEM;
    if (r >= 0 && fflush(stdout) != 0)
        r = fail(&failure, -errno, "writing the output");
    if (r < 0)
        runtime_tell_failure(&rt, &failure);
    else
        runtime_flush_notes(&rt);
    int code = r >= 0 ? r : rt.command && rt.command->failure_code ? rt.command->failure_code : 1;
    options_free(&global_set, &globals);
    strings_free(&rt.notes);
    free(rt.root);
    free(rt.argv);
    return code;
}
