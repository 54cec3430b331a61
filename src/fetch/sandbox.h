/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What unroot-fetch gives up before the first byte from the network. Two stages, so that the TLS library can
 * read the machine's configuration as nobody in between. */
#include "base/failure.h"

/* Nobody's: above systemd's foreign range and below 2^31, where no convention gives ids to anyone (systemd,
 * UIDS-GIDS). */
#define SANDBOX_ID 2147418112u

/* Started as root: SANDBOX_ID, no group. Then a user and mount namespace of its own; where an ordinary user
 * is refused them, none. Limits, no core, no_new_privs, ended with its parent. Keeps descriptors 0..3 alone,
 * 0..2 are /dev/null. */
int sandbox_enter(struct failure *failure) must_check;

/* Changes to a root that holds copies of what names and certificates need and nothing else (when there is a
 * mount namespace), drops every capability and installs the filter of calls. *ret_ca is where the system's
 * certificates are now, NULL when the machine has none; static. */
int sandbox_seal(const char **ret_ca, struct failure *failure) must_check;
