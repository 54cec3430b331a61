/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --secret src=FILE[,target=NAME|PATH][,uid=][,gid=][,mode=]: a file that only the container's user can read.
 */
#include "base/failure.h"

#include <stdbool.h>
#include <stdint.h>

struct secret_spec {
    char *source;          /* file on the host */
    char *target;          /* absolute inside; /run/secrets/NAME by default */
    bool has_uid, has_gid; /* else the container's user and group */
    uint32_t uid, gid;     /* inside */
    uint32_t mode;         /* 0400 by default; 0..0777 */
};

/* CSV; "FILE" alone is src=FILE. -EINVAL with a sentence, -ENOMEM. */
int secret_spec_parse(const char *text, struct secret_spec *ret_secret, struct failure *f) must_check;
void secret_spec_free(struct secret_spec *s);
