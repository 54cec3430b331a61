/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/pod.h"

#include "base/number.h"
#include "host/id_ledger.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "oci/container.h"
#include "oci/host.h"

#include <fcntl.h>
#include <string.h>

void pod_close(struct pod *pod)
{
    if (pod->user_fd >= 0)
        (void)close(TAKE_FD(pod->user_fd));
    free(pod->uids_gids);
    pod->uids_gids = NULL;
}

/* The range of the pool that a process's ids are of. */
static bool range_of(const struct id_map *uids, const struct id_pool *pool, uint32_t *ret_first)
{
    if (uids->count == 0 || uids->extents[0].outside < pool->first)
        return false;
    uint32_t slot = (uids->extents[0].outside - pool->first) / RANGE_SIZE;
    uint32_t first = pool->first + slot * RANGE_SIZE;
    for (size_t i = 0; i < uids->count; i++)
        if (uids->extents[i].outside - uids->extents[i].inside != first ||
            uids->extents[i].count > RANGE_SIZE - uids->extents[i].inside)
            return false;
    *ret_first = first;
    return slot < pool->ranges;
}

static int pod_open(pid_t pid, struct pod *pod)
{
    autoclose int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (proc_fd < 0)
        return -errno;
    pod->uids_gids = calloc(2, sizeof(*pod->uids_gids));
    int r = pod->uids_gids ? host_read_maps(pid, pod->uids_gids) : -ENOMEM;
    if (r == 0)
        pod->user_fd = process_open_namespace(proc_fd, pid, "user");
    return r < 0 ? r : pod->user_fd < 0 ? pod->user_fd : 0;
}

/* By the annotations of kubernetes' engines: a container beside ours. */
static bool pod_find_sandbox(struct runtime *rt, const char *id, struct pod *pod)
{
    autocontainer struct container c = CONTAINER_EMPTY;
    struct failure ignored = {0};
    if (!id || container_open(rt, id, false, &c, &ignored) < 0 || !c.record.has_range)
        return false;
    pod->range_first = c.record.range_first;
    autoclose int process = container_open_process(&c);
    if (process < 0 || pod_open(c.record.pid, pod) < 0)
        pod_close(pod); /* it has ended: its range is shared all the same */
    return true;
}

/* "/proc/PID/ns/net": of whom. */
static pid_t path_pid(const char *path)
{
    uint64_t pid = 0;
    const char *number = path ? string_after(path, "/proc/") : NULL;
    const char *slash = number ? strchr(number, '/') : NULL;
    if (!slash || !string_after(slash, "/ns/"))
        return 0;
    autofree char *digits = strndup(number, (size_t)(slash - number));
    return digits && number_parse(digits, INT32_MAX, &pid) == 0 ? (pid_t)pid : 0;
}

/* Signals, tracing and System V's objects go by ids: the pid and ipc namespaces count before the network. */
static bool pod_find_joined(const struct oci_config *config, uint32_t own_namespaces,
                            const struct id_pool *pool, struct pod *pod)
{
    static const enum oci_namespace_kind kinds[] = {OCI_NAMESPACE_PID, OCI_NAMESPACE_IPC,
                                                    OCI_NAMESPACE_NETWORK};
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        pid_t pid = path_pid(config->platform.namespaces[kinds[i]].path);
        if (pid == 0 || own_namespaces & UINT32_C(1) << kinds[i])
            continue;
        if (pod_open(pid, pod) == 0 && range_of(&pod->uids_gids[0], pool, &pod->range_first))
            return true;
        pod_close(pod);
    }
    return false;
}

int pod_find(const struct pod_question *question, struct pod *ret_pod, struct failure *failure)
{
    struct host_facts host = {0};
    const struct oci_config *config = question->config;
    if (question->decision->ids != OCI_IDS_RANGE)
        return 0;
    int r = host_read_namespace(question->rt, &host);
    if (r < 0)
        return fail(failure, r, "looking for the pod");
    ret_pod->found = pod_find_sandbox(question->rt, oci_config_sandbox(config, &host.facts), ret_pod) ||
                     pod_find_joined(config, question->decision->own_namespaces, question->pool, ret_pod);
    host_facts_free(&host);
    return 0;
}

static bool is_same_map(const struct id_map *a, const struct id_map *b)
{
    return a->count == b->count && memcmp(a->extents, b->extents, a->count * sizeof(a->extents[0])) == 0;
}

bool pod_join(const struct pod *pod, struct oci_plan *plan)
{
    if (!pod->found || pod->user_fd < 0 || plan->places[OCI_NAMESPACE_USER] != OCI_PLACE_NEW ||
        !is_same_map(&pod->uids_gids[0], &plan->start.uids) ||
        !is_same_map(&pod->uids_gids[1], &plan->start.gids))
        return false;
    plan->places[OCI_NAMESPACE_USER] = OCI_PLACE_JOIN;
    return true;
}
