/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_events.h"
#include "base/number.h"
#include "formats/json.h"

#include <errno.h>
#include <string.h>

struct number_member {
    const char *name;
    uint64_t value;
};

/* A new object of numbers below `key`, lent; NULL: no memory. */
static struct json_object *put_numbers(struct json_object *object, const char *key,
                                       const struct number_member *members, size_t count)
{
    struct json_object *inner = json_object_new_object();
    int r = json_put(object, key, inner);
    for (size_t i = 0; i < count && r == 0; i++)
        r = json_put_u64(inner, members[i].name, members[i].value);
    return r == 0 ? inner : NULL;
}

static int put_hundredths(struct json_object *object, const char *key, uint64_t hundredths)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%llu.%02llu", (unsigned long long)(hundredths / 100),
                   (unsigned long long)(hundredths % 100)); /* fits */
    return json_put(object, key, json_object_new_double_s((double)hundredths / 100, text));
}

static int put_pressure_line(struct json_object *pressure, const char *key, const struct oci_pressure_line *p)
{
    struct json_object *line = put_numbers(pressure, key, NULL, 0);
    if (!line)
        return -ENOMEM;
    int r = put_hundredths(line, "avg10", p->avg10);
    if (r == 0)
        r = put_hundredths(line, "avg60", p->avg60);
    if (r == 0)
        r = put_hundredths(line, "avg300", p->avg300);
    return r == 0 ? json_put_u64(line, "total", p->total_us) : r;
}

static int put_pressure(struct json_object *object, const struct oci_pressure *p)
{
    if (!p->given)
        return 0;
    struct json_object *pressure = put_numbers(object, "psi", NULL, 0);
    int r = pressure ? put_pressure_line(pressure, "some", &p->some) : -ENOMEM;
    return r == 0 ? put_pressure_line(pressure, "full", &p->full) : r;
}

static int put_cpu(struct json_object *data, const struct oci_statistics *s)
{
    const struct number_member usage[] = {
        {"total", s->cpu_total_ns}, {"kernel", s->cpu_kernel_ns}, {"user", s->cpu_user_ns}};
    const struct number_member throttling[] = {{"periods", s->periods},
                                               {"throttledPeriods", s->throttled_periods},
                                               {"throttledTime", s->throttled_ns}};
    struct json_object *cpu = put_numbers(data, "cpu", NULL, 0);
    struct json_object *inner = cpu ? put_numbers(cpu, "usage", usage, ARRAY_SIZE(usage)) : NULL;
    if (!inner || !put_numbers(cpu, "throttling", throttling, ARRAY_SIZE(throttling)))
        return -ENOMEM;
    int r = put_pressure(cpu, &s->cpu_pressure);
    if (s->per_cpu_count == 0 || r < 0)
        return r;
    struct json_object *list = json_object_new_array();
    r = json_put(inner, "percpu", list);
    for (size_t i = 0; i < s->per_cpu_count && r == 0; i++)
        r = json_object_array_add(list, json_object_new_uint64(s->per_cpu_ns[i])) < 0 ? -ENOMEM : 0;
    return r;
}

static int put_usage(struct json_object *memory, const char *key, const struct oci_memory_usage *u)
{
    const struct number_member members[] = {
        {"limit", u->limit}, {"usage", u->usage}, {"max", u->max}, {"failcnt", u->failures}};
    return put_numbers(memory, key, members, ARRAY_SIZE(members)) ? 0 : -ENOMEM;
}

static int put_memory(struct json_object *data, const struct oci_statistics *s)
{
    const struct number_member cache[] = {{"cache", s->cache_bytes}};
    struct json_object *memory = put_numbers(data, "memory", cache, ARRAY_SIZE(cache));
    if (!memory)
        return -ENOMEM;
    int r = put_usage(memory, "usage", &s->memory);
    if (r == 0)
        r = put_usage(memory, "swap", &s->swap);
    if (r == 0)
        r = put_usage(memory, "kernel", &s->kernel);
    if (r == 0)
        r = put_usage(memory, "kernelTCP", &s->kernel_tcp);
    if (r == 0)
        r = put_pressure(memory, &s->memory_pressure);
    struct json_object *raw = r == 0 ? put_numbers(memory, "raw", NULL, 0) : NULL;
    if (!raw)
        return -ENOMEM;
    for (size_t i = 0; i < s->memory_raw.count && r == 0; i++) {
        const char *item = s->memory_raw.items[i], *equals = strchr(item, '=');
        uint64_t value;
        if (!equals || number_parse(equals + 1, UINT64_MAX, &value) < 0)
            continue; /* no counter */
        autofree char *name = strndup(item, (size_t)(equals - item));
        r = name ? json_put_u64(raw, name, value) : -ENOMEM;
    }
    return r;
}

