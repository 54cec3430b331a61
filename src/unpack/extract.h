/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A tar stream becomes a tree below one folder, as an OCI layer (image-spec layer.md): whiteouts become
 * overlay's, ids are the ones of the tar (the user namespace shifts them), device nodes and foreign extended
 * attributes are left out. */
#include "base/failure.h"
#include "formats/unpack_report.h"
#include "unpack/folders.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>

#define ENTRIES_MAX 10000000u
#define XATTRS_MAX 64u         /* of one entry */
#define XATTR_VALUE_MAX 65536u /* as the kernel's XATTR_SIZE_MAX */

enum extract_mode {
    EXTRACT_LAYER, /* an OCI layer */
    EXTRACT_TREE,  /* a tree as unroot-unpack packs it: owners and attributes count, ".wh." is a name like any
                      other */
    EXTRACT_COPY,  /* the same into a tree that is in use: the folder that it goes into stays as it is */
    EXTRACT_BUILD, /* what pack_copy.c packed into an image that is built: a folder is never replaced by a
                      file nor the other way round */
    EXTRACT_ADD,   /* an archive of anybody's into an image that is built */
    EXTRACT_CONTEXT,     /* the same as the files of a build: all belong to root */
    EXTRACT_HOST,        /* a tree onto the host: the caller's, without set-user-id bits and capabilities */
    EXTRACT_HOST_OWNERS, /* the same with the owners that it has */
    EXTRACT_PLAIN,       /* the parts of an image archive: owners, times and attributes mean nothing */
};

struct extract {
    int input_fd; /* plain tar, read to its end */
    int root_fd;  /* the tree; empty when it begins */
    bool stale;   /* something that remembered folders may lead through was replaced: forget them after this
                     entry */
    enum extract_mode mode;
    const char *name; /* what the first component of every path becomes, NULL: stays */
    bool has_owner;   /* all belongs to: */
    uid_t uid;
    gid_t gid;
    struct folders folders;
    struct unpack_report report; /* counters; opaque_* describe `opaque` */
    char *opaque;                /* paths, each with its NUL */
    char *buffer;                /* EXTRACT_BUFFER bytes: what was read from the input */
};

/* 0 or negative errno with `failure` filled. The tree is as far as it came. */
int extract_run(struct extract *x, struct failure *failure) must_check;
void extract_free(struct extract *x);
