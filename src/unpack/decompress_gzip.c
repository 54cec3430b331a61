/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decompress.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>

/* RFC 1952: members one after the other are one stream; zeros behind the last are padding (tapes, blocks). */
struct gzip {
    struct inflate_state state;
    bool in_member, any_member;
};

static int begin_member(struct gzip *g, struct failure *failure)
{
    const unsigned char *next = g->state.next_in;
    uint32_t available = g->state.avail_in;
    if (g->any_member) {
        while (available > 0 && *next == 0) {
            next++;
            available--;
        }
        if (available == 0) {
            g->state.avail_in = 0;
            return 0;
        }
        if (next != g->state.next_in || *next != 0x1f)
            return refuse(failure, -EBADMSG, "bytes behind the gzip stream that are none of it");
    }
    isal_inflate_init(&g->state);
    g->state.crc_flag = ISAL_GZIP;
    g->state.next_in = (unsigned char *)next;
    g->state.avail_in = available;
    g->in_member = g->any_member = true;
    return 0;
}

/* The decoder holds up to eight bytes that follow the member in its bit buffer: they go back in front of the
 * input, where at least DECOMPRESS_BEFORE bytes are free or used up. */
static void give_back(struct inflate_state *state)
{
    uint32_t count = state->read_in_length > 0 ? (uint32_t)state->read_in_length / 8 : 0;
    uint64_t bits = state->read_in >> (state->read_in_length > 0 ? state->read_in_length % 8 : 0);
    state->next_in -= count;
    state->avail_in += count;
    for (uint32_t i = 0; i < count; i++)
        state->next_in[i] = (unsigned char)(bits >> (8 * i));
    state->read_in_length = 0;
}

static int inflate_some(struct decompress *d, struct gzip *g, struct failure *failure)
{
    g->state.next_out = d->output;
    g->state.avail_out = DECOMPRESS_BUFFER;
    int r = isal_inflate(&g->state);
    if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT)
        return refuse(failure, -EBADMSG, "the gzip stream is damaged");
    if (g->state.block_state == ISAL_BLOCK_FINISH) {
        give_back(&g->state);
        g->in_member = false;
    }
    size_t made = DECOMPRESS_BUFFER - g->state.avail_out;
    return made > 0 ? decompress_write(d, made, failure) : 0;
}

int decompress_gzip(struct decompress *d, struct failure *failure)
{
    autofree struct gzip *g = calloc(1, sizeof(*g));
    if (!g)
        return fail(failure, -ENOMEM, "decompressing");
    bool full = false; /* the last round filled the output: there may be more without more input */
    for (;;) {
        if (g->state.avail_in == 0 && !full) {
            ssize_t n = decompress_read(d, failure);
            if (n < 0)
                return (int)n;
            if (n == 0)
                break;
            g->state.next_in = d->input;
            g->state.avail_in = (uint32_t)n;
        }
        int r = 0;
        if (!g->in_member)
            r = begin_member(g, failure);
        if (r == 0 && g->in_member)
            r = inflate_some(d, g, failure);
        if (r < 0)
            return r;
        full = g->in_member && g->state.avail_out == 0;
    }
    if (g->in_member || !g->any_member)
        return refuse(failure, -EBADMSG, "the gzip stream is cut off");
    return 0;
}
