/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_process.h"
#include "base/closest.h"
#include "formats/capability.h"
#include "formats/oci_tables.h"
#include "formats/rlimit_spec.h"

#include <inttypes.h>
#include <sched.h>
#include <string.h>

/* sched.h has these only with the kernel's names in newer C libraries */
enum { POLICY_OTHER, POLICY_FIFO, POLICY_RR, POLICY_BATCH, POLICY_ISO, POLICY_IDLE, POLICY_DEADLINE };

static void read_capability_set(struct json_binder *b, struct json_object *value, void *base,
                                const struct json_row *row)
{
    uint64_t *set = (uint64_t *)(void *)((char *)base + row->offset);
    if (!json_bind_expect(b, value, json_type_array))
        return;
    size_t count = json_object_array_length(value);
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(value, i);
        size_t length = json_bind_enter(b, NULL, i);
        if (json_bind_expect(b, item, json_type_string)) {
            const char *name = json_object_get_string(item);
            const char *rest = string_after(name, "CAP_");
            int number = rest ? capability_number(name) : -1;
            if (number < 0)
                json_bind_warn(b, NULL, "oci/capability",
                               "\"%.100s\" is no capability that we know: left out", name);
            else
                *set |= CAPABILITY_BIT(number);
        }
        json_bind_leave(b, length);
    }
}
static const struct json_shape type_capability_set = {read_capability_set, NULL};

static void check_capabilities(struct json_binder *b, void *base)
{
    struct oci_capabilities *c = base;
    (void)b;
    c->given = true;
}

#define SET(member)                                                                                          \
    {                                                                                                        \
        .name = #member, .type = &type_capability_set, .offset = offsetof(struct oci_capabilities, member)   \
    }
static const struct json_row capability_rows[] = {
    SET(ambient), SET(bounding), SET(effective), SET(inheritable), SET(permitted), {0},
};
static const struct json_table capability_table = {.rows = capability_rows, .check = check_capabilities};

static const struct json_row user_rows[] = {
    {.name = "uid", .type = &json_shape_id, .offset = offsetof(struct oci_user, uid)},
    {.name = "gid", .type = &json_shape_id, .offset = offsetof(struct oci_user, gid)},
    {.name = "umask", .type = &json_shape_maybe_u32, .offset = offsetof(struct oci_user, umask), .max = 0777},
    {.name = "additionalGids",
     .type = &json_shape_ids,
     .offset = offsetof(struct oci_user, groups),
     .count_offset = offsetof(struct oci_user, group_count)},
    {.name = "username",
     .type = &json_shape_refused,
     .detail = "not supported: it is for Windows; give uid and gid"},
    {0},
};
static const struct json_table user_table = {.rows = user_rows};

static const struct json_row console_rows[] = {
    {.name = "height",
     .type = &json_shape_u32,
     .offset = offsetof(struct oci_process, console_height),
     .max = UINT16_MAX},
    {.name = "width",
     .type = &json_shape_u32,
     .offset = offsetof(struct oci_process, console_width),
     .max = UINT16_MAX},
    {0},
};
static const struct json_table console_table = {.rows = console_rows};

static void read_resource(struct json_binder *b, struct json_object *value, void *base,
                          const struct json_row *row)
{
    if (!json_bind_expect(b, value, json_type_string))
        return;
    const char *name = json_object_get_string(value);
    int resource = string_after(name, "RLIMIT_") ? rlimit_resource(name) : -1;
    if (resource < 0)
        json_bind_refuse(b, NULL, "oci/rlimit", "\"%.100s\" is no resource limit (getrlimit(2))", name);
    else
        *(int *)(void *)((char *)base + row->offset) = resource;
}
static const struct json_shape type_resource = {read_resource, NULL};

static void check_rlimit(struct json_binder *b, void *base)
{
    const struct oci_rlimit *limit = base;
    if (limit->soft > limit->hard)
        json_bind_refuse(b, NULL, "oci/rlimit",
                         "%s: the soft limit %" PRIu64 " is above the hard one, %" PRIu64,
                         rlimit_resource_name(limit->resource), limit->soft, limit->hard);
}

static const struct json_row rlimit_rows[] = {
    {.name = "type",
     .type = &type_resource,
     .offset = offsetof(struct oci_rlimit, resource),
     .required = true},
    {.name = "soft", .type = &json_shape_u64, .offset = offsetof(struct oci_rlimit, soft), .required = true},
    {.name = "hard", .type = &json_shape_u64, .offset = offsetof(struct oci_rlimit, hard), .required = true},
    {0},
};
static const struct json_table rlimit_table = {
    .rows = rlimit_rows, .item_size = sizeof(struct oci_rlimit), .check = check_rlimit};