static int add_io_count(struct json_object *list, const struct oci_io_count *count)
{
    autojson struct json_object *entry = json_object_new_object();
    int r = json_put_u64(entry, "major", count->major);
    if (r == 0)
        r = json_put_u64(entry, "minor", count->minor);
    if (r == 0)
        r = json_put_string(entry, "op", count->operation);
    if (r == 0)
        r = json_put_u64(entry, "value", count->value);
    if (r == 0 && json_object_array_add(list, entry) < 0)
        r = -ENOMEM;
    if (r == 0)
        (void)TAKE_PTR(entry); /* the array owns it now */
    return r;
}

static int put_io_counts(struct json_object *object, const char *key, const struct oci_io_count *counts,
                         size_t count)
{
    if (count == 0)
        return 0;
    struct json_object *list = json_object_new_array();
    int r = json_put(object, key, list);
    for (size_t i = 0; i < count && r == 0; i++)
        r = add_io_count(list, &counts[i]);
    return r;
}

static int put_io(struct json_object *data, const struct oci_statistics *s)
{
    static const char *const names[OCI_IO_LISTS] = {
        [OCI_IO_BYTES] = "ioServiceBytesRecursive", [OCI_IO_OPERATIONS] = "ioServicedRecursive",
        [OCI_IO_QUEUED] = "ioQueueRecursive",       [OCI_IO_SERVICE_TIME] = "ioServiceTimeRecursive",
        [OCI_IO_WAIT_TIME] = "ioWaitTimeRecursive", [OCI_IO_MERGED] = "ioMergedRecursive",
        [OCI_IO_TIME] = "ioTimeRecursive",          [OCI_IO_SECTORS] = "sectorsRecursive",
    };
    struct json_object *io = put_numbers(data, "blkio", NULL, 0);
    int r = io ? put_pressure(io, &s->io_pressure) : -ENOMEM;
    for (size_t i = 0; i < OCI_IO_LISTS && r == 0; i++)
        r = put_io_counts(io, names[i], s->io[i].items, s->io[i].count);
    return r;
}

void oci_statistics_free(struct oci_statistics *s)
{
    free(s->per_cpu_ns);
    strings_free(&s->memory_raw);
    for (size_t i = 0; i < OCI_IO_LISTS; i++)
        free(s->io[i].items);
    for (size_t i = 0; i < s->hugepage_count; i++)
        free(s->hugepages[i].page_size);
    free(s->hugepages);
    *s = (struct oci_statistics){0};
}

static int put_data(struct json_object *object, const struct oci_statistics *s)
{
    struct json_object *data = put_numbers(object, "data", NULL, 0);
    if (!data)
        return -ENOMEM;
    int r = put_cpu(data, s);
    if (r == 0)
        r = put_memory(data, s);
    const struct number_member pids[] = {{"current", s->pids_current}, {"limit", s->pids_limit}};
    if (r == 0 && !put_numbers(data, "pids", pids, s->pids_limit > 0 ? 2 : 1))
        r = -ENOMEM;
    if (r == 0)
        r = put_io(data, s);
    struct json_object *hugepages = r == 0 ? put_numbers(data, "hugetlb", NULL, 0) : NULL;
    for (size_t i = 0; hugepages && i < s->hugepage_count && r == 0; i++) {
        const struct oci_hugepage_usage *h = &s->hugepages[i];
        const struct number_member usage[] = {{"usage", h->usage}, {"max", h->max}, {"failcnt", h->failures}};
        r = put_numbers(hugepages, h->page_size, usage, ARRAY_SIZE(usage)) ? 0 : -ENOMEM;
    }
    return r == 0 && !hugepages ? -ENOMEM : r;
}

static int write_event(const char *type, const char *id, const struct oci_statistics *statistics,
                       char **ret_text)
{
    autojson struct json_object *object = json_object_new_object();
    int r = json_put_string(object, "type", type);
    if (r == 0)
        r = json_put_string(object, "id", id);
    if (r == 0 && statistics)
        r = put_data(object, statistics);
    if (r < 0)
        return r;
    *ret_text = json_write(object, false);
    return *ret_text ? 0 : -ENOMEM;
}

int oci_events_write_stats(const char *id, const struct oci_statistics *statistics, char **ret_text)
{
    return write_event("stats", id, statistics, ret_text);
}

int oci_events_write_oom(const char *id, char **ret_text)
{
    return write_event("oom", id, NULL, ret_text);
}
