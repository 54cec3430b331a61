/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A tree becomes a tar stream: sorted, hard links kept, ids as the user namespace shows them (the
 * container's). The tree may change while it is read: what vanishes is left out, a file that shrinks is
 * filled with zeros. */
#include "base/failure.h"
#include "formats/unpack_report.h"
#include "unpack/hard_links.h"
#include "unpack/tar_writer.h"

#define PACK_BUFFER (1u << 18)

struct pack {
    int root_fd;   /* the tree: a folder */
    bool clamped;  /* no time is later than `clamp` */
    int64_t clamp; /* seconds since the epoch */
    bool plain;    /* only names and content count: all is root's, 0644 or 0755, of the epoch, and no link */
    struct tar_writer tar;
    struct hard_links links;
    struct unpack_report report; /* entries, bytes */
    char *buffer;
};

/* All of the tree. 0 or negative errno with `failure` filled. */
int pack_run(struct pack *p, struct failure *failure) must_check;
/* What a list says, read to its end: records of an operation, a path and a NUL. "+PATH" packs what is there,
 * of a folder only itself; "*PATH" with all below; "-PATH" a whiteout; "!PATH" the mark of an opaque folder.
 */
int pack_list_run(struct pack *p, int list_fd, struct failure *failure) must_check;
/* What a list of formats/copy_record.h says, under the names, owners and modes it says. -ESTALE: a file is
 * not the one any more that was selected. */
int pack_copy_run(struct pack *p, int list_fd, struct failure *failure) must_check;
void pack_free(struct pack *p);

/* For both: one path of the tree ("" is its root). */
int pack_path(struct pack *p, const char *path, bool recursive, struct failure *failure) must_check;
/* The content of a regular file behind its header, filled up to a record. 1: it became shorter than `size`
 * and ends in zeros, because the header has promised more. */
int pack_content(struct pack *p, int fd, uint64_t size, struct failure *failure) must_check;
int pack_begin(struct pack *p, struct failure *failure) must_check;
int pack_end(struct pack *p, struct failure *failure) must_check;
