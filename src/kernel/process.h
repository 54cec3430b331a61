/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Processes by descriptor: clone3(2), pidfd_open(2), pidfd_send_signal(2), waitid(2). */
#include "base/ownership.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* fork(2) with `flags` (CLONE_NEW*, CLONE_PARENT, CLONE_FILES) and, unless cgroup_fd is negative, into that v2 cgroup.
 * Parent: the pid, *ret_pidfd (close-on-exec) is the caller's. Child: 0. Or negative errno. */
pid_t process_clone(uint64_t flags, int cgroup_fd, int *ret_pidfd) must_check;
/* SIGKILL and reap; nothing happens for a negative pidfd. For children only. */
void process_end(int pidfd);
/* 0, -ESRCH when it is gone. */
int process_signal(int pidfd, int signal) must_check;
/* Waits for a child: its exit status as a shell has it (0..255, 128 + signal), or negative errno. */
int process_wait(int pidfd) must_check;
/* setns(2) by descriptor of a namespace or a process (then `flags` says which). */
int process_enter(int fd, int flags) must_check;
int process_unshare(int flags) must_check;
/* Which of the namespaces `flags` (CLONE_NEW*) the process shares with the caller; 0 when it cannot be told. */
int process_shared_namespaces(int pidfd, int flags);
/* Opens /proc/<pid>/ns/<name> below proc_fd (an O_PATH descriptor of a proc mount). */
int process_open_namespace(int proc_fd, pid_t pid, const char *name) must_check;
/* Closes every descriptor from `lowest` up. close_range(2). */
int process_close_from(unsigned int lowest) must_check;

/* A user namespace that is only a pair of maps (for idmapped mounts): text as for /proc/PID/uid_map.
 * user_namespaces(7). A descriptor of it, the caller's; or negative errno. */
int userns_make(int proc_fd, const char *uid_map, const char *gid_map) must_check;
/* Writes /proc/<pid>/uid_map and gid_map below proc_fd. -EINVAL, -EPERM as the kernel's. */
int userns_write_maps(int proc_fd, pid_t pid, const char *uid_map, const char *gid_map) must_check;
