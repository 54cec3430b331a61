/* SPDX-License-Identifier: Apache-2.0 */
/* Binds and volumes: whose files they are on the host decides whose they are inside. KERNEL "Volumes". */
#include "engine/start.h"
#include "engine/volume.h"
#include "formats/device_spec.h"
#include "formats/secret_spec.h"
#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/path.h"
#include "plan/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SECRET_SIZE_MAX (512u << 10)
#define OWNERS_MAX 64

struct owner_pairs {
    struct id_pair uids[OWNERS_MAX], gids[OWNERS_MAX];
    size_t uid_count, gid_count;
    bool has_group; /* of the first owner= that names no group on disk: */
    uint32_t group; /* the group inside that the source's own group is */
};

static uint64_t mount_attributes(const struct start *s, const struct mount_spec *spec)
{
    uint64_t attributes =
        MOUNT_ATTR_NODEV; /* nothing of a volume is a device inside: the container has its own /dev */
    if (spec->suid == MOUNT_SWITCH_OFF || s->plan.rootfs.nosuid)
        attributes |= MOUNT_ATTR_NOSUID;
    if (spec->exec == MOUNT_SWITCH_OFF)
        attributes |= MOUNT_ATTR_NOEXEC;
    return attributes | (spec->read_only ? MOUNT_ATTR_RDONLY : 0);
}

static int pairs_add(struct id_pair *pairs, size_t *count, uint32_t host, uint32_t container)
{
    if (*count >= OWNERS_MAX)
        return -E2BIG;
    pairs[(*count)++] = (struct id_pair){host, container};
    return 0;
}

/* Resolves "USER" of owner=..>USER with the container's own files, as --user would be. */
static int owner_resolve(const struct start *s, const struct mount_owner *owner,
                         struct identity *ret_identity, struct failure *failure)
{
    char spec[512];
    struct user_spec_input input = {.rules = USER_RULES_ENGINE, .spec = spec, .accounts = s->accounts};
    if (owner->group)
        (void)snprintf(spec, sizeof(spec), "%s:%s", owner->user, owner->group);
    else
        (void)snprintf(spec, sizeof(spec), "%s", owner->user);
    return user_spec_resolve(&input, ret_identity, failure);
}

static int pairs_add_owner(const struct start *s, const struct mount_spec *spec,
                           const struct mount_owner *owner, struct owner_pairs *pairs,
                           struct failure *failure)
{
    autoidentity struct identity named = {0};
    uint32_t uid = s->user.uid, gid = s->user.gid;
    if (owner->uid == 0 || (owner->has_gid && owner->gid == 0))
        return refuse(failure, -EPERM,
                      "volume %s: owner=0 would let the container act as the host's root on it",
                      spec->source);
    if (owner->user) {
        int r = owner_resolve(s, owner, &named, failure);
        if (r < 0)
            return fail_within(failure, "volume %s", spec->source);
        uid = named.uid;
        gid = named.gid;
    }
    int r = pairs_add(pairs->uids, &pairs->uid_count, owner->uid, uid);
    if (r == 0 && owner->has_gid)
        r = pairs_add(pairs->gids, &pairs->gid_count, owner->gid, gid);
    if (!owner->has_gid && !pairs->has_group) {
        pairs->has_group = true;
        pairs->group = gid;
    }
    return r < 0 ? fail(failure, r, "volume %s", spec->source) : 0;
}

/* owner=UID without a group: as with owner=match, the source's own group is the group inside. A folder whose
 * group nobody inside has cannot be written to: the kernel's HAS_UNMAPPED_ID. */
static int pairs_add_source_group(const struct stat *source, struct owner_pairs *pairs)
{
    if (!pairs->has_group || source->st_gid == 0)
        return 0;
    for (size_t i = 0; i < pairs->gid_count; i++)
        if (pairs->gids[i].host == source->st_gid || pairs->gids[i].container == pairs->group)
            return 0;
    return pairs_add(pairs->gids, &pairs->gid_count, source->st_gid, pairs->group);
}

static uint32_t later_user(const struct start *s, uint32_t id, const char *kind, const struct id_map *map)
{
    uint32_t later = ids_later_user(&s->plan.process.environment, id, kind), outside;
    return id_map_to_outside(map, later, &outside) ? later : id;
}

/* The default, owner=match: the source's ordinary owner is the container's user; of an image that starts as
 * root to make a user from PUID or the like, that one. */
