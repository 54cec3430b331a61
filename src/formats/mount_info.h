/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* /proc/PID/mountinfo, proc_pid_mountinfo(5): "36 35 98:0 /root /point rw,noatime shared:1 - type source
 * options". */
#include "base/ownership.h"

#include <stdbool.h>
#include <stdint.h>

struct mount_info {
    uint64_t id;
    char *root;    /* the folder of the file system that is mounted, "/" for all of it */
    char *point;   /* where */
    char *type;    /* "overlay", "ext4" */
    char *options; /* of the file system, still escaped: commas inside a value are \054 */
    bool idmapped; /* the mount is */
};

#define automountinfo __attribute__((cleanup(mount_info_free)))

/* The line of the mount with that id in the text of a mountinfo file. -ENOENT: none; -EINVAL: a line is not
 * one. */
int mount_info_find(const char *text, uint64_t id, struct mount_info *ret_info) must_check;
void mount_info_free(struct mount_info *info);

/* Octal escapes (\040 \011 \012 \134 \054 ...) become the bytes they are; what is no such escape stays. */
void mount_info_unescape(char *text);
