/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a container as the host's /proc shows them, with the ids on both sides. proc(5) */
#include "base/number.h"
#include "base/strings.h"
#include "engine/running.h"
#include "formats/capability.h"
#include "kernel/cgroup.h"
#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define PROC_FILE_MAX (64u << 10)

/* The value behind "Name:\t" in /proc/PID/status, to the end of its line; lent. */
static const char *status_find(const char *status, const char *name)
{
    for (const char *line = status; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        const char *value = string_after(line, name);
        if (value && *value == ':')
            return value + 1 + strspn(value + 1, "\t ");
    }
    return NULL;
}

/* The n-th blank-separated number of a line, counted from 0. */
static bool status_number(const char *value, size_t n, uint32_t *ret_number)
{
    char digits[16];
    for (; value && n > 0; n--) {
        value += strcspn(value, "\t \n");
        value += strspn(value, "\t ");
    }
    size_t length = value ? strcspn(value, "\t \n") : 0;
    if (length == 0 || length >= sizeof(digits))
        return false;
    memcpy(digits, value, length);
    digits[length] = '\0';
    return number_parse_id(digits, ret_number) == 0;
}

static void top_read_status(const char *status, const struct container_state *state, struct process_row *row)
{
    uint32_t number;
    const char *nspid = status_find(status, "NSpid");
    const char *caps = status_find(status, "CapEff");
    char hex[20] = "";
    if (status_number(status_find(status, "Uid"), 1, &row->uid_host) &&
        !id_map_to_inside(&state->uids, row->uid_host, &row->uid_inside))
        row->uid_inside = 65534;
    if (status_number(status_find(status, "Gid"), 1, &row->gid_host) &&
        !id_map_to_inside(&state->gids, row->gid_host, &row->gid_inside))
        row->gid_inside = 65534;
    if (status_number(status_find(status, "PPid"), 0, &number))
        row->parent = (pid_t)number;
    for (size_t i = 0; status_number(nspid, i, &number); i++)
        row->pid_inside = (pid_t)number;
    if (caps) {
        (void)snprintf(hex, sizeof(hex), "%.*s", (int)strcspn(caps, "\n"), caps);
        if (capability_set_from_hex(hex, &row->capabilities) < 0)
            row->capabilities = 0;
    }
    if (status_number(status_find(status, "NoNewPrivs"), 0, &number))
        row->no_new_privs = number == 1;
}

/* Fields 14, 15 (user and system time) and 22 (start) of /proc/PID/stat, in ticks. */
static void top_read_stat(const char *stat_text, struct process_row *row)
{
    const char *field = strrchr(stat_text, ')');
    uint64_t values[23] = {0};
    long ticks = sysconf(_SC_CLK_TCK);
    struct timespec uptime, now;
    if (!field || ticks <= 0)
        return;
    field++;
    for (size_t i = 3; i < ARRAY_SIZE(values) && *field != '\0'; i++) {
        field += strspn(field, " ");
        char digits[24];
        size_t length = strcspn(field, " \n");
        (void)snprintf(digits, sizeof(digits), "%.*s", (int)length, field);
        ignore(number_parse(digits, UINT64_MAX, &values[i])); /* the state is a letter: 0 */
        field += length;
    }
    (void)clock_gettime(CLOCK_BOOTTIME, &uptime);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    row->cpu_milliseconds = (values[14] + values[15]) * 1000 / (uint64_t)ticks;
    row->started = now.tv_sec - uptime.tv_sec + (int64_t)(values[22] / (uint64_t)ticks);
}

static void top_read_command(int proc_fd, struct process_row *row)
{
    autofree char *text = NULL;
    size_t size = 0;
    if (file_read_all(proc_fd, "cmdline", PROC_FILE_MAX, &text, &size) < 0 || size == 0) {
        free(TAKE_PTR(text));
        if (file_read_all(proc_fd, "comm", PROC_FILE_MAX, &text, &size) < 0)
            return;
    }
    if (size >= sizeof(row->command))
        size = sizeof(row->command) - 1;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        row->command[i] = c == '\0'               ? ' '
                          : c < 0x20 || c == 0x7f ? '?'
                                                  : text[i]; /* nothing for a terminal to obey */
    }
    while (size > 0 && (row->command[size - 1] == ' ' || row->command[size - 1] == '?'))
        size--;
    row->command[size] = '\0';
}

/* 1: filled; 0: the process is gone. */
static int top_read_process(pid_t pid, const struct container_state *state, struct process_row *row)
{
    char path[32];
    autofree char *status = NULL, *stat_text = NULL;
    (void)snprintf(path, sizeof(path), "/proc/%d", pid);
    autoclose int proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc_fd < 0 || file_read_all(proc_fd, "status", PROC_FILE_MAX, &status, NULL) < 0 ||
        file_read_all(proc_fd, "stat", PROC_FILE_MAX, &stat_text, NULL) < 0)
        return 0;
    *row = (struct process_row){.pid = pid};
    top_read_status(status, state, row);
    top_read_stat(stat_text, row);
    top_read_command(proc_fd, row);
    return 1;
}

int container_top(struct engine *e, const char *who, struct process_row **ret_rows, size_t *ret_count,
                  struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autostate struct container_state state = {0};
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    autoclose int pidfd = -EBADF;
    autofree pid_t *pids = NULL;
    size_t count = 0, filled = 0;
    int r = container_find(e, who, id, failure);
    if (r == 0)
        r = running_open(e, id, &state, &pidfd, failure);
    if (r == 0 && !state.cgroup)
        r = refuse(failure, -EOPNOTSUPP, "container %.12s has no control group to list", id);
    if (r == 0)
        r = cgroup_open(state.cgroup, &cgroup, failure);
    if (r < 0)
        return r;
    r = cgroup_read_pids(&cgroup, &pids, &count);
    if (r < 0)
        return fail(failure, r, "listing the processes of container %.12s", id);
    struct process_row *rows = calloc(count + 1, sizeof(*rows));
    if (!rows)
        return fail(failure, -ENOMEM, "listing processes");
    for (size_t i = 0; i < count; i++)
        filled += (size_t)top_read_process(pids[i], &state, &rows[filled]);
    *ret_rows = rows;
    *ret_count = filled;
    return 0;
}