static int pairs_add_match(struct start *s, const struct mount_spec *spec, const struct stat *source,
                           struct owner_pairs *pairs, struct failure *failure)
{
    uint32_t uid = s->user.uid, gid = s->user.gid;
    autoidentity struct identity named = {0};
    if (spec->idmap == MOUNT_IDMAP_MATCH_USER && spec->match_user) {
        struct mount_owner owner = {.user = spec->match_user};
        int r = owner_resolve(s, &owner, &named, failure);
        if (r < 0)
            return fail_within(failure, "volume %s", spec->source);
        uid = named.uid;
        gid = named.gid;
    } else {
        uid = later_user(s, uid, "UID", &s->plan.file_uids);
        gid = later_user(s, gid, "GID", &s->plan.file_gids);
    }
    if (source->st_uid == 0) {
        if (!spec->read_only)
            engine_say(
                s->engine,
                "volume %s: it belongs to the host's root, so the container (uid %u) can only read what "
                "others may: chown it on the host, or add owner=UID for files of another uid",
                spec->source, uid);
        return 0;
    }
    int r = pairs_add(pairs->uids, &pairs->uid_count, source->st_uid, uid);
    if (r == 0 && source->st_gid != 0)
        r = pairs_add(pairs->gids, &pairs->gid_count, source->st_gid, gid);
    return r < 0 ? fail(failure, r, "volume %s", spec->source) : 0;
}

/* idmap=uids=..: extents from ids on disk to ids inside, as they are. */
static int map_explicit(const struct id_map *container, const struct id_extent *extents, size_t count,
                        struct id_map *ret_map)
{
    for (size_t i = 0; i < count; i++)
        for (uint32_t done = 0; done < extents[i].count;) {
            uint32_t outside;
            if (!id_map_to_outside(container, extents[i].outside + done, &outside))
                return -EINVAL;
            int r = id_map_add(ret_map, (struct id_extent){extents[i].inside + done, outside, 1});
            if (r < 0)
                return r;
            done++;
        }
    return 0;
}

/* Folders of root's group are common (`chown 1000 DIR`), and the kernel lets nobody write to a folder of an
 * unmapped id. So host gid 0 becomes an id that no process has: inside it is nogroup, and no way to the
 * host's root group. */
static int bind_map_root_group(const struct id_map *container, struct id_map *gids)
{
    uint32_t id;
    if (id_map_to_outside(gids, 0, &id) || id_map_to_inside(gids, STORAGE_BASE, &id) ||
        id_map_to_inside(container, STORAGE_BASE, &id))
        return 0;
    int r = id_map_add(gids, (struct id_extent){0, STORAGE_BASE, 1});
    if (r == 0)
        id_map_sort(gids);
    return r;
}

static int bind_make_maps(struct start *s, const struct mount_spec *spec, const struct owner_pairs *pairs,
                          struct mount_plan *m, struct failure *failure)
{
    m->uids = calloc(1, sizeof(*m->uids));
    m->gids = calloc(1, sizeof(*m->gids));
    if (!m->uids || !m->gids)
        return fail(failure, -ENOMEM, "volume %s", spec->source);
    if (spec->idmap == MOUNT_IDMAP_EXPLICIT) {
        int r = map_explicit(&s->plan.file_uids, spec->uid_extents, spec->uid_extent_count, m->uids);
        if (r == 0)
            r = map_explicit(&s->plan.file_gids, spec->gid_extents, spec->gid_extent_count, m->gids);
        if (r < 0)
            return fail(failure, r, "volume %s: idmap", spec->source);
        if (id_map_to_inside(m->uids, 0, &(uint32_t){0}))
            return refuse(failure, -EPERM, "volume %s: idmap gives a file the host's root", spec->source);
        return 0;
    }
    struct id_volume_request uids = {STORAGE_BASE, &s->plan.file_uids, pairs->uids, pairs->uid_count};
    struct id_volume_request gids = {STORAGE_BASE, &s->plan.file_gids, pairs->gids, pairs->gid_count};
    int r = id_map_volume(&uids, m->uids, failure);
    if (r == 0)
        r = id_map_volume(&gids, m->gids, failure);
    if (r == 0 && pairs->uid_count > 0)
        r = bind_map_root_group(&s->plan.file_gids, m->gids);
    return r < 0 ? fail_within(failure, "volume %s", spec->source) : 0;
}

static int bind_choose_owners(struct start *s, const struct mount_spec *spec, const struct stat *source,
                              struct owner_pairs *pairs, struct failure *failure)
{
    int r = 0;
    if (spec->idmap == MOUNT_IDMAP_DEFAULT || spec->idmap == MOUNT_IDMAP_MATCH_USER)
        return pairs_add_match(s, spec, source, pairs, failure);
    if (spec->idmap == MOUNT_IDMAP_OWNERS)
        for (size_t i = 0; r == 0 && i < spec->owner_count; i++)
            r = pairs_add_owner(s, spec, &spec->owners[i], pairs, failure);
    if (r == 0 && pairs_add_source_group(source, pairs) < 0)
        r = fail(failure, -E2BIG, "volume %s", spec->source);
    return r;
}

