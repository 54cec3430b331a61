/* SPDX-License-Identifier: Apache-2.0 */
#include "store/digest_set.h"

#include <errno.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct digest *)a)->hex, ((const struct digest *)b)->hex);
}

int digest_set_add(struct digest_set *set, const struct digest *digest)
{
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 64;
        struct digest *items = reallocarray(set->items, capacity, sizeof(*items));
        if (!items)
            return -ENOMEM;
        set->items = items;
        set->capacity = capacity;
    }
    set->items[set->count++] = *digest;
    return 0;
}

void digest_set_sort(struct digest_set *set)
{
    if (set->count > 1)
        qsort(set->items, set->count, sizeof(set->items[0]), compare);
}

bool digest_set_contains(const struct digest_set *set, const char *hex)
{
    struct digest key;
    if (set->count == 0 || digest_parse_hex(hex, &key) < 0)
        return false;
    return bsearch(&key, set->items, set->count, sizeof(key), compare) != NULL;
}

void digest_set_free(struct digest_set *set)
{
    free(set->items);
    *set = (struct digest_set){0};
}
