/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where everything that was selected goes in the image that is built, by docker's rules for destinations, and
 * the copying of it. */
#include "base/text.h"
#include "build/copy_selection.h"
#include "build/owner.h"
#include "build/tree_path.h"

struct copy_plan {
    const struct build_copy *copy;
    struct build_step *step;
    const struct copy_selection *selection;
    bool has_owner; /* --chown */
    struct build_owner owner;
    struct tree_place destination;
    bool is_folder;   /* the destination is one, or will be when `list` is carried out */
    bool is_taken;    /* a file goes to the destination itself */
    struct text list; /* formats/copy_record.h */
    struct failure *failure;
};

/* Plans all and carries it out. */
int copy_plan_run(struct copy_plan *p) must_check;

/* The destination becomes a folder, with what is missing above it (0755, root's or --chown's). */
int copy_plan_need_folder(struct copy_plan *p) must_check;
/* Carries out what is planned so far. */
int copy_plan_flush(struct copy_plan *p) must_check;

/* copy_archive.c, for ADD. 1: the item is an archive, and is unpacked into the destination; 0: it is none. */
int copy_archive_add(struct copy_plan *p, const struct copy_item *item) must_check;
/* copy_transfer.c: the source, for unroot-unpack. */
int copy_source_fd(const struct build_copy *copy);
const char *copy_source_map(const struct build_copy *copy);
