/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_resources.h"
#include "formats/cpu_list.h"
#include "formats/oci_tables.h"

#include <errno.h>
#include <string.h>

#define DEVICE_NUMBER_MAX 0xffffffffLL
/* The kernel's dev_t has 12 and 20 bits. It does not check them where limits are written: a larger minor
 * number would be another disk's. */
#define BLOCK_MAJOR_MAX 0xfff
#define BLOCK_MINOR_MAX 0xfffff
#define INTERFACE_NAME_MAX 15
#define RDMA_NAME_MAX 63 /* IB_DEVICE_NAME_MAX */
#define OBSOLETE "not supported: the kernel has it no more (removed in Linux "

static void read_cpu_list(struct json_binder *b, struct json_object *value, void *base,
                          const struct json_row *row)
{
    if (!json_bind_expect(b, value, json_type_string))
        return;
    const char *text = json_object_get_string(value);
    int r = cpu_list_parse(text, NULL);
    if (r < 0)
        json_bind_refuse(b, NULL, "oci/cpu-list", "\"%.100s\" is no list like \"0-3,7\" of numbers below %d",
                         text, CPU_LIST_MAX);
    else
        json_shape_text.read(b, value, base, row);
}

static void release_cpu_list(void *base, const struct json_row *row)
{
    json_shape_text.release(base, row);
}
const struct json_shape oci_type_cpu_list = {read_cpu_list, release_cpu_list};

static void read_device_type(struct json_binder *b, struct json_object *value, void *base,
                             const struct json_row *row)
{
    if (!json_bind_expect(b, value, json_type_string))
        return;
    const char *text = json_object_get_string(value);
    if (text[0] == '\0')
        return;
    if (text[1] != '\0' || !strchr("abcu", text[0]))
        json_bind_refuse(b, NULL, "oci/device", "\"%.20s\" is none of a, b, c", text);
    else
        *((char *)base + row->offset) = text[0] == 'u' ? 'c' : text[0];
}
static const struct json_shape type_device_type = {read_device_type, NULL};

static void read_access(struct json_binder *b, struct json_object *value, void *base,
                        const struct json_row *row)
{
    unsigned *access = (unsigned *)(void *)((char *)base + row->offset);
    if (!json_bind_expect(b, value, json_type_string))
        return;
    for (const char *p = json_object_get_string(value); *p != '\0'; p++) {
        const char *letters = "rwm", *known = strchr(letters, *p);
        if (!known) {
            json_bind_refuse(b, NULL, "oci/device", "\"%.20s\" holds something else than r, w, m",
                             json_object_get_string(value));
            return;
        }
        *access |= 1u << (known - letters);
    }
}
static const struct json_shape type_access = {read_access, NULL};

/* A number that is absent, null or -1 stands for all. */
static void read_device_number(struct json_binder *b, struct json_object *value, void *base,
                               const struct json_row *row)
{
    const struct json_row within = {.offset = row->offset, .min = -1, .max = DEVICE_NUMBER_MAX};
    int64_t *number = (int64_t *)(void *)((char *)base + row->offset), one = 0;
    const struct json_row local = {.min = within.min, .max = within.max};
    json_shape_i64.read(b, value, &one, &local);
    *number = one + 1; /* 0: none was there; check_device_rule() takes it back */
}
static const struct json_shape type_device_number = {read_device_number, NULL};

static void check_device_rule(struct json_binder *b, void *base)
{
    struct oci_device_rule *rule = base;
    (void)b;
    rule->major--;
    rule->minor--;
    if (rule->type == '\0')
        rule->type = 'a';
    if (rule->access == 0)
        rule->access = OCI_DEVICE_READ | OCI_DEVICE_WRITE | OCI_DEVICE_MKNOD;
}

#define RULE(member) .offset = offsetof(struct oci_device_rule, member)
static const struct json_row device_rule_rows[] = {
    {.name = "allow", .type = &json_shape_switch, RULE(allow), .required = true},
    {.name = "type", .type = &type_device_type, RULE(type)},
    {.name = "major", .type = &type_device_number, RULE(major)},
    {.name = "minor", .type = &type_device_number, RULE(minor)},
    {.name = "access", .type = &type_access, RULE(access)},
    {0},
};
static const struct json_table device_rule_table = {
    .rows = device_rule_rows, .item_size = sizeof(struct oci_device_rule), .check = check_device_rule};

