/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* /etc/unroot/policy.json: what the OCI runtime lets a container have that cannot work without the host's
 * root. A missing file is the default: nothing. docs/runtime.md "policy.json". */
#include "base/report.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stdint.h>

#define POLICY_CONFIG_PATH "/etc/unroot/policy.json"

/* What a rule may allow, by the names in the file. */
enum policy_exception {
    POLICY_PRIVILEGED,    /* "privileged": all capabilities, or every device; they count inside only */
    POLICY_HOST_PID,      /* "host-pid": the host's process ids */
    POLICY_HOST_SYSCTL,   /* "host-sysctl": sysctls of the host's network or ipc namespace */
    POLICY_DEVICE_RULES,  /* "device-rules": device control group rules beyond the devices that it is given */
    POLICY_BLOCK_DEVICES, /* "block-devices": disks, and devices that are the host's memory */
    POLICY_HOST_IDS,      /* "host-ids": own id mappings that touch root, accounts or another's range */
    POLICY_HOST_ROOT,     /* "host-root": no user namespace at all: uid 0 is the host's root */
    POLICY_EXCEPTION_COUNT,
};

/* All members that are given must match; in a list one is enough. */
struct policy_rule {
    struct strings images;      /* globs over the image's name: "docker.io/library/registry:*" */
    struct strings namespaces;  /* globs: kubernetes' or containerd's namespace */
    struct strings annotations; /* NAME=GLOB, each must be there */
    uint64_t allow;             /* 1 << enum policy_exception */
    char *reason;               /* why; stands in the log; never NULL */
};

/* Whose the files of a bind are: docs/decisions/0011. */
enum policy_binds {
    POLICY_BINDS_OWNER, /* "owner": as the source's owner asks for; root's files only where it is the engine's
                         */
    POLICY_BINDS_SAME,  /* "same": every id is itself, as without a user namespace, 0 too */
};

enum policy_mode {
    POLICY_ENFORCE, /* "enforce" */
    POLICY_AUDIT,   /* "audit": every container runs as its engine asked; what would be otherwise is only said
                     */
};

struct policy_config {
    enum policy_mode mode;
    enum policy_binds binds;
    struct policy_rule *rules;
    size_t rule_count;
};

/* Unknown members are errors here: a rule that is misspelled must not be half a rule. 0, -EINVAL with
 * findings, -ENOMEM; the caller frees *ret_config. */
int policy_config_parse(const char *name, const char *data, size_t size, struct report *report,
                        struct policy_config *ret_config) must_check;
void policy_config_free(struct policy_config *c);
#define autopolicy __attribute__((cleanup(policy_config_free)))

/* "host-pid"; static. */
const char *policy_exception_name(enum policy_exception exception);
/* Whether `text` is of the form `glob` ('*': any text, also '/'; '?': one character). */
bool policy_glob_match(const char *glob, const char *text);
