/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `exec` is asked to run: a document, or the container's own process with other words. */
#include "formats/oci_process.h"
#include "formats/option.h"
#include "kernel/cgroup.h"

struct exec_options {
    char *process, *console_socket, *pidfd_socket, *pid_file, *cwd, *user, *apparmor, *label;
    struct strings environment, capabilities, groups, cgroups;
    uint32_t preserve_fds;
    bool tty, detach, ignore_paused, no_new_privs, no_subreaper;
};

extern const struct option exec_rows[];

/* Exchanges the container's group for the ones below it that --cgroup names. -EINVAL, -ENOENT. */
int exec_choose_group(const struct strings *arguments, struct cgroup *cgroup,
                      struct failure *failure) must_check;

/* -EINVAL with a sentence; the caller frees *ret_process. `own`: the container's process 1,
 * taken over when there is no document. */
int exec_read_process(const struct exec_options *options, const struct arguments *arguments,
                      struct oci_process *own, struct oci_process *ret_process,
                      struct failure *failure) must_check;
