/* SPDX-License-Identifier: Apache-2.0 */
/* `start`: the byte that a created container waits for, and what comes back. */
#include "oci/agent.h"
#include "oci/bundle.h"
#include "oci/create.h"
#include "runtime/hook.h"
#include "runtime/listener.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

/* Opened before the byte is sent: nothing of the answer is missed. */
static int start_open(const struct container *c, int *ret_start, int *ret_answer)
{
    *ret_answer = openat(c->folder_fd, "answer", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (*ret_answer < 0)
        return -errno;
    *ret_start = openat(c->folder_fd, "start", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    return *ret_start < 0 ? -errno : 0;
}

/* The end of the FIFO: execve(2) closed it. Anything before that is why there was none. */
static int start_wait(int answer, struct failure *failure)
{
    struct pollfd fifo = {.fd = answer, .events = POLLIN};
    while (poll(&fifo, 1, -1) < 0)
        if (errno != EINTR)
            return fail(failure, -errno, "waiting for the program");
    int r = container_read_said(answer, failure);
    if (r < 0)
        return fail(failure, r, "reading how the start went");
    return r == 0 ? 0 : fail_within(failure, "runc start failed: unable to start container process");
}

/* Nobody waits to be started. What ended before it was asked to has left its reason in a file. */
static int start_too_late(const struct container *c, struct failure *failure)
{
    static const char sentence[] = "cannot start a container that has stopped";
    struct failure reason;
    if (container_find_reason(c, &reason)) {
        *failure = reason;
        return fail_within(failure, "%s", sentence);
    }
    return container_status(c) == OCI_STATUS_STOPPED
               ? refuse(failure, -ESRCH, "%s", sentence)
               : refuse(failure, -EBUSY, "cannot start an already running container");
}

static int start_check(const struct container *c, struct failure *failure)
{
    switch (container_status(c)) {
    case OCI_STATUS_CREATED:
        return 0;
    case OCI_STATUS_PAUSED: /* perhaps before it was started: it could not answer */
        return refuse(failure, -EBUSY, "cannot start a container in the paused state");
    case OCI_STATUS_CREATING:
    case OCI_STATUS_RUNNING: /* also for the moment in which it ends */
    case OCI_STATUS_STOPPED:
        break;
    }
    return start_too_late(c, failure);
}

static int start_tell_hooks(struct container *c, enum oci_hook_kind kind, enum oci_status status,
                            struct failure *failure)
{
    autobundle struct bundle bundle = {0};
    autofree char *state = NULL;
    struct oci_state description;
    if (!(c->record.hooks & UINT32_C(1) << kind))
        return 0;
    int r = bundle_read_kept(c, &bundle, failure);
    if (r < 0)
        return r;
    container_describe(c, status, &description);
    r = oci_state_write(&description, false, &state);
    return r < 0 ? fail(failure, r, "the state for hooks")
                 : hooks_run(&bundle.config.hooks[kind], oci_hook_name(kind), state, NULL, failure);
}

static int start_release(const struct container *c, int start, struct failure *failure)
{
    /* A reader, should there be none any more: no SIGPIPE. */
    autoclose int reader = openat(c->folder_fd, "start", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (reader < 0 || write(start, "", 1) != 1)
        return fail(failure, -errno, "starting container %s", c->id);
    return 0;
}

/* With a filter that asks a listener: the agent gets it before anything runs. */
static int start_follow(const struct container *c, int start, struct failure *failure)
{
    autobundle struct bundle bundle = {0};
    struct listener_end end = {0};
    int r = bundle_read_kept(c, &bundle, failure);
    if (r < 0)
        return r;
    autoclose int process = container_open_process(c);
    if (process < 0)
        return fail(failure, process, "opening the container's process");
    const struct agent agent = {
        .profile = &bundle.config.platform.seccomp, .container = c, .status = OCI_STATUS_CREATED};
    const struct listener_start how = {.pid = c->record.pid,
                                       .pidfd = process,
                                       .program = bundle.config.process.args.items[0],
                                       .context = (void *)(uintptr_t)&agent,
                                       .give = agent_give};
    r = listener_hold(how.pid, failure);
    if (r == 0)
        r = start_release(c, start, failure);
    if (r == 0)
        r = listener_follow(&how, &end, failure);
    struct failure reason;
    if (r < 0 && container_find_reason(c, &reason)) {
        *failure = reason;
        r = reason.error;
    }
    return r < 0 ? fail_within(failure, "runc start failed: unable to start container process") : 0;
}

int start_container(struct container *c, struct failure *failure)
{
    int r = start_check(c, failure);
    return r < 0 ? r : start_created(c, failure);
}

int start_created(struct container *c, struct failure *failure)
{
    autoclose int start = -EBADF, answer = -EBADF;
    int r = start_open(c, &start, &answer);
    if (r == -ENXIO) /* since the check, or since it was created */
        return start_too_late(c, failure);
    if (r < 0)
        return fail(failure, r, "starting container %s", c->id);
    if (c->record.listens) {
        r = start_follow(c, start, failure);
    } else {
        r = start_release(c, start, failure);
        (void)close(TAKE_FD(start));
        if (r == 0)
            r = start_wait(answer, failure);
    }
    return r < 0 ? r : start_tell_hooks(c, OCI_HOOK_POSTSTART, OCI_STATUS_RUNNING, failure);
}

/* A hook that fails after the end is told and changes nothing: runtime-spec "Lifecycle" 13. */
void stopped_tell_hooks(struct container *c)
{
    struct failure failure = {0};
    if (start_tell_hooks(c, OCI_HOOK_POSTSTOP, OCI_STATUS_STOPPED, &failure) < 0)
        runtime_note(c->rt, OCI_LOG_WARNING, "%s", failure.text);
}