/* A source that -v makes belongs to the user inside: storage base + id, which every container of this user
 * shares. */
static int bind_create_source(const struct start *s, const struct mount_spec *spec, struct failure *failure)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s", spec->source) >= (int)sizeof(path))
        return refuse(failure, -ENAMETOOLONG, "volume %s", spec->source);
    int r = 0;
    for (char *slash = strchr(path + 1, '/'); r == 0 && slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            r = -errno;
        *slash = '/';
    }
    if (r == 0 && mkdir(path, 0755) < 0)
        r = errno == EEXIST ? 0 : -errno;
    else if (r == 0 && lchown(path, STORAGE_BASE + s->user.uid, STORAGE_BASE + s->user.gid) < 0)
        r = -errno;
    return r < 0 ? fail(failure, r, "volume %s: making the folder", spec->source) : 0;
}

static int bind_stat(struct start *s, const struct mount_spec *spec, struct stat *ret_source,
                     struct failure *failure)
{
    if (stat(spec->source, ret_source) == 0)
        return 0;
    if (errno != ENOENT || !spec->create_source)
        return errno == ENOENT ? refuse(failure, -ENOENT,
                                        "bind source path does not exist: %s: make it first, or use -v, "
                                        "which makes it for the container's user",
                                        spec->source)
                               : fail(failure, -errno, "volume %s", spec->source);
    int r = bind_create_source(s, spec, failure);
    if (r < 0)
        return r;
    return stat(spec->source, ret_source) < 0 ? fail(failure, -errno, "volume %s", spec->source) : 0;
}

static int start_add_bind(struct start *s, const struct mount_spec *spec, struct failure *failure)
{
    struct owner_pairs pairs = {.uid_count = 0};
    struct stat source;
    struct mount_plan m = {
        .origin = MOUNT_OF_PATH,
        .attributes = mount_attributes(s, spec),
        .recursive = spec->recursion != MOUNT_RECURSION_DISABLED,
        .propagation =
            spec->propagation == MOUNT_PROPAGATION_SLAVE || spec->propagation == MOUNT_PROPAGATION_RSLAVE
                ? MS_SLAVE
                : MS_PRIVATE,
    };
    if (spec->propagation == MOUNT_PROPAGATION_SHARED || spec->propagation == MOUNT_PROPAGATION_RSHARED)
        return refuse(failure, -EPERM,
                      "volume %s: shared propagation would carry mounts of the container to the host",
                      spec->source);
    int r = bind_stat(s, spec, &source, failure);
    if (r == 0 && !s->own_ids)
        r = bind_choose_owners(s, spec, &source, &pairs, failure);
    if (r == 0 && !s->own_ids)
        r = bind_make_maps(s, spec, &pairs, &m, failure);
    if (r < 0) {
        mount_plan_free(&m);
        return r;
    }
    m.source = strdup(spec->source);
    m.target = strdup(spec->target);
    r = start_plan_add_mount(&s->plan, &m);
    return r < 0 ? fail(failure, r, "volume %s", spec->source) : 0;
}

static int start_add_volume(struct start *s, const struct mount_spec *spec, struct failure *failure)
{
    struct volume_fill_request fill = {
        .name = spec->source,
        .image = &s->image,
        .path = spec->target,
        .no_copy = spec->no_copy,
        .uid = s->user.uid,
        .gid = s->user.gid,
    };
    struct mount_plan m = {
        .origin = MOUNT_OF_STORAGE,
        .attributes = mount_attributes(s, spec),
        .target = strdup(spec->target),
    };
    int n = spec->subpath ? asprintf(&m.source, "volumes/%s/%s", spec->source, spec->subpath)
                          : asprintf(&m.source, "volumes/%s", spec->source);
    int r = n < 0 || !m.target ? fail(failure, -ENOMEM, "volume %s", spec->source) : 0;
    /* What the image's folder holds is copied by the store, with the host's root and helpers that have less.
     */
    if (r == 0 && (credentials_set_user(0) < 0 || credentials_set_group(0) < 0))
        r = fail(failure, -errno, "volume %s", spec->source);
    if (r == 0)
        r = volume_fill(s->engine, &fill, failure);
    if (credentials_set_group(s->plan.host_group_base) < 0 || credentials_set_user(s->plan.host_base) < 0)
        r = fail(failure, -EPERM, "volume %s", spec->source);
    if (r < 0) {
        mount_plan_free(&m);
        return r;
    }
    r = start_plan_add_mount(&s->plan, &m);
    return r < 0 ? fail(failure, r, "volume %s", spec->source) : 0;
}

