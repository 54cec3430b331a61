/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The list by which unroot-unpack packs what a COPY selected: who selects has read names and states, who
 * packs opens each file once more and refuses one that is not the same any more. */
#include "base/text.h"

#include <stdint.h>

enum copy_record_kind {
    COPY_RECORD_FILE = 'f',
    COPY_RECORD_FOLDER = 'd', /* only itself */
    COPY_RECORD_LINK = 'l',   /* `content` is its target */
    COPY_RECORD_FIFO = 'p',
    COPY_RECORD_TEXT = 't', /* a file that has no source: `content` is all of it */
    COPY_RECORD_NEXT = 'n', /* files before and behind this are never hard links of each other */
};

/* Plain bytes in the list; three strings with their NULs follow: source, path, content. */
struct copy_record {
    uint32_t kind; /* enum copy_record_kind */
    uint32_t mode, uid, gid;
    int64_t mtime_seconds, mtime_nanoseconds;
    /* What the source was when it was selected; nothing of it counts for FOLDER, LINK, TEXT, FIFO. */
    uint64_t device, inode, size, ctime_seconds, ctime_nanoseconds;
};

/* Source: relative to the packed tree, without links, "" (none) or "." (its root). Path: where it goes, in
 * the archive. */
struct copy_record_names {
    const char *source, *path, *content;
};

void copy_record_append(struct text *list, const struct copy_record *record,
                        const struct copy_record_names *names);
/* Takes the record at `*at`, which is moved behind it. 1: there is one; 0: the list has ended; -EBADMSG. The
 * names are lent from `list`. */
int copy_record_next(const char *list, size_t size, size_t *at, struct copy_record *ret_record,
                     struct copy_record_names *ret_names) must_check;
