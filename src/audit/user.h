/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A user specification against what is known of an image: as the runtimes resolve it (formats/user_spec.h),
 * and honest where the passwd file is not at hand. */
#include "audit/image_facts.h"

enum resolution {
    RESOLUTION_KNOWN,   /* uid is known */
    RESOLUTION_NONROOT, /* not 0, the number is not known */
    RESOLUTION_UNKNOWN, /* could be anything */
    RESOLUTION_FAILS,   /* the runtime refuses it */
};

struct resolved_user {
    enum resolution resolution;
    uint32_t uid, gid;
    bool has_gid;
    bool is_name;      /* the user part is a name */
    bool gid_is_given; /* the specification says a group */
    bool has_entry;    /* found in passwd */
    const char *why;   /* a sentence for UNKNOWN and FAILS; else "" */
    const char *home;  /* NULL: not known */
};

/* `spec` is after expansion. Allocates texts in `arena`. */
void user_resolve(struct arena *arena, const struct image_facts *image, const char *spec,
                  struct resolved_user *ret_user);
