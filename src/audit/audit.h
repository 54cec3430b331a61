/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* `unroot audit`: a request in, a result out. Nothing is printed; audit/render.h makes texts of the result.
 */
#include "audit/catalog.h"
#include "base/failure.h"

struct audit_request {
    struct strings paths;       /* files, folders, images, "-"; none: "." unless live */
    bool live;                  /* the processes of this host */
    bool separate;              /* compose files of `paths` are projects of their own, not one */
    const char *proc;           /* NULL: /proc (tests name another) */
    const char *target;         /* a stage of Dockerfiles; NULL: the last */
    struct strings bases;       /* NAME=USER */
    struct strings build_args;  /* NAME=VALUE */
    struct strings environment; /* NAME=VALUE, for compose; the program's own */
    struct strings env_files;   /* compose: instead of .env */
    struct strings profiles;    /* compose: services of other profiles are left out when any is named */
    const char *host_passwd;    /* text of this host's /etc/passwd; NULL: not looked at */
    const char *host_group;     /* text of /etc/group; NULL */
    const char *today;          /* "YYYY-MM-DD", for acceptances that end; NULL: none is over */
    const char *store_root;     /* ROOT of our store; NULL: not looked at */
    const char *program_dir;    /* where the helper that reads layers lies; NULL: layers are not read */
};

/* Everything that can be judged is: files that cannot be read are complaints in the result. Negative errno
 * only for want of memory. */
int audit_run(const struct audit_request *request, struct audit_result *ret_result) must_check;
void audit_request_free(struct audit_request *request);
