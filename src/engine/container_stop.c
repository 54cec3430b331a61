/* SPDX-License-Identifier: Apache-2.0 */
/* Ending containers, and starting them again. */
#include "engine/running.h"
#include "engine/start.h"
#include "formats/signal_name.h"
#include "kernel/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

#define STOP_TIMEOUT_DEFAULT 10
#define STOP_TIMEOUT_MAX 2000000 /* seconds; more is forever, and no int of milliseconds */

static int stop_signal(struct engine *e, const struct container_record *record)
{
    if (record->request.stop_signal)
        return signal_parse(record->request.stop_signal);
    struct failure ignored = {0};
    struct store store = {0};
    autoimage struct image image = {0};
    int number = SIGTERM;
    if (store_open(&store, e->root_fd, e->program_dir, &ignored) == 0) {
        if (image_find(&store, record->image_id, &image, &ignored) == 0 && image.config.stop_signal)
            number = signal_parse(image.config.stop_signal);
        store_close(&store);
    }
    return number > 0 ? number : SIGTERM;
}

static int64_t stop_timeout(const struct container_record *record, const struct stop_request *request)
{
    uint32_t own = record->request.stop_timeout_seconds;
    if (request->timeout_seconds != STOP_TIMEOUT_OWN)
        return request->timeout_seconds;
    return own == UINT32_MAX ? STOP_TIMEOUT_DEFAULT : own;
}

/* 1 when it ended in time. */
static int stop_wait(int pidfd, int64_t timeout_seconds)
{
    struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
    int timeout =
        timeout_seconds < 0 || timeout_seconds > STOP_TIMEOUT_MAX ? -1 : (int)timeout_seconds * 1000;
    int r;
    do {
        r = poll(&poll_fd, 1, timeout);
    } while (r < 0 && errno == EINTR);
    return r;
}

/* Ends process 1. 1: it ran, and *ret_state is that run (the caller frees it); 0: it did not. */
static int stop_run(struct engine *e, const char *id, const struct stop_request *request,
                    struct container_state *ret_state, struct failure *failure)
{
    autorecord struct container_record record = {0};
    autostate struct container_state state = {0};
    autoclose int pidfd = -EBADF;
    struct failure not_running = {0};
    if (running_open(e, id, &state, &pidfd, &not_running) < 0)
        return 0;
    int r = record_read(e, id, &record);
    if (r < 0)
        return fail(failure, r, "reading the record of container %.12s", id);
    int64_t timeout_seconds = stop_timeout(&record, request);
    if (container_read_status(e, id) == CONTAINER_PAUSED)
        r = container_pause(e, id, false, failure);
    if (r == 0 && timeout_seconds != 0)
        r = process_signal(pidfd, request->signal > 0 ? request->signal : stop_signal(e, &record));
    if (r == 0 && (timeout_seconds == 0 || stop_wait(pidfd, timeout_seconds) == 0)) {
        r = process_signal(pidfd, SIGKILL);
        (void)stop_wait(pidfd, -1);
    }
    if (r < 0 && r != -ESRCH)
        return fail(failure, r, "stopping container %.12s", id);
    *ret_state = state;
    state = (struct container_state){0};
    return 1;
}

int container_stop(struct engine *e, const char *who, const struct stop_request *request,
                   struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autostate struct container_state state = {0};
    autoclose int lock = -EBADF;
    int r = container_find(e, who, id, failure);
    if (r == 0)
        r = stop_run(e, id, request, &state, failure);
    if (r <= 0)
        return r;
    /* The monitor says how it ended and cleans up; if it is gone, this does. */
    r = container_lock_ended(e, id, state.started, &lock);
    if (r == -ENOENT || r == -EALREADY)
        return 0; /* --rm, or somebody has started it again */
    return r < 0 ? fail(failure, r, "waiting for container %.12s", id) : container_clean_up(e, id, failure);
}

int container_restart(struct engine *e, const char *who, const struct stop_request *request,
                      struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autostate struct container_state before = {0};
    autoclose int turn = -EBADF, lock = -EBADF;
    int r = container_find(e, who, id, failure);
    if (r < 0)
        return r;
    r = restart_begin(e, id, &turn);
    if (r < 0)
        return fail(failure, r, "restarting container %.12s", id);
    int ran = stop_run(e, id, request, &before, failure);
    if (ran < 0)
        return ran;
    r = container_lock_ended(e, id, before.started, &lock);
    if (r == -EALREADY)
        return 0; /* somebody else has started it meanwhile */
    if (r == -ENOENT)
        return refuse(failure, r, "container %.12s was removed while it was to be restarted", id);
    if (r < 0)
        return fail(failure, r, "waiting for container %.12s", id);
    return start_again(e, id, TAKE_FD(lock), ran ? &before : NULL, failure);
}
