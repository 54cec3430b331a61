/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The member "process" of an OCI configuration (runtime-spec config.md "Process"), which is also the file
 * that `exec --process` reads. All strings and arrays are owned by the struct. */
#include "base/strings.h"
#include "formats/oci_value.h"

struct oci_user {
    uint32_t uid, gid; /* 0..4294967294 */
    struct oci_u32 umask;
    uint32_t *groups; /* additionalGids */
    size_t group_count;
};

struct oci_rlimit {
    int resource;        /* RLIMIT_* */
    uint64_t soft, hard; /* UINT64_MAX: RLIM_INFINITY; soft <= hard */
};

/* Sets as bits, CAPABILITY_BIT(n); capabilities(7). Unknown names are warnings, as in runc. */
struct oci_capabilities {
    bool given; /* false: the process has no capability (no set was written) */
    uint64_t bounding, effective, inheritable, permitted, ambient;
};

/* sched_setattr(2) */
struct oci_scheduler {
    bool given;
    uint32_t policy; /* SCHED_* */
    int32_t nice, priority;
    uint64_t flags; /* SCHED_FLAG_* */
    uint64_t runtime_ns, deadline_ns, period_ns;
};

/* ioprio_set(2) */
struct oci_io_priority {
    bool given;
    int ioclass;  /* 1 real time, 2 best effort, 3 idle */
    int priority; /* 0..7 */
};

struct oci_process {
    bool terminal;
    uint32_t console_height, console_width; /* 0: not given */
    struct oci_user user;
    struct strings args, environment; /* args: at least one; environment: NAME=VALUE */
    char *cwd;                        /* absolute */
    struct oci_capabilities capabilities;
    struct oci_rlimit *rlimits; /* each resource once */
    size_t rlimit_count;
    bool no_new_privileges;
    struct oci_i64 oom_score_adj;           /* -1000..1000 */
    char *apparmor_profile, *selinux_label; /* NULL: none */
    struct oci_scheduler scheduler;
    struct oci_io_priority io_priority;
    /* execCPUAffinity: lists as cpuset(7) "List format", NULL: not given. `initial` counts before the process
     * is moved to the container's control group, `final` after. */
    char *affinity_initial, *affinity_final;
};

/* The document of `exec --process`. Members are honoured or reported: see oci_config.h. 0, -EINVAL, -ENOMEM;
 * the caller frees *ret_process. */
int oci_process_parse(const char *name, const char *data, size_t size, const struct oci_reports *reports,
                      struct oci_process *ret_process) must_check;
void oci_process_free(struct oci_process *p);
#define autociprocess __attribute__((cleanup(oci_process_free)))
