/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One entry of an archive becomes one name in the tree. */
#include "unpack/extract.h"

/* Where an entry goes: `name` in the open folder `parent`. What stands there already is replaced, unless both
 * are folders. */
struct place {
    const struct entry_path *path;
    int parent; /* lent */
    const char *name;
};

int entry_make_folder(struct extract *x, const struct place *p, struct archive_entry *entry,
                      struct failure *failure) must_check;
int entry_make_file(struct extract *x, const struct place *p, struct archive *archive,
                    struct archive_entry *entry, struct failure *failure) must_check;
int entry_make_symlink(struct extract *x, const struct place *p, struct archive_entry *entry,
                       struct failure *failure) must_check;
int entry_make_hardlink(struct extract *x, const struct place *p, const char *target,
                        struct failure *failure) must_check;
int entry_make_fifo(struct extract *x, const struct place *p, struct archive_entry *entry,
                    struct failure *failure) must_check;
/* Hides `name` of the layers below. */
int entry_make_whiteout(struct extract *x, const struct place *p, struct failure *failure) must_check;
/* Hides everything of the layers below in the folder of `length` bytes of `path`. */
int entry_note_opaque(struct extract *x, const char *path, size_t length) must_check;
/* Owner, mode, times and attributes of an open folder or file. */
int entry_set_metadata(struct extract *x, int fd, struct archive_entry *entry,
                       struct failure *failure) must_check;
