/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "engine/running.h"
#include "engine/sample.h"
#include "formats/cgroup_counters.h"
#include "formats/network_counters.h"
#include "host/statistics.h"
#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>

#define PROC_FILE_MAX (1u << 20)

static uint64_t machine_memory(void)
{
    struct sysinfo info;
    return sysinfo(&info) < 0 ? UINT64_MAX : (uint64_t)info.totalram * info.mem_unit;
}

/* NAME=NUMBER of memory.stat; 0: not there. */
static uint64_t find_raw(const struct oci_statistics *s, const char *name)
{
    for (size_t i = 0; i < s->memory_raw.count; i++) {
        const char *rest = string_after(s->memory_raw.items[i], name);
        uint64_t value;
        if (rest && rest[0] == '=' && number_parse(rest + 1, UINT64_MAX, &value) == 0)
            return value;
    }
    return 0;
}

static void take_memory(const struct cgroup *c, const struct oci_statistics *s,
                        struct container_sample *sample)
{
    uint64_t machine = machine_memory();
    uint64_t cache = find_raw(s, c->v1_fd[CGROUP_MEMORY] >= 0 ? "total_inactive_file" : "inactive_file");
    sample->memory_bytes = s->memory.usage > cache ? s->memory.usage - cache : s->memory.usage;
    /* v1's "none" is a number too, larger than any machine. */
    sample->memory_limit_bytes =
        s->memory.limit > machine || s->memory.limit == 0 ? machine : s->memory.limit;
}

static void take_processor(const struct cgroup *c, const struct oci_statistics *s,
                           struct container_sample *sample)
{
    bool counted = c->v2_fd >= 0 || c->v1_fd[CGROUP_CPUACCT] >= 0;
    sample->cpu_ns = counted ? s->cpu_total_ns : SAMPLE_UNKNOWN;
}

/* proc_pid_io(5): who reaps a process gets what that did, so a whole tree of processes adds up. */
static void add_process(pid_t pid, struct container_sample *sample)
{
    char path[40];
    autofree char *text = NULL;
    uint64_t read_bytes = 0, written_bytes = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/io", (int)pid); /* fits */
    if (file_read_all(AT_FDCWD, path, PROC_FILE_MAX, &text, NULL) < 0 ||
        cgroup_counter_find(text, "read_bytes:", &read_bytes) < 0 ||
        cgroup_counter_find(text, "write_bytes:", &written_bytes) < 0)
        return; /* it has ended */
    sample->read_bytes += read_bytes;
    sample->written_bytes += written_bytes;
}

static void take_disks(const struct cgroup *c, const struct oci_statistics *s,
                       struct container_sample *sample)
{
    autofree char *text = NULL;
    autofree pid_t *pids = NULL;
    size_t count = 0;
    if (c->v1_fd[CGROUP_IO] < 0 && cgroup_read_text(c, CGROUP_IO, NULL, "io.stat", &text) < 0) {
        if (cgroup_read_pids(c, &pids, &count) < 0)
            sample->read_bytes = sample->written_bytes = SAMPLE_UNKNOWN;
        for (size_t i = 0; i < count; i++)
            add_process(pids[i], sample);
        return;
    }
    for (size_t i = 0; i < s->io[OCI_IO_BYTES].count; i++) {
        const struct oci_io_count *one = &s->io[OCI_IO_BYTES].items[i];
        if (streq(one->operation, "Read"))
            sample->read_bytes += one->value;
        else if (streq(one->operation, "Write"))
            sample->written_bytes += one->value;
    }
}

static bool is_hosts_network(pid_t pid)
{
    char path[40];
    struct stat own, its;
    (void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid); /* fits */
    return stat("/proc/self/ns/net", &own) < 0 || stat(path, &its) < 0 ||
           (own.st_ino == its.st_ino && own.st_dev == its.st_dev);
}

static void take_network(pid_t pid, struct container_sample *sample)
{
    char path[40];
    autofree char *text = NULL;
    struct network_counters counters = {SAMPLE_UNKNOWN, SAMPLE_UNKNOWN};
    (void)snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)pid); /* fits */
    if (!is_hosts_network(pid) && file_read_all(AT_FDCWD, path, PROC_FILE_MAX, &text, NULL) == 0)
        ignore(network_counters_sum(text, &counters)); /* unknown then */
    sample->received_bytes = counters.received_bytes;
    sample->sent_bytes = counters.sent_bytes;
}

/* -ENOENT: it ended meanwhile. */
static int take_sample(const struct container_state *state, struct container_sample *ret_sample,
                       struct failure *failure)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    autostatistics struct oci_statistics statistics = {0};
    struct container_sample sample = {.running = true, .run = state->started};
    struct timespec now;
    if (!state->cgroup)
        return refuse(failure, -EOPNOTSUPP, "it has no control group: nothing counts what it uses");
    int r = cgroup_open(state->cgroup, &cgroup, failure);
    if (r == 0)
        r = statistics_read(&cgroup, &statistics, failure);
    if (r < 0)
        return r;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    sample.taken_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    take_processor(&cgroup, &statistics, &sample);
    take_memory(&cgroup, &statistics, &sample);
    take_disks(&cgroup, &statistics, &sample);
    take_network(state->pid, &sample);
    sample.pids = statistics.pids_current;
    *ret_sample = sample;
    return 0;
}

int container_sample(struct engine *e, const char *who, struct container_sample *ret_sample,
                     struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autostate struct container_state state = {0};
    autoclose int pidfd = -EBADF;
    struct failure ended = {0};
    *ret_sample = (struct container_sample){0};
    int r = container_find(e, who, id, failure);
    if (r < 0)
        return r;
    if (running_open(e, id, &state, &pidfd, &ended) < 0)
        return 0;
    r = take_sample(&state, ret_sample, failure);
    if (r < 0 && container_read_status(e, id) != CONTAINER_RUNNING &&
        container_read_status(e, id) != CONTAINER_PAUSED)
        return 0;
    return r < 0 ? fail_within(failure, "container %.12s", id) : 0;
}
