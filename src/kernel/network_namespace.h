/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Going into another network namespace and back, and the sysctls of the one that the caller is in. */
#include "base/ownership.h"

/* Enters the namespace. *ret_home_fd is a descriptor of the caller's own one, for the way back; the caller
 * closes it. `socket_fd`: any socket made in the caller's namespace (the kernel names its namespace without
 * /proc). Single-threaded callers only. setns(2). */
int network_namespace_enter(int netns_fd, int socket_fd, int *ret_home_fd) must_check;
int network_namespace_return(int home_fd) must_check;

/* Waits until nobody else holds this lock in the socket's network namespace, whatever folders they keep their
 * state in. The lock is given back when the descriptor is closed, which is the caller's. flock(2) of the
 * namespace itself. */
int network_namespace_lock(int socket_fd) must_check;

/* /proc/sys/net/`name` ("ipv4/ip_forward") as the calling process's current namespace has it, without its
 * line end. `proc_fd` is a procfs mount. */
int network_sysctl_read(int proc_fd, const char *name, char *ret_value, size_t size) must_check;
int network_sysctl_write(int proc_fd, const char *name, const char *value) must_check;
