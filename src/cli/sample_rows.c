/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sample_rows.h"

#include "cli/human.h"

#include <string.h>

#define SHORT_ID 12
#define UNKNOWN "--"

const struct listing_column sample_columns[] = {
    {"Container", "CONTAINER"},
    {"ID", "CONTAINER ID"},
    {"Name", "NAME"},
    {"CPUPerc", "CPU %"},
    {"MemUsage", "MEM USAGE / LIMIT"},
    {"MemPerc", "MEM %"},
    {"NetIO", "NET I/O"},
    {"BlockIO", "BLOCK I/O"},
    {"PIDs", "PIDS"},
    {NULL, NULL},
};

/* Of one processor, so that it may be more than a hundred. */
static void put_processor(struct json_object *object, const struct sample_row *row)
{
    autotext struct text t = {0};
    const struct container_sample *a = &row->before, *b = &row->now;
    bool known = a->running && a->run == b->run && a->cpu_ns != SAMPLE_UNKNOWN &&
                 b->cpu_ns != SAMPLE_UNKNOWN && b->taken_ns > a->taken_ns;
    if (!b->running)
        text_append(&t, "0.00%");
    else if (!known)
        text_append(&t, UNKNOWN);
    else
        text_printf(&t, "%.2f%%",
                    b->cpu_ns < a->cpu_ns
                        ? 0.0
                        : 100.0 * (double)(b->cpu_ns - a->cpu_ns) / (double)(b->taken_ns - a->taken_ns));
    row_put_text(object, "CPUPerc", &t);
}

static void put_memory(struct json_object *object, const struct container_sample *s)
{
    autotext struct text usage = {0}, share = {0};
    human_size_binary(&usage, s->memory_bytes);
    text_append(&usage, " / ");
    human_size_binary(&usage, s->memory_limit_bytes);
    text_printf(&share, "%.2f%%",
                s->memory_limit_bytes == 0 ? 0.0
                                           : 100.0 * (double)s->memory_bytes / (double)s->memory_limit_bytes);
    row_put_text(object, "MemUsage", &usage);
    row_put_text(object, "MemPerc", &share);
}

static void put_pair(struct json_object *object, const char *field, uint64_t in, uint64_t out)
{
    autotext struct text t = {0};
    if (in == SAMPLE_UNKNOWN || out == SAMPLE_UNKNOWN) {
        row_put(object, field, UNKNOWN);
        return;
    }
    human_size(&t, in);
    text_append(&t, " / ");
    human_size(&t, out);
    row_put_text(object, field, &t);
}

struct json_object *make_sample_row(const struct sample_row *row)
{
    struct json_object *object = json_object_new_object();
    autotext struct text id = {0}, short_id = {0}, pids = {0};
    if (!object)
        return NULL;
    put_pair(object, "BlockIO", row->now.read_bytes, row->now.written_bytes);
    put_processor(object, row);
    text_append_n(&short_id, row->id, strnlen(row->id, SHORT_ID));
    if (row->container)
        row_put(object, "Container", row->container);
    else
        row_put_text(object, "Container", &short_id);
    text_append_n(&id, row->id, row->no_trunc ? strlen(row->id) : SHORT_ID);
    row_put_text(object, "ID", &id);
    put_memory(object, &row->now);
    row_put(object, "Name", row->name);
    put_pair(object, "NetIO", row->now.received_bytes, row->now.sent_bytes);
    text_printf(&pids, "%llu", (unsigned long long)row->now.pids);
    row_put_text(object, "PIDs", &pids);
    return object;
}
