/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Runs unroot-unpack: a child in a user namespace of its own that maps `0 S 65536` and holds only the
 * descriptors it is given. Its answer is read when it has ended, and believed as far as a stranger's. */
#include "formats/unpack_report.h"
#include "store/store.h"

struct unpacker_job {
    const char *role; /* "extract-layer", "pack-tree", "decompress-gzip" ..: unpack/main.c has them all */
    const char *name; /* the role's argument, NULL: none */
    int input_fd;     /* lent; -EBADF: nothing to read */
    int output_fd;    /* lent; -EBADF: nothing is written */
    int tree_fd;      /* lent; -EBADF: it sees no folder */
    const char *map;  /* of its user namespace, as for /proc/PID/uid_map; NULL: the stored ids, `0 S 65536` */
};

/* Every id of the host as itself. Only for writing where the caller may write anyway: below one folder of
 * his. */
#define UNPACKER_HOST_MAP "0 0 4294967295\n"

struct unpacker {
    int pidfd, report_fd; /* -EBADF: not running */
};

#define UNPACKER_NONE ((struct unpacker){-EBADF, -EBADF})

int unpacker_start(const struct store *s, const struct unpacker_job *job, struct unpacker *ret_unpacker,
                   struct failure *failure) must_check;
/* Waits for its end. 0 with the report, also when that one says that it failed (.error, .text); else what
 * became of the program. *ret_paths (may be NULL): the paths of the report, the caller frees them. */
int unpacker_finish(struct unpacker *u, struct unpack_report *ret_report, char **ret_paths,
                    struct failure *failure) must_check;
/* Kills it if it runs. */
void unpacker_end(struct unpacker *u);
