/* SPDX-License-Identifier: Apache-2.0 */
#include "host/statistics.h"

#include "base/number.h"
#include "formats/cgroup_counters.h"
#include "kernel/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)
#define PAGE_SIZES "/sys/kernel/mm/hugepages"
#define PAGE_SIZE_NAME 16

/* 0 where there is no such file or line; "max" is UINT64_MAX. */
static uint64_t read_number(const struct cgroup *c, enum cgroup_controller controller,
                            const char *const files[2], const char *key)
{
    autofree char *text = NULL;
    uint64_t value = 0;
    if (cgroup_read_text(c, controller, files[0], files[1], &text) < 0 ||
        cgroup_counter_find(text, key, &value) < 0)
        return 0;
    return value;
}
#define NUMBER(c, controller, v1_file, v2_file, key)                                                         \
    read_number(c, controller, (const char *const[2]){v1_file, v2_file}, key)

/* cpu.stat of v2 is there without a controller, and more exact than v1's ticks. */
static int read_processor(const struct cgroup *c, struct oci_statistics *s)
{
    struct cgroup v2 = CGROUP_EMPTY;
    v2.v2_fd = c->v2_fd; /* lent */
    s->cpu_total_ns = NUMBER(&v2, CGROUP_CPU, NULL, "cpu.stat", "usage_usec") * 1000;
    s->cpu_user_ns = NUMBER(&v2, CGROUP_CPU, NULL, "cpu.stat", "user_usec") * 1000;
    s->cpu_kernel_ns = NUMBER(&v2, CGROUP_CPU, NULL, "cpu.stat", "system_usec") * 1000;
    bool v1 = c->v1_fd[CGROUP_CPU] >= 0;
    s->periods = NUMBER(c, CGROUP_CPU, "cpu.stat", "cpu.stat", "nr_periods");
    s->throttled_periods = NUMBER(c, CGROUP_CPU, "cpu.stat", "cpu.stat", "nr_throttled");
    s->throttled_ns = v1 ? NUMBER(c, CGROUP_CPU, "cpu.stat", NULL, "throttled_time")
                         : NUMBER(c, CGROUP_CPU, NULL, "cpu.stat", "throttled_usec") * 1000;
    if (c->v1_fd[CGROUP_CPUACCT] < 0)
        return 0;
    uint64_t tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
    s->cpu_total_ns = NUMBER(c, CGROUP_CPUACCT, "cpuacct.usage", NULL, NULL);
    if (c->v2_fd < 0) {
        s->cpu_user_ns = NUMBER(c, CGROUP_CPUACCT, "cpuacct.stat", NULL, "user") * tick_ns;
        s->cpu_kernel_ns = NUMBER(c, CGROUP_CPUACCT, "cpuacct.stat", NULL, "system") * tick_ns;
    }
    autofree char *text = NULL;
    return cgroup_read_text(c, CGROUP_CPUACCT, "cpuacct.usage_percpu", NULL, &text) < 0
               ? 0
               : cgroup_counter_numbers(text, &s->per_cpu_ns, &s->per_cpu_count);
}

/* v1: "memory", "memory.memsw", "memory.kmem", "memory.kmem.tcp". */
static void read_usage_v1(const struct cgroup *c, const char *stem, struct oci_memory_usage *ret_usage)
{
    static const char *const files[] = {"limit_in_bytes", "usage_in_bytes", "max_usage_in_bytes", "failcnt"};
    uint64_t *const numbers[] = {&ret_usage->limit, &ret_usage->usage, &ret_usage->max, &ret_usage->failures};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char file[64];
        (void)snprintf(file, sizeof(file), "%s.%s", stem, files[i]); /* fits */
        *numbers[i] = NUMBER(c, CGROUP_MEMORY, file, NULL, NULL);
    }
}

/* Swap is told as v1 counts it: together with the memory. */
static void read_usage_v2(const struct cgroup *c, struct oci_statistics *s)
{
    s->memory.limit = NUMBER(c, CGROUP_MEMORY, NULL, "memory.max", NULL);
    s->memory.usage = NUMBER(c, CGROUP_MEMORY, NULL, "memory.current", NULL);
    s->memory.max = NUMBER(c, CGROUP_MEMORY, NULL, "memory.peak", NULL);
    s->memory.failures = NUMBER(c, CGROUP_MEMORY, NULL, "memory.events", "max");
    uint64_t swap = NUMBER(c, CGROUP_MEMORY, NULL, "memory.swap.max", NULL);
    s->swap.usage = s->memory.usage + NUMBER(c, CGROUP_MEMORY, NULL, "memory.swap.current", NULL);
    s->swap.limit = swap == UINT64_MAX || s->memory.limit == UINT64_MAX ? UINT64_MAX : s->memory.limit + swap;
}