/* Some writers say "no limit" by 0 or -1; any other value asks for what is not there. */
static void read_kernel_memory(struct json_binder *b, struct json_object *value, void *base,
                               const struct json_row *row)
{
    int64_t limit = 0;
    const struct json_row local = {0};
    (void)base;
    (void)row;
    json_shape_i64.read(b, value, &limit, &local);
    if (limit > 0)
        json_bind_refuse(b, NULL, "oci/not-supported", OBSOLETE "5.16)");
}
static const struct json_shape type_kernel_memory = {read_kernel_memory, NULL};

static void read_hierarchy(struct json_binder *b, struct json_object *value, void *base,
                           const struct json_row *row)
{
    (void)base;
    (void)row;
    if (json_bind_expect(b, value, json_type_boolean) && !json_object_get_boolean(value))
        json_bind_warn(b, NULL, "oci/no-effect", "groups always count what is below them (Linux 5.11)");
}
static const struct json_shape type_hierarchy = {read_hierarchy, NULL};

#define MEMORY(member) .offset = offsetof(struct oci_memory, member)
static const struct json_row memory_rows[] = {
    {.name = "limit", .type = &json_shape_maybe_i64, MEMORY(limit), .min = -1, .max = INT64_MAX},
    {.name = "reservation", .type = &json_shape_maybe_i64, MEMORY(reservation), .min = -1, .max = INT64_MAX},
    {.name = "swap", .type = &json_shape_maybe_i64, MEMORY(swap), .min = -1, .max = INT64_MAX},
    {.name = "kernel", .type = &type_kernel_memory},
    {.name = "kernelTCP", .type = &type_kernel_memory},
    {.name = "swappiness", .type = &json_shape_maybe_u64, MEMORY(swappiness), .max = 100},
    {.name = "disableOOMKiller", .type = &json_shape_switch, MEMORY(disable_oom_killer)},
    {.name = "useHierarchy", .type = &type_hierarchy},
    {.name = "checkBeforeUpdate", .type = &json_shape_switch, MEMORY(check_before_update)},
    {0},
};
static const struct json_table memory_table = {.rows = memory_rows};

#define CPU(member) .offset = offsetof(struct oci_cpu, member)
static const struct json_row cpu_rows[] = {
    {.name = "shares", .type = &json_shape_maybe_u64, CPU(shares)},
    {.name = "quota", .type = &json_shape_maybe_i64, CPU(quota)},
    {.name = "burst", .type = &json_shape_maybe_u64, CPU(burst)},
    {.name = "period", .type = &json_shape_maybe_u64, CPU(period)},
    {.name = "realtimeRuntime", .type = &json_shape_maybe_i64, CPU(realtime_runtime)},
    {.name = "realtimePeriod", .type = &json_shape_maybe_u64, CPU(realtime_period)},
    {.name = "cpus", .type = &oci_type_cpu_list, CPU(cpus)},
    {.name = "mems", .type = &oci_type_cpu_list, CPU(mems)},
    {.name = "idle", .type = &json_shape_maybe_i64, CPU(idle), .max = 1},
    {0},
};
static const struct json_table cpu_table = {.rows = cpu_rows};

static const struct json_row pids_rows[] = {
    {.name = "limit", .type = &json_shape_maybe_i64, .offset = offsetof(struct oci_resources, pids_limit)},
    {0},
};
static const struct json_table pids_table = {.rows = pids_rows};

/* What the configuration calls 0 is not set: Go writes it for an absent weight. */
static void read_weight(struct json_binder *b, struct json_object *value, void *base,
                        const struct json_row *row)
{
    struct oci_u64 *weight = (struct oci_u64 *)(void *)((char *)base + row->offset);
    const struct json_row local = {.min = 0, .max = 1000};
    uint64_t number = 0;
    json_shape_u64.read(b, value, &number, &local);
    if (number > 0 && number < 10)
        json_bind_refuse(b, NULL, "oci/weight", "a weight is 10 to 1000");
    else if (number > 0)
        *weight = (struct oci_u64){true, number};
}
static const struct json_shape type_weight = {read_weight, NULL};

static void read_leaf_weight(struct json_binder *b, struct json_object *value, void *base,
                             const struct json_row *row)
{
    uint64_t number = 0;
    const struct json_row local = {.min = 0, .max = 1000};
    (void)base;
    (void)row;
    json_shape_u64.read(b, value, &number, &local);
    if (number > 0)
        json_bind_refuse(b, NULL, "oci/not-supported", OBSOLETE "5.0)");
}
static const struct json_shape type_leaf_weight = {read_leaf_weight, NULL};

#define WEIGHT(member) .offset = offsetof(struct oci_io_weight, member)
static void read_small_weight(struct json_binder *b, struct json_object *value, void *base,
                              const struct json_row *row)
{
    struct oci_u64 weight = {0};
    const struct json_row local = {0};
    read_weight(b, value, &weight, &local);
    *(uint16_t *)(void *)((char *)base + row->offset) = (uint16_t)weight.value;
}
static const struct json_shape type_small_weight = {read_small_weight, NULL};

