/* SPDX-License-Identifier: Apache-2.0 */
/* The options of runtime-spec config.md "Linux mount options" as one table. */
#include "formats/oci_mount.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

enum option_kind {
    OPTION_ATTRIBUTE, /* sets `value`, takes `away` */
    OPTION_RECURSIVE, /* the same with AT_RECURSIVE */
    OPTION_PROPAGATION,
    OPTION_FLAG,     /* of the file system: FSCONFIG_SET_FLAG `name` */
    OPTION_FLAG_OFF, /* takes the flag `word` away */
    OPTION_BIND,
    OPTION_RBIND,
    OPTION_REMOUNT,
    OPTION_COPY_UP,
    OPTION_IDMAP, /* `value`: enum oci_idmap */
    OPTION_NOTHING,
    OPTION_DATA, /* known, and given to the file system as it is */
};

struct option_row {
    const char *name;
    enum option_kind kind;
    uint64_t value, away;
    const char
        *word; /* OPTION_FLAG: the file system's name where it differs; OPTION_FLAG_OFF: what to drop */
};

/* Sorted; what names both NAME and rNAME is a mount attribute (mount_setattr(2)). */
static const struct option_row rows[] = {
    {"acl", OPTION_DATA, 0, 0, NULL}, /* the file system decides */
    {"async", OPTION_FLAG_OFF, 0, 0, "sync"},
    {"atime", OPTION_ATTRIBUTE, 0, MOUNT_ATTR__ATIME, NULL},
    {"bind", OPTION_BIND, 0, 0, NULL},
    {"defaults", OPTION_NOTHING, 0, 0, NULL},
    {"dev", OPTION_ATTRIBUTE, 0, MOUNT_ATTR_NODEV, NULL},
    {"diratime", OPTION_ATTRIBUTE, 0, MOUNT_ATTR_NODIRATIME, NULL},
    {"dirsync", OPTION_FLAG, 0, 0, NULL},
    {"exec", OPTION_ATTRIBUTE, 0, MOUNT_ATTR_NOEXEC, NULL},
    {"idmap", OPTION_IDMAP, OCI_IDMAP_MOUNT, 0, NULL},
    {"iversion", OPTION_FLAG, 0, 0, NULL},
    {"lazytime", OPTION_FLAG, 0, 0, NULL},
    {"loud", OPTION_NOTHING, 0, 0, NULL},
    {"mand", OPTION_FLAG, 0, 0, NULL},
    {"noacl", OPTION_DATA, 0, 0, NULL},
    {"noatime", OPTION_ATTRIBUTE, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, NULL},
    {"nodev", OPTION_ATTRIBUTE, MOUNT_ATTR_NODEV, 0, NULL},
    {"nodiratime", OPTION_ATTRIBUTE, MOUNT_ATTR_NODIRATIME, 0, NULL},
    {"noexec", OPTION_ATTRIBUTE, MOUNT_ATTR_NOEXEC, 0, NULL},
    {"noiversion", OPTION_FLAG_OFF, 0, 0, "iversion"},
    {"nolazytime", OPTION_FLAG_OFF, 0, 0, "lazytime"},
    {"nomand", OPTION_FLAG_OFF, 0, 0, "mand"},
    {"norelatime", OPTION_NOTHING, 0, 0, NULL}, /* the opposite of a default that has no flag */
    {"nostrictatime", OPTION_ATTRIBUTE, 0, MOUNT_ATTR__ATIME, NULL},
    {"nosuid", OPTION_ATTRIBUTE, MOUNT_ATTR_NOSUID, 0, NULL},
    {"nosymfollow", OPTION_ATTRIBUTE, MOUNT_ATTR_NOSYMFOLLOW, 0, NULL},
    {"private", OPTION_PROPAGATION, MS_PRIVATE, 0, NULL},
    {"ratime", OPTION_RECURSIVE, 0, MOUNT_ATTR__ATIME, NULL},
    {"rbind", OPTION_RBIND, 0, 0, NULL},
    {"rdev", OPTION_RECURSIVE, 0, MOUNT_ATTR_NODEV, NULL},
    {"rdiratime", OPTION_RECURSIVE, 0, MOUNT_ATTR_NODIRATIME, NULL},
    {"relatime", OPTION_ATTRIBUTE, 0, MOUNT_ATTR__ATIME, NULL},
    {"remount", OPTION_REMOUNT, 0, 0, NULL},
    {"rexec", OPTION_RECURSIVE, 0, MOUNT_ATTR_NOEXEC, NULL},
    {"ridmap", OPTION_IDMAP, OCI_IDMAP_RECURSIVE, 0, NULL},
    {"rnoatime", OPTION_RECURSIVE, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, NULL},
    {"rnodev", OPTION_RECURSIVE, MOUNT_ATTR_NODEV, 0, NULL},
    {"rnodiratime", OPTION_RECURSIVE, MOUNT_ATTR_NODIRATIME, 0, NULL},
    {"rnoexec", OPTION_RECURSIVE, MOUNT_ATTR_NOEXEC, 0, NULL},
    {"rnorelatime", OPTION_NOTHING, 0, 0, NULL},
    {"rnostrictatime", OPTION_RECURSIVE, 0, MOUNT_ATTR__ATIME, NULL},
    {"rnosuid", OPTION_RECURSIVE, MOUNT_ATTR_NOSUID, 0, NULL},
    {"rnosymfollow", OPTION_RECURSIVE, MOUNT_ATTR_NOSYMFOLLOW, 0, NULL},
    {"ro", OPTION_ATTRIBUTE, MOUNT_ATTR_RDONLY, 0, NULL},
    {"rprivate", OPTION_PROPAGATION, MS_PRIVATE | MS_REC, 0, NULL},
    {"rrelatime", OPTION_RECURSIVE, 0, MOUNT_ATTR__ATIME, NULL},
    {"rro", OPTION_RECURSIVE, MOUNT_ATTR_RDONLY, 0, NULL},
    {"rrw", OPTION_RECURSIVE, 0, MOUNT_ATTR_RDONLY, NULL},
    {"rshared", OPTION_PROPAGATION, MS_SHARED | MS_REC, 0, NULL},
    {"rslave", OPTION_PROPAGATION, MS_SLAVE | MS_REC, 0, NULL},
    {"rstrictatime", OPTION_RECURSIVE, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, NULL},
    {"rsuid", OPTION_RECURSIVE, 0, MOUNT_ATTR_NOSUID, NULL},
    {"rsymfollow", OPTION_RECURSIVE, 0, MOUNT_ATTR_NOSYMFOLLOW, NULL},
    {"runbindable", OPTION_PROPAGATION, MS_UNBINDABLE | MS_REC, 0, NULL},
    {"rw", OPTION_ATTRIBUTE, 0, MOUNT_ATTR_RDONLY, NULL},
    {"shared", OPTION_PROPAGATION, MS_SHARED, 0, NULL},
    {"silent", OPTION_NOTHING, 0, 0, NULL}, /* what the kernel logs, nothing of the mount */
    {"slave", OPTION_PROPAGATION, MS_SLAVE, 0, NULL},
    {"strictatime", OPTION_ATTRIBUTE, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, NULL},
    {"suid", OPTION_ATTRIBUTE, 0, MOUNT_ATTR_NOSUID, NULL},
    {"symfollow", OPTION_ATTRIBUTE, 0, MOUNT_ATTR_NOSYMFOLLOW, NULL},
    {"sync", OPTION_FLAG, 0, 0, NULL},
    {"tmpcopyup", OPTION_COPY_UP, 0, 0, NULL},
    {"unbindable", OPTION_PROPAGATION, MS_UNBINDABLE, 0, NULL},
};

