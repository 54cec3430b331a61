/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration of the engines: docker's daemon.json, containers.conf, containerd's config.toml. */
#include "audit/input.h"
#include "formats/accounts.h"
#include "formats/toml_lines.h"
#include "formats/yaml.h"
#include "policy/privilege.h"

#include <errno.h>
#include <string.h>

struct daemon {
    struct audit_result *result;
    struct subject *subject;
    const char *file;
};

static void find(const struct daemon *d, enum rule_id rule, enum rule_level level, unsigned line,
                 const char *message)
{
    struct audit_finding f = {.rule = rule,
                              .level = level,
                              .message = message,
                              .place = {d->file, line ? line : 1, 1, line ? line : 1}};
    (void)subject_add_finding(d->result, d->subject, &f);
}

static struct subject *config_subject(struct audit *a, const struct input *in)
{
    struct subject *s =
        result_add_subject(a->result, SUBJECT_CONFIG, in->name, (struct place){in->name, 1, 1, 1});
    if (s)
        s->verdict = VERDICT_NONE;
    return s;
}

static void judge_hosts(const struct daemon *d, const struct yaml_node *config)
{
    const struct yaml_node *hosts = yaml_get(config, "hosts");
    bool verified = yaml_bool(yaml_get(config, "tlsverify"), false);
    for (size_t i = 0; hosts && hosts->kind == YAML_LIST && i < hosts->count; i++) {
        const char *host = yaml_text(hosts->items[i]);
        if (host && string_after(host, "tcp://") && !verified)
            find(d, NR402, LEVEL_ERROR, hosts->items[i]->line,
                 arena_printf(&d->result->arena, "%s without tlsverify: whoever reaches the port is root",
                              host));
    }
}

static bool is_loopback(const char *host)
{
    return string_after(host, "127.") || string_after(host, "localhost") || string_after(host, "::1") ||
           string_after(host, "[::1]");
}

static void judge_registries(const struct daemon *d, const struct yaml_node *config)
{
    const struct yaml_node *list = yaml_get(config, "insecure-registries");
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
        const char *host = yaml_text(list->items[i]);
        if (host && !is_loopback(host))
            find(d, NR402, LEVEL_WARNING, list->items[i]->line,
                 arena_printf(&d->result->arena, "images of %s are taken without TLS verification", host));
    }
}

