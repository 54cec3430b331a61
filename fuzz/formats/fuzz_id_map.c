/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses: 'v' a volume map from numbers, 's' the text of /etc/subuid, else words of --uidmap.
 * Property: an accepted map is one that the kernel takes; a volume's map is injective, gives each listed host
 * id to its container id, and has an id on disk for every id of the container. */
#include "formats/id_map.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE 2147352576u

static void check_map(const struct id_map *map)
{
    struct failure f = {0};
    struct id_map again = {0};
    char text[ID_MAP_TEXT_MAX + 1];
    if (id_map_check(map, "map", &f) < 0 || id_map_to_text(map, text) < 0 ||
        id_map_from_text(text, strlen(text), &again) < 0)
        abort();
    if (id_map_size(&again) != id_map_size(map))
        abort();
}

struct numbers {
    const uint8_t *at, *end;
};

static uint32_t take(struct numbers *n)
{
    uint32_t value = 0;
    for (int i = 0; i < 4 && n->at < n->end; i++)
        value = value << 8 | *n->at++;
    return value;
}

/* Every id at an edge of an extent, and its neighbours, is looked at. */
static void check_volume(const struct id_volume_request *r, const struct id_map *map)
{
    uint32_t seen, wanted;
    check_map(map);
    if (id_map_size(map) != id_map_size(r->container))
        abort();
    for (size_t i = 0; i < r->pair_count; i++)
        if (!id_map_to_outside(map, r->pairs[i].host, &seen) ||
            !id_map_to_outside(r->container, r->pairs[i].container, &wanted) || seen != wanted)
            abort();
    for (size_t i = 0; i < map->count; i++) {
        const struct id_extent *e = &map->extents[i];
        const uint32_t edges[] = {e->outside, e->outside + e->count - 1, e->outside + e->count / 2};
        for (size_t k = 0; k < ARRAY_SIZE(edges); k++) {
            uint32_t inside, disk;
            if (!id_map_to_inside(r->container, edges[k], &inside) || !id_map_to_inside(map, edges[k], &disk))
                abort();
            bool listed = false, taken = false;
            for (size_t p = 0; p < r->pair_count; p++) {
                listed |= r->pairs[p].container == inside;
                taken |= r->pairs[p].host == BASE + inside;
            }
            if (!listed && !taken && disk != BASE + inside)
                abort();
        }
    }
}

static void fuzz_volume(struct numbers n)
{
    struct id_map container = {0}, map = {0};
    struct id_pair pairs[64];
    size_t count = 0;
    for (uint32_t extents = n.at < n.end ? *n.at++ % 8 : 0; extents > 0; extents--) {
        uint32_t inside = take(&n) % 100000, outside = take(&n), length = take(&n) % 70000;
        if (id_map_add(&container, (struct id_extent){inside, outside, length}) < 0)
            continue; /* a bad extent is left out */
    }
    while (n.at < n.end && count < ARRAY_SIZE(pairs)) {
        uint32_t host = take(&n), inside = take(&n) % 100000;
        pairs[count++] = (struct id_pair){host % 2 ? BASE + host % 100000 : host, inside};
    }
    struct id_volume_request r = {BASE, &container, pairs, count};
    struct failure f = {0};
    if (id_map_volume(&r, &map, &f) == 0)
        check_volume(&r, &map);
    else if (f.text[0] == '\0')
        abort();
}

static void fuzz_words(const char *text)
{
    autostrings struct strings uidmap = {0}, gidmap = {0};
    struct strings *const lists[] = {&uidmap, &gidmap};
    autofree char *copy = strdup(text);
    char *rest = copy;
    for (char *word = copy ? strsep(&rest, "\n") : NULL; word; word = strsep(&rest, "\n"))
        if (word[0] != '\0' && strings_add(lists[word[0] == '!'], word + (word[0] == '!')) < 0)
            break;
    static const struct id_map base = {3, {{0, 1000, 1}, {1, 100000, 65536}, {65537, 2000, 1}}};
    for (int with_base = 0; with_base < 2; with_base++) {
        struct id_map_request r = {lists[0], lists[1], with_base ? &base : NULL, with_base ? &base : NULL};
        struct id_map uids = {0}, gids = {0};
        struct failure f = {0};
        if (id_map_parse(&r, &uids, &gids, &f) < 0) {
            if (f.text[0] == '\0')
                abort();
            continue;
        }
        check_map(&uids);
        check_map(&gids);
        for (size_t i = 0; with_base && i < uids.count; i++)
            for (uint32_t k = 0, id; k < uids.extents[i].count; k += 1 + uids.extents[i].count / 16)
                if (!id_map_to_inside(&base, uids.extents[i].outside + k, &id))
                    abort(); /* an id that the user does not have */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] == 'v') {
        fuzz_volume((struct numbers){data + 1, data + size});
        return 0;
    }
    if (data[0] == 's') {
        struct id_map map = {0};
        struct subordinate_user user = {"me", 1000, true};
        if (id_map_read_subordinate((const char *)data + 1, size - 1, &user, &map) == 0 && map.count > 0)
            for (size_t i = 0; i < map.count; i++)
                if (map.extents[i].count == 0)
                    abort();
        return 0;
    }
    autofree char *text = strndup((const char *)data, size);
    if (text)
        fuzz_words(text);
    return 0;
}
