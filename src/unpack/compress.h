/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Plain bytes to gzip (zlib) or zstd: the layers of a push. The same bytes, level and library give the same
 * result on every machine: no time, no name, no number of processors is in it. */
#include "base/failure.h"
#include "formats/unpack_report.h"

#include <stdio.h>

enum compress_kind { COMPRESS_GZIP, COMPRESS_ZSTD };

#define COMPRESS_GZIP_LEVEL_MAX 9
#define COMPRESS_ZSTD_LEVEL_MAX 19 /* above it windows are so large that readers refuse them */

struct compress {
    int input_fd, output_fd;
    enum compress_kind kind;
    int level;                    /* 1..COMPRESS_*_LEVEL_MAX */
    struct unpack_report *report; /* .bytes is filled: of the result */
    unsigned char *input, *output;
};

#define COMPRESS_BUFFER (1u << 18)

/* Takes the buffers. -EINVAL: no such level; -ENOMEM. */
int compress_open(struct compress *c) must_check;
/* 0 or negative errno with `failure` filled. */
int compress_run(struct compress *c, struct failure *failure) must_check;
void compress_close(struct compress *c);
