/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image.h"
#include "store/index.h"

#include <errno.h>

static struct image_entry *find_entry(struct image_entries *entries, const struct digest *id)
{
    for (size_t i = 0; i < entries->count; i++)
        if (digest_equal(&entries->items[i].id, id))
            return &entries->items[i];
    return NULL;
}

static int add_entry(struct image_entries *entries, const struct descriptor *d, const struct digest *id)
{
    struct image_entry *entry = find_entry(entries, id);
    if (!entry) {
        struct image_entry *items = reallocarray(entries->items, entries->count + 1, sizeof(*items));
        if (!items)
            return -ENOMEM;
        entries->items = items;
        entry = &items[entries->count++];
        *entry = (struct image_entry){.id = *id, .manifest = d->digest};
    }
    const char *name = index_reference(d);
    return name && !strings_contain(&entry->references, name) ? strings_add(&entry->references, name) : 0;
}

int image_enumerate(const struct store *s, struct image_entries *ret_entries, struct failure *failure)
{
    autoindex struct image_index index = {0};
    int r = index_read(s, &index, failure);
    if (r < 0)
        return r;
    autoentries struct image_entries entries = {0};
    for (size_t i = 0; i < index.manifest_count; i++) {
        struct digest id;
        if (index_image_id(s, &index.manifests[i], &id) < 0)
            continue;
        if (add_entry(&entries, &index.manifests[i], &id) < 0)
            return fail(failure, -ENOMEM, "reading the list of images");
    }
    *ret_entries = entries;
    entries = (struct image_entries){0};
    return 0;
}

void image_entries_free(struct image_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        strings_free(&entries->items[i].references);
    free(entries->items);
    *entries = (struct image_entries){0};
}
