/* SPDX-License-Identifier: Apache-2.0 */
/* Whose files a mount's files are inside: owner=, idmap and bind-idmap. */
#include "base/closest.h"
#include "base/number.h"
#include "formats/mount_option.h"

#include <errno.h>
#include <string.h>

static int choose_idmap(struct mount_parser *p, enum mount_idmap idmap)
{
    enum mount_idmap now = p->mount->idmap;
    if (now != MOUNT_IDMAP_DEFAULT && (now != idmap || idmap != MOUNT_IDMAP_OWNERS))
        return mount_refuse(p, "only one of owner=, idmap and bind-idmap can say whose files they are");
    p->mount->idmap = idmap;
    return 0;
}

/* A user or group inside: a name or a number, as --user takes it. */
static bool account_is_valid(const char *name)
{
    return name[0] != '\0' && strlen(name) <= 255 && strpbrk(name, ":>\n\r/") == NULL;
}

/* Cuts `text` at the first `separator`; what follows it or NULL. */
static char *cut(char *text, char separator)
{
    char *rest = strchr(text, separator);
    if (rest)
        *rest++ = '\0';
    return rest;
}

static int add_owner(struct mount_parser *p, struct mount_owner owner, const char *user, const char *group)
{
    struct mount_spec *m = p->mount;
    for (size_t i = 0; i < m->owner_count; i++)
        if (m->owners[i].uid == owner.uid)
            return mount_refuse(p, "owner= names host uid %u twice", owner.uid);
    struct mount_owner *owners = reallocarray(m->owners, m->owner_count + 1, sizeof(*owners));
    if (!owners)
        return -ENOMEM;
    m->owners = owners;
    owner.user = user ? strdup(user) : NULL;
    owner.group = group ? strdup(group) : NULL;
    owners[m->owner_count++] = owner;
    return (user && !owner.user) || (group && !owner.group) ? -ENOMEM : 0;
}

int mount_owner_apply(struct mount_parser *p, const char *value)
{
    if (streq(value, "match"))
        return p->mount->idmap == MOUNT_IDMAP_DEFAULT ? 0 : choose_idmap(p, MOUNT_IDMAP_DEFAULT);
    int r = choose_idmap(p, MOUNT_IDMAP_OWNERS);
    if (r < 0)
        return r;
    autofree char *copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    char *user = cut(copy, '>'), *gid = cut(copy, ':'), *group = user ? cut(user, ':') : NULL;
    struct mount_owner owner = {.has_gid = gid != NULL};
    if (number_parse_id(copy, &owner.uid) < 0 || (gid && number_parse_id(gid, &owner.gid) < 0))
        return mount_refuse(
            p, "owner=%s: expected UID[:GID] of the host, then >USER[:GROUP] of the container", value);
    if ((user && !account_is_valid(user)) || (group && !account_is_valid(group)))
        return mount_refuse(p, "owner=%s: after '>' comes USER[:GROUP] of the container", value);
    if (group && !gid)
        return mount_refuse(
            p, "owner=%s: a group of the container needs a group of the host: UID:GID>USER:GROUP", value);
    return add_owner(p, owner, user, group);
}

/* FS-HOST-LEN[#FS-HOST-LEN]..: the ids in the container take the middle place here (podman-run(1) "idmap").
 */
static int read_extents(struct mount_parser *p, char *text, struct id_extent **ret_extents, size_t *ret_count)
{
    struct id_map map = {0};
    for (char *word = strsep(&text, "#"); word; word = strsep(&text, "#")) {
        struct id_extent e;
        char *outside = cut(word, '-'), *count = outside ? cut(outside, '-') : NULL;
        if (!count || number_parse_id(word, &e.inside) < 0 || number_parse_id(outside, &e.outside) < 0 ||
            number_parse_id(count, &e.count) < 0)
            return mount_refuse(p, "idmap: expected uids=DISK-CONTAINER-COUNT[#..];gids=..");
        int r = id_map_add(&map, e);
        if (r < 0)
            return mount_refuse(p, "idmap: %u-%u-%u %s", e.inside, e.outside, e.count,
                                r == -EEXIST  ? "overlaps an earlier range"
                                : r == -E2BIG ? "is one range too many"
                                              : "is no range");
    }
    struct id_extent *extents = calloc(map.count, sizeof(*extents));
    if (!extents)
        return -ENOMEM;
    memcpy(extents, map.extents, map.count * sizeof(*extents));
    *ret_extents = extents;
    *ret_count = map.count;
    return 0;
}

int mount_idmap_apply(struct mount_parser *p, const char *value)
{
    struct mount_spec *m = p->mount;
    int r = choose_idmap(p, value ? MOUNT_IDMAP_EXPLICIT : MOUNT_IDMAP_USERNS);
    if (r < 0 || !value)
        return r;
    autofree char *copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    char *rest = copy;
    for (char *part = strsep(&rest, ";"); part && r == 0; part = strsep(&rest, ";")) {
        if (string_after(part, "uids=") && !m->uid_extents)
            r = read_extents(p, part + 5, &m->uid_extents, &m->uid_extent_count);
        else if (string_after(part, "gids=") && !m->gid_extents)
            r = read_extents(p, part + 5, &m->gid_extents, &m->gid_extent_count);
        else
            r = mount_refuse(p, "idmap=%s: expected uids=DISK-CONTAINER-COUNT[#..];gids=..", value);
    }
    return r;
}

int mount_bind_idmap_apply(struct mount_parser *p, const char *value)
{
    static const char *const words[] = {"match-user", "userns"};
    if (!value || streq(value, "userns"))
        return choose_idmap(p, MOUNT_IDMAP_USERNS);
    const char *rest = string_after(value, "match-user");
    if (!rest || (rest[0] != '\0' && rest[0] != ':') || (rest[0] == ':' && !account_is_valid(rest + 1))) {
        const char *near = closest_word(value, words, ARRAY_SIZE(words));
        return mount_refuse(p, "bind-idmap=%s: expected match-user[:USER] or userns%s%s", value,
                            near ? "; did you mean " : "", near ? near : "");
    }
    int r = choose_idmap(p, MOUNT_IDMAP_MATCH_USER);
    if (r == 0 && rest[0] == ':' && !(p->mount->match_user = strdup(rest + 1)))
        r = -ENOMEM;
    return r;
}
