/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/request.h"

static void free_strings(char **const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(*fields[i]);
        *fields[i] = NULL;
    }
}

void container_request_free(struct container_request *r)
{
    char **const words[] = {
        &r->image,        &r->name,          &r->hostname,
        &r->workdir,      &r->user,          &r->umask,
        &r->stop_signal,  &r->detach_keys,   &r->network,
        &r->memory,       &r->memory_swap,   &r->memory_reservation,
        &r->cpus,         &r->cpuset_cpus,   &r->cpuset_mems,
        &r->shm_size,     &r->cgroup_parent, &r->userns,
        &r->subuidname,   &r->subgidname,    &r->memory_swappiness,
        &r->root_mode,    &r->ipc,           &r->pid,
        &r->log_max_size,
    };
    struct strings *const lists[] = {
        &r->command,
        &r->entrypoint,
        &r->environment,
        &r->labels,
        &r->annotations,
        &r->group_add,
        &r->volumes,
        &r->mounts,
        &r->tmpfs,
        &r->devices,
        &r->secrets,
        &r->publish,
        &r->dns,
        &r->dns_search,
        &r->add_hosts,
        &r->ulimits,
        &r->sysctls,
        &r->cap_add,
        &r->blkio_weight_devices,
        &r->device_read_bps,
        &r->device_write_bps,
        &r->device_read_iops,
        &r->device_write_iops,
        &r->cap_drop,
        &r->security_opt,
        &r->uidmap,
        &r->gidmap,
    };
    free_strings(words, ARRAY_SIZE(words));
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        strings_free(lists[i]);
    *r = (struct container_request){0};
}

void exec_request_free(struct exec_request *r)
{
    char **const words[] = {&r->container, &r->user, &r->workdir, &r->detach_keys};
    free_strings(words, ARRAY_SIZE(words));
    strings_free(&r->command);
    strings_free(&r->environment);
    *r = (struct exec_request){0};
}
