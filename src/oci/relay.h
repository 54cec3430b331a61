/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The foreground of `run` and `exec`: signals go to the process, its end comes back; with a terminal, bytes
 * both ways. */
#include "base/failure.h"

/* Blocks the signals that are to be passed on; before the process exists, so that none is lost. */
int relay_begin(int *ret_signals, struct failure *failure) must_check;
/* Until the child behind pidfd has ended: its exit status as a shell has it. `tty_fd`: the terminal's master
 * side, or -EBADF. */
struct relay_watch {
    int fd; /* when it can be read, `take` is called: 0; 1: not again; negative errno ends the relay */
    int (*take)(void *context, struct failure *failure);
    void *context;
};
int relay_run_watching(int signals, int pidfd, int tty_fd, const struct relay_watch *watch,
                       struct failure *failure) must_check;
int relay_run(int signals, int pidfd, int tty_fd, struct failure *failure) must_check;
