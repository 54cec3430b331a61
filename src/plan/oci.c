/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/oci.h"
#include "base/number.h"
#include "formats/capability.h"
#include "formats/path_text.h"
#include "plan/oci_parts.h"
#include "policy/oci_device.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

#define PING_GROUPS "net.ipv4.ping_group_range="

static int copy_text(const char *from, char **ret_text)
{
    *ret_text = from ? strdup(from) : NULL;
    return from && !*ret_text ? -ENOMEM : 0;
}

static void plan_namespaces(const struct oci_plan_input *input, struct oci_plan *plan)
{
    const struct oci_namespace *namespaces = input->config->platform.namespaces;
    for (size_t i = 0; i < OCI_NAMESPACE_COUNT; i++) {
        bool own = input->decision->own_namespaces & UINT32_C(1) << i;
        plan->places[i] = !namespaces[i].given || own ? OCI_PLACE_HOST
                          : namespaces[i].path        ? OCI_PLACE_JOIN
                                                      : OCI_PLACE_NEW;
        plan->paths[i] = namespaces[i].path;
    }
    if (input->decision->ids != OCI_IDS_RANGE)
        return;
    plan->places[OCI_NAMESPACE_USER] = OCI_PLACE_NEW;
    /* Its own view of the control groups: without it, the host's paths would show (CVE-2022-0492,
     * 2023-25809). */
    if (plan->places[OCI_NAMESPACE_CGROUP] == OCI_PLACE_HOST)
        plan->places[OCI_NAMESPACE_CGROUP] = OCI_PLACE_NEW;
}

static bool config_has_device(const struct oci_config *c, const char *path)
{
    for (size_t i = 0; i < c->platform.device_count; i++)
        if (streq(c->platform.devices[i].path, path))
            return true;
    return false;
}

static int plan_device_owner(const struct oci_u32 *id, const struct id_map *map, uint32_t base,
                             uint32_t *ret_owner)
{
    *ret_owner = base;
    if (!id->given || map->count == 0) {
        *ret_owner = id->given ? id->value : base;
        return 0;
    }
    return id_map_to_outside(map, id->value, ret_owner) ? 0 : -EINVAL;
}

static int plan_device(const struct oci_device *from, struct oci_plan *plan, struct failure *failure)
{
    struct start_plan *start = &plan->start;
    struct device_plan d = {.major = (uint32_t)from->major, .minor = (uint32_t)from->minor};
    d.type = from->type == 'c' ? S_IFCHR : from->type == 'b' ? S_IFBLK : S_IFIFO;
    d.mode = from->mode.given ? from->mode.value & 07777 : 0666;
    int r = plan_device_owner(&from->uid, &start->file_uids, start->host_base, &d.uid);
    if (r == 0)
        r = plan_device_owner(&from->gid, &start->file_gids, start->host_group_base, &d.gid);
    if (r < 0)
        return refuse(failure, r, "linux.devices: the owner of %.200s is not among the container's ids",
                      from->path);
    d.path = strdup(from->path);
    r = d.path ? start_plan_add_device(start, &d) : -ENOMEM;
    return r < 0 ? fail(failure, r, "planning %.200s", from->path) : 0;
}

int oci_plan_devices(const struct oci_plan_input *input, struct oci_plan *plan, struct failure *failure)
{
    const struct oci_linux *l = &input->config->platform;
    int r = 0;
    for (size_t i = 0; r == 0 && oci_default_device(i); i++)
        if (!config_has_device(input->config, oci_default_device(i)->path))
            r = plan_device(oci_default_device(i), plan, failure);
    for (size_t i = 0; r == 0 && i < l->device_count; i++)
        r = plan_device(&l->devices[i], plan, failure);
    return r;
}

/* The kernel takes only groups that are mapped (KERNEL.md "Small print"), as who writes them counts: the
 * runtime, so host ids. Engines ask for all there are, or for root's; what is mapped of it is meant. */
static int plan_ping_groups(struct oci_plan *plan, const char *value)
{
    const struct id_map *gids = &plan->start.gids;
    uint64_t low = 0, high = 0;
    size_t n = strcspn(value, " \t");
    autofree char *first = strndup(value, n);
    if (!first)
        return -ENOMEM;
    const char *second = value + n + strspn(value + n, " \t");
    if (number_parse(first, UINT32_MAX, &low) < 0 || number_parse(second, UINT32_MAX, &high) < 0 ||
        low > high)
        return strings_addf(&plan->start.sysctls, PING_GROUPS "%s", value); /* nobody: "1 0" */
    for (size_t i = 0; i < gids->count; i++) {
        const struct id_extent *e = &gids->extents[i];
        uint64_t from = low > e->inside ? low : e->inside, last = (uint64_t)e->inside + e->count - 1;
        uint64_t to = high < last ? high : last;
        if (from <= to)
            return strings_addf(&plan->start.sysctls, PING_GROUPS "%llu %llu",
                                (unsigned long long)(from - e->inside + e->outside),
                                (unsigned long long)(to - e->inside + e->outside));
    }
    return strings_addf(&plan->notes, "linux.sysctl: " PING_GROUPS "%s names no group that the container has",
                        value);
}

