/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whose a file becomes in the image that is built: COPY --chown, and USER for the folder of WORKDIR. */
#include "base/failure.h"

#include <stdint.h>

struct build_owner {
    uint32_t uid, gid; /* the image's: 0 to 65535 */
};

/* "USER[:GROUP]": numbers, or names in the image's passwd and group files; a number without a group is the
 * group too, a name brings its own (BuildKit). `what` begins the sentence: "--chown=app". -ENOENT: no such
 * name; -EINVAL, -ERANGE. */
int build_owner_find(int root_fd, const char *what, const char *spec, struct build_owner *ret_owner,
                     struct failure *failure) must_check;