static const struct json_row weight_rows[] = {
    {.name = "major", .type = &json_shape_i64, WEIGHT(major), .required = true, .max = BLOCK_MAJOR_MAX},
    {.name = "minor", .type = &json_shape_i64, WEIGHT(minor), .required = true, .max = BLOCK_MINOR_MAX},
    {.name = "weight", .type = &type_small_weight, WEIGHT(weight)},
    {.name = "leafWeight", .type = &type_leaf_weight},
    {0},
};
static const struct json_table weight_table = {.rows = weight_rows,
                                               .item_size = sizeof(struct oci_io_weight)};

#define RATE(member) .offset = offsetof(struct oci_io_throttle, member)
static const struct json_row throttle_rows[] = {
    {.name = "major", .type = &json_shape_i64, RATE(major), .required = true, .max = BLOCK_MAJOR_MAX},
    {.name = "minor", .type = &json_shape_i64, RATE(minor), .required = true, .max = BLOCK_MINOR_MAX},
    {.name = "rate", .type = &json_shape_u64, RATE(rate), .required = true},
    {0},
};
static const struct json_table throttle_table = {.rows = throttle_rows,
                                                 .item_size = sizeof(struct oci_io_throttle)};

#define THROTTLE(member, kind)                                                                               \
    {                                                                                                        \
        .name = member, .type = &json_shape_list, .offset = offsetof(struct oci_io, throttle[kind].items),   \
        .count_offset = offsetof(struct oci_io, throttle[kind].count), .detail = &throttle_table             \
    }
static const struct json_row io_rows[] = {
    {.name = "weight", .type = &type_weight, .offset = offsetof(struct oci_io, weight)},
    {.name = "leafWeight", .type = &type_leaf_weight},
    {.name = "weightDevice",
     .type = &json_shape_list,
     .offset = offsetof(struct oci_io, weights),
     .count_offset = offsetof(struct oci_io, weight_count),
     .detail = &weight_table},
    THROTTLE("throttleReadBpsDevice", OCI_READ_BPS),
    THROTTLE("throttleWriteBpsDevice", OCI_WRITE_BPS),
    THROTTLE("throttleReadIOPSDevice", OCI_READ_IOPS),
    THROTTLE("throttleWriteIOPSDevice", OCI_WRITE_IOPS),
    {0},
};
static const struct json_table io_table = {.rows = io_rows};

/* It becomes part of a file's name: hugetlb.2MB.max. */
static void check_hugepage(struct json_binder *b, void *base)
{
    const char *size = ((const struct oci_hugepage_limit *)base)->page_size;
    size_t digits = strspn(size, "0123456789");
    static const char *const units[] = {"KB", "MB", "GB"};
    for (size_t i = 0; digits > 0 && digits < 10 && i < ARRAY_SIZE(units); i++)
        if (streq(size + digits, units[i]))
            return;
    json_bind_refuse(b, "pageSize", "oci/hugepage", "\"%.40s\" is not of the form \"2MB\"", size);
}

static const struct json_row hugepage_rows[] = {
    {.name = "pageSize",
     .type = &json_shape_text,
     .offset = offsetof(struct oci_hugepage_limit, page_size),
     .required = true},
    {.name = "limit",
     .type = &json_shape_u64,
     .offset = offsetof(struct oci_hugepage_limit, limit),
     .required = true},
    {0},
};
static const struct json_table hugepage_table = {
    .rows = hugepage_rows, .item_size = sizeof(struct oci_hugepage_limit), .check = check_hugepage};

/* It becomes a word of a line: "eth0 5". */
static bool is_word(const char *name, size_t longest)
{
    size_t n = 0;
    for (; name[n] != '\0'; n++)
        if ((unsigned char)name[n] <= ' ' || name[n] == 127 || name[n] == '/')
            return false;
    return n > 0 && n <= longest;
}

static void check_priority(struct json_binder *b, void *base)
{
    const char *name = ((const struct oci_interface_priority *)base)->name;
    if (!is_word(name, INTERFACE_NAME_MAX))
        json_bind_refuse(b, "name", "oci/interface", "\"%.40s\" is no name of an interface", name);
}

static void check_rdma(struct json_binder *b, void *base)
{
    const struct oci_rdma_limit *limit = base;
    if (!is_word(limit->device, RDMA_NAME_MAX))
        json_bind_refuse(b, NULL, "oci/rdma", "\"%.80s\" is no name of a device", limit->device);
    if (!limit->handles.given && !limit->objects.given)
        json_bind_refuse(b, NULL, "oci/rdma", "hcaHandles or hcaObjects is needed");
}

