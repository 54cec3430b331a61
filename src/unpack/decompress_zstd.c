/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decompress.h"

#include <errno.h>
#include <zstd.h>

static void free_context(ZSTD_DCtx **context)
{
    (void)ZSTD_freeDCtx(*context); /* cannot fail */
}

static int decode_input(struct decompress *d, ZSTD_DCtx *context, size_t size, size_t *ret_expected,
                        struct failure *failure)
{
    ZSTD_inBuffer in = {.src = d->input, .size = size};
    ZSTD_outBuffer out;
    do {
        out = (ZSTD_outBuffer){.dst = d->output, .size = DECOMPRESS_BUFFER};
        size_t expected = ZSTD_decompressStream(context, &out, &in);
        if (ZSTD_isError(expected))
            return refuse(failure, -EBADMSG, "the zstd stream is damaged: %s", ZSTD_getErrorName(expected));
        /* 0 comes once, with a frame's last byte; a call that did nothing afterwards must not hide it. */
        if (in.size > 0 || out.pos > 0)
            *ret_expected = expected;
        if (out.pos > 0) {
            int r = decompress_write(d, out.pos, failure);
            if (r < 0)
                return r;
        }
        if (expected == 0 && in.pos == in.size)
            break;
    } while (in.pos < in.size || out.pos == out.size);
    return 0;
}

int decompress_zstd(struct decompress *d, struct failure *failure)
{
    __attribute__((cleanup(free_context))) ZSTD_DCtx *context = ZSTD_createDCtx();
    if (!context)
        return fail(failure, -ENOMEM, "decompressing");
    size_t expected = 1;
    for (;;) {
        ssize_t n = decompress_read(d, failure);
        if (n < 0)
            return (int)n;
        if (n == 0)
            break;
        int r = decode_input(d, context, (size_t)n, &expected, failure);
        if (r < 0)
            return r;
    }
    return expected == 0 ? 0 : refuse(failure, -EBADMSG, "the zstd stream is cut off");
}
