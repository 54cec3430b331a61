/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* COPY and ADD. */
#include "build/context.h"
#include "build/step.h"
#include "formats/digest.h"

enum build_source_kind {
    BUILD_SOURCE_CONTEXT, /* the build context or a named one */
    BUILD_SOURCE_TREE,    /* the files of a stage or an image */
    BUILD_SOURCE_NONE,    /* only here-documents */
};

struct copy_selection;

struct build_source {
    enum build_source_kind kind;
    const char *what;                    /* "the build context", "stage builder", "image busybox" */
    const struct build_context *context; /* BUILD_SOURCE_CONTEXT */
    int tree_fd; /* BUILD_SOURCE_TREE: the root, read-only, ids as stored (STORE_ID_BASE + id) */
    const struct store *store; /* BUILD_SOURCE_TREE: where digests of its files are kept; NULL: nowhere */
};

/* A here-document as a file. */
struct build_copy_file {
    char *name, *content; /* content: expanded unless its name was quoted */
};

/* One COPY or ADD, its words expanded. */
struct build_copy {
    const struct dockerfile_instruction
        *instruction; /* kind, line, .copy.link, .parents, .keep_git_dir, .unpack */
    struct build_source source;
    struct strings sources; /* patterns; ADD: also URLs */
    struct build_copy_file *files;
    size_t file_count;
    char *destination;   /* absolute (WORKDIR stands before it); a slash at its end means a folder */
    char *chown, *chmod; /* NULL: not given; chown's names are looked up in the image being built */
    char *checksum;      /* NULL: not given */
    struct strings excludes;
    struct copy_selection *selection; /* what build_copy_digest() found, for build_copy_run() */
};

void build_copy_free(struct build_copy *copy);

/* The digest of what would be copied: names, kinds, modes, owners (of a tree), link targets and content,
 * after .dockerignore and excludes; no times. The same selection gives the same digest on any machine. Part
 * of the cache key, together with the expanded words. A source that matches nothing: -ENOENT with docker's
 * sentence. */
int build_copy_digest(struct build_copy *copy, struct digest *ret_digest, struct failure *failure) must_check;
/* Copies into step->root_fd: unroot-unpack reads the source and another one writes below the root, in user
 * namespaces of their own. The caller (the step's own process) has the command's power still. */
int build_copy_run(struct build_copy *copy, struct build_step *step, struct failure *failure) must_check;