static const struct json_word scheduler_policies[] = {
    {"SCHED_OTHER", POLICY_OTHER},
    {"SCHED_FIFO", POLICY_FIFO},
    {"SCHED_RR", POLICY_RR},
    {"SCHED_BATCH", POLICY_BATCH},
    {"SCHED_ISO", POLICY_ISO},
    {"SCHED_IDLE", POLICY_IDLE},
    {"SCHED_DEADLINE", POLICY_DEADLINE},
    {0},
};

/* linux/sched.h */
static const struct json_word scheduler_flags[] = {
    {"SCHED_FLAG_RESET_ON_FORK", 0x01},  {"SCHED_FLAG_RECLAIM", 0x02},
    {"SCHED_FLAG_DL_OVERRUN", 0x04},     {"SCHED_FLAG_KEEP_POLICY", 0x08},
    {"SCHED_FLAG_KEEP_PARAMS", 0x10},    {"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40}, {0},
};

/* runtime-spec config.md "scheduler": which value is for which policy. */
static void check_scheduler(struct json_binder *b, void *base)
{
    struct oci_scheduler *s = base;
    bool real_time = s->policy == POLICY_FIFO || s->policy == POLICY_RR;
    bool deadline = s->policy == POLICY_DEADLINE;
    s->given = true;
    if (s->policy == POLICY_ISO)
        json_bind_refuse(b, "policy", "oci/scheduler", "SCHED_ISO is reserved and not there in Linux");
    if (s->nice != 0 && s->policy != POLICY_OTHER && s->policy != POLICY_BATCH)
        json_bind_refuse(b, "nice", "oci/scheduler", "is for SCHED_OTHER and SCHED_BATCH alone");
    if (real_time ? s->priority < 1 || s->priority > 99 : s->priority != 0)
        json_bind_refuse(b, "priority", "oci/scheduler",
                         "is 1 to 99 for SCHED_FIFO and SCHED_RR, and nothing else has one");
    if (!deadline && (s->runtime_ns || s->deadline_ns || s->period_ns))
        json_bind_refuse(b, NULL, "oci/scheduler",
                         "runtime, deadline and period are for SCHED_DEADLINE alone");
    if (s->flags & ~UINT64_C(0x0f))
        json_bind_refuse(b, "flags", "oci/scheduler",
                         "not supported: this flag needs a value that the configuration cannot give");
}

static const struct json_row scheduler_rows[] = {
    {.name = "policy",
     .type = &json_shape_choice,
     .offset = offsetof(struct oci_scheduler, policy),
     .required = true,
     .detail = scheduler_policies},
    {.name = "nice",
     .type = &json_shape_i32,
     .offset = offsetof(struct oci_scheduler, nice),
     .min = -20,
     .max = 19},
    {.name = "priority", .type = &json_shape_i32, .offset = offsetof(struct oci_scheduler, priority)},
    {.name = "flags",
     .type = &json_shape_flags,
     .offset = offsetof(struct oci_scheduler, flags),
     .detail = scheduler_flags},
    {.name = "runtime", .type = &json_shape_u64, .offset = offsetof(struct oci_scheduler, runtime_ns)},
    {.name = "deadline", .type = &json_shape_u64, .offset = offsetof(struct oci_scheduler, deadline_ns)},
    {.name = "period", .type = &json_shape_u64, .offset = offsetof(struct oci_scheduler, period_ns)},
    {0},
};
static const struct json_table scheduler_table = {.rows = scheduler_rows, .check = check_scheduler};

static const struct json_word io_classes[] = {
    {"IOPRIO_CLASS_RT", 1}, {"IOPRIO_CLASS_BE", 2}, {"IOPRIO_CLASS_IDLE", 3}, {0}};

static void check_io_priority(struct json_binder *b, void *base)
{
    struct oci_io_priority *p = base;
    (void)b;
    p->given = true;
}

static const struct json_row io_priority_rows[] = {
    {.name = "class",
     .type = &json_shape_choice,
     .offset = offsetof(struct oci_io_priority, ioclass),
     .required = true,
     .detail = io_classes},
    {.name = "priority",
     .type = &json_shape_i32,
     .offset = offsetof(struct oci_io_priority, priority),
     .max = 7},
    {0},
};
static const struct json_table io_priority_table = {.rows = io_priority_rows, .check = check_io_priority};

static const struct json_row affinity_rows[] = {
    {.name = "initial", .type = &oci_type_cpu_list, .offset = offsetof(struct oci_process, affinity_initial)},
    {.name = "final", .type = &oci_type_cpu_list, .offset = offsetof(struct oci_process, affinity_final)},
    {0},
};
static const struct json_table affinity_table = {.rows = affinity_rows};

static void check_environment(struct json_binder *b, const struct strings *environment)
{
    for (size_t i = 0; i < environment->count; i++) {
        const char *item = environment->items[i], *equals = strchr(item, '=');
        if (equals && equals != item)
            continue;
        char member[32];
        (void)snprintf(member, sizeof(member), "env[%zu]", i);
        json_bind_refuse(b, member, "oci/environment", "\"%.100s\" is not of the form NAME=VALUE", item);
    }
}

static void check_process(struct json_binder *b, void *base)
{
    const struct oci_process *p = base;
    if (p->args.count == 0)
        json_bind_refuse(b, "args", "oci/args", "args must not be empty");
    else if (p->args.items[0][0] == '\0')
        json_bind_refuse(b, "args", "oci/args", "the program's name is empty");
    check_environment(b, &p->environment);
    for (size_t i = 0; i < p->rlimit_count; i++)
        for (size_t j = 0; j < i; j++)
            if (p->rlimits[i].resource == p->rlimits[j].resource)
                json_bind_refuse(b, "rlimits", "oci/rlimit", "%s stands there twice",
                                 rlimit_resource_name(p->rlimits[i].resource));
    const struct oci_capabilities *c = &p->capabilities;
    if ((c->effective & ~c->permitted) || (c->ambient & ~(c->permitted & c->inheritable)) ||
        ((c->permitted | c->inheritable) & ~c->bounding))
        json_bind_warn(
            b, "capabilities", "oci/capability",
            "what is effective must be permitted, what is ambient permitted and inheritable, and all of "
            "it bounding (capabilities(7)): the rest is left out");
}

#define PROCESS(member) .offset = offsetof(struct oci_process, member)
static const struct json_row process_rows[] = {
    {.name = "terminal", .type = &json_shape_switch, PROCESS(terminal)},
    {.name = "consoleSize", .type = &json_shape_struct, .detail = &console_table},
    {.name = "user", .type = &json_shape_struct, PROCESS(user), .detail = &user_table},
    {.name = "args", .type = &json_shape_texts, PROCESS(args)},
    {.name = "commandLine",
     .type = &json_shape_refused,
     .detail = "not supported: it is for Windows; give args"},
    {.name = "env", .type = &json_shape_texts, PROCESS(environment)},
    {.name = "cwd", .type = &json_shape_path, PROCESS(cwd), .required = true},
    {.name = "capabilities", .type = &json_shape_struct, PROCESS(capabilities), .detail = &capability_table},
    {.name = "rlimits",
     .type = &json_shape_list,
     PROCESS(rlimits),
     .count_offset = offsetof(struct oci_process, rlimit_count),
     .detail = &rlimit_table},
    {.name = "noNewPrivileges", .type = &json_shape_switch, PROCESS(no_new_privileges)},
    {.name = "oomScoreAdj", .type = &json_shape_maybe_i64, PROCESS(oom_score_adj), .min = -1000, .max = 1000},
    {.name = "apparmorProfile", .type = &json_shape_text, PROCESS(apparmor_profile)},
    {.name = "selinuxLabel", .type = &json_shape_text, PROCESS(selinux_label)},
    {.name = "scheduler", .type = &json_shape_struct, PROCESS(scheduler), .detail = &scheduler_table},
    {.name = "ioPriority", .type = &json_shape_struct, PROCESS(io_priority), .detail = &io_priority_table},
    {.name = "execCPUAffinity", .type = &json_shape_struct, .detail = &affinity_table},
    {0},
};
const struct json_table oci_process_table = {.rows = process_rows, .check = check_process};

int oci_process_parse(const char *name, const char *data, size_t size, const struct oci_reports *reports,
                      struct oci_process *ret_process)
{
    struct json_binder b = {.document = name, .report = reports->errors, .warnings = reports->warnings};
    struct oci_process process = {0};
    int r = json_bind(&b, data, size, &oci_process_table, &process);
    if (r == 0)
        *ret_process = process;
    return r;
}

void oci_process_free(struct oci_process *p)
{
    json_bind_release(&oci_process_table, p);
    *p = (struct oci_process){0};
}
