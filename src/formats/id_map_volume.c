/* SPDX-License-Identifier: Apache-2.0 */
/* A volume's map: on-disk id -> host id. The listed pairs are exceptions in one straight shift by the storage
 * base. */
#include "formats/id_map.h"

#include <errno.h>
#include <string.h>

struct volume_map {
    const struct id_volume_request *request;
    uint32_t
        special[2 * ID_MAP_EXTENTS_MAX]; /* container ids that are not simply shifted; sorted, each once */
    size_t special_count;
    struct id_map *map;
};

static const struct id_pair *find_pair(const struct id_volume_request *r, uint32_t id, bool host)
{
    for (size_t i = 0; i < r->pair_count; i++)
        if ((host ? r->pairs[i].host : r->pairs[i].container) == id)
            return &r->pairs[i];
    return NULL;
}

static int check_pairs(const struct id_volume_request *r, struct failure *f)
{
    if (r->pair_count > ID_MAP_EXTENTS_MAX)
        return refuse(f, -E2BIG, "a volume's map takes no more than %d owners", ID_MAP_EXTENTS_MAX);
    for (size_t i = 0; i < r->pair_count; i++) {
        const struct id_pair *p = &r->pairs[i];
        uint32_t outside;
        if (find_pair(r, p->host, true) != p)
            return refuse(f, -EINVAL, "the volume's map names host id %u twice", p->host);
        if (find_pair(r, p->container, false) != p)
            return refuse(f, -EINVAL, "the volume's map gives container id %u to two host ids", p->container);
        if (p->host > ID_MAP_ID_MAX || !id_map_to_outside(r->container, p->container, &outside))
            return refuse(f, -EINVAL,
                          "the volume's map gives host id %u to id %u, which the container does not have",
                          p->host, p->container);
    }
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void find_special(struct volume_map *v)
{
    const struct id_volume_request *r = v->request;
    for (size_t i = 0; i < r->pair_count; i++) {
        v->special[v->special_count++] = r->pairs[i].container;
        if (r->pairs[i].host >= r->storage_base)
            v->special[v->special_count++] = r->pairs[i].host - r->storage_base;
    }
    qsort(v->special, v->special_count, sizeof(v->special[0]), compare_ids);
    size_t kept = 0;
    for (size_t i = 0; i < v->special_count; i++)
        if (kept == 0 || v->special[kept - 1] != v->special[i])
            v->special[kept++] = v->special[i];
    v->special_count = kept;
}

/* The on-disk id of one special container id. */
static uint32_t special_on_disk(const struct id_volume_request *r, uint32_t container)
{
    const struct id_pair *own = find_pair(r, container, false);
    if (own)
        return own->host;
    /* Its place is a listed host id: it takes the place that the listed container id gave up, and so on. The
     * walk ends, since pairs are one to one and `container` itself is in none. */
    const struct id_pair *taken;
    while ((taken = find_pair(r, r->storage_base + container, true)))
        container = taken->container;
    return r->storage_base + container;
}

static int map_extent(struct volume_map *v, const struct id_extent *e)
{
    uint32_t base = v->request->storage_base;
    uint64_t at = e->inside, end = at + e->count;
    for (size_t i = 0; i <= v->special_count && at < end; i++) {
        uint64_t stop = i < v->special_count ? v->special[i] : end;
        if (stop < at)
            continue;
        stop = stop < end ? stop : end;
        uint32_t outside = e->outside + (uint32_t)(at - e->inside);
        struct id_extent run = {base + (uint32_t)at, outside, (uint32_t)(stop - at)};
        int r = run.count > 0 ? id_map_add(v->map, run) : 0;
        if (r < 0 || stop == end)
            return r;
        outside = e->outside + (uint32_t)(stop - e->inside);
        r = id_map_add(v->map, (struct id_extent){special_on_disk(v->request, (uint32_t)stop), outside, 1});
        if (r < 0)
            return r;
        at = stop + 1;
    }
    return 0;
}

int id_map_volume(const struct id_volume_request *request, struct id_map *ret_map, struct failure *f)
{
    int r = check_pairs(request, f);
    if (r < 0 || (r = id_map_check(request->container, "container's id map", f)) < 0)
        return r;
    for (size_t i = 0; i < request->container->count; i++) {
        const struct id_extent *e = &request->container->extents[i];
        if ((uint64_t)request->storage_base + e->inside + e->count - 1 > ID_MAP_ID_MAX)
            return refuse(f, -EINVAL, "container id %u has no place above the storage base",
                          e->inside + e->count - 1);
    }
    struct id_map map = {0};
    struct volume_map v = {.request = request, .map = &map};
    find_special(&v);
    for (size_t i = 0; i < request->container->count; i++) {
        r = map_extent(&v, &request->container->extents[i]);
        if (r < 0)
            return refuse(f, r,
                          r == -E2BIG
                              ? "the volume's map needs more than the 340 ranges that the kernel takes"
                              : "the volume's map is not one to one");
    }
    id_map_sort(&map);
    r = id_map_check(&map, "volume's map", f);
    if (r == 0)
        *ret_map = map;
    return r;
}
