/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/compose_subject.h"

#include <string.h>

struct reading {
    struct arena *arena;
    const struct input *in;
    const struct yaml_node *service;
    struct workload *w;
};

static struct place place_of(const struct reading *r, const struct yaml_node *n)
{
    return (struct place){arena_string(r->arena, n->file), n->line, n->column, n->end_line};
}

/* The scalars of a list (or one scalar) as settings. */
static void read_list(const struct reading *r, const char *key, struct settings *list)
{
    const struct yaml_node *n = yaml_get(r->service, key);
    if (yaml_text(n))
        settings_add(r->arena, list, yaml_text(n), place_of(r, n));
    for (size_t i = 0; n && n->kind == YAML_LIST && i < n->count; i++)
        if (yaml_text(n->items[i]))
            settings_add(r->arena, list, yaml_text(n->items[i]), place_of(r, n->items[i]));
}

static void read_sharing(const struct reading *r)
{
    static const char *const keys[] = {"pid", "ipc", "network_mode", "uts", "cgroup", "userns_mode"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const struct yaml_node *n = yaml_get(r->service, keys[i]);
        if (!streq(yaml_text(n), "host"))
            continue;
        settings_add(r->arena, &r->w->shared, arena_printf(r->arena, "%s: host", keys[i]), place_of(r, n));
        r->w->host_network = r->w->host_network || streq(keys[i], "network_mode");
    }
}

static void read_security(const struct reading *r)
{
    struct settings options = {0};
    read_list(r, "security_opt", &options);
    for (size_t i = 0; i < options.count; i++) {
        const char *text = options.items[i].text;
        if (string_after(text, "no-new-privileges"))
            r->w->no_new_privs = strstr(text, "false") ? SAID_NO : SAID_YES;
        else if (strstr(text, "unconfined") || streq(text, "label=disable") || streq(text, "label:disable"))
            settings_add(r->arena, &r->w->unfenced, text, options.items[i].place);
    }
}

static void read_sysctls(const struct reading *r)
{
    const struct yaml_node *n = yaml_get(r->service, "sysctls");
    if (n && n->kind == YAML_MAP)
        for (size_t i = 0; i < n->count; i++)
            settings_add(r->arena, &r->w->sysctls, n->pairs[i].key, place_of(r, n->pairs[i].key_node));
    for (size_t i = 0; n && n->kind == YAML_LIST && i < n->count; i++)
        if (yaml_text(n->items[i]))
            settings_add(r->arena, &r->w->sysctls,
                         arena_copy(r->arena, yaml_text(n->items[i]), strcspn(yaml_text(n->items[i]), "=")),
                         place_of(r, n->items[i]));
}

/* "127.0.0.1:8080:80/tcp" -> "80/tcp". */
static void read_ports(const struct reading *r)
{
    const struct yaml_node *n = yaml_get(r->service, "ports");
    for (size_t i = 0; n && n->kind == YAML_LIST && i < n->count; i++) {
        const struct yaml_node *one = n->items[i];
        const char *text = one->kind == YAML_MAP ? yaml_get_text(one, "target") : yaml_text(one);
        const char *colon = text ? strrchr(text, ':') : NULL;
        if (text)
            settings_add(r->arena, &r->w->ports, colon ? colon + 1 : text, place_of(r, one));
    }
}

static void add_bind(const struct reading *r, struct workload_mount m)
{
    const char *source = m.source ? m.source : "";
    if (source[0] == '/')
        m.path = m.source;
    if ((source[0] == '.' || source[0] == '~') && r->in->path) {
        autofree char *beside = source[0] == '.' ? source_beside(r->in->path, source) : NULL;
        m.path = arena_string(r->arena, beside);
    }
    workload_add_mount(r->arena, r->w, m);
}

/* SRC:DST[:opts]: a source that is no path is a named volume. */
static void read_short_volume(const struct reading *r, const struct yaml_node *n)
{
    const char *text = yaml_text(n), *colon = strchr(text, ':');
    struct workload_mount m = {.type = MOUNT_VOLUME, .options = "", .place = place_of(r, n)};
    if (!colon) {
        m.target = arena_string(r->arena, text);
        workload_add_mount(r->arena, r->w, m);
        return;
    }
    const char *rest = colon + 1, *options = strchr(rest, ':');
    m.source = arena_copy(r->arena, text, (size_t)(colon - text));
    m.target = arena_copy(r->arena, rest, strcspn(rest, ":"));
    m.options = arena_string(r->arena, options ? options + 1 : "");
    m.read_only =
        options && (streq(m.options, "ro") || strncmp(m.options, "ro,", 3) == 0 || strstr(m.options, ",ro"));
    if (m.source[0] == '/' || m.source[0] == '.' || m.source[0] == '~')
        m.type = MOUNT_BIND;
    add_bind(r, m);
}

static void read_long_volume(const struct reading *r, const struct yaml_node *n)
{
    const char *type = yaml_get_text(n, "type"),
               *propagation = yaml_text(yaml_get_path(n, "bind.propagation"));
    struct workload_mount m = {.type = streq(type, "bind")    ? MOUNT_BIND
                                       : streq(type, "tmpfs") ? MOUNT_TMPFS
                                                              : MOUNT_VOLUME,
                               .source = arena_string(r->arena, yaml_get_text(n, "source")),
                               .target = arena_string(r->arena, yaml_get_text(n, "target")),
                               .options = arena_string(r->arena, propagation ? propagation : ""),
                               .read_only = yaml_bool(yaml_get(n, "read_only"), false),
                               .place = place_of(r, n)};
    if (m.type == MOUNT_TMPFS && yaml_text(yaml_get_path(n, "tmpfs.mode")))
        m.options = arena_printf(r->arena, "mode=%s", yaml_text(yaml_get_path(n, "tmpfs.mode")));
    add_bind(r, m);
}

