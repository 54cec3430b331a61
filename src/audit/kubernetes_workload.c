/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/kubernetes_subject.h"

#include <string.h>

struct reading {
    struct arena *arena;
    const struct pod_container *c;
    struct workload *w;
};

static struct place place_of(const struct reading *r, const struct yaml_node *n)
{
    return (struct place){arena_string(r->arena, n->file), n->line, n->column, n->end_line};
}

static void read_list(const struct reading *r, const struct yaml_node *list, struct settings *to)
{
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++)
        if (yaml_text(list->items[i]))
            settings_add(r->arena, to, yaml_text(list->items[i]), place_of(r, list->items[i]));
}

static void read_sharing(const struct reading *r)
{
    static const char *const keys[] = {"hostPID", "hostIPC", "hostNetwork"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const struct yaml_node *n = yaml_get(r->c->pod, keys[i]);
        if (!yaml_bool(n, false))
            continue;
        settings_add(r->arena, &r->w->shared, arena_printf(r->arena, "%s: true", keys[i]), place_of(r, n));
        r->w->host_network = r->w->host_network || streq(keys[i], "hostNetwork");
    }
}

static void read_fences(const struct reading *r)
{
    static const char *const profiles[] = {"seccompProfile", "appArmorProfile"};
    const struct yaml_node *proc = yaml_get(r->c->security, "procMount");
    for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
        const struct yaml_node *own = yaml_get(r->c->security, profiles[i]);
        const struct yaml_node *type =
            yaml_get(own ? own : yaml_get(r->c->pod_security, profiles[i]), "type");
        if (streq(yaml_text(type), "Unconfined"))
            settings_add(r->arena, &r->w->unfenced, arena_printf(r->arena, "%s: Unconfined", profiles[i]),
                         place_of(r, type));
    }
    if (streq(yaml_text(proc), "Unmasked"))
        settings_add(r->arena, &r->w->unfenced, "procMount: Unmasked", place_of(r, proc));
}

static void read_sysctls(const struct reading *r)
{
    const struct yaml_node *list = yaml_get(r->c->pod_security, "sysctls");
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++)
        if (yaml_get_text(list->items[i], "name"))
            settings_add(r->arena, &r->w->sysctls, yaml_get_text(list->items[i], "name"),
                         place_of(r, list->items[i]));
}

/* The volume that a volumeMount names. */
static const struct yaml_node *find_volume(const struct reading *r, const char *name)
{
    const struct yaml_node *list = yaml_get(r->c->pod, "volumes");
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++)
        if (streq(yaml_get_text(list->items[i], "name"), name))
            return list->items[i];
    return NULL;
}

static void read_mounts(const struct reading *r)
{
    const struct yaml_node *list = yaml_get(r->c->container, "volumeMounts");
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
        const struct yaml_node *one = list->items[i], *volume = find_volume(r, yaml_get_text(one, "name"));
        const char *host = yaml_text(yaml_get_path(volume, "hostPath.path"));
        const char *propagation = yaml_get_text(one, "mountPropagation");
        if (!host && !propagation)
            continue;
        struct workload_mount m = {.type = host ? MOUNT_BIND : MOUNT_VOLUME,
                                   .source = arena_string(r->arena, host),
                                   .target = arena_string(r->arena, yaml_get_text(one, "mountPath")),
                                   .options = arena_string(r->arena, propagation ? propagation : ""),
                                   .read_only = yaml_bool(yaml_get(one, "readOnly"), false),
                                   .place = place_of(r, one)};
        workload_add_mount(r->arena, r->w, m);
    }
    const struct yaml_node *devices = yaml_get(r->c->container, "volumeDevices");
    for (size_t i = 0; devices && devices->kind == YAML_LIST && i < devices->count; i++)
        if (yaml_get_text(devices->items[i], "devicePath"))
            settings_add(r->arena, &r->w->devices, yaml_get_text(devices->items[i], "devicePath"),
                         place_of(r, devices->items[i]));
}

static void read_ports(const struct reading *r)
{
    const struct yaml_node *list = yaml_get(r->c->container, "ports");
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++)
        if (yaml_get_text(list->items[i], "containerPort"))
            settings_add(r->arena, &r->w->ports, yaml_get_text(list->items[i], "containerPort"),
                         place_of(r, list->items[i]));
}

void kubernetes_read_workload(struct audit *a, const struct pod_container *c, struct workload *ret_workload)
{
    struct workload w = {.privileged = SAID_NOTHING,
                         .no_new_privs = SAID_NOTHING,
                         .kubernetes = true,
                         .fix_capabilities = "securityContext: {capabilities: {drop: [ALL]}}",
                         .fix_new_privs = "securityContext: {allowPrivilegeEscalation: false}"};
    struct reading r = {&a->result->arena, c, &w};
    const struct yaml_node *privileged = yaml_get(c->security, "privileged");
    const struct yaml_node *escalation = yaml_get(c->security, "allowPrivilegeEscalation");
    if (yaml_bool(privileged, false)) {
        w.privileged = SAID_YES;
        w.privileged_place = place_of(&r, privileged);
    }
    if (escalation && !yaml_is_null(escalation))
        w.no_new_privs = yaml_bool(escalation, true) ? SAID_NO : SAID_YES;
    read_list(&r, yaml_get_path(c->security, "capabilities.add"), &w.cap_add);
    read_list(&r, yaml_get_path(c->security, "capabilities.drop"), &w.cap_drop);
    read_sharing(&r);
    read_fences(&r);
    read_sysctls(&r);
    read_mounts(&r);
    read_ports(&r);
    *ret_workload = w;
}