/* Whoever made a network that is joined by path is mostly not in the container's user namespace, and two
 * capabilities that most containers have count for nothing there. What they are for is given by name. */
static int plan_network_rights(const struct oci_plan_input *input, struct oci_plan *plan)
{
    uint64_t set = input->config->process.capabilities.bounding;
    int r = 0;
    if (input->decision->ids != OCI_IDS_RANGE || plan->places[OCI_NAMESPACE_NETWORK] != OCI_PLACE_JOIN)
        return 0;
    if (set & CAPABILITY_BIT(CAP_NET_BIND_SERVICE))
        r = strings_add(&plan->start.sysctls, "net.ipv4.ip_unprivileged_port_start=0");
    if (r == 0 && set & CAPABILITY_BIT(CAP_NET_RAW))
        r = strings_addf(&plan->start.sysctls, PING_GROUPS "%u %u", input->range_first,
                         input->range_first + RANGE_SIZE - 1);
    return r;
}

static int plan_sysctls(const struct oci_plan_input *input, struct oci_plan *plan)
{
    const struct strings *from = &input->config->platform.sysctls;
    int r = plan_network_rights(input, plan);
    for (size_t i = 0; r == 0 && i < from->count; i++) {
        const char *groups = string_after(from->items[i], PING_GROUPS);
        if (groups && plan->start.gids.count > 0)
            r = plan_ping_groups(plan, groups);
        else if (plan->places[OCI_NAMESPACE_UTS] == OCI_PLACE_NEW)
            r = start_plan_add_sysctl(&plan->start, from->items[i]);
        else
            r = strings_add(&plan->start.sysctls, from->items[i]);
    }
    return r;
}

static int plan_words(const struct oci_plan_input *input, struct oci_plan *plan)
{
    const struct oci_config *c = input->config;
    struct start_plan *start = &plan->start;
    int r = copy_text(input->id, &start->id);
    if (r == 0)
        r = copy_text(c->hostname, &start->hostname);
    if (r == 0)
        r = copy_text(c->domainname, &start->domainname);
    if (r == 0)
        r = strings_copy(&start->masked, &c->platform.masked_paths);
    if (r == 0)
        r = strings_copy(&start->read_only_paths, &c->platform.readonly_paths);
    if (r == 0)
        r = plan_sysctls(input, plan);
    if (r == 0)
        r = path_text_join(input->bundle, c->root_path, &plan->root);
    plan->root_readonly = start->rootfs.read_only = c->root_readonly;
    plan->root_propagation = c->platform.rootfs_propagation;
    start->namespaces.host_network = oci_stays_outside(plan, OCI_NAMESPACE_NETWORK);
    return r;
}

static int plan_all(const struct oci_plan_input *input, struct oci_plan *plan, struct failure *failure)
{
    int r = oci_decision_check(input->decision, failure);
    if (r < 0)
        return r;
    plan->config = input->config;
    plan->decision = input->decision;
    plan_namespaces(input, plan);
    r = oci_plan_ids(input, plan, failure);
    if (r < 0)
        return r;
    r = plan_words(input, plan);
    if (r < 0)
        return fail(failure, r, "planning the container");
    if (input->config->has_process)
        r = oci_plan_process(&input->config->process, input, &plan->start.process, failure);
    for (size_t i = 0; r == 0 && i < input->config->mount_count; i++)
        r = oci_plan_mount(input, i, plan, failure);
    return r < 0 ? r : oci_plan_devices(input, plan, failure);
}

int oci_plan_make(const struct oci_plan_input *input, struct oci_plan *ret_plan, struct failure *failure)
{
    autofree struct oci_plan *plan = calloc(1, sizeof(*plan)); /* id maps are large */
    if (!plan)
        return fail(failure, -ENOMEM, "planning the container");
    int r = plan_all(input, plan, failure);
    if (r < 0)
        oci_plan_free(plan);
    else
        *ret_plan = *plan;
    return r;
}

void oci_plan_free(struct oci_plan *p)
{
    start_plan_free(&p->start);
    free(p->root);
    strings_free(&p->notes);
    memset(p, 0, sizeof(*p));
}
