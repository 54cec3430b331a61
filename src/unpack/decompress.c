/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decompress.h"

#include "kernel/file.h"

#include <errno.h>
#include <openssl/evp.h>

int decompress_open(struct decompress *d)
{
    d->hash = EVP_MD_CTX_new();
    d->memory = malloc(DECOMPRESS_BEFORE + DECOMPRESS_BUFFER);
    d->output = malloc(DECOMPRESS_BUFFER);
    if (!d->hash || !d->memory || !d->output || EVP_DigestInit_ex(d->hash, EVP_sha256(), NULL) != 1)
        return -ENOMEM;
    d->input = d->memory + DECOMPRESS_BEFORE;
    return 0;
}

ssize_t decompress_read(struct decompress *d, struct failure *failure)
{
    ssize_t n;
    do
        n = read(d->input_fd, d->input, DECOMPRESS_BUFFER);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail(failure, -errno, "reading the compressed stream");
    d->bytes_in += (uint64_t)n;
    return n;
}

int decompress_write(struct decompress *d, size_t size, struct failure *failure)
{
    uint64_t total = d->report->bytes + size;
    if (total > DECOMPRESS_FREE_BYTES && total / DECOMPRESS_RATIO_MAX > d->bytes_in)
        return refuse(failure, -EFBIG, "%llu bytes grow to more than %u times as many: a decompression bomb",
                      (unsigned long long)d->bytes_in, DECOMPRESS_RATIO_MAX);
    if (EVP_DigestUpdate(d->hash, d->output, size) != 1)
        return fail(failure, -ENOMEM, "hashing");
    d->report->bytes = total;
    int r = fd_write_all(d->output_fd, d->output, size);
    return r < 0 ? fail(failure, r, "passing on what was decompressed") : 0;
}

int decompress_run(struct decompress *d, struct failure *failure)
{
    static int (*const decoders[])(struct decompress *, struct failure *) = {
        [DECOMPRESS_GZIP] = decompress_gzip,
        [DECOMPRESS_ZSTD] = decompress_zstd,
        [DECOMPRESS_XZ] = decompress_xz,
        [DECOMPRESS_BZIP2] = decompress_bzip2,
    };
    int r = decoders[d->kind](d, failure);
    if (r < 0)
        return r;
    if (EVP_DigestFinal_ex(d->hash, d->report->sha256, NULL) != 1)
        return fail(failure, -ENOMEM, "hashing");
    return 0;
}

void decompress_close(struct decompress *d)
{
    EVP_MD_CTX_free(d->hash);
    free(d->memory);
    free(d->output);
    d->hash = NULL;
    d->memory = d->input = d->output = NULL;
}
