/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The options of a mounted overlay, as the last field of a line of /proc/PID/mountinfo has them
 * (fs/overlayfs/params.c ovl_show_options; proc_pid_mountinfo(5)). */
#include "base/failure.h"
#include "base/strings.h"

#include <stdbool.h>

enum overlay_switch {
    OVERLAY_DEFAULT, /* not said: as the kernel was built and its module parameters say */
    OVERLAY_OFF,
    OVERLAY_ON,
};

struct overlay_options {
    struct strings lower; /* top first; as the mount named them: relative ones to a folder that is not said */
    struct strings data;  /* data-only lower layers ("::", datadir+), top first */
    char *upper, *work;   /* NULL: without a writable layer */
    char *redirect_dir;   /* "on", "follow", "nofollow", "off"; NULL: not said */
    char *verity;         /* "on", "require", "off"; NULL: not said */
    enum overlay_switch index, metacopy, nfs_export;
    bool is_volatile; /* volatile, fsync=volatile */
    bool userxattr;   /* user.overlay.* instead of trusted.overlay.* */
    bool read_only;   /* ro */
};

#define autooverlay __attribute__((cleanup(overlay_options_free)))

/* Reads the whole field. What does not change how layers are read or written (xino, uuid, SELinux contexts
 * are refused) is accepted and left out. -EINVAL with the place: an option that is not known, said twice or
 * empty, upper without work, no lower layer; -E2BIG: more than 500 layers. ret_options is only written on
 * success. */
int overlay_options_parse(const char *text, struct overlay_options *ret_options,
                          struct failure *failure) must_check;
void overlay_options_free(struct overlay_options *options);
