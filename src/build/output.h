/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --output: where else a build's result goes. */
#include "engine/engine.h"

enum build_output_kind {
    BUILD_OUTPUT_IMAGE,   /* only the store */
    BUILD_OUTPUT_ARCHIVE, /* oci, docker: the image as an archive that both sorts of programs load */
    BUILD_OUTPUT_TAR,     /* the target's files as a tar */
    BUILD_OUTPUT_LOCAL,   /* the target's files in a folder */
};

struct build_output {
    enum build_output_kind kind;
    char *destination; /* NULL: none; "-": standard output */
};

/* docker's: type=oci|docker|tar|local|image,dest=PATH; "-" is a tar on standard output; a path alone is a
 * folder. -EINVAL with a sentence. */
int build_output_parse(const char *text, struct build_output *ret_output, struct failure *failure) must_check;
void build_output_free(struct build_output *output);

/* The files of layers (`folders` below storage/, top first) as a tar stream, ids as inside. */
int build_output_tar(struct engine *e, const struct strings *folders, int output_fd,
                     struct failure *failure) must_check;
/* Into a folder of the host, which is made when it is missing: the caller's own files, without set-user-id
 * bits. */
int build_output_local(struct engine *e, const struct strings *folders, const char *path,
                       struct failure *failure) must_check;
