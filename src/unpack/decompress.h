/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* gzip (several members), zstd (several frames), xz or bzip2 (several streams) to plain bytes, hashed on the
 * way. A process of its own: it tells the digest that makes a layer the layer it is, and so must not be the
 * one that reads the archive inside. */
#include "base/failure.h"
#include "formats/unpack_report.h"

enum decompress_kind { DECOMPRESS_GZIP, DECOMPRESS_ZSTD, DECOMPRESS_XZ, DECOMPRESS_BZIP2 };

/* A stream may grow by this factor once it is over the first gigabyte; more is a bomb. */
#define DECOMPRESS_RATIO_MAX 250u
#define DECOMPRESS_FREE_BYTES (1ull << 30)

struct decompress {
    int input_fd, output_fd;
    enum decompress_kind kind;
    struct unpack_report *report; /* .bytes and .sha256 are filled */
    void *hash;                   /* EVP_MD_CTX */
    uint64_t bytes_in;
    unsigned char *memory; /* what `input` lies in */
    unsigned char *input,
        *output; /* DECOMPRESS_BUFFER bytes each; before `input` are DECOMPRESS_BEFORE more */
};

#define DECOMPRESS_BUFFER (1u << 20)
#define DECOMPRESS_BEFORE 16u /* room for bytes that a decoder read too far and gives back */

/* Takes all memory that decompressing needs outside of the library's own. 0 or -ENOMEM. */
int decompress_open(struct decompress *d) must_check;
/* 0 or negative errno with `failure` filled. -EBADMSG: damaged or cut off; -EFBIG: a bomb. */
int decompress_run(struct decompress *d, struct failure *failure) must_check;
void decompress_close(struct decompress *d);
/* For the decoders: reads more (0 at the end), writes what was produced. Negative errno with `failure`
 * filled. */
ssize_t decompress_read(struct decompress *d, struct failure *failure) must_check;
int decompress_write(struct decompress *d, size_t size, struct failure *failure) must_check;
int decompress_gzip(struct decompress *d, struct failure *failure) must_check;
int decompress_zstd(struct decompress *d, struct failure *failure) must_check;
int decompress_xz(struct decompress *d, struct failure *failure) must_check;
int decompress_bzip2(struct decompress *d, struct failure *failure) must_check;
