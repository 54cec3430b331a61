/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/config.h"

/* Binds and listens, as root for a low port: the descriptor (close-on-exec), or a negative errno with the
 * failure. A port alone is [::]:PORT for both families, or 0.0.0.0 where there is no IPv6. A path is replaced
 * when a socket is there, and given to `uid` and `gid` with mode 0660. */
int socket_listen(const struct listen_rule *rule, uint32_t uid, uint32_t gid, struct failure *f) must_check;
