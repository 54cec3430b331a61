/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Finding the detach keys in what is typed. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stddef.h>

#define RELAY_KEYS_MAX 16

struct relay_keys {
    const unsigned char *keys; /* lent; none is found when count is 0 */
    size_t count;              /* at most RELAY_KEYS_MAX */
    size_t matched;            /* keys typed so far and held back; 0 at the start */
};

/* Feeds `size` typed bytes; *ret_size bytes for the payload are in ret_bytes, which has room for size +
 * RELAY_KEYS_MAX. A sequence may come in several reads; a false start is handed on as it was typed. True:
 * detach; what was typed behind the keys is dropped. */
bool relay_keys_feed(struct relay_keys *k, const unsigned char *bytes, size_t size, unsigned char *ret_bytes,
                     size_t *ret_size) must_check;
