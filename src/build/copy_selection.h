/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the sources of a COPY or ADD stand for: every file with its state, after .dockerignore and --exclude.
 * Only names and states are read here; content is read by copy_digest.c and by unroot-unpack, which both look
 * whether a file is still the same. */
#include "base/arena.h"
#include "build/copy.h"

#include <sys/stat.h>

#define COPY_ENTRIES_MAX 5000000u

struct copy_entry {
    const char *source; /* in the source's tree, without links; "" is its root */
    const char *target; /* of a link, else NULL */
    mode_t mode;        /* type and bits */
    uint32_t uid, gid;  /* the image's */
    bool above;         /* --parents: a folder above what was named; one that exists is left as it is */
    uint64_t device, inode, size;
    struct timespec mtime, ctime;
};

/* One thing that a source names: a file, or a folder of which the content is meant. */
struct copy_item {
    const char *name; /* what it is called, by the last element of the source */
    size_t strip;     /* bytes of its entries' `source` that the destination does not repeat */
    bool is_folder;   /* the folder itself is no entry */
    size_t first, count;
};

struct copy_selection {
    struct arena arena;
    struct copy_entry *entries;
    size_t entry_count, entry_capacity;
    struct copy_item *items;
    size_t item_count, item_capacity;
    size_t skipped; /* sockets and devices */
    const char *skipped_name;
};

/* -ENOENT: a source without a pattern is not there. copy_selection_free() frees it. */
int copy_select(const struct build_copy *copy, struct copy_selection *ret_selection,
                struct failure *failure) must_check;
/* The digest that build/copy.h tells of. -ESTALE: a file was changed meanwhile. */
int copy_selection_digest(const struct build_copy *copy, const struct copy_selection *selection,
                          struct digest *ret_digest, struct failure *failure) must_check;
void copy_selection_free(struct copy_selection *selection);
/* The path of an entry below the item's destination, "" for a file that is the item. */
static inline const char *copy_entry_path(const struct copy_item *item, const struct copy_entry *entry)
{
    return entry->source + item->strip;
}

/* For copy_select.c: the walk below a folder. */
struct copy_walk {
    const struct build_copy *copy;
    struct copy_selection *selection;
    const struct dockerignore *ignore; /* of the context, or NULL */
    struct dockerignore excludes;
    int root_fd;
    size_t strip; /* of the current item */
    struct failure *failure;
};

/* Whether .dockerignore or --exclude takes this path of the source's tree out. */
bool copy_walk_leaves_out(const struct copy_walk *w, const char *source);
/* Whether nothing below that folder can be taken back. */
bool copy_walk_skips_folder(const struct copy_walk *w, const char *source);
/* Adds one entry; sockets and devices are counted instead (then 0 is returned, else 1). */
int copy_walk_add(struct copy_walk *w, const char *source, const struct stat *st,
                  const char *target) must_check;
/* Adds all below the folder, but not itself. */
int copy_walk_below(struct copy_walk *w, const char *folder) must_check;
/* The names in a folder, sorted. */
int copy_walk_list(struct copy_walk *w, const char *folder, struct strings *ret_names) must_check;