static const struct json_row priority_rows[] = {
    {.name = "name",
     .type = &json_shape_text,
     .offset = offsetof(struct oci_interface_priority, name),
     .required = true},
    {.name = "priority",
     .type = &json_shape_u32,
     .offset = offsetof(struct oci_interface_priority, priority),
     .required = true},
    {0},
};
static const struct json_table priority_table = {
    .rows = priority_rows, .item_size = sizeof(struct oci_interface_priority), .check = check_priority};

static const struct json_row network_rows[] = {
    {.name = "classID", .type = &json_shape_maybe_u32, .offset = offsetof(struct oci_resources, class_id)},
    {.name = "priorities",
     .type = &json_shape_list,
     .offset = offsetof(struct oci_resources, interface_priorities),
     .count_offset = offsetof(struct oci_resources, interface_priority_count),
     .detail = &priority_table},
    {0},
};
static const struct json_table network_table = {.rows = network_rows};

static const struct json_row rdma_rows[] = {
    {.name = "hcaHandles", .type = &json_shape_maybe_u32, .offset = offsetof(struct oci_rdma_limit, handles)},
    {.name = "hcaObjects", .type = &json_shape_maybe_u32, .offset = offsetof(struct oci_rdma_limit, objects)},
    {0},
};
static const struct json_table rdma_table = {
    .rows = rdma_rows, .item_size = sizeof(struct oci_rdma_limit), .check = check_rdma};

/* A file of the group, not a way out of it: CVE-2022-0811's kind. */
static void check_unified(struct json_binder *b, const struct strings *unified)
{
    for (size_t i = 0; i < unified->count; i++) {
        const char *item = unified->items[i];
        size_t n = strcspn(item, "=");
        const char *dot = memchr(item, '.', n);
        if (memchr(item, '/', n) || !dot || dot == item || strncmp(item, "cgroup.", 7) == 0)
            json_bind_refuse(b, "unified", "oci/unified", "\"%.*s\" is no file of a controller", (int)n,
                             item);
    }
}

static void check_resources(struct json_binder *b, void *base)
{
    struct oci_resources *r = base;
    r->given = true;
    if (r->memory.swap.given && r->memory.swap.value > 0 && r->memory.limit.given &&
        r->memory.limit.value > r->memory.swap.value)
        json_bind_refuse(b, "memory.swap", "oci/memory",
                         "counts memory and swap together: it cannot be below memory.limit");
    check_unified(b, &r->unified);
}

#define RESOURCE(member) .offset = offsetof(struct oci_resources, member)
static const struct json_row resource_rows[] = {
    {.name = "devices",
     .type = &json_shape_list,
     RESOURCE(devices),
     .count_offset = offsetof(struct oci_resources, device_count),
     .detail = &device_rule_table},
    {.name = "memory", .type = &json_shape_struct, RESOURCE(memory), .detail = &memory_table},
    {.name = "cpu", .type = &json_shape_struct, RESOURCE(cpu), .detail = &cpu_table},
    {.name = "pids", .type = &json_shape_struct, .detail = &pids_table},
    {.name = "blockIO", .type = &json_shape_struct, RESOURCE(io), .detail = &io_table},
    {.name = "hugepageLimits",
     .type = &json_shape_list,
     RESOURCE(hugepages),
     .count_offset = offsetof(struct oci_resources, hugepage_count),
     .detail = &hugepage_table},
    {.name = "network", .type = &json_shape_struct, .detail = &network_table},
    {.name = "rdma",
     .type = &json_shape_named_list,
     RESOURCE(rdma),
     .count_offset = offsetof(struct oci_resources, rdma_count),
     .detail = &rdma_table},
    {.name = "unified", .type = &json_shape_map, RESOURCE(unified)},
    {0},
};
const struct json_table oci_resources_table = {.rows = resource_rows, .check = check_resources};

int oci_resources_parse(const char *name, const char *data, size_t size, const struct oci_reports *reports,
                        struct oci_resources *ret_resources)
{
    struct json_binder b = {.document = name, .report = reports->errors, .warnings = reports->warnings};
    struct oci_resources resources = {0};
    int r = json_bind(&b, data, size, &oci_resources_table, &resources);
    if (r == 0)
        *ret_resources = resources;
    return r;
}

void oci_resources_free(struct oci_resources *r)
{
    json_bind_release(&oci_resources_table, r);
    *r = (struct oci_resources){0};
}
