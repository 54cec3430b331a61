/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The supervisor's state and the steps that a start for the engine (supervisor.c) and one for an OCI engine
 * (creator.c) have in common. For these two and birth.c only. */
#include "runtime/kernel_mounts.h"
#include "runtime/namespaces.h"
#include "runtime/steps.h"
#include "runtime/streams.h"
#include "runtime/supervisor.h"
#include "runtime/workspace.h"

struct supervisor {
    const struct supervisor_request *request;
    struct start_plan *plan;
    struct workspace workspace;
    struct streams streams;
    struct cgroup cgroup;
    struct host_namespaces host;
    struct namespaces namespaces;
    int mount_ns; /* where we came from */
    int storage_fd;
    int sync_fd;
    pid_t pid;
    int pidfd;
    bool payload_failed;
    struct failure *failure;
    /* In the child: runs the payload, whose end of the channel this is. */
    void (*become_payload)(struct supervisor *s, int sync_fd) __attribute__((noreturn));
};

#define SUPERVISOR_EMPTY                                                                                     \
    {                                                                                                        \
        .workspace = {.proc_fd = -EBADF, .top_fd = -EBADF, .root_fd = -EBADF, .map_fd = -EBADF},             \
        .streams = STREAMS_EMPTY, .cgroup = CGROUP_EMPTY, .host = HOST_NAMESPACES_EMPTY,                     \
        .namespaces = NAMESPACES_EMPTY, .mount_ns = -EBADF, .storage_fd = -EBADF, .sync_fd = -EBADF,         \
        .pidfd = -EBADF                                                                                      \
    }

int supervisor_open_host(void *role) must_check;
int supervisor_make_cgroup(void *role) must_check;
int supervisor_take_range_ids(void *role) must_check;
int supervisor_make_workspace(void *role) must_check;
int supervisor_clone_payload(void *role) must_check;
int supervisor_write_maps(void *role) must_check;
int supervisor_wait_for_namespaces(void *role) must_check;
int supervisor_open_terminal(void *role) must_check;
int supervisor_mask_paths(void *role) must_check;
int supervisor_seal_rootfs(void *role) must_check;
int supervisor_return_to_root(void *role) must_check;
int supervisor_pivot(void *role) must_check;
int supervisor_leave_mounts(void *role) must_check;

/* All three ids at once; the capabilities stay, and effective. */
int supervisor_become(struct supervisor *s, uid_t uid, gid_t gid) must_check;
/* The host ids of the user inside; -EINVAL. */
int supervisor_find_user(struct supervisor *s, uid_t *ret_uid, gid_t *ret_gid) must_check;
/* Runs the steps; when one fails what they made is undone and the peer's reason told. */
int supervisor_walk(const struct step_table *table, struct supervisor *s,
                    struct supervisor_result *ret_result) must_check;
void supervisor_abandon(struct supervisor *s);
void supervisor_close(struct supervisor *s);
