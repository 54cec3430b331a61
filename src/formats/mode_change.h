/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What --chmod says: an octal mode, or clauses as chmod(1) has them: "u=rwX,go=rX,+x". Nobody's umask counts.
 */
#include "base/ownership.h"

#include <stdbool.h>
#include <stdint.h>

/* The mode (07777) that `mode` becomes; X is x for a folder and for what had an x. -EINVAL, -ERANGE. */
int mode_change_apply(const char *change, uint32_t mode, bool is_folder, uint32_t *ret_mode) must_check;
