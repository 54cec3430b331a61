/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* An item of "mounts" (runtime-spec config.md "Mounts" and its tables of options). */
#include "base/strings.h"
#include "formats/id_map.h"
#include "formats/oci_value.h"

#include <sys/types.h>

/* uidMappings, gidMappings: `inside` is containerID, `outside` is hostID, `count` is size. For a mount that
 * is: an id on disk (`inside`) shows as the host id `outside`. */
struct oci_mappings {
    struct id_extent *items;
    size_t count;
};

enum oci_idmap {
    OCI_IDMAP_NONE,
    OCI_IDMAP_MOUNT,     /* idmap: this mount alone */
    OCI_IDMAP_RECURSIVE, /* ridmap: with the mounts below it */
};

#define OCI_PROPAGATION_MAX 4

/* Options in the order of the configuration: a later one undoes an earlier one. */
struct oci_mount_options {
    bool bind, recursive; /* bind, rbind (bind and recursive) */
    bool remount;
    bool copy_up; /* tmpcopyup: a tmpfs begins with what lies at its destination */
    enum oci_idmap idmap;
    uint64_t set, clear; /* MOUNT_ATTR_* of this mount: ro, nosuid ..; clear: rw, suid .. */
    uint64_t recursive_set, recursive_clear;        /* rro, rnosuid ..: with AT_RECURSIVE */
    unsigned long propagation[OCI_PROPAGATION_MAX]; /* MS_SHARED.., MS_REC: one mount(2) each, in order */
    size_t propagation_count;
    bool read_only; /* ro, also for the file system itself where the mount is no bind */
    struct strings
        flags; /* of the file system, names for FSCONFIG_SET_FLAG: "sync", "dirsync", "lazytime" .. */
    struct strings data; /* NAME or NAME=VALUE for the file system: "mode=755", "size=65536k" */
};

struct oci_mount {
    char *destination; /* absolute, cleaned: no "//", "." or ".." */
    char *type;        /* NULL: none given (a bind) */
    char *
        source; /* as written; NULL: none given. A bind's is absolute: relative ones stand below the bundle */
    struct oci_mount_options options;
    struct strings option_words;    /* as written */
    struct oci_mappings uids, gids; /* none: idmap counts by the container's user namespace */
    bool is_bind;                   /* type "bind" or option bind or rbind */
};

/* The recognised options, sorted, NULL-terminated: what `features` lists. Static. */
const char *const *oci_mount_option_names(void);
/* Reads one option into *options: a known one sets flags, everything else is file system data (appended to
 * `data`). -EINVAL: malformed (too many propagations); -ENOMEM. */
int oci_mount_option_read(const char *word, struct oci_mount_options *options) must_check;
void oci_mount_options_free(struct oci_mount_options *o);
