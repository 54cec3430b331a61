/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decompress.h"

#include <bzlib.h>
#include <errno.h>
#include <stdbool.h>

/* Streams one after the other are one, as pbzip2 writes them. */
struct bzip2 {
    bz_stream state;
    bool in_stream, any_stream;
};

static void end_stream(struct bzip2 *b)
{
    if (b->in_stream)
        (void)BZ2_bzDecompressEnd(&b->state); /* cannot fail for a stream that was begun */
    b->in_stream = false;
}

static int begin_stream(struct bzip2 *b, struct failure *failure)
{
    char *next = b->state.next_in;
    unsigned available = b->state.avail_in;
    b->state = (bz_stream){.next_in = next, .avail_in = available};
    if (BZ2_bzDecompressInit(&b->state, 0, 0) != BZ_OK)
        return fail(failure, -ENOMEM, "decompressing");
    b->in_stream = b->any_stream = true;
    return 0;
}

static int decode_some(struct decompress *d, struct bzip2 *b, struct failure *failure)
{
    do {
        int r = b->in_stream ? 0 : begin_stream(b, failure);
        if (r < 0)
            return r;
        b->state.next_out = (char *)d->output;
        b->state.avail_out = DECOMPRESS_BUFFER;
        int end = BZ2_bzDecompress(&b->state);
        if (end == BZ_MEM_ERROR)
            return fail(failure, -ENOMEM, "decompressing");
        if (end != BZ_OK && end != BZ_STREAM_END)
            return refuse(failure, -EBADMSG, "the bzip2 stream is damaged");
        size_t made = DECOMPRESS_BUFFER - b->state.avail_out;
        r = made > 0 ? decompress_write(d, made, failure) : 0;
        if (r < 0)
            return r;
        if (end == BZ_STREAM_END)
            end_stream(b);
    } while (b->state.avail_in > 0 || (b->in_stream && b->state.avail_out == 0));
    return 0;
}

int decompress_bzip2(struct decompress *d, struct failure *failure)
{
    __attribute__((cleanup(end_stream))) struct bzip2 b = {.in_stream = false};
    for (;;) {
        ssize_t n = decompress_read(d, failure);
        if (n < 0)
            return (int)n;
        if (n == 0)
            break;
        b.state.next_in = (char *)d->input;
        b.state.avail_in = (unsigned)n;
        int r = decode_some(d, &b, failure);
        if (r < 0)
            return r;
    }
    return !b.in_stream && b.any_stream ? 0 : refuse(failure, -EBADMSG, "the bzip2 stream is cut off");
}
