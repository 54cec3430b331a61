/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* --security-opt: docker's and podman's words. */
#include "base/failure.h"
#include "base/strings.h"

#include <stdbool.h>

enum seccomp_choice { SECCOMP_BUILTIN, SECCOMP_UNCONFINED, SECCOMP_FILE };

struct security_options {
    bool no_new_privileges;      /* on by default (ours); no-new-privileges=false turns it off */
    bool no_new_privileges_said; /* somebody asked for it: --privileged does not take it away */
    enum seccomp_choice seccomp; /* seccomp=builtin (default), unconfined, FILE */
    char *seccomp_file;          /* SECCOMP_FILE */
    bool allow_userns;           /* userns=allow (ours): namespaces may be made inside */
    char *apparmor;              /* profile name, "unconfined"; NULL: none given */
    struct strings labels;       /* label=.. : "disable", "type:..", "level:.." */
    bool unmask_all;             /* systempaths=unconfined, unmask=ALL */
    struct strings mask, unmask; /* absolute paths (unmask: patterns too) */
    char *proc_options;          /* proc-opts=hidepid=2,.. ; NULL: none */
};

#define autosecurity __attribute__((cleanup(security_options_free)))

/* Both `key=value` and `key:value`. -EINVAL with a sentence (nearest right word), -ENOMEM. */
int security_options_parse(const struct strings *list, struct security_options *ret_options,
                           struct failure *f) must_check;
/* Whether the container has it: --privileged goes without what nobody asked for. */
static inline bool security_no_new_privileges(const struct security_options *o, bool privileged)
{
    return o->no_new_privileges && (!privileged || o->no_new_privileges_said);
}
void security_options_free(struct security_options *o);
