/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/relay_keys.h"

#include <string.h>

/* One byte more after `matched` keys. Held-back bytes that cannot begin a sequence any more go to *to. */
static void match_byte(struct relay_keys *k, unsigned char byte, unsigned char **to)
{
    unsigned char held[RELAY_KEYS_MAX + 1];
    size_t count = k->matched;
    memcpy(held, k->keys, count);
    held[count++] = byte;
    size_t from = 0;
    while (from < count && (count - from > k->count || memcmp(held + from, k->keys, count - from) != 0))
        *(*to)++ = held[from++];
    k->matched = count - from;
}

bool relay_keys_feed(struct relay_keys *k, const unsigned char *bytes, size_t size, unsigned char *ret_bytes,
                     size_t *ret_size)
{
    unsigned char *to = ret_bytes;
    bool found = false;
    for (size_t i = 0; i < size && !found; i++) {
        if (k->count == 0)
            *to++ = bytes[i];
        else
            match_byte(k, bytes[i], &to);
        found = k->count > 0 && k->matched == k->count;
    }
    *ret_size = (size_t)(to - ret_bytes);
    return found;
}