static void read_mounts(const struct reading *r)
{
    const struct yaml_node *volumes = yaml_get(r->service, "volumes");
    struct settings tmpfs = {0};
    for (size_t i = 0; volumes && volumes->kind == YAML_LIST && i < volumes->count; i++) {
        if (yaml_text(volumes->items[i]))
            read_short_volume(r, volumes->items[i]);
        else if (volumes->items[i]->kind == YAML_MAP)
            read_long_volume(r, volumes->items[i]);
    }
    read_list(r, "tmpfs", &tmpfs);
    for (size_t i = 0; i < tmpfs.count; i++) {
        const char *text = tmpfs.items[i].text, *colon = strchr(text, ':');
        struct workload_mount m = {.type = MOUNT_TMPFS,
                                   .target = arena_copy(r->arena, text, strcspn(text, ":")),
                                   .options = arena_string(r->arena, colon ? colon + 1 : ""),
                                   .place = tmpfs.items[i].place};
        workload_add_mount(r->arena, r->w, m);
    }
    if (yaml_bool(yaml_get(r->service, "use_api_socket"), false)) {
        struct workload_mount m = {.type = MOUNT_BIND,
                                   .source = "/var/run/docker.sock",
                                   .options = "",
                                   .target = "/var/run/docker.sock",
                                   .place = place_of(r, yaml_get(r->service, "use_api_socket"))};
        workload_add_mount(r->arena, r->w, m);
    }
}

void compose_read_workload(struct audit *a, const struct input *in, const struct yaml_node *service,
                           struct workload *ret_workload)
{
    struct workload w = {.privileged = SAID_NOTHING,
                         .no_new_privs = SAID_NOTHING,
                         .fix_capabilities = "cap_drop: [ALL]",
                         .fix_new_privs = "security_opt: [\"no-new-privileges:true\"]"};
    struct reading r = {&a->result->arena, in, service, &w};
    const struct yaml_node *privileged = yaml_get(service, "privileged");
    if (yaml_bool(privileged, false)) {
        w.privileged = SAID_YES;
        w.privileged_place = place_of(&r, privileged);
    }
    read_list(&r, "cap_add", &w.cap_add);
    read_list(&r, "cap_drop", &w.cap_drop);
    read_list(&r, "devices", &w.devices);
    read_sharing(&r);
    read_security(&r);
    read_sysctls(&r);
    read_ports(&r);
    read_mounts(&r);
    *ret_workload = w;
}

/* The indentation of the service's keys, as spaces. */
static const char *indentation(struct arena *arena, const struct yaml_node *service)
{
    unsigned column = service->count > 0 ? service->pairs[0].key_node->column : 1;
    return arena_printf(arena, "%*s", (int)column - 1, "");
}

static bool flow_style(const struct yaml_node *service)
{
    return service->count == 0 || (service->line == service->end_line && service->count > 1);
}

/* The edit of one finding, or NULL. What replaces a value is kept to that value: what stands behind it stays.
 */
static const char *edit_text(struct arena *arena, const struct audit_finding *f,
                             const struct yaml_node *service, bool *ret_value)
{
    const struct yaml_node *user = yaml_get(service, "user");
    bool own = user && user->line == f->place.line && streq(user->file, service->file) &&
               user->line == user->end_line && user->kind == YAML_SCALAR;
    *ret_value = f->rule == NR103 || f->rule == NR107;
    if (f->rule == NR203 && !yaml_get(service, "cap_drop"))
        return "cap_drop: [\"ALL\"]";
    if (f->rule == NR204 && !yaml_get(service, "security_opt"))
        return "security_opt: [\"no-new-privileges:true\"]";
    if (f->rule == NR103 && own && yaml_is_sexagesimal(user))
        return arena_printf(arena, "\"%s\"", user->text);
    if (f->rule == NR107 && own && !user->tag && user->text[strspn(user->text, "0123456789")] == '\0')
        return arena_printf(arena, "\"%s:%s\"", user->text, user->text);
    return NULL;
}

void compose_add_edits(struct audit *a, struct subject *s, const struct yaml_node *service)
{
    struct arena *arena = &a->result->arena;
    if (flow_style(service) || !s->place.file || service->pairs[0].key_node->line <= s->place.line ||
        !streq(service->file, s->place.file))
        return;
    for (size_t i = 0; i < s->finding_count; i++) {
        struct audit_finding *f = &s->findings[i];
        bool value;
        const char *text = edit_text(arena, f, service, &value);
        struct edit *edit = text ? arena_allocate(arena, sizeof(*edit)) : NULL;
        if (!edit || (f->rule == NR203 && s->verdict != VERDICT_NONROOT))
            continue;
        *edit = (struct edit){.file = s->place.file, .first = s->place.line + 1, .last = s->place.line};
        edit->text = value ? text : arena_printf(arena, "%s%s", indentation(arena, service), text);
        if (value) {
            const struct yaml_node *user = yaml_get(service, "user");
            edit->first = edit->last = user->line;
            edit->column = user->column;
            edit->end_column = user->end_column;
        }
        f->edit = edit;
        f->fix = value ? arena_printf(arena, "user: %s", text) : text;
    }
}
