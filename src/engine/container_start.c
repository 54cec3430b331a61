/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/attach.h"
#include "engine/start.h"
#include "runtime/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int start_open(struct start *s, const char *id, struct failure *failure)
{
    struct failure ignored = {0};
    int r = s->folder_fd >= 0 ? 0 : container_lock(s->engine, id, false, &s->folder_fd);
    if (r == -EWOULDBLOCK)
        return refuse(failure, -EALREADY, "container %.12s is already running", id);
    if (r < 0)
        return fail(failure, r, "locking container %.12s", id);
    r = record_read(s->engine, id, &s->record);
    if (r < 0)
        return fail(failure, r, "reading the record of container %.12s", id);
    /* What an earlier run left whose monitor was killed. */
    autostate struct container_state stale = {0};
    if (state_read(s->engine, id, &stale) == 0 && container_clear_run(s->engine, id, &ignored) < 0) {
        *failure = ignored;
        return ignored.error;
    }
    if (unlinkat(s->folder_fd, "exit.json", 0) < 0 && errno != ENOENT)
        return fail(failure, -errno, "forgetting the last run");
    s->run_fd = record_open_run_folder(s->engine, id, true);
    if (s->run_fd < 0)
        return fail(failure, s->run_fd, "making the run folder");
    if (s->record.request.auto_remove) {
        r = pending_add(s->engine, id);
        if (r < 0)
            return fail(failure, r, "noting that the container goes when it ends");
    }
    return start_prepare(s, failure);
}

/* The child: a session of its own, and nothing of the person's terminal but what is said until the payload
 * runs. */
static void start_become_supervisor(void)
{
    static const int signals[] = {SIGHUP,  SIGINT,   SIGQUIT, SIGTERM, SIGPIPE,
                                  SIGCHLD, SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU};
    sigset_t none;
    (void)setsid(); /* it fails only for a group leader, which a new process is not */
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
        (void)signal(signals[i], SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int start_fork(struct start *s, struct start_result *result, struct failure *failure)
{
    int pair[2];
    int32_t value = 0;
    int r = sync_make(pair);
    if (r < 0)
        return fail(failure, r, "making a channel to the supervisor");
    autoclose int ours = pair[0], theirs = pair[1];
    pid_t pid = fork();
    if (pid < 0)
        return fail(failure, -errno, "starting the supervisor");
    if (pid == 0) {
        (void)close(TAKE_FD(ours));
        start_become_supervisor();
        start_supervise(s, TAKE_FD(theirs));
    }
    (void)close(TAKE_FD(theirs));
    r = sync_wait(ours, SYNC_STARTED, &value, failure);
    if (r < 0) {
        result->payload_error = value;
        (void)waitpid(pid, NULL, 0); /* it ends by itself after a failure */
        return r;
    }
    result->pid = value;
    return 0;
}

/* `start` has an engine, and a lock when the caller has taken it. */
static int start_run(struct start *start, const char *id, bool attach, struct start_result *ret_result,
                     struct failure *failure)
{
    struct start_result result = {.client_fd = -EBADF};
    int r = start_open(start, id, failure);
    if (r == 0) {
        r = attach_listen(start->run_fd, &start->listen_fd);
        if (r == 0 && attach)
            r = attach_pair(&start->monitor_client_fd, &result.client_fd);
        if (r < 0)
            ignore(fail(failure, r, "making the attach socket"));
    }
    if (r == 0)
        r = start_fork(start, &result, failure);
    if (r < 0 && start->folder_fd >= 0) {
        struct failure ignored = {0};
        ignore(container_clear_run(start->engine, id, &ignored)); /* the supervisor did, unless killed */
        if (start->record.request.auto_remove)
            container_discard_all(start->engine, &start->record);
    }
    if (r < 0 && result.client_fd >= 0)
        (void)close(TAKE_FD(result.client_fd));
    start_free(start);
    *ret_result = result;
    return r;
}

int container_start(struct engine *e, const char *who, bool attach, struct start_result *ret_result,
                    struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    struct start start = START_EMPTY;
    start.engine = e;
    *ret_result = (struct start_result){.client_fd = -EBADF};
    int r = container_find(e, who, id, failure);
    return r < 0 ? r : start_run(&start, id, attach, ret_result, failure);
}

int start_again(struct engine *e, const char *id, int folder_fd, const struct container_state *before,
                struct failure *failure)
{
    struct start start = START_EMPTY;
    struct start_result result;
    start.engine = e;
    start.folder_fd = folder_fd;
    start.before = before;
    return start_run(&start, id, false, &result, failure);
}
