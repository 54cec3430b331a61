/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/start.h"

#include <errno.h>
#include <string.h>

void mount_plan_free(struct mount_plan *m)
{
    free(m->source);
    free(m->target);
    free(m->uids);
    free(m->gids);
    free(m->text);
    free(m->type);
    strings_free(&m->flags);
    strings_free(&m->data);
    free(m->propagations);
    *m = (struct mount_plan){0};
}

void process_plan_free(struct process_plan *p)
{
    strings_free(&p->argv);
    strings_free(&p->environment);
    free(p->workdir);
    free(p->groups);
    free(p->rlimits);
    free(p->filter);
    *p = (struct process_plan){0};
}

void start_plan_free(struct start_plan *p)
{
    free(p->id);
    free(p->hostname);
    free(p->domainname);
    strings_free(&p->rootfs.layers);
    free(p->rootfs.upper);
    free(p->rootfs.work);
    for (size_t i = 0; i < p->mount_count; i++)
        mount_plan_free(&p->mounts[i]);
    free(p->mounts);
    for (size_t i = 0; i < p->device_count; i++)
        free(p->devices[i].path);
    free(p->devices);
    strings_free(&p->masked);
    strings_free(&p->read_only_paths);
    strings_free(&p->sysctls);
    process_plan_free(&p->process);
    *p = (struct start_plan){0};
}

int start_plan_add_mount(struct start_plan *p, struct mount_plan *m)
{
    struct mount_plan *mounts = reallocarray(p->mounts, p->mount_count + 1, sizeof(*mounts));
    if (!mounts) {
        mount_plan_free(m);
        return -ENOMEM;
    }
    p->mounts = mounts;
    p->mounts[p->mount_count++] = *m;
    *m = (struct mount_plan){0};
    return 0;
}

int start_plan_add_device(struct start_plan *p, struct device_plan *d)
{
    struct device_plan *devices = reallocarray(p->devices, p->device_count + 1, sizeof(*devices));
    if (!devices) {
        free(d->path);
        return -ENOMEM;
    }
    p->devices = devices;
    p->devices[p->device_count++] = *d;
    *d = (struct device_plan){0};
    return 0;
}

int start_plan_add_sysctl(struct start_plan *p, const char *assignment)
{
    const char *domain = string_after(assignment, "kernel.domainname=");
    if (!domain)
        domain = string_after(assignment, "kernel/domainname=");
    if (!domain)
        return strings_add(&p->sysctls, assignment);
    char *copy = strdup(domain);
    if (!copy)
        return -ENOMEM;
    free(p->domainname);
    p->domainname = copy;
    return 0;
}
