/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Taking root away from a container that an engine describes: which ids it gets, and what it asks for that
 * cannot be had without the host's root. Pure: what the host knows is in the question. */
#include "base/failure.h"
#include "formats/oci_config.h"
#include "formats/policy_config.h"

#define OCI_ANNOTATION_ROOT "org.unroot.root"     /* mapped | none */
#define OCI_ANNOTATION_USERNS "org.unroot.userns" /* auto | host (needs an exception) */
#define OCI_ANNOTATION_BINDS "org.unroot.binds"   /* owner | same (only to the stricter one without a rule) */

struct oci_host_facts {
    bool initial_userns; /* false: the caller is itself in a user namespace, and uid 0 is no host root */
    const struct id_map *caller_uids,
        *caller_gids;         /* /proc/self/uid_map, gid_map when it is not; else NULL */
    const uint32_t *accounts; /* uids of login accounts, 0 not among them (/etc/passwd, shells) */
    size_t account_count;
    const struct id_extent *taken; /* ranges that the pool gave to other containers: `outside`, `count` */
    size_t taken_count;
    const char *engine_namespace; /* containerd's: last part of --root; "" when not known */
    uint32_t own_namespaces; /* 1 << enum oci_namespace_kind: its path leads to the one that the runtime is
                                itself in */
};

enum oci_ids {
    OCI_IDS_RANGE,     /* a range of its own from the pool: RANGE_SIZE ids; the config asked for none */
    OCI_IDS_CONFIG,    /* the mappings of the config */
    OCI_IDS_JOINED,    /* a user namespace by path: its maps are another's */
    OCI_IDS_INHERITED, /* the caller's user namespace, which is not the host's (rootless engines) */
    OCI_IDS_HOST,      /* no user namespace: an exception (POLICY_HOST_ROOT) or the audit mode allows it */
};

enum oci_verdict {
    OCI_TOLD,    /* the container is other than asked for, and works: own ids instead of root's */
    OCI_ALLOWED, /* an exception of the policy */
    OCI_AUDITED, /* would be refused; --policy=audit let it pass */
    OCI_REFUSED,
};

struct oci_judgement {
    enum oci_verdict verdict;
    int exception; /* enum policy_exception, or -1 */
    char *text;    /* one sentence for the log, with the place in the configuration */
};

struct oci_decision {
    enum oci_ids ids;
    bool initial_userns;     /* as the question has it */
    uint32_t own_namespaces; /* as host facts have it: given by path, and yet the runtime's own */
    bool without_root; /* mode none: uid 0 does not exist in the payload's namespace; exec as 0 is refused */
    uint64_t exceptions; /* 1 << enum policy_exception: what was asked for and passes */
    enum policy_binds binds;
    struct oci_judgement *judgements;
    size_t judgement_count;
    bool refused; /* one of them is OCI_REFUSED */
};

struct oci_policy_question {
    const struct oci_config *config;
    const struct policy_config *policy;
    const struct oci_host_facts *host;
    bool audit; /* --policy=audit */
};

/* 0 also when it is refused (ret_decision->refused); -ENOMEM. The caller frees *ret_decision. */
int oci_policy_decide(const struct oci_policy_question *question,
                      struct oci_decision *ret_decision) must_check;
void oci_decision_free(struct oci_decision *d);
#define autodecision __attribute__((cleanup(oci_decision_free)))
/* The refused judgements as one message for the engine ("; " between them) in *failure; -EPERM, or 0 when
 * nothing was refused. */
int oci_decision_check(const struct oci_decision *d, struct failure *failure) must_check;
/* Whether a process may be added with this uid. -EPERM. */
int oci_policy_allow_exec(bool without_root, uint32_t uid, struct failure *failure) must_check;
/* What rules match an image by: the name that kubernetes' engines write; NULL for docker, which lets whoever
 * may start a container write any annotation. Lent. */
const char *oci_config_image(const struct oci_config *c, const struct oci_host_facts *host);
/* What kubernetes' engines write: whether it is the one of a pod that holds the namespaces which the others
 * join; and for those others, which it is, NULL for docker (see above). Lent. */
bool oci_config_is_sandbox(const struct oci_config *c);
const char *oci_config_sandbox(const struct oci_config *c, const struct oci_host_facts *host);
/* "allowed", "refused" ..; static. */
const char *oci_verdict_name(enum oci_verdict verdict);
