/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `state` and `list --format json` print and hooks read on their standard input: runtime-spec runtime.md
 * "State", with runc's members beside it. */
#include "base/strings.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

enum oci_status {
    OCI_STATUS_CREATING, /* hooks alone see it */
    OCI_STATUS_CREATED,
    OCI_STATUS_RUNNING,
    OCI_STATUS_PAUSED,
    OCI_STATUS_STOPPED,
};

struct oci_state {
    const char *id, *bundle; /* bundle: absolute */
    enum oci_status status;
    pid_t pid;                         /* 0 when stopped */
    const char *rootfs;                /* NULL: left out (hooks) */
    struct timespec created;           /* tv_sec 0: left out (hooks) */
    const char *owner;                 /* user name; NULL: left out (hooks) */
    const struct strings *annotations; /* NAME=VALUE; NULL: none */
};

/* "created"; static. */
const char *oci_status_name(enum oci_status status);
/* One object; `pretty`: with line breaks. -EILSEQ: a text is no UTF-8; -ENOMEM. The caller frees it. */
int oci_state_write(const struct oci_state *state, bool pretty, char **ret_text) must_check;
/* What a seccomp agent is told beside a listener: config-linux.md "The Container Process State". */
struct oci_process_state {
    pid_t pid;            /* whose filter it is */
    const char *metadata; /* listenerMetadata; NULL: none */
    const struct oci_state *state;
};

/* One object; as oci_state_write(). */
int oci_process_state_write(const struct oci_process_state *process, char **ret_text) must_check;
/* An array of such objects on one line; "null" for none, as runc's list has it. */
int oci_state_write_list(const struct oci_state *states, size_t count, char **ret_text) must_check;
