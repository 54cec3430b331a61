/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Audit reads strangers' bytes: started as root, it first becomes an unprivileged uid and keeps only what
 * reading needs. */
#include "base/failure.h"

#include <stdbool.h>

struct confine_needs {
    bool live;  /* CAP_SYS_PTRACE too: /proc of other users' processes */
    bool write; /* --fix: CAP_DAC_OVERRIDE, CAP_CHOWN and CAP_FOWNER too */
};
/* Does nothing for a user that is not root. Also sets no_new_privs. 0 or negative errno with a sentence. */
int audit_confine(const struct confine_needs *needs, struct failure *failure) must_check;
