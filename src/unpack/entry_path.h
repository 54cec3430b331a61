/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The name of an archive's entry, cleaned. Pure. */
#include "base/ownership.h"

#include <limits.h>
#include <stddef.h>

#define WHITEOUT_PREFIX ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"

struct entry_path {
    char text[PATH_MAX]; /* "a/b/c": no "/" in front or behind, no "//", "." or ".."; "" is the root */
    size_t length;
    size_t parent_length; /* "a/b" */
    size_t name_start;    /* of "c" */
};

/* -EINVAL: a ".." component, or no name (NULL, ""); -ENAMETOOLONG: a component over 255 bytes, or all over
 * 4,095. */
int entry_path_clean(const char *raw, struct entry_path *ret_path) must_check;

/* The first component becomes `name` (one component); the root stays the root. -ENAMETOOLONG. */
int entry_path_rename(struct entry_path *p, const char *name) must_check;

static inline const char *entry_path_name(const struct entry_path *p)
{
    return p->text + p->name_start;
}

enum whiteout {
    WHITEOUT_NONE,
    WHITEOUT_FILE,     /* ".wh.NAME": NAME of the layers below is not there; *ret_name is NAME */
    WHITEOUT_FOLDER,   /* ".wh..wh..opq": nothing of the layers below is in this folder */
    WHITEOUT_METADATA, /* other ".wh..wh.*": aufs' own files, left out */
};

/* image-spec layer.md "Whiteouts". -EINVAL: a whiteout of nothing, "." or "..". */
int entry_path_whiteout(const struct entry_path *p, enum whiteout *ret_kind,
                        const char **ret_name) must_check;
