/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* How `unroot-init ctl` and `check` reach process 1: a datagram to an abstract name that has the pid
 * namespace in it, so that no folder is needed and containers with one network namespace keep apart. One word
 * list there, "0\n" or "1\n" and text back. Anybody in the pid namespace may ask for the status; stopping and
 * restarting is for root and for the user of the service. */
#include "init/supervisor.h"

#define CONTROL_ANSWER_MAX 4096

/* The socket of process 1; -1 with a line said when there can be none. */
int control_open(void);
/* Answers what has come. */
own_frame void control_serve(struct supervisor *s);

/* Asks; the answer's text is at most CONTROL_ANSWER_MAX bytes. 0 or 1 as answered, or a negative errno with
 * the failure (nobody there, no answer within 5 s). */
int control_ask(const char *question, char *ret_text, size_t size, struct failure *f) must_check;
