/* SPDX-License-Identifier: Apache-2.0 */
/* The members of linux.resources that are lists of devices, page sizes and interfaces, as writes to files. */
#include "oci/limits.h"

/* blkio's 10..1000 as the 1..10000 of io.weight, as runc and crun convert it. */
static unsigned weight_of_blkio(uint64_t weight)
{
    return 1 + (unsigned)(weight - 10) * 9999 / 990;
}

/* bfq's file where the kernel has that scheduler, else the one of io.cost (v2); v1 before Linux 5.0 had cfq.
 */
static void add_weight(struct limits_extra *extra, const char *what, const char *device, uint64_t weight)
{
    const char *blank = device[0] ? " " : "", *suffix = device[0] ? "_device" : "";
    const char *value = limits_text(extra, "%s%s%llu", device, blank, (unsigned long long)weight);
    const char *converted = limits_text(extra, "%s%s%u", device, blank, weight_of_blkio(weight));
    limits_add(extra, &(struct cgroup_extra){
                          .controller = CGROUP_IO,
                          .what = what,
                          .v1 = {{limits_text(extra, "blkio.weight%s", suffix), value},
                                 {limits_text(extra, "blkio.bfq.weight%s", suffix), value}},
                          .v2 = {{"io.bfq.weight", value}, {"io.weight", converted}},
                      });
}

static const struct {
    const char *member, *v1_file, *v2_key;
} throttles[OCI_THROTTLE_COUNT] = {
    [OCI_READ_BPS] = {"throttleReadBpsDevice", "blkio.throttle.read_bps_device", "rbps"},
    [OCI_WRITE_BPS] = {"throttleWriteBpsDevice", "blkio.throttle.write_bps_device", "wbps"},
    [OCI_READ_IOPS] = {"throttleReadIOPSDevice", "blkio.throttle.read_iops_device", "riops"},
    [OCI_WRITE_IOPS] = {"throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", "wiops"},
};

/* 0 is "no limit": v1 takes it so, v2 wants a word. v1 counts operations in 32 bits and cuts the rest off. */
static void add_throttle(struct limits_extra *extra, enum oci_throttle kind, size_t index,
                         const struct oci_io_throttle *t)
{
    bool operations = kind == OCI_READ_IOPS || kind == OCI_WRITE_IOPS;
    unsigned long long rate = t->rate, v1_rate = operations && rate > UINT32_MAX ? UINT32_MAX : rate;
    const char *device = limits_text(extra, "%lld:%lld", (long long)t->major, (long long)t->minor);
    const char *v2 = rate == 0 ? limits_text(extra, "%s %s=max", device, throttles[kind].v2_key)
                               : limits_text(extra, "%s %s=%llu", device, throttles[kind].v2_key, rate);
    limits_add(extra, &(struct cgroup_extra){
                          .controller = CGROUP_IO,
                          .what = limits_member(extra, "blockIO.%s[%zu]", throttles[kind].member, index),
                          .v1 = {{throttles[kind].v1_file, limits_text(extra, "%s %llu", device, v1_rate)}},
                          .v2 = {{"io.max", v2}},
                      });
}

static void take_io(const struct oci_io *io, struct limits_extra *extra)
{
    if (io->weight.given)
        add_weight(extra, limits_member(extra, "blockIO.weight"), "", io->weight.value);
    for (size_t i = 0; i < io->weight_count; i++) {
        const struct oci_io_weight *w = &io->weights[i];
        if (w->weight > 0)
            add_weight(extra, limits_member(extra, "blockIO.weightDevice[%zu]", i),
                       limits_text(extra, "%lld:%lld", (long long)w->major, (long long)w->minor), w->weight);
    }
    for (int kind = 0; kind < OCI_THROTTLE_COUNT; kind++)
        for (size_t i = 0; i < io->throttle[kind].count; i++)
            add_throttle(extra, (enum oci_throttle)kind, i, &io->throttle[kind].items[i]);
}

/* What is used, and (Linux 5.7) what is reserved: a process that maps more than it may gets an error then,
 * not a signal later. */
static void add_hugepage(struct limits_extra *extra, size_t index, const struct oci_hugepage_limit *h)
{
    const char *value = limits_text(extra, "%llu", (unsigned long long)h->limit);
    for (int reserved = 0; reserved < 2; reserved++) {
        const char *stem = limits_text(extra, "hugetlb.%s%s", h->page_size, reserved ? ".rsvd" : "");
        limits_add(extra, &(struct cgroup_extra){
                              .controller = CGROUP_HUGETLB,
                              .what = limits_member(extra, "hugepageLimits[%zu]", index),
                              .v1 = {{limits_text(extra, "%s.limit_in_bytes", stem), value}},
                              .v2 = {{limits_text(extra, "%s.max", stem), value}},
                              .optional = reserved,
                          });
    }
}

static void add_rdma(struct limits_extra *extra, const struct oci_rdma_limit *r)
{
    const char *handles = r->handles.given ? limits_text(extra, " hca_handle=%u", r->handles.value) : "";
    const char *objects = r->objects.given ? limits_text(extra, " hca_object=%u", r->objects.value) : "";
    const struct cgroup_write write = {"rdma.max", limits_text(extra, "%s%s%s", r->device, handles, objects)};
    limits_add(extra, &(struct cgroup_extra){.controller = CGROUP_RDMA,
                                             .what = limits_member(extra, "rdma.%s", r->device),
                                             .v1 = {write},
                                             .v2 = {write}});
}

static void take_network(const struct oci_resources *r, struct limits_extra *extra)
{
    if (r->class_id.given && r->class_id.value > 0)
        limits_add(extra, &(struct cgroup_extra){
                              .controller = CGROUP_NET_CLS,
                              .what = limits_member(extra, "network.classID"),
                              .v1 = {{"net_cls.classid", limits_text(extra, "%u", r->class_id.value)}}});
    for (size_t i = 0; i < r->interface_priority_count; i++) {
        const struct oci_interface_priority *p = &r->interface_priorities[i];
        limits_add(extra,
                   &(struct cgroup_extra){
                       .controller = CGROUP_NET_PRIO,
                       .what = limits_member(extra, "network.priorities[%zu]", i),
                       .v1 = {{"net_prio.ifpriomap", limits_text(extra, "%s %u", p->name, p->priority)}}});
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
