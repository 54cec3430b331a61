/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* -v, --mount and --tmpfs into one struct (USERS-AND-PRIVILEGES section 4). */
#include "base/failure.h"
#include "base/strings.h"
#include "formats/id_map.h"

#include <stdbool.h>
#include <stdint.h>

enum mount_kind { MOUNT_KIND_BIND, MOUNT_KIND_VOLUME, MOUNT_KIND_TMPFS, MOUNT_KIND_IMAGE };

enum mount_propagation {
    MOUNT_PROPAGATION_UNSET, /* rprivate */
    MOUNT_PROPAGATION_PRIVATE,
    MOUNT_PROPAGATION_RPRIVATE,
    MOUNT_PROPAGATION_SHARED,
    MOUNT_PROPAGATION_RSHARED,
    MOUNT_PROPAGATION_SLAVE,
    MOUNT_PROPAGATION_RSLAVE,
};

/* What a read-only bind does to the mounts below it (docker bind-recursive). */
enum mount_recursion {
    MOUNT_RECURSION_ENABLED,  /* they come along, read-only where the kernel can */
    MOUNT_RECURSION_DISABLED, /* they stay out (bind-nonrecursive) */
    MOUNT_RECURSION_WRITABLE, /* they come along writable */
    MOUNT_RECURSION_READONLY, /* they come along, read-only or it fails */
};

enum mount_relabel { MOUNT_RELABEL_NONE, MOUNT_RELABEL_SHARED, MOUNT_RELABEL_PRIVATE }; /* -, z, Z */

enum mount_switch { MOUNT_SWITCH_UNSET, MOUNT_SWITCH_OFF, MOUNT_SWITCH_ON };

/* Whose files the source's files are inside. */
enum mount_idmap {
    MOUNT_IDMAP_DEFAULT,    /* owner=match unless owners are listed */
    MOUNT_IDMAP_OWNERS,     /* owner=.. at least once */
    MOUNT_IDMAP_USERNS,     /* idmap, bind-idmap[=userns]: storage base + i is i, nothing else */
    MOUNT_IDMAP_MATCH_USER, /* bind-idmap=match-user[:USER]; match_user NULL: the container's user */
    MOUNT_IDMAP_EXPLICIT,   /* idmap=uids=FS-HOST-LEN[#..];gids=.. : uid_extents, gid_extents */
};

struct mount_owner {
    uint32_t uid, gid; /* on the host */
    bool has_gid;
    char *user, *group; /* inside: names or numbers; NULL: the container's own */
};

struct mount_spec {
    enum mount_kind kind;
    char *source; /* absolute path as given (bind), volume name, image; NULL: anonymous volume, tmpfs */
    char *target; /* absolute, cleaned: no "//", "." or ".."; never "/" */
    bool read_only;
    enum mount_propagation propagation;
    enum mount_recursion recursion;
    enum mount_relabel relabel;
    bool no_copy;       /* nocopy, volume-nocopy */
    bool chown;         /* U */
    bool create_source; /* bind: a missing source is created (-v; bind-create-src; not with nocreate) */
    enum mount_switch exec, dev, suid;
    char *subpath; /* relative, without ".."; NULL: none */
    enum mount_idmap idmap;
    struct mount_owner *owners;
    size_t owner_count;
    char *match_user;
    struct id_extent *uid_extents, *gid_extents; /* inside: id on disk, outside: container id */
    size_t uid_extent_count, gid_extent_count;
    bool has_tmpfs_mode, has_tmpfs_uid, has_tmpfs_gid;
    uint64_t tmpfs_size;   /* bytes; 0: no limit given */
    uint64_t tmpfs_inodes; /* nr_inodes; 0: none given */
    uint32_t tmpfs_mode, tmpfs_uid, tmpfs_gid;
    struct strings labels; /* volume-label */
};

#define automount __attribute__((cleanup(mount_spec_free)))

/* -v [SRC:]DST[:opts]. SRC with a '/' first (or ".", "~" refused with the remedy) is a bind, a name is a
 * volume. All three: 0, -EINVAL with a sentence (an unknown option names the nearest right one), -ENOMEM. */
int mount_spec_parse_volume(const char *text, struct mount_spec *ret_mount, struct failure *f) must_check;
/* --mount type=..,..: CSV (RFC 4180 quoting); type is volume when left out. */
int mount_spec_parse_mount(const char *text, struct mount_spec *ret_mount, struct failure *f) must_check;
/* --tmpfs DST[:opts]. Starts from noexec,nosuid,nodev. */
int mount_spec_parse_tmpfs(const char *text, struct mount_spec *ret_mount, struct failure *f) must_check;
void mount_spec_free(struct mount_spec *m);
/* The same words with a bind source that begins with '.' (which the parsers refuse: they know no folder)
 * below `folder`, the caller's working folder: what a record keeps. Everything else stays. -EINVAL: quotes
 * that do not match; -ENAMETOOLONG; -ENOMEM. The caller frees it. */
int mount_spec_anchor_volume(const char *text, const char *folder, char **ret_text) must_check;
int mount_spec_anchor_mount(const char *text, const char *folder, char **ret_text) must_check;
/* "bind", "volume", "tmpfs", "image"; "rprivate" ..; "" for unset. */
const char *mount_kind_name(enum mount_kind kind);
const char *mount_propagation_name(enum mount_propagation propagation);
