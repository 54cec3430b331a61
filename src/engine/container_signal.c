/* SPDX-License-Identifier: Apache-2.0 */
/* Signals for running containers, freezing them, waiting for them. */
#include "base/text.h"
#include "engine/attach.h"
#include "engine/lookup.h"
#include "engine/running.h"
#include "formats/exit_record.h"
#include "kernel/cgroup.h"
#include "kernel/file.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

/* The parent of a process, from /proc/PID/stat: the field behind the last ')' and the state. proc(5) */
static pid_t process_parent(pid_t pid)
{
    char path[32];
    autofree char *text = NULL;
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    if (file_read_all(AT_FDCWD, path, 4096, &text, NULL) < 0)
        return 0;
    const char *p = strrchr(text, ')');
    if (!p || strlen(p) < 5)
        return 0;
    pid_t parent = 0;
    for (p += 4; *p >= '0' && *p <= '9'; p++)
        parent = parent * 10 + (*p - '0');
    return parent;
}

int running_open(struct engine *e, const char *id, struct container_state *ret_state, int *ret_pidfd,
                 struct failure *failure)
{
    autostate struct container_state state = {0};
    enum container_status status = container_read_status(e, id);
    int r = status == CONTAINER_RUNNING || status == CONTAINER_PAUSED ? state_read(e, id, &state) : -ESRCH;
    if (r < 0)
        return refuse(failure, -ESRCH, "container %.12s is not running", id);
    autoclose int pidfd = (int)syscall(SYS_pidfd_open, state.pid, 0);
    /* The descriptor came first: if its process is the monitor's child now, the number was not reused before.
     */
    if (pidfd < 0 || process_parent(state.pid) != state.monitor_pid)
        return refuse(failure, -ESRCH, "container %.12s is not running", id);
    *ret_pidfd = TAKE_FD(pidfd);
    *ret_state = state;
    state = (struct container_state){0};
    return 0;
}

int container_kill(struct engine *e, const char *who, int signal, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autostate struct container_state state = {0};
    autoclose int pidfd = -EBADF;
    int r = container_find(e, who, id, failure);
    if (r == 0)
        r = running_open(e, id, &state, &pidfd, failure);
    if (r < 0)
        return r;
    r = process_signal(pidfd, signal);
    return r < 0 ? fail(failure, r, "sending signal %d to container %.12s", signal, id) : 0;
}

int container_pause(struct engine *e, const char *who, bool pause, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autostate struct container_state state = {0};
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    autoclose int pidfd = -EBADF, run = -EBADF;
    int r = container_find(e, who, id, failure);
    if (r == 0)
        r = running_open(e, id, &state, &pidfd, failure);
    if (r < 0)
        return r;
    bool paused = container_read_status(e, id) == CONTAINER_PAUSED;
    if (paused == pause)
        return refuse(failure, -EALREADY, "container %.12s is %s paused", id, pause ? "already" : "not");
    if (!state.cgroup)
        return refuse(failure, -EOPNOTSUPP, "container %.12s has no control group to freeze", id);
    r = cgroup_open(state.cgroup, &cgroup, failure);
    if (r == 0)
        r = cgroup_freeze(&cgroup, state.pid, pause, failure);
    if (r < 0)
        return r;
    run = record_open_run_folder(e, id, false);
    if (run < 0)
        return fail(failure, run, "opening the run folder");
    r = pause ? file_write_atomic(run, "paused", "", 0, false) : unlinkat(run, "paused", 0) < 0 ? -errno : 0;
    return r < 0 ? fail(failure, r, "noting that container %.12s is paused", id) : 0;
}

int container_wait(struct engine *e, const char *who, int *ret_exit_code, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    struct monitor_message exited;
    struct exit_record record;
    autoclose int client = -EBADF, lock = -EBADF;
    int r = container_find(e, who, id, failure);
    if (r < 0)
        return r;
    autoclose int folder = record_open_folder(e, id); /* stays readable when --rm takes the container away */
    if (attach_connect(e->run_fd, id, &client) == 0 && attach_hello(client, 0) == 0 &&
        attach_wait(client, &exited) == 0) {
        *ret_exit_code = (int)exited.exit_code;
        return 0;
    }
    if (container_read_status(e, id) == CONTAINER_CREATED) {
        *ret_exit_code = 0;
        return 0;
    }
    r = container_lock(e, id, true, &lock);
    if (r == 0)
        r = container_clear_run(e, id, failure);
    if (r < 0 && r != -ENOENT)
        return r;
    r = folder < 0 ? folder : exit_read(folder, &record);
    if (r < 0)
        return fail(failure, r, "reading how container %.12s ended", id);
    *ret_exit_code = record.exit_code;
    return 0;
}
