/* SPDX-License-Identifier: Apache-2.0 */
/* An OCI runtime config.json: numbers, so nothing needs resolving; its own user namespace decides what 0
 * means. */
#include "audit/workload.h"
#include "formats/yaml.h"

#include <errno.h>
#include <string.h>

static struct place place_of(struct arena *arena, const struct yaml_node *n)
{
    return n ? (struct place){arena_string(arena, n->file), n->line, n->column, n->end_line}
             : (struct place){0};
}

static const struct yaml_node *find_namespace(const struct yaml_node *config, const char *type)
{
    const struct yaml_node *list = yaml_get_path(config, "linux.namespaces");
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++)
        if (streq(yaml_get_text(list->items[i], "type"), type))
            return list->items[i];
    return NULL;
}

/* Whether container uid 0 is another uid of the host: a user namespace of its own whose map says so. */
static bool maps_root_away(const struct yaml_node *config)
{
    const struct yaml_node *maps = yaml_get_path(config, "linux.uidMappings");
    if (!find_namespace(config, "user") || !maps || maps->kind != YAML_LIST)
        return false;
    for (size_t i = 0; i < maps->count; i++) {
        int64_t inside, outside, size;
        if (yaml_integer(yaml_get(maps->items[i], "containerID"), &inside) < 0 ||
            yaml_integer(yaml_get(maps->items[i], "hostID"), &outside) < 0 ||
            yaml_integer(yaml_get(maps->items[i], "size"), &size) < 0)
            return false;
        if (outside <= 0 && outside + size > 0)
            return false; /* host uid 0 is mapped */
    }
    return maps->count > 0;
}

static void add_shared(struct audit *a, const struct yaml_node *config, struct workload *w,
                       struct place place)
{
    static const char *const types[] = {"pid", "ipc", "network", "mount", "uts"};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (!find_namespace(config, types[i])) {
            settings_add(&a->result->arena, &w->shared,
                         arena_printf(&a->result->arena, "no %s namespace", types[i]), place);
            w->host_network = w->host_network || streq(types[i], "network");
        }
}

static bool in_default_set(const char *name)
{
    static const char *const docker[] = {
        "CHOWN",  "DAC_OVERRIDE", "FSETID",  "FOWNER",           "MKNOD",      "NET_RAW", "SETGID",
        "SETUID", "SETFCAP",      "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL",    "AUDIT_WRITE"};
    for (size_t i = 0; i < ARRAY_SIZE(docker); i++)
        if (streq(name, docker[i]))
            return true;
    return false;
}

/* Capabilities beyond docker's defaults; for a user that is not root, those that it really has. */
static void add_capabilities(struct audit *a, const struct yaml_node *config, struct workload *w, bool root)
{
    const struct yaml_node *list =
        yaml_get_path(config, root ? "process.capabilities.bounding" : "process.capabilities.effective");
    const struct yaml_node *bounding = yaml_get_path(config, "process.capabilities.bounding");
    w->default_drops_all = !bounding || bounding->count == 0;
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
        const char *name = yaml_text(list->items[i]);
        if (!name)
            continue;
        name = string_after(name, "CAP_") ? name + 4 : name;
        if (!root || !in_default_set(name))
            settings_add(&a->result->arena, &w->cap_add, name, place_of(&a->result->arena, list->items[i]));
    }
}

static void add_mounts(struct audit *a, const struct yaml_node *config, struct workload *w)
{
    struct arena *arena = &a->result->arena;
    const struct yaml_node *list = yaml_get(config, "mounts");
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
        const struct yaml_node *m = list->items[i], *options = yaml_get(m, "options");
        bool bind = streq(yaml_get_text(m, "type"), "bind"), read_only = false;
        const char *propagation = "";
        for (size_t k = 0; options && options->kind == YAML_LIST && k < options->count; k++) {
            const char *o = yaml_text(options->items[k]) ? yaml_text(options->items[k]) : "";
            bind = bind || streq(o, "bind") || streq(o, "rbind");
            read_only = read_only || streq(o, "ro");
            if (streq(o, "shared") || streq(o, "rshared"))
                propagation = "shared";
        }
        struct workload_mount mount = {.type = MOUNT_BIND,
                                       .source = arena_string(arena, yaml_get_text(m, "source")),
                                       .target = arena_string(arena, yaml_get_text(m, "destination")),
                                       .options = propagation,
                                       .read_only = read_only,
                                       .place = place_of(arena, m)};
        if (bind && mount.source)
            workload_add_mount(arena, w, mount);
    }
}

