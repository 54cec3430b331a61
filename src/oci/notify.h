/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* NOTIFY_SOCKET, sd_notify(3): a container gets a socket of its own, in a folder bound at /run/notify, and
 * whoever started it (`start`, `run`) waits there and passes READY=1 on to the caller's socket. Nothing else
 * is passed: a container must not name another main process, keep descriptors or watchdogs of the host's
 * service manager. */
#include "oci/container.h"
#include "plan/start.h"

struct notify {
    int socket_fd; /* -EBADF: nobody asked for it */
    bool tells_pid;
};

#define NOTIFY_EMPTY                                                                                         \
    {                                                                                                        \
        .socket_fd = -EBADF                                                                                  \
    }

/* For `create`: makes the folder and puts the mount and the variable into the plan. 1; 0: the caller has no
 * NOTIFY_SOCKET, or the engine has given the container one. */
int notify_prepare(const struct container *c, struct start_plan *plan, struct failure *failure) must_check;
/* Before the program runs: the socket. `tells_pid`: the caller goes, so the container's process is the main
 * one. */
int notify_listen(const struct container *c, bool tells_pid, struct notify *n,
                  struct failure *failure) must_check;
/* One message is there. 1: it was passed on, nothing more is waited for; 0: it was none of that, or not from
 * the container. */
int notify_take(struct notify *n, const struct container *c, struct failure *failure) must_check;
/* Until that has happened or the container's process has ended. */
int notify_wait(struct notify *n, const struct container *c, struct failure *failure) must_check;
void notify_close(struct notify *n);