const char *const *oci_mount_option_names(void)
{
    static const char *names[ARRAY_SIZE(rows) + 1];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        names[i] = rows[i].name;
    return names;
}

static const struct option_row *find_row(const char *word)
{
    size_t first = 0, end = ARRAY_SIZE(rows);
    while (first < end) {
        size_t middle = (first + end) / 2;
        int order = strcmp(word, rows[middle].name);
        if (order == 0)
            return &rows[middle];
        if (order < 0)
            end = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

/* mount_setattr(2) clears first and takes the access times only as a whole. */
static void attributes_change(uint64_t *set, uint64_t *clear, const struct option_row *row)
{
    *set = (*set & ~row->away) | row->value;
    *clear = (*clear & ~row->value) | row->away;
    if (row->away & MOUNT_ATTR__ATIME)
        *clear |= MOUNT_ATTR__ATIME;
}

static void flag_remove(struct strings *flags, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < flags->count; i++) {
        if (streq(flags->items[i], name))
            free(flags->items[i]);
        else
            flags->items[kept++] = flags->items[i];
    }
    if (flags->items)
        flags->items[kept] = NULL;
    flags->count = kept;
}

static int option_apply(const struct option_row *row, struct oci_mount_options *o)
{
    switch (row->kind) {
    case OPTION_ATTRIBUTE:
        attributes_change(&o->set, &o->clear, row);
        o->read_only = (o->set & MOUNT_ATTR_RDONLY) != 0;
        return 0;
    case OPTION_RECURSIVE:
        attributes_change(&o->recursive_set, &o->recursive_clear, row);
        return 0;
    case OPTION_PROPAGATION:
        if (o->propagation_count == OCI_PROPAGATION_MAX)
            return -EINVAL;
        o->propagation[o->propagation_count++] = (unsigned long)row->value;
        return 0;
    case OPTION_FLAG:
        return strings_contain(&o->flags, row->name) ? 0 : strings_add(&o->flags, row->name);
    case OPTION_FLAG_OFF:
        flag_remove(&o->flags, row->word);
        return 0;
    case OPTION_BIND:
    case OPTION_RBIND:
        o->bind = true;
        o->recursive = row->kind == OPTION_RBIND;
        return 0;
    case OPTION_REMOUNT:
        o->remount = true;
        return 0;
    case OPTION_COPY_UP:
        o->copy_up = true;
        return 0;
    case OPTION_IDMAP:
        o->idmap = (enum oci_idmap)row->value;
        return 0;
    case OPTION_DATA:
        return strings_add(&o->data, row->name);
    case OPTION_NOTHING:
        return 0;
    }
    return -EINVAL;
}

int oci_mount_option_read(const char *word, struct oci_mount_options *options)
{
    const struct option_row *row = find_row(word);
    if (row)
        return option_apply(row, options);
    return word[0] == '\0' ? 0 : strings_add(&options->data, word);
}

void oci_mount_options_free(struct oci_mount_options *o)
{
    strings_free(&o->flags);
    strings_free(&o->data);
    *o = (struct oci_mount_options){0};
}
