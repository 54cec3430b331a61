/* SPDX-License-Identifier: Apache-2.0 */
/* `start`: the byte that a created container waits for, and what comes back. */
#include "oci/bundle.h"
#include "oci/create.h"
#include "runtime/hook.h"

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
    struct failure said = {0};
    struct pollfd fifo = {.fd = answer, .events = POLLIN};
    while (poll(&fifo, 1, -1) < 0)
        if (errno != EINTR)
            return fail(failure, -errno, "waiting for the program");
    ssize_t n = read(answer, &said, sizeof(said));
    if (n == 0)
        return 0;
    if (n != (ssize_t)sizeof(said) || said.error >= 0)
        return fail(failure, n < 0 ? -errno : -EPROTO, "reading how the start went");
    said.text[sizeof(said.text) - 1] = said.step[sizeof(said.step) - 1] = '\0';
    *failure = said;
    return fail_within(failure, "runc start failed: unable to start container process");
}

static int start_check(const struct container *c, struct failure *failure)
{
    switch (container_status(c)) {
    case OCI_STATUS_CREATED:
        return 0;
    case OCI_STATUS_STOPPED:
        return refuse(failure, -ESRCH, "cannot start a container that has stopped");
    case OCI_STATUS_CREATING:
    case OCI_STATUS_RUNNING:
    case OCI_STATUS_PAUSED:
        break;
    }
    return refuse(failure, -EBUSY, "cannot start an already running container");
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

int start_container(struct container *c, struct failure *failure)
{
    autoclose int start = -EBADF, answer = -EBADF;
    int r = start_check(c, failure);
    if (r < 0)
        return r;
    r = start_open(c, &start, &answer);
    if (r == -ENXIO)
        return refuse(failure, -EBUSY, "cannot start an already running container");
    if (r < 0 || write(start, "", 1) != 1)
        return fail(failure, r < 0 ? r : -errno, "starting container %s", c->id);
    (void)close(TAKE_FD(start));
    r = start_wait(answer, failure);
    return r < 0 ? r : start_tell_hooks(c, OCI_HOOK_POSTSTART, OCI_STATUS_RUNNING, failure);
}

/* A hook that fails after the end is told and changes nothing: runtime-spec "Lifecycle" 13. */
void stopped_tell_hooks(struct container *c)
{
    struct failure failure = {0};
    if (start_tell_hooks(c, OCI_HOOK_POSTSTOP, OCI_STATUS_STOPPED, &failure) < 0)
        runtime_note(c->rt, OCI_LOG_WARNING, "%s", failure.text);
}
