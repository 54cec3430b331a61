/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Between the user's terminal or pipes and a payload: over a monitor's connection (run, start -a, attach) or
 * over the payload's own descriptors (exec). Terminal in raw mode, window size, detach keys, signals, job
 * control. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct relay {
    /* Either a monitor's connection after attach_hello() .. */
    int client_fd; /* -EBADF: the descriptors below */
    /* .. or a child of this process, which relay_run() reaps; -EBADF for what is not there. All stay the
     * caller's, but stdin_fd, which is closed and set to -EBADF when the user's input ends or there is none.
     */
    int pidfd, tty_fd, stdin_fd, stdout_fd, stderr_fd;

    int user_stdin, user_stdout,
        user_stderr;                  /* -EBADF: not attached; never changed (no O_NONBLOCK), never closed */
    bool tty;                         /* the payload has a terminal */
    const unsigned char *detach_keys; /* bytes as typed (formats/detach_keys.h); only with tty */
    size_t detach_keys_size;          /* 0: no detaching */
    /* Without tty: SIGINT, SIGTERM .. that reach this process are handed on. NULL: they end the relay. */
    int (*proxy_signal)(void *context, int signal);
    void *proxy_context;
};

enum relay_end {
    RELAY_EXITED,   /* exit_code, signal, cleanup_is_yours */
    RELAY_DETACHED, /* the detach keys were typed */
    RELAY_LOST, /* the monitor went away without a word (killed, or it said EXITED to nobody): see exit.json
                 */
    RELAY_OUTPUT_CLOSED, /* the user's stdout or stderr has no reader any more (EPIPE); the payload runs on */
    RELAY_SIGNALLED, /* `signal` reached this process and is not proxied: the caller ends by it; the payload
                        runs on */
};

struct relay_outcome {
    enum relay_end end;
    int exit_code; /* EXITED: 0..255, 128 + signal */
    int signal;
    bool cleanup_is_yours; /* EXITED: clean up, then attach_cleanup_done() */
    uint64_t lost_bytes;   /* output that this client was too slow for; it is in the log */
};

/* Fills the struct with "nothing there". */
void relay_init(struct relay *r);
/* Runs until one of the ends above. The terminal's mode, the signal mask and SIGPIPE's disposition are as
 * before on every return. 0 with *ret_outcome, or negative errno (-ENOMEM, -ENOSPC on the user's output, a
 * broken terminal). May be called again for the same payload with other user descriptors; over a monitor
 * without user_stdin. */
int relay_run(struct relay *r, struct relay_outcome *ret_outcome) must_check;
