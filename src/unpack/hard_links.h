/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which files with several names were seen, and under which name first. */
#include "base/ownership.h"

#include <stddef.h>
#include <stdint.h>

struct hard_link {
    uint64_t device, inode;
    char *path; /* NULL: a free place */
};

struct hard_links {
    struct hard_link *slots; /* open addressing, a power of two of them */
    size_t capacity, count;
};

/* The first path of this file, lent; NULL when it was not seen: then `path` is kept as its first. -ENOMEM. */
int hard_links_find(struct hard_links *links, uint64_t device, uint64_t inode, const char *path,
                    const char **ret_first) must_check;
void hard_links_free(struct hard_links *links);
