/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/file.h"
#include "kernel/process.h"
#include "oci/commands.h"
#include "oci/container.h"

#include <fcntl.h>
#include <string.h>

#define PS_MAX_BYTES (16u << 20)

struct ps_options {
    char *format;
};

struct members {
    pid_t *pids;
    size_t count;
};

static int members_read(const struct container *c, struct members *ret_members, struct failure *failure)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    container_open_cgroup(c, &cgroup);
    if (container_status(c) == OCI_STATUS_STOPPED)
        return refuse(failure, -ESRCH, "container not running");
    int r = cgroup.path[0] ? cgroup_read_pids(&cgroup, &ret_members->pids, &ret_members->count) : -ENOENT;
    if (r < 0) { /* without a group that holds processes, what is known is process 1 */
        ret_members->pids = malloc(sizeof(*ret_members->pids));
        if (!ret_members->pids)
            return fail(failure, -ENOMEM, "listing the processes");
        ret_members->pids[0] = c->record.pid;
        ret_members->count = 1;
    }
    return 0;
}

static void print_json(const struct members *m)
{
    printf("[");
    for (size_t i = 0; i < m->count; i++)
        printf("%s%d", i ? "," : "", (int)m->pids[i]);
    printf("]\n");
}

_Noreturn static void execute_ps(const struct arguments *arguments, int out)
{
    char *words[64] = {(char *)"ps"};
    int count = 1;
    for (int i = 1; i < arguments->count && count < 62; i++)
        words[count++] = arguments->items[i];
    if (count == 1)
        words[count++] = (char *)"-ef";
    if (dup2(out, STDOUT_FILENO) < 0 || process_close_from(3) < 0)
        _exit(126);
    (void)execvpe("ps", words, environ);
    _exit(127);
}

static int run_ps_program(const struct arguments *arguments, char **ret_text, struct failure *failure)
{
    int ends[2], pidfd = -EBADF;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, -errno, "running ps");
    autoclose int in = ends[0], out = ends[1];
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0)
        execute_ps(arguments, out);
    autoclose int process = pidfd;
    (void)close(TAKE_FD(out));
    int r = pid < 0 ? pid : fd_read_whole(in, PS_MAX_BYTES, ret_text, NULL);
    int status = pid < 0 ? pid : process_wait(process);
    if (r < 0 || status < 0)
        return fail(failure, r < 0 ? r : status, "running ps");
    return status == 0 ? 0 : refuse(failure, -EIO, "ps ended with status %d", status);
}

/* Which column of a line is headed PID; -1: none. */
static int find_column(char *header)
{
    char *rest = header;
    for (int i = 0;; i++) {
        rest += strspn(rest, " \t");
        size_t n = strcspn(rest, " \t");
        if (n == 0)
            return -1;
        if (n == 3 && memcmp(rest, "PID", 3) == 0)
            return i;
        rest += n;
    }
}

static bool is_member(const struct members *m, const char *line, int column)
{
    char text[16];
    const char *word = line + strspn(line, " \t");
    for (int i = 0; i < column; i++) {
        word += strcspn(word, " \t");
        word += strspn(word, " \t");
    }
    size_t n = strcspn(word, " \t");
    for (size_t i = 0; i < m->count; i++) {
        int length = snprintf(text, sizeof(text), "%d", (int)m->pids[i]);
        if ((size_t)length == n && memcmp(text, word, n) == 0)
            return true;
    }
    return false;
}

static int print_table(const struct members *m, const struct arguments *arguments, struct failure *failure)
{
    autofree char *text = NULL;
    int r = run_ps_program(arguments, &text, failure);
    if (r < 0)
        return r;
    int column = -1;
    bool first = true;
    for (char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        bool last = line[n] == '\0';
        line[n] = '\0';
        if (first)
            column = find_column(line);
        if (column < 0)
            return refuse(failure, -EINVAL, "couldn't find PID field in ps output");
        if (first || is_member(m, line, column))
            printf("%s\n", line);
        first = false;
        line += n + !last;
    }
    return 0;
}

static int run_ps(struct runtime *rt, void *options, const struct arguments *arguments,
                  struct failure *failure)
{
    const struct ps_options *o = options;
    autocontainer struct container c = CONTAINER_EMPTY;
    struct members members = {0};
    if (o->format && !streq(o->format, "json") && !streq(o->format, "table"))
        return refuse(failure, -EINVAL, "invalid format option");
    int r = container_open(rt, arguments->items[0], false, &c, failure);
    if (r == 0)
        r = members_read(&c, &members, failure);
    if (r == 0 && streq(o->format, "json"))
        print_json(&members);
    else if (r == 0)
        r = print_table(&members, arguments, failure);
    free(members.pids);
    return r;
}

#define ROW(member) OPTION(struct ps_options, member)
static const struct option rows[] = {
    {"format", 'f', OPTION_STRING, ROW(format), "table|json", "How (default: table)"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};

const struct command cmd_ps = {
    .name = "ps",
    .usage = "[--format F] ID [OPTIONS OF ps...]",
    .summary = "List its processes",
    .options = {.tables = tables, .single_dash_names = true, .stop_at_positional = true},
    .options_size = sizeof(struct ps_options),
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .run = run_ps,
};
