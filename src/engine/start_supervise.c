/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's life in the engine: from the fork to becoming the monitor.
 * runs in:  the host's namespaces, but for the time that runtime/supervisor.c spends in a mount namespace of
 * its own power:    host root must not: print; outlive a failed start */
#include "base/number.h"
#include "engine/request_limits.h"
#include "engine/start.h"
#include "formats/monitor_settings.h"
#include "kernel/process.h"
#include "runtime/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#define LOG_MAX_SIZE_DEFAULT (10u << 20)
#define LOG_MAX_FILES_DEFAULT 5

static int supervise_write_state(struct start *s, const struct supervisor_result *result,
                                 struct failure *failure)
{
    struct container_state *state = &s->state;
    const struct process_plan *process = &s->plan.process;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    state->pid = result->pid;
    state->monitor_pid = getpid();
    state->started = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    state->cgroup = result->cgroup.path[0] != '\0' ? strdup(result->cgroup.path) : NULL;
    state->root_mode = strdup(root_mode_name(s->root_mode));
    state->uid = process->uid;
    state->gid = process->gid;
    state->uids = s->plan.uids;
    state->gids = s->plan.gids;
    state->file_uids = s->plan.file_uids;
    state->file_gids = s->plan.file_gids;
    state->bounding = process->bounding;
    state->permitted = process->permitted;
    state->ambient = process->ambient;
    state->no_new_privs = process->no_new_privs;
    state->seccomp = process->filter != NULL;
    state->tty = process->tty;
    state->workdir = strdup(process->workdir);
    int r = strings_copy(&state->environment, &process->environment);
    if (r == 0)
        r = strings_copy(&state->argv, &process->argv);
    if (r == 0)
        r = start_describe(s);
    if (r == 0)
        r = state_write(s->engine, s->record.id, state);
    return r < 0 ? fail(failure, r, "writing the container's state") : 0;
}

static int supervise_keep_open(int fd)
{
    return fd < 0 || fcntl(fd, F_SETFD, 0) == 0 ? 0 : -errno;
}

/* Executes the monitor in this process: the payload keeps its parent. Only returns on failure. */
static int supervise_become_monitor(struct start *s, const struct supervisor_result *result,
                                    struct failure *failure)
{
    const struct container_request *request = &s->record.request;
    char lock[16];
    const char *cleanup[] = {s->engine->program,
                             "--root",
                             s->engine->root,
                             "--runroot",
                             s->engine->runroot,
                             "container",
                             "cleanup",
                             "--lock-fd",
                             lock,
                             s->record.id,
                             NULL};
    struct monitor_settings settings;
    struct monitor_arguments arguments;
    autofree char *program = NULL;
    autoclose int log = openat(s->folder_fd, "log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    uint64_t log_max = LOG_MAX_SIZE_DEFAULT;
    (void)snprintf(lock, sizeof(lock), "%d", s->folder_fd); /* fits */
    monitor_settings_init(&settings);
    settings.id = s->record.id;
    settings.pid = result->pid;
    settings.fds[MONITOR_FD_PID] = result->pidfd;
    settings.fds[MONITOR_FD_TTY] = result->tty_fd;
    settings.fds[MONITOR_FD_STDIN] = result->stdin_fd;
    settings.fds[MONITOR_FD_STDOUT] = result->stdout_fd;
    settings.fds[MONITOR_FD_STDERR] = result->stderr_fd;
    settings.fds[MONITOR_FD_LOG] = log;
    settings.fds[MONITOR_FD_CONTAINER] = s->folder_fd;
    settings.fds[MONITOR_FD_RUN] = s->run_fd;
    settings.fds[MONITOR_FD_LISTEN] = s->listen_fd;
    settings.fds[MONITOR_FD_CLIENT] = s->monitor_client_fd;
    if (request->log_max_size)
        ignore(number_parse_size(request->log_max_size, &log_max)); /* checked when it was created */
    settings.log_max_bytes = log_max;
    settings.log_max_files = request->log_max_files ? request->log_max_files : LOG_MAX_FILES_DEFAULT;
    settings.stdin_once = request->interactive && !request->detach && !request->tty;
    settings.cleanup = cleanup;
    int r = monitor_settings_encode(&settings, &arguments);
    for (size_t i = 0; r == 0 && i < MONITOR_FD_COUNT; i++)
        r = supervise_keep_open(settings.fds[i]);
    if (r == 0 && asprintf(&program, "%s/unroot-monitor", s->engine->program_dir) < 0)
        r = -ENOMEM;
    if (r < 0)
        return fail(failure, r, "telling the monitor");
#ifdef UNROOT_TEST_HOOKS
    char **environment = environ; /* the step suite speaks to the monitor too */
#else
    char *environment[] = {NULL};
#endif
    (void)execve(program, (char *const *)(uintptr_t)arguments.argv, environment);
    return fail(failure, -errno, "executing %s", program);
}

/* Ends what runs already when the rest of the start fails. */
static void supervise_abandon(struct start *s, struct supervisor_result *result)
{
    struct failure ignored = {0};
    process_end(result->pidfd);
    ignore(
        container_clear_run(s->engine, s->record.id, &ignored)); /* what stays is found by the next command */
}

_Noreturn void start_supervise(struct start *s, int report_fd)
{
    struct failure failure = {0};
    struct supervisor_result result = {.pidfd = -EBADF};
    struct cgroup_rows rows = {0}; /* to the end of this process */
    char *storage = NULL;
    int storage_length = asprintf(&storage, "%s/storage", s->engine->root);
    struct supervisor_request request = {
        .plan = &s->plan,
        .anchor = s->engine->runroot,
        .storage = storage,
        .interactive = s->record.request.interactive,
        .cgroup = {.parent = s->record.request.cgroup_parent, .id = s->record.id},
        .hooks = {.context = s, .settle = start_settle, .attach_network = start_attach_network},
    };
    int r = storage_length < 0
                ? fail(&failure, -ENOMEM, "starting")
                : request_read_limits(&s->record.request, &rows, &request.cgroup.limits, &failure);
    if (r == 0)
        r = supervisor_run(&request, &result, &failure);
    if (r == 0)
        r = supervise_write_state(s, &result, &failure);
    bool started = r == 0;
    if (started) {
        struct failure unheard = {0};
        /* An engine that was killed meanwhile changes nothing for the container. */
        ignore(sync_send(report_fd, SYNC_STARTED, result.pid, &unheard));
        (void)close(report_fd);
        r = supervise_become_monitor(s, &result, &failure);
    }
    supervise_abandon(s, &result);
    if (!started)
        sync_send_failure(report_fd, &failure, result.payload_failed ? result.error : 0);
    _exit(125);
}
