/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The signals that reach a relay, as a descriptor: nothing is interrupted, nothing is global. */
#include "base/ownership.h"

#include <signal.h>
#include <stdbool.h>

enum relay_signal_meaning {
    SIGNAL_OTHER,   /* keeps its ordinary effect */
    SIGNAL_RESIZED, /* SIGWINCH */
    SIGNAL_STOP,    /* SIGTSTP: from outside, or Ctrl-Z where the terminal is not raw */
    SIGNAL_GO_ON,   /* SIGCONT */
    SIGNAL_ENDS,    /* SIGINT, SIGTERM ..: proxied, or the relay ends */
    SIGNAL_PROXIED, /* SIGUSR1, real-time ..: proxied where signals are, else ordinary */
};

struct relay_signals {
    int fd; /* poll(2) for POLLIN */
    sigset_t saved_mask;
    struct sigaction saved_pipe;
};

enum relay_signal_meaning relay_signal_meaning(int signal);
/* From now on they come by .fd, and a closed pipe is an error of write(2). */
int relay_signals_init(struct relay_signals *s, bool proxied) must_check;
/* The next one, or 0. */
int relay_signals_next(const struct relay_signals *s);
void relay_signals_close(struct relay_signals *s);
