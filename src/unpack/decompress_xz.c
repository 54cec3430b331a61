/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decompress.h"

#include <errno.h>
#include <lzma.h>

#define MEMORY_MAX (256ull << 20) /* xz -9 needs 65 MiB to decode */

static int decode_some(struct decompress *d, lzma_stream *x, bool last, struct failure *failure)
{
    lzma_ret end;
    do {
        x->next_out = d->output;
        x->avail_out = DECOMPRESS_BUFFER;
        end = lzma_code(x, last ? LZMA_FINISH : LZMA_RUN);
        size_t made = DECOMPRESS_BUFFER - x->avail_out;
        int r = made > 0 ? decompress_write(d, made, failure) : 0;
        if (r < 0)
            return r;
    } while (end == LZMA_OK && (x->avail_in > 0 || x->avail_out == 0));
    if (end == LZMA_OK || (end == LZMA_BUF_ERROR && !last))
        return 0;
    if (end == LZMA_STREAM_END)
        return 1;
    if (end == LZMA_MEMLIMIT_ERROR || end == LZMA_MEM_ERROR)
        return refuse(failure, -ENOMEM, "the xz stream needs more than %llu MiB of memory to be decompressed",
                      MEMORY_MAX >> 20);
    return refuse(failure, -EBADMSG, "the xz stream is %s", end == LZMA_BUF_ERROR ? "cut off" : "damaged");
}

int decompress_xz(struct decompress *d, struct failure *failure)
{
    __attribute__((cleanup(lzma_end))) lzma_stream x = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&x, MEMORY_MAX, LZMA_CONCATENATED) != LZMA_OK)
        return fail(failure, -ENOMEM, "decompressing");
    for (;;) {
        ssize_t n = decompress_read(d, failure);
        if (n < 0)
            return (int)n;
        x.next_in = d->input;
        x.avail_in = (size_t)n;
        int r = decode_some(d, &x, n == 0, failure);
        if (r < 0 || n == 0)
            return r < 0 ? r : r > 0 ? 0 : refuse(failure, -EBADMSG, "the xz stream is cut off");
    }
}
