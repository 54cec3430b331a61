/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the RUN steps of a stage run in: the folders, the lock and the id range of a container without a
 * record, so that no listing shows it. Its entry in ROOT/pending stands as long as it does: what a killed
 * build leaves is taken away by the next command. */
#include "engine/lookup.h"

struct build_place {
    struct engine *engine; /* NULL: not made yet */
    struct container_record record;
    int pending_fd, lock_fd;
    unsigned count; /* of what was made below storage/containers/ID */
};

#define BUILD_PLACE_NONE                                                                                     \
    {                                                                                                        \
        .pending_fd = -EBADF, .lock_fd = -EBADF                                                              \
    }

int build_place_make(struct build_place *place, struct engine *e, struct failure *failure) must_check;
/* Everything of it goes. Nothing happens for one that was not made. */
void build_place_close(struct build_place *place);

/* Makes a folder of the range's root in it, 0755; *ret_path is its path below storage_fd (the caller's), the
 * descriptor too (O_RDONLY | O_DIRECTORY). `kind`: "skeleton", "bind". */
int build_place_make_folder(struct build_place *place, const char *kind, char **ret_path,
                            struct failure *failure) must_check;
