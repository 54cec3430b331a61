/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the files of a bind are inside: docs/decisions/0011. */
#include "plan/oci_parts.h"

#include "policy/privilege.h"

#include <string.h>

#define PERSON_FIRST 1000u /* UID_MIN of login.defs(5): below are accounts of services */

/* What engines keep for their containers, where no user of the host can reach. */
static const char *const engine_folders[] = {
    "/var/lib/docker/volumes/",
    "/var/lib/docker/containers/",
    "/var/lib/docker/buildkit/",
    "/var/lib/docker/swarm/",
    "/run/docker/",
    "/var/run/docker/",
    "/var/lib/containers/storage/",
    "/run/containers/storage/",
    "/var/run/containers/storage/",
    "/var/lib/kubelet/pods/",
    "/var/lib/containerd/io.containerd.grpc.v1.cri/",
    "/run/containerd/io.containerd.grpc.v1.cri/",
};

bool oci_bind_is_kept(const char *source)
{
    for (size_t i = 0; i < ARRAY_SIZE(engine_folders); i++)
        if (string_after(source, engine_folders[i]))
            return true;
    /* docker's and podman's volumes, wherever their data is: volumes/NAME/_data and below */
    const char *name = strstr(source, "/volumes/");
    const char *data = name ? strchr(name + strlen("/volumes/"), '/') : NULL;
    const char *rest = data ? string_after(data, "/_data") : NULL;
    return rest && (*rest == '\0' || *rest == '/');
}

bool oci_bind_is_of_system(const char *source)
{
    return !oci_bind_is_kept(source) && path_reach_of(source) != PATH_PRIVATE;
}

/* Maps what the container has, but for the ids that are listed in `skip`, to the same ids on disk. */
static int map_same_but(const struct oci_bind_question *q, const uint32_t *skip, size_t skip_count,
                        struct id_map *map)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < q->container->count; i++) {
        struct id_extent e = q->container->extents[i];
        uint32_t from = e.inside, end = e.inside + e.count;
        while (r == 0 && from < end) {
            uint32_t next = end;
            for (size_t s = 0; s < skip_count; s++)
                if (skip[s] >= from && skip[s] < next)
                    next = skip[s];
            if (next > from)
                r = id_map_add(map, (struct id_extent){from, e.outside + (from - e.inside), next - from});
            from = next + 1;
        }
    }
    return r;
}

/* Files of a container id that has no id of its own on disk lie as those of the storage: nobody's. */
static int map_stored(const struct oci_bind_question *q, uint32_t inside, struct id_map *map)
{
    uint32_t host;
    if (!id_map_to_outside(q->container, inside, &host))
        return 0;
    return id_map_add(map, (struct id_extent){STORAGE_BASE + inside, host, 1});
}

int oci_bind_map(const struct oci_bind_question *question, struct id_map *ret_map, struct failure *failure)
{
    const struct oci_bind_question *q = question;
    struct id_map map = {0};
    uint32_t host;
    bool same = q->binds == POLICY_BINDS_SAME || q->kept || (q->owner == 0 && !q->of_system);
    bool person = q->owner >= PERSON_FIRST && q->owner != q->user;
    if (same) {
        int r = map_same_but(q, NULL, 0, &map);
        if (r == 0)
            *ret_map = map;
        return r < 0 ? fail(failure, r, "the id map of a bind") : 0;
    }
    /* A person's folder belongs to the container's user; whoever has that number inside is nobody on disk. */
    const uint32_t skip[] = {0, person ? q->user : 0, person ? q->owner : 0};
    int r = map_same_but(q, skip, ARRAY_SIZE(skip), &map);
    if (r == 0 && !(person && q->user == 0))
        r = map_stored(q, 0, &map);
    if (r == 0 && person && q->owner != 0)
        r = map_stored(q, q->owner, &map);
    if (r == 0 && person && id_map_to_outside(q->container, q->user, &host))
        r = id_map_add(&map, (struct id_extent){q->owner, host, 1});
    if (r < 0)
        return fail(failure, r, "the id map of a bind");
    id_map_sort(&map);
    *ret_map = map;
    return 0;
}
