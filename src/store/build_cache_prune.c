/* SPDX-License-Identifier: Apache-2.0 */
#include "store/build_cache.h"

#include "store/digest_set.h"
#include "store/image.h"

#include <errno.h>

static int gather_layers(const struct store *s, struct digest_set *layers, struct failure *failure)
{
    autoentries struct image_entries entries = {0};
    int r = image_enumerate(s, &entries, failure);
    for (size_t i = 0; r == 0 && i < entries.count; i++) {
        autoimage struct image image = {0};
        r = image_open(s, &entries.items[i], &image, failure);
        for (size_t k = 0; r == 0 && k < image.config.diff_id_count; k++)
            if (digest_set_add(layers, &image.config.diff_ids[k]) < 0)
                r = fail(failure, -ENOMEM, "reading the images");
    }
    digest_set_sort(layers);
    return r;
}

static bool is_used(const struct store *s, const struct build_cache_entry *entry,
                    const struct digest_set *layers)
{
    if (!entry->has_layer)
        return true; /* costs a line of text */
    return layer_exists(s, &entry->layer.diffid) && digest_set_contains(layers, entry->layer.diffid.hex);
}

int build_cache_prune(const struct store *s, bool all, size_t *ret_removed, struct failure *failure)
{
    struct digest_set layers = {0};
    struct build_cache_entry *entries = NULL;
    size_t count = 0, removed = 0;
    int r = all ? 0 : gather_layers(s, &layers, failure);
    if (r == 0) {
        r = build_cache_list(s, &entries, &count);
        for (size_t i = 0; r == 0 && i < count; i++) {
            if (!all && is_used(s, &entries[i], &layers))
                continue;
            r = build_cache_remove(s, &entries[i].key);
            removed++;
        }
        if (r < 0)
            (void)fail(failure, r, "pruning the build cache"); /* r is returned */
    }
    build_cache_list_free(entries, count);
    digest_set_free(&layers);
    if (r == 0 && ret_removed)
        *ret_removed = removed;
    return r;
}
