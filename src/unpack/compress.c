/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/compress.h"

#include "kernel/file.h"

#include <errno.h>
#include <zlib.h>
#include <zstd.h>

#define GZIP_WINDOW (15 + 16) /* the largest, with gzip's frame (zlib.h, deflateInit2) */
#define GZIP_MEMORY 8         /* zlib's own default */

int compress_open(struct compress *c)
{
    int max = c->kind == COMPRESS_GZIP ? COMPRESS_GZIP_LEVEL_MAX : COMPRESS_ZSTD_LEVEL_MAX;
    if (c->level < 1 || c->level > max)
        return -EINVAL;
    c->input = malloc(COMPRESS_BUFFER);
    c->output = malloc(COMPRESS_BUFFER);
    return c->input && c->output ? 0 : -ENOMEM;
}

void compress_close(struct compress *c)
{
    free(c->input);
    free(c->output);
    c->input = c->output = NULL;
}

static int write_output(struct compress *c, size_t size, struct failure *failure)
{
    c->report->bytes += size;
    int r = fd_write_all(c->output_fd, c->output, size);
    return r < 0 ? fail(failure, r, "writing what was compressed") : 0;
}

/* Passes the stream through an encoder in buffers, of which only the last one is not full. */
static int encode_all(struct compress *c,
                      int (*encode)(struct compress *, void *state, size_t size, struct failure *),
                      void *state, struct failure *failure)
{
    for (;;) {
        ssize_t n = fd_read_all(c->input_fd, c->input, COMPRESS_BUFFER);
        if (n < 0)
            return fail(failure, (int)n, "reading what is to be compressed");
        int r = encode(c, state, (size_t)n, failure);
        if (r < 0 || n < (ssize_t)COMPRESS_BUFFER)
            return r;
    }
}

static int deflate_input(struct compress *c, void *state, size_t size, struct failure *failure)
{
    z_stream *z = state;
    bool last = size < COMPRESS_BUFFER;
    z->next_in = c->input;
    z->avail_in = (uInt)size;
    do {
        z->next_out = c->output;
        z->avail_out = COMPRESS_BUFFER;
        int r = deflate(z, last ? Z_FINISH : Z_NO_FLUSH);
        if (r == Z_STREAM_ERROR)
            return fail(failure, -EIO, "compressing");
        r = write_output(c, COMPRESS_BUFFER - z->avail_out, failure);
        if (r < 0)
            return r;
    } while (z->avail_out == 0);
    return 0;
}

static void end_deflate(z_stream *z)
{
    (void)deflateEnd(z); /* what is left after a failure is not wanted */
}

static int compress_gzip(struct compress *c, struct failure *failure)
{
    __attribute__((cleanup(end_deflate))) z_stream z = {0};
    if (deflateInit2(&z, c->level, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return fail(failure, -ENOMEM, "compressing");
    return encode_all(c, deflate_input, &z, failure);
}

static void free_context(ZSTD_CCtx **context)
{
    (void)ZSTD_freeCCtx(*context); /* cannot fail */
}

static int encode_input(struct compress *c, void *state, size_t size, struct failure *failure)
{
    ZSTD_CCtx *context = state;
    bool last = size < COMPRESS_BUFFER;
    ZSTD_inBuffer in = {.src = c->input, .size = size};
    size_t left;
    do {
        ZSTD_outBuffer out = {.dst = c->output, .size = COMPRESS_BUFFER};
        left = ZSTD_compressStream2(context, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return refuse(failure, -EIO, "compressing: %s", ZSTD_getErrorName(left));
        int r = write_output(c, out.pos, failure);
        if (r < 0)
            return r;
    } while (last ? left > 0 : in.pos < in.size);
    return 0;
}

static int compress_zstd(struct compress *c, struct failure *failure)
{
    __attribute__((cleanup(free_context))) ZSTD_CCtx *context = ZSTD_createCCtx();
    if (!context || ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, c->level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)))
        return fail(failure, -ENOMEM, "compressing");
    return encode_all(c, encode_input, context, failure);
}

int compress_run(struct compress *c, struct failure *failure)
{
    return c->kind == COMPRESS_GZIP ? compress_gzip(c, failure) : compress_zstd(c, failure);
}
