/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Containers that share namespaces share a range of ids (docs/decisions/0012): a pod's, or those that
 * docker's and podman's --network, --ipc and --pid "container:X" put together. */
#include "oci/runtime.h"
#include "plan/oci.h"

struct pod {
    bool found;
    uint32_t range_first;     /* of whom we join */
    int user_fd;              /* its user namespace; -EBADF: its process has ended */
    struct id_map *uids_gids; /* of that: two, the caller's to free */
};
#define POD_EMPTY                                                                                            \
    {                                                                                                        \
        .user_fd = -EBADF                                                                                    \
    }
#define autopod __attribute__((cleanup(pod_close)))

struct pod_question {
    struct runtime *rt;
    const struct oci_config *config;
    const struct oci_decision *decision;
    const struct id_pool *pool;
};

/* Whose range a container of this configuration shares: the sandbox that its annotations name, or the process
 * whose pid, ipc or network namespace it joins, if that has a range of the pool. !found: nobody's. */
int pod_find(const struct pod_question *question, struct pod *ret_pod, struct failure *failure) must_check;
/* Whether the planned container can be in the pod's user namespace itself: its maps are the same. The plan is
 * changed to that. */
bool pod_join(const struct pod *pod, struct oci_plan *plan);
void pod_close(struct pod *pod);