static int read_memory(const struct cgroup *c, const struct cgroup_stats *plain, struct oci_statistics *s)
{
    autofree char *text = NULL;
    bool v1 = c->v1_fd[CGROUP_MEMORY] >= 0;
    if (cgroup_read_text(c, CGROUP_MEMORY, "memory.stat", "memory.stat", &text) < 0) {
        s->memory =
            (struct oci_memory_usage){.limit = plain->memory_limit_bytes, .usage = plain->memory_bytes};
        s->swap.limit = UINT64_MAX;
        return 0;
    }
    if (v1) {
        read_usage_v1(c, "memory", &s->memory);
        read_usage_v1(c, "memory.memsw", &s->swap);
        read_usage_v1(c, "memory.kmem", &s->kernel);
        read_usage_v1(c, "memory.kmem.tcp", &s->kernel_tcp);
    } else {
        read_usage_v2(c, s);
    }
    int r = cgroup_counter_find(text, v1 ? "cache" : "file", &s->cache_bytes);
    return r == -ENODATA || r == 0 ? cgroup_counter_list(text, &s->memory_raw) : r;
}

/* bfq counts for its disks, the throttling for all; "_recursive" came later. */
static int read_list_v1(const struct cgroup *c, const char *name, enum oci_io_list list,
                        struct oci_statistics *s)
{
    static const char *const forms[] = {"blkio.bfq.%s_recursive", "blkio.throttle.%s_recursive",
                                        "blkio.throttle.%s"};
    for (size_t i = 0; i < ARRAY_SIZE(forms) && s->io[list].count == 0; i++) {
        autofree char *file = NULL, *text = NULL;
        const char *percent = strchr(forms[i], '%');
        if (asprintf(&file, "%.*s%s%s", (int)(percent - forms[i]), forms[i], name, percent + 2) < 0) {
            file = NULL;
            return -ENOMEM;
        }
        if (cgroup_read_text(c, CGROUP_IO, file, NULL, &text) < 0)
            continue;
        int r = cgroup_counter_io_v1(text, &s->io[list].items, &s->io[list].count);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_io(const struct cgroup *c, struct oci_statistics *s)
{
    static const char *const names[OCI_IO_LISTS] = {
        [OCI_IO_BYTES] = "io_service_bytes",
        [OCI_IO_OPERATIONS] = "io_serviced",
        [OCI_IO_QUEUED] = "io_queued",
        [OCI_IO_SERVICE_TIME] = "io_service_time",
        [OCI_IO_WAIT_TIME] = "io_wait_time",
        [OCI_IO_MERGED] = "io_merged",
        [OCI_IO_TIME] = "time",
        [OCI_IO_SECTORS] = "sectors",
    };
    autofree char *text = NULL;
    int r = 0;
    if (c->v1_fd[CGROUP_IO] >= 0) {
        for (int list = 0; list < OCI_IO_LISTS && r == 0; list++)
            r = read_list_v1(c, names[list], (enum oci_io_list)list, s);
        return r;
    }
    if (cgroup_read_text(c, CGROUP_IO, NULL, "io.stat", &text) < 0)
        return 0;
    r = cgroup_counter_io_v2(text, false, &s->io[OCI_IO_BYTES].items, &s->io[OCI_IO_BYTES].count);
    return r < 0 ? r
                 : cgroup_counter_io_v2(text, true, &s->io[OCI_IO_OPERATIONS].items,
                                        &s->io[OCI_IO_OPERATIONS].count);
}

/* "hugepages-2048kB" is "2MB" in the groups' files. */
static bool page_size_of(const char *folder, char ret_size[PAGE_SIZE_NAME])
{
    const char *digits = string_after(folder, "hugepages-");
    char number[16];
    uint64_t kib;
    size_t n = digits ? strspn(digits, "0123456789") : sizeof(number);
    if (n >= sizeof(number) || !streq(digits + n, "kB"))
        return false;
    memcpy(number, digits, n);
    number[n] = '\0';
    if (number_parse(number, UINT32_MAX, &kib) < 0)
        return false;
    unsigned shift = kib >= 1 << 20 ? 20 : kib >= 1 << 10 ? 10 : 0;
    (void)snprintf(ret_size, PAGE_SIZE_NAME, "%u%cB", (unsigned)(kib >> shift),
                   shift == 20   ? 'G'
                   : shift == 10 ? 'M'
                                 : 'K'); /* fits */
    return true;
}

/* "hugetlb.2MB.rsvd" + ".max": a suffix for each version. */
static int read_pages(const struct cgroup *c, const char *const stem, const char *const suffixes[2],
                      const char *key, uint64_t *ret_number)
{
    char v1[64], v2[64];
    autofree char *text = NULL;
    (void)snprintf(v1, sizeof(v1), "%s.%s", stem, suffixes[0]); /* a longer one is no file */
    (void)snprintf(v2, sizeof(v2), "%s.%s", stem, suffixes[1]);
    int r = cgroup_read_text(c, CGROUP_HUGETLB, v1, v2, &text);
    return r < 0 ? r : cgroup_counter_find(text, key, ret_number);
}

/* What is reserved, or (FALLBACK(linux < 5.7)) used. -ENOENT: no group counts pages of that size. */
static int read_page_size(const struct cgroup *c, const char *size, struct oci_hugepage_usage *h)
{
    static const char *const usage[2] = {"usage_in_bytes", "current"},
                             *const failures[2] = {"failcnt", "events"},
                             *const most[2] = {"max_usage_in_bytes", "peak"};
    bool v1 = c->v1_fd[CGROUP_HUGETLB] >= 0;
    char plain[40], reserved[48];
    (void)snprintf(plain, sizeof(plain), "hugetlb.%s", size); /* fits */
    (void)snprintf(reserved, sizeof(reserved), "%s.rsvd", plain);
    const char *stem = reserved;
    int r = read_pages(c, stem, usage, NULL, &h->usage);
    if (r == -ENOENT)
        r = read_pages(c, stem = plain, usage, NULL, &h->usage);
    if (r < 0)
        return r;
    ignore(read_pages(c, v1 ? stem : plain, failures, v1 ? NULL : "max", &h->failures)); /* else 0 */
    ignore(read_pages(c, stem, most, NULL, &h->max));
    return 0;
}

static int read_hugepages(const struct cgroup *c, struct oci_statistics *s)
{
    autostrings struct strings folders = {0};
    autoclose int dir = open(PAGE_SIZES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || folder_list(dir, &folders) < 0)
        return 0;
    s->hugepages = calloc(folders.count + 1, sizeof(*s->hugepages));
    for (size_t i = 0; i < folders.count && s->hugepages; i++) {
        struct oci_hugepage_usage one = {0};
        char size[PAGE_SIZE_NAME];
        if (!page_size_of(folders.items[i], size) || read_page_size(c, size, &one) < 0)
            continue;
        one.page_size = strdup(size);
        if (!one.page_size)
            return -ENOMEM;
        s->hugepages[s->hugepage_count++] = one;
    }
    return s->hugepages ? 0 : -ENOMEM;
}

/* Of the v2 group alone; a kernel that was told psi=0 has none. */
static void read_pressure(const struct cgroup *c, const char *file, struct oci_pressure *ret_pressure)
{
    struct cgroup v2 = CGROUP_EMPTY;
    autofree char *text = NULL;
    v2.v2_fd = c->v2_fd; /* lent */
    if (cgroup_read_text(&v2, CGROUP_CPU, NULL, file, &text) == 0)
        ignore(cgroup_counter_pressure(text, ret_pressure));
}

int statistics_read(const struct cgroup *cgroup, struct oci_statistics *ret_statistics,
                    struct failure *failure)
{
    autostatistics struct oci_statistics s = {0};
    struct cgroup_stats plain = {0};
    int r = cgroup_read_stats(cgroup, &plain, failure);
    if (r < 0)
        return r;
    s.pids_current = plain.pids;
    s.pids_limit = NUMBER(cgroup, CGROUP_PIDS, "pids.max", "pids.max", NULL);
    if (s.pids_limit == UINT64_MAX)
        s.pids_limit = 0;
    read_pressure(cgroup, "cpu.pressure", &s.cpu_pressure);
    read_pressure(cgroup, "memory.pressure", &s.memory_pressure);
    read_pressure(cgroup, "io.pressure", &s.io_pressure);
    r = read_processor(cgroup, &s);
    if (r == 0)
        r = read_memory(cgroup, &plain, &s);
    if (r == 0)
        r = read_io(cgroup, &s);
    if (r == 0)
        r = read_hugepages(cgroup, &s);
    if (r < 0)
        return fail(failure, r, "the counters");
    *ret_statistics = s;
    s = (struct oci_statistics){0};
    return 0;
}
