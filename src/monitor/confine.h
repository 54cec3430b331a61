/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the monitor keeps of what it was started with: the descriptors of its settings, and CAP_KILL. */
#include "formats/monitor_settings.h"

struct confine_result {
    const char *step; /* the step that failed */
    int error;        /* negative errno */
};

/* A session of its own, /dev/null as 0-2, only the declared descriptors (close-on-exec again, non-blocking
 * where they are read or written), no signal that ends it, no core dump, no /proc access by its own user, no
 * capability (user 0 gets them back by executing the clean-up command, capabilities(7)). 0 or negative errno
 * with *ret_result. */
int confine_enter(const struct monitor_settings *s, struct confine_result *ret_result) must_check;
/* Default dispositions and an empty mask, for the program executed next. */
void confine_restore_signals(void);