int start_add_mounts(struct start *s, struct failure *failure)
{
    for (size_t i = 0; i < s->mounts.count; i++) {
        const struct mount_spec *spec = &s->mounts.items[i];
        int r = 0;
        if (spec->chown)
            r = refuse(failure, -EOPNOTSUPP,
                       "volume %s: U (chown) is not there: its files are idmapped, add "
                       "owner=UID to say whose they are",
                       spec->target);
        else if (spec->relabel != MOUNT_RELABEL_NONE)
            r = 0; /* z and Z are SELinux's, which no kernel we run on enforces for us: docker ignores them
                      there too */
        if (r < 0)
            return r;
        switch (spec->kind) {
        case MOUNT_KIND_BIND:
            r = start_add_bind(s, spec, failure);
            break;
        case MOUNT_KIND_VOLUME:
            r = start_add_volume(s, spec, failure);
            break;
        case MOUNT_KIND_TMPFS:
            r = settle_tmpfs(spec, &s->plan, failure);
            break;
        case MOUNT_KIND_IMAGE:
            r = refuse(failure, -EOPNOTSUPP, "--mount type=image is not there yet");
            break;
        }
        if (r < 0)
            return r;
    }
    return 0;
}

int start_add_devices(struct start *s, struct failure *failure)
{
    for (size_t i = 0; i < s->record.request.devices.count; i++) {
        struct device_spec device;
        struct stat node;
        struct device_plan d = {0};
        int r = device_spec_parse(s->record.request.devices.items[i], &device, failure);
        if (r < 0)
            return r;
        if (stat(device.host, &node) < 0)
            r = fail(failure, -errno, "device %s", device.host);
        else if (!S_ISCHR(node.st_mode) && !S_ISBLK(node.st_mode))
            r = refuse(failure, -ENODEV, "device %s: not a device node", device.host);
        else if (!string_after(device.inside, "/dev/"))
            r = refuse(failure, -EINVAL, "device %s: the path inside must lie below /dev", device.inside);
        d = (struct device_plan){
            .path = r == 0 ? strdup(device.inside) : NULL,
            .type = node.st_mode & S_IFMT,
            .major = major(node.st_rdev),
            .minor = minor(node.st_rdev),
            .mode = (device.read ? 0400u : 0) | (device.write ? 0200u : 0),
        };
        device_spec_free(&device);
        if (r == 0 && (!id_map_to_outside(&s->plan.file_uids, s->user.uid, &d.uid) ||
                       !id_map_to_outside(&s->plan.file_gids, s->user.gid, &d.gid)))
            r = refuse(failure, -EINVAL, "device: uid %u has no host id", s->user.uid);
        if (r == 0)
            r = d.path ? start_plan_add_device(&s->plan, &d) : fail(failure, -ENOMEM, "devices");
        if (r < 0)
            return r;
    }
    return 0;
}

int start_add_secrets(struct start *s, struct failure *failure)
{
    for (size_t i = 0; i < s->record.request.secrets.count; i++) {
        struct secret_spec secret;
        struct mount_plan m = {.origin = MOUNT_OF_TEXT};
        int r = secret_spec_parse(s->record.request.secrets.items[i], &secret, failure);
        if (r < 0)
            return r;
        r = file_read_all(AT_FDCWD, secret.source, SECRET_SIZE_MAX, &m.text, &m.text_size);
        if (r < 0)
            ignore(fail(failure, r, "secret %s", secret.source));
        m.target = strdup(secret.target);
        m.mode = secret.mode;
        m.attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY;
        if (r == 0 &&
            (!id_map_to_outside(&s->plan.file_uids, secret.has_uid ? secret.uid : s->user.uid, &m.uid) ||
             !id_map_to_outside(&s->plan.file_gids, secret.has_gid ? secret.gid : s->user.gid, &m.gid)))
            r = refuse(failure, -EINVAL, "secret %s: its owner has no host id", secret.source);
        secret_spec_free(&secret);
        if (r == 0 && !m.target)
            r = fail(failure, -ENOMEM, "secrets");
        if (r < 0) {
            mount_plan_free(&m);
            return r;
        }
        r = start_plan_add_mount(&s->plan, &m);
        if (r < 0)
            return fail(failure, r, "secrets");
    }
    return 0;
}
