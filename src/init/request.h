/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One start: whom to become, what to execute and whether to stay. Every personality fills one of these. */
#include "init/drop.h"
#include "init/process_one.h"
#include "init/settings.h"

enum account_variables {
    ACCOUNT_SET,   /* HOME, USER, LOGNAME for the new identity, explicit values stay */
    ACCOUNT_KEEP,  /* the environment is not touched */
    ACCOUNT_RESET, /* only TERM survives */
};

enum group_choice {
    GROUPS_OF_SPEC, /* those of the account, and those that the engine added */
    GROUPS_NONE,
    GROUPS_KEEP, /* as they are */
    GROUPS_LIST, /* exactly extra_groups */
};

#define KEPT_DESCRIPTORS_MAX 64
#define EXTRA_GROUPS_MAX 64

struct request {
    const char *user_spec; /* NULL: nobody is named */
    const char *group;     /* instead of the spec's group (setpriv --regid), NULL: none */
    char **command;
    bool stay;   /* as process 1 */
    bool pause;  /* no command: reap until SIGTERM or SIGINT comes */
    bool native; /* our own name: PUID, secrets and friends count, being somebody else already is fine */
    bool allow_root;
    bool run_as_root_first; /* an init that hands root on to its child (tini): nothing is dropped */
    enum account_variables account;
    enum group_choice groups;
    struct span extra_groups[EXTRA_GROUPS_MAX];
    size_t extra_group_count;
    int kept[KEPT_DESCRIPTORS_MAX];
    size_t kept_count;
    int death_signal;         /* 0: as inherited, -1: none */
    bool exact_group;         /* the group stays as it is unless `group` is given (setpriv) */
    struct settings settings; /* native: filled by request_run() */
    struct process_one process_one;
};

void request_init(struct request *ret_request);
int request_add_groups(struct request *r, const char *list, char separator, struct failure *f) must_check;
int request_keep_descriptor(struct request *r, const char *text, struct failure *f) must_check;

/* Does it. Returns an exit status (only after `stay`), or a negative errno with the failure. */
own_frame int request_run(struct request *r, char *const *environment, struct failure *f);
