/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The terminal that standard streams lead to, when it is this session's. */
#include <stdbool.h>
#include <sys/types.h>

struct terminal {
    int fd; /* -1: there is none that is ours to hand over */
};

/* Looks at 0, 2 and 1 in this order for a controlling terminal whose foreground group is ours. */
struct terminal terminal_find(void);
/* Makes `group` the foreground group. Callers must have SIGTTOU blocked, or they are stopped. */
bool terminal_give(const struct terminal *t, pid_t group);
/* Lets go of the terminal, so that a new session of the child's can take it. The caller has SIGHUP and
 * SIGCONT blocked and throws them away afterwards. True when it was let go. */
bool terminal_release(void);
