/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What an OCI configuration says of a process beside ids, capabilities and limits. */
#include "base/failure.h"
#include "formats/oci_config.h"

#include <sys/types.h>

/* Scheduler and I/O priority of another process (0: the caller), as the host's root: sched_setattr(2),
 * ioprio_set(2). */
int attributes_set_scheduling(const struct oci_process *process, pid_t pid,
                              struct failure *failure) must_check;
/* A list of process.execCPUAffinity for the caller (NULL: nothing), sched_setaffinity(2). */
int attributes_set_processors(const char *list, struct failure *failure) must_check;
/* Whether a scheduler or an I/O priority is to be set. */
bool attributes_has_scheduling(const struct oci_process *process);
/* Of the caller, and of what it executes: set_mempolicy(2). Nothing when none is given. */
int attributes_set_memory_policy(const struct oci_memory_policy *policy, struct failure *failure) must_check;
#define ATTRIBUTE_TEXT_SIZE 4096
/* What is written for a label, and to which file below /proc: apparmor(7), selinux(8). Lent. */
struct attribute_label {
    const char *member; /* of the configuration */
    const char *module; /* a file of the host's /sys that says whether the kernel runs with it */
    const char *file, *prefix, *value; /* value NULL: none is asked for */
};
struct attribute_label attributes_apparmor(const struct oci_process *process);
struct attribute_label attributes_selinux(const struct oci_process *process);
/* The length of the text; -E2BIG. */
int attributes_label_text(const struct attribute_label *label, char ret_text[ATTRIBUTE_TEXT_SIZE]) must_check;
/* -EOPNOTSUPP for a label on a kernel that runs without its module, by the caller's /sys: before a
 * container's mounts are entered. The profile "unconfined" is what every process is there. */
int attributes_check_labels(const struct oci_process *process, struct failure *failure) must_check;
/* AppArmor profile and SELinux label of the program that the caller will execute. `proc_fd` is a descriptor
 * of the host's /proc, which nothing of the container can cover: CVE-2019-16884. */
int attributes_set_labels(const struct oci_process *process, int proc_fd, struct failure *failure) must_check;
/* -EOPNOTSUPP for a label of mounts (NULL, "": none) on a kernel without SELinux. */
int attributes_check_mount_label(const char *label, struct failure *failure) must_check;
/* Execution domain, personality(2). */
int attributes_set_personality(uint32_t persona, struct failure *failure) must_check;
/* A session keyring without anything of the engine's, keyrings(7); kernels without keys need none. */
void attributes_forget_keys(void);
