/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/hard_links.h"

#include <errno.h>
#include <string.h>

static struct hard_link *find_slot(const struct hard_links *links, uint64_t device, uint64_t inode)
{
    uint64_t hash = (inode ^ (device << 32)) * 0x9e3779b97f4a7c15ull;
    size_t i = (size_t)(hash >> 20) & (links->capacity - 1);
    while (links->slots[i].path && (links->slots[i].inode != inode || links->slots[i].device != device))
        i = (i + 1) & (links->capacity - 1);
    return &links->slots[i];
}

static int grow(struct hard_links *links)
{
    struct hard_links larger = {.capacity = links->capacity ? links->capacity * 2 : 256,
                                .count = links->count};
    larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
    if (!larger.slots)
        return -ENOMEM;
    for (size_t i = 0; i < links->capacity; i++)
        if (links->slots[i].path)
            *find_slot(&larger, links->slots[i].device, links->slots[i].inode) = links->slots[i];
    free(links->slots);
    *links = larger;
    return 0;
}

int hard_links_find(struct hard_links *links, uint64_t device, uint64_t inode, const char *path,
                    const char **ret_first)
{
    if (links->count * 2 >= links->capacity && grow(links) < 0)
        return -ENOMEM;
    struct hard_link *slot = find_slot(links, device, inode);
    if (slot->path) {
        *ret_first = slot->path;
        return 0;
    }
    *slot = (struct hard_link){.device = device, .inode = inode, .path = strdup(path)};
    if (!slot->path)
        return -ENOMEM;
    links->count++;
    *ret_first = NULL;
    return 0;
}

void hard_links_free(struct hard_links *links)
{
    for (size_t i = 0; i < links->capacity; i++)
        free(links->slots[i].path);
    free(links->slots);
    *links = (struct hard_links){0};
}
