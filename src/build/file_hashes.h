/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Digests of files that were read before, kept in ROOT/cache/build-files: a build whose context did not
 * change reads no file of it. A digest counts for a file that has the same inode, size, times of content and
 * of state; one that was changed less than two seconds before it was read is not kept (a coarse clock could
 * hide the next change). */
#include "formats/digest.h"
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct file_hash {
    uint64_t device, inode, size;
    int64_t mtime_ns, ctime_ns;
    uint8_t sha256[DIGEST_BYTES];
};

struct file_hashes {
    const struct store *store;     /* NULL: nothing is kept */
    const struct file_hash *known; /* sorted, lent from `mapped` */
    size_t known_count;
    void *mapped;
    size_t mapped_size;
    struct file_hash *fresh; /* in the order they came */
    size_t fresh_count, fresh_capacity;
};

/* A missing or damaged file is an empty one. */
void file_hashes_open(struct file_hashes *h, const struct store *store);
/* NULL: not known. Lent until file_hashes_close(). */
const struct file_hash *file_hashes_find(const struct file_hashes *h, const struct stat *st);
/* 0 or -ENOMEM. */
int file_hashes_add(struct file_hashes *h, const struct stat *st,
                    const uint8_t sha256[DIGEST_BYTES]) must_check;
/* Writes what came new. What cannot be written is only slower the next time. */
void file_hashes_close(struct file_hashes *h);