static void add_fences(struct audit *a, const struct yaml_node *config, struct workload *w,
                       struct place place)
{
    struct arena *arena = &a->result->arena;
    const struct yaml_node *sysctl = yaml_get_path(config, "linux.sysctl");
    const struct yaml_node *masked = yaml_get_path(config, "linux.maskedPaths");
    const struct yaml_node *devices = yaml_get_path(config, "linux.devices");
    if (!yaml_get_path(config, "linux.seccomp"))
        settings_add(arena, &w->unfenced, "no linux.seccomp", place);
    if (!masked || masked->count == 0)
        settings_add(arena, &w->unfenced, "no linux.maskedPaths", place);
    for (size_t i = 0; sysctl && sysctl->kind == YAML_MAP && i < sysctl->count; i++)
        settings_add(arena, &w->sysctls, sysctl->pairs[i].key, place_of(arena, sysctl->pairs[i].key_node));
    for (size_t i = 0; devices && devices->kind == YAML_LIST && i < devices->count; i++)
        if (yaml_get_text(devices->items[i], "path"))
            settings_add(arena, &w->devices, yaml_get_text(devices->items[i], "path"),
                         place_of(arena, devices->items[i]));
}

static int judge_config(struct audit *a, const struct input *in, const struct yaml_node *config)
{
    struct arena *arena = &a->result->arena;
    const struct yaml_node *process = yaml_get(config, "process"), *user = yaml_get(process, "user");
    int64_t uid = 0, gid = 0;
    struct image_facts image;
    struct command_words words = {0};
    struct judgement j;
    struct subject *s = result_add_subject(a->result, SUBJECT_CONTAINER, in->name,
                                           user ? place_of(arena, user) : place_of(arena, config));
    if (!s)
        return -ENOMEM;
    facts_of_scratch(&image);
    image.chain_count = 0;
    image.accounts_known = false;
    int u = yaml_integer(yaml_get(user, "uid"), &uid), g = yaml_integer(yaml_get(user, "gid"), &gid);
    if ((u < 0 && u != -ENOENT) || (g < 0 && g != -ENOENT) || uid < 0 || gid < 0 || uid > UINT32_MAX) {
        (void)subject_find(a->result, s, NR103, s->place, "process.user.uid and gid are no ids");
        return 0;
    }
    struct judge_request request = {.result = a->result,
                                    .subject = s,
                                    .image = &image,
                                    .words = &words,
                                    .user = arena_printf(arena, "%lld:%lld", (long long)uid, (long long)gid),
                                    .setting = "process.user",
                                    .setting_place = s->place,
                                    .userns = maps_root_away(config) ? USERNS_PRIVATE : USERNS_HOST,
                                    .fix_user = "process.user: {\"uid\": 10001, \"gid\": 10001}"};
    words.entrypoint_given = true;
    int r = judge_user(&request, &j);
    if (r < 0)
        return r;
    struct workload w = {
        .privileged = SAID_NO, .place = s->place, .fix_capabilities = "process.capabilities.bounding: []"};
    w.no_new_privs = yaml_bool(yaml_get(process, "noNewPrivileges"), false) ? SAID_YES : SAID_NO;
    add_shared(a, config, &w, place_of(arena, config));
    add_capabilities(a, config, &w, uid == 0);
    add_mounts(a, config, &w);
    add_fences(a, config, &w, place_of(arena, config));
    workload_judge(a, s, &w, &j);
    return 0;
}

int judge_runtime_config(struct audit *a, const struct input *in)
{
    autoarena struct arena arena = {0};
    autoreport struct report report = {0};
    struct yaml_documents documents = {0};
    struct yaml_source source = {in->name, in->data, in->size};
    int r = yaml_parse_json(&arena, &source, &report, &documents);
    if (r == -EINVAL)
        result_take_report(a->result, &report);
    if (r < 0 || documents.count == 0)
        return r == -EINVAL ? 0 : r;
    return judge_config(a, in, documents.items[0]);
}
