/* SPDX-License-Identifier: Apache-2.0 */
/* The members of linux.resources that are lists of devices, page sizes and interfaces, as writes to files. */
#include "oci/limits.h"

static struct cgroup_device device_of(int64_t major, int64_t minor)
{
    return (struct cgroup_device){(uint32_t)major, (uint32_t)minor}; /* in range, as the reader holds them */
}

static void take_throttles(const struct oci_io *io, enum cgroup_throttle kind, struct limits_extra *extra)
{
    static const struct {
        enum oci_throttle list;
        const char *member;
    } lists[CGROUP_THROTTLES] = {
        [CGROUP_READ_BPS] = {OCI_READ_BPS, "throttleReadBpsDevice"},
        [CGROUP_WRITE_BPS] = {OCI_WRITE_BPS, "throttleWriteBpsDevice"},
        [CGROUP_READ_IOPS] = {OCI_READ_IOPS, "throttleReadIOPSDevice"},
        [CGROUP_WRITE_IOPS] = {OCI_WRITE_IOPS, "throttleWriteIOPSDevice"},
    };
    for (size_t i = 0; i < io->throttle[lists[kind].list].count; i++) {
        const struct oci_io_throttle *t = &io->throttle[lists[kind].list].items[i];
        const struct cgroup_device device = device_of(t->major, t->minor);
        cgroup_rows_add_throttle(&extra->rows, limits_member(extra, "blockIO.%s[%zu]", lists[kind].member, i),
                                 kind, &device, t->rate);
    }
}

static void take_io(const struct oci_io *io, struct limits_extra *extra)
{
    if (io->weight.given)
        cgroup_rows_add_weight(&extra->rows, limits_member(extra, "blockIO.weight"), NULL,
                               (unsigned)io->weight.value);
    for (size_t i = 0; i < io->weight_count; i++) {
        const struct oci_io_weight *w = &io->weights[i];
        const struct cgroup_device device = device_of(w->major, w->minor);
        if (w->weight > 0)
            cgroup_rows_add_weight(&extra->rows, limits_member(extra, "blockIO.weightDevice[%zu]", i),
                                   &device, w->weight);
    }
    for (int kind = 0; kind < CGROUP_THROTTLES; kind++)
        take_throttles(io, (enum cgroup_throttle)kind, extra);
}

/* What is used, and (Linux 5.7) what is reserved: a process that maps more than it may gets an error then,
 * not a signal later. */
static void add_hugepage(struct limits_extra *extra, size_t index, const struct oci_hugepage_limit *h)
{
    const char *value = cgroup_rows_text(&extra->rows, "%llu", (unsigned long long)h->limit);
    for (int reserved = 0; reserved < 2; reserved++) {
        const char *stem =
            cgroup_rows_text(&extra->rows, "hugetlb.%s%s", h->page_size, reserved ? ".rsvd" : "");
        cgroup_rows_add(&extra->rows,
                        &(struct cgroup_extra){
                            .controller = CGROUP_HUGETLB,
                            .what = limits_member(extra, "hugepageLimits[%zu]", index),
                            .v1 = {{cgroup_rows_text(&extra->rows, "%s.limit_in_bytes", stem), value}},
                            .v2 = {{cgroup_rows_text(&extra->rows, "%s.max", stem), value}},
                            .optional = reserved,
                        });
    }
}

static void add_rdma(struct limits_extra *extra, const struct oci_rdma_limit *r)
{
    const char *handles =
        r->handles.given ? cgroup_rows_text(&extra->rows, " hca_handle=%u", r->handles.value) : "";
    const char *objects =
        r->objects.given ? cgroup_rows_text(&extra->rows, " hca_object=%u", r->objects.value) : "";
    const struct cgroup_write write = {"rdma.max",
                                       cgroup_rows_text(&extra->rows, "%s%s%s", r->device, handles, objects)};
    cgroup_rows_add(&extra->rows, &(struct cgroup_extra){.controller = CGROUP_RDMA,
                                                         .what = limits_member(extra, "rdma.%s", r->device),
                                                         .v1 = {write},
                                                         .v2 = {write}});
}

static void take_network(const struct oci_resources *r, struct limits_extra *extra)
{
    if (r->class_id.given && r->class_id.value > 0)
        cgroup_rows_add(&extra->rows, &(struct cgroup_extra){
                                          .controller = CGROUP_NET_CLS,
                                          .what = limits_member(extra, "network.classID"),
                                          .v1 = {{"net_cls.classid",
                                                  cgroup_rows_text(&extra->rows, "%u", r->class_id.value)}}});
    for (size_t i = 0; i < r->interface_priority_count; i++) {
        const struct oci_interface_priority *p = &r->interface_priorities[i];
        cgroup_rows_add(
            &extra->rows,
            &(struct cgroup_extra){.controller = CGROUP_NET_PRIO,
                                   .what = limits_member(extra, "network.priorities[%zu]", i),
                                   .v1 = {{"net_prio.ifpriomap",
                                           cgroup_rows_text(&extra->rows, "%s %u", p->name, p->priority)}}});
    }
}

void limits_take_devices(const struct oci_resources *resources, struct limits_extra *extra)
{
    take_io(&resources->io, extra);
    for (size_t i = 0; i < resources->hugepage_count; i++)
        add_hugepage(extra, i, &resources->hugepages[i]);
    for (size_t i = 0; i < resources->rdma_count; i++)
        add_rdma(extra, &resources->rdma[i]);
    take_network(resources, extra);
}