static void judge_words(const struct daemon *d, const struct yaml_node *config)
{
    static const struct {
        const char *key, *value;
        enum rule_id rule;
        const char *message;
    } rows[] = {
        {"seccomp-profile", "unconfined", NR208, "seccomp is off for every container"},
        {"default-cgroupns-mode", "host", NR207, "containers share the host's cgroup namespace by default"},
        {"default-ipc-mode", "host", NR207, "containers share the host's ipc namespace by default"},
        {"no-new-privileges", "false", NR402, "no-new-privileges is turned off for every container"},
        {"experimental", "true", NR402, "experimental features are on"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct yaml_node *n = yaml_get(config, rows[i].key);
        if (streq(yaml_text(n), rows[i].value))
            find(d, rows[i].rule, strcmp(rows[i].key, "experimental") == 0 ? LEVEL_NOTE : LEVEL_WARNING,
                 n->line, rows[i].message);
    }
}

/* Members of the group that may use the socket are root by it. */
static void judge_members(const struct daemon *d, const struct yaml_node *config, const char *group_file)
{
    autoaccounts struct accounts accounts = {0};
    struct failure failure = {0};
    const char *name = yaml_get_text(config, "group");
    struct accounts_text text = {.group = group_file, .group_size = group_file ? strlen(group_file) : 0};
    if (!group_file || accounts_read(&text, &accounts, &failure) < 0)
        return;
    const struct account_group *g = accounts_find_group(&accounts, name ? name : "docker");
    for (size_t i = 0; g && i < g->members.count; i++)
        find(d, NR402, LEVEL_WARNING, 1,
             arena_printf(&d->result->arena, "%s is a member of the group %s: root by the socket",
                          g->members.items[i], g->name));
}

int judge_daemon_json(struct audit *a, const struct input *in)
{
    autoarena struct arena arena = {0};
    autoreport struct report report = {0};
    struct yaml_documents documents = {0};
    struct yaml_source source = {in->name, in->data, in->size};
    int r = yaml_parse_json(&arena, &source, &report, &documents);
    if (r == -EINVAL)
        result_take_report(a->result, &report);
    if (r < 0)
        return r == -EINVAL ? 0 : r;
    const struct yaml_node *config = documents.count ? documents.items[0] : NULL;
    struct daemon d = {a->result, config_subject(a, in), in->name};
    if (!d.subject)
        return -ENOMEM;
    const char *remap = yaml_get_text(config, "userns-remap");
    const struct yaml_node *said = yaml_get(config, "userns-remap");
    if (!remap || remap[0] == '\0' || streq(remap, "host"))
        find(&d, NR401, LEVEL_WARNING, said ? said->line : 1,
             "no userns-remap: uid 0 of every container is the host's");
    judge_hosts(&d, config);
    judge_registries(&d, config);
    judge_words(&d, config);
    judge_members(&d, config, a->request->host_group);
    return 0;
}

static int parse_toml(struct audit *a, const struct input *in, struct arena *arena,
                      struct toml_file *ret_file)
{
    autoreport struct report report = {0};
    struct toml_source source = {in->name, in->data};
    int r = toml_parse(arena, &source, &report, ret_file);
    if (r == -EINVAL)
        result_take_report(a->result, &report);
    return r;
}

static bool value_is(const struct toml_entry *e, const char *value)
{
    return e && e->count > 0 && streq(e->values[0], value);
}

int judge_containers_conf(struct audit *a, const struct input *in)
{
    autoarena struct arena arena = {0};
    struct toml_file f = {0};
    int r = parse_toml(a, in, &arena, &f);
    if (r < 0)
        return r == -EINVAL ? 0 : r;
    struct daemon d = {a->result, config_subject(a, in), in->name};
    if (!d.subject)
        return -ENOMEM;
    const struct toml_entry *userns = toml_find(&f, "containers", "userns");
    bool mapped = userns && userns->count &&
                  (string_after(userns->values[0], "auto") || string_after(userns->values[0], "keep-id") ||
                   value_is(userns, "nomap") || value_is(userns, "private"));
    if (!mapped)
        find(&d, NR401, LEVEL_WARNING, userns ? userns->line : 1,
             "userns is not auto: uid 0 of root's containers is the host's");
    static const char *const namespaces[] = {"pidns", "ipcns", "netns", "utsns", "cgroupns"};
    for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
        const struct toml_entry *e = toml_find(&f, "containers", namespaces[i]);
        if (value_is(e, "host"))
            find(&d, NR207, LEVEL_WARNING, e->line,
                 arena_printf(&a->result->arena, "%s = host: shared by default", namespaces[i]));
    }
    static const char *const fences[] = {"seccomp_profile", "apparmor_profile"};
    for (size_t i = 0; i < ARRAY_SIZE(fences); i++) {
        const struct toml_entry *e = toml_find(&f, "containers", fences[i]);
        if (value_is(e, "unconfined"))
            find(&d, NR208, LEVEL_WARNING, e->line,
                 arena_printf(&a->result->arena, "%s is unconfined by default", fences[i]));
    }
    const struct toml_entry *label = toml_find(&f, "containers", "label");
    const struct toml_entry *capabilities = toml_find(&f, "containers", "default_capabilities");
    if (value_is(label, "false"))
        find(&d, NR208, LEVEL_WARNING, label->line, "SELinux separation is off by default");
    for (size_t i = 0; capabilities && i < capabilities->count; i++)
        if (capability_reach_of(capabilities->values[i]) == CAPABILITY_HOST)
            find(&d, NR202, LEVEL_ERROR, capabilities->line,
                 arena_printf(&a->result->arena, "%s is given to every container", capabilities->values[i]));
    const struct toml_entry *privileged = toml_find(&f, "containers", "privileged");
    if (value_is(privileged, "true"))
        find(&d, NR201, LEVEL_ERROR, privileged->line, "every container is privileged by default");
    return 0;
}

int judge_containerd_toml(struct audit *a, const struct input *in)
{
    autoarena struct arena arena = {0};
    struct toml_file f = {0};
    int r = parse_toml(a, in, &arena, &f);
    if (r < 0)
        return r == -EINVAL ? 0 : r;
    struct daemon d = {a->result, config_subject(a, in), in->name};
    if (!d.subject)
        return -ENOMEM;
    for (size_t i = 0; i < f.count; i++) {
        const struct toml_entry *e = &f.entries[i];
        bool grpc = streq(e->table, "grpc");
        if (grpc && streq(e->key, "tcp_address") && e->count && e->values[0][0] != '\0')
            find(&d, NR402, LEVEL_ERROR, e->line,
                 arena_printf(&a->result->arena, "containerd listens on %s: whoever reaches it is root",
                              e->values[0]));
        if (grpc && streq(e->key, "gid") && e->count && !streq(e->values[0], "0"))
            find(
                &d, NR402, LEVEL_WARNING, e->line,
                arena_printf(&a->result->arena, "the group %s may use the socket: root by it", e->values[0]));
        if (streq(e->key, "insecure_skip_verify") && value_is(e, "true"))
            find(&d, NR402, LEVEL_WARNING, e->line, "a registry's certificate is not verified");
        if (streq(e->key, "unset_seccomp_profile") && value_is(e, "unconfined"))
            find(&d, NR208, LEVEL_WARNING, e->line, "pods that say nothing run without seccomp");
        if (streq(e->key, "disable_apparmor") && value_is(e, "true"))
            find(&d, NR208, LEVEL_WARNING, e->line, "AppArmor is off for every pod");
        if (streq(e->key, "disable_proc_mount") && value_is(e, "true"))
            find(&d, NR208, LEVEL_WARNING, e->line, "/proc is not masked");
        if (streq(e->key, "privileged_without_host_devices") && value_is(e, "false"))
            find(&d, NR207, LEVEL_NOTE, e->line, "privileged pods see the host's devices");
    }
    return 0;
}
