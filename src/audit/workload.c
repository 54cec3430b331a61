/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/workload.h"

#include "base/number.h"
#include "policy/privilege.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

void settings_add(struct arena *arena, struct settings *list, const char *text, struct place place)
{
    struct setting *grown = arena_grow(arena, list->items, list->count, &list->capacity, sizeof(*grown));
    if (!grown)
        return; /* the arena remembers */
    list->items = grown;
    grown[list->count++] = (struct setting){arena_string(arena, text), place};
}

void workload_add_mount(struct arena *arena, struct workload *w, struct workload_mount mount)
{
    struct workload_mount *grown =
        arena_grow(arena, w->mounts, w->mount_count, &w->mount_capacity, sizeof(*grown));
    if (!grown)
        return;
    w->mounts = grown;
    grown[w->mount_count++] = mount;
}

struct workload_judge {
    struct audit_result *result;
    struct arena *arena;
    struct subject *subject;
    const struct workload *w;
    const struct judgement *j;
};

static void report_at(const struct workload_judge *g, enum rule_id rule, enum rule_level level,
                      const struct setting *what, const char *message)
{
    struct audit_finding f = {
        .rule = rule, .level = level, .object = what->text, .message = message, .place = what->place};
    (void)subject_add_finding(g->result, g->subject, &f);
}

static bool lists(const struct settings *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->items[i].text;
        if (strcasecmp(text + (strncasecmp(text, "CAP_", 4) == 0 ? 4 : 0), name) == 0)
            return true;
    }
    return false;
}

static void judge_capability(const struct workload_judge *g, const struct setting *added)
{
    const char *name = added->text + (strncasecmp(added->text, "CAP_", 4) == 0 ? 4 : 0);
    enum capability_reach reach = capability_reach_of(name);
    const char *idle =
        g->subject->verdict == VERDICT_NONROOT && !g->w->default_drops_all
            ? " (for a user that is not root docker and Kubernetes only put it into the bounding set)"
            : "";
    if (strcasecmp(name, "NET_ADMIN") == 0 && !g->w->host_network)
        reach = CAPABILITY_HARMLESS;
    if (reach == CAPABILITY_HOST)
        report_at(g, NR202, LEVEL_ERROR, added, arena_printf(g->arena, "%s reaches the host%s", name, idle));
    else if (reach == CAPABILITY_WAY_TO_ROOT)
        report_at(g, NR202, LEVEL_WARNING, added,
                  arena_printf(g->arena, "%s is a way to root%s", name, idle));
    else
        report_at(g, NR202, LEVEL_NOTE, added, arena_printf(g->arena, "%s is added%s", name, idle));
}

static void judge_capabilities(const struct workload_judge *g)
{
    for (size_t i = 0; i < g->w->cap_add.count; i++)
        judge_capability(g, &g->w->cap_add.items[i]);
    if (g->w->privileged == SAID_YES || lists(&g->w->cap_drop, "ALL") || g->w->default_drops_all)
        return;
    struct audit_finding f = {.rule = NR203,
                              .level = LEVEL_NOTE,
                              .place = g->w->place,
                              .message = "the default capabilities stay in the bounding set",
                              .fix = g->w->fix_capabilities};
    (void)subject_add_finding(g->result, g->subject, &f);
}

static void judge_mount(const struct workload_judge *g, const struct workload_mount *m)
{
    const char *source = m->source ? m->source : "";
    struct setting what = {arena_printf(g->arena, "%s:%s", source, m->target ? m->target : ""), m->place};
    if (m->type != MOUNT_BIND)
        return;
    enum path_reach reach = path_reach_of(source);
    if (reach == PATH_SOCKET) {
        const char *how = strstr(source, ".sock") ? "is the runtime's socket" : "holds the runtime's socket";
        report_at(g, NR206, LEVEL_ERROR, &what, arena_printf(g->arena, "%s %s", source, how));
    }
    if (reach != PATH_PRIVATE && !m->read_only && !strstr(source, ".sock"))
        report_at(g, NR207, LEVEL_WARNING, &what,
                  arena_printf(g->arena, "%s of the host is mounted writable", source));
    if (strstr(m->options, "shared") || strstr(m->options, "Bidirectional"))
        report_at(g, NR207, LEVEL_WARNING, &what,
                  "mounts made inside appear on the host (shared propagation)");
}

/* NR302: a bind source that belongs to another uid; a tmpfs that belongs to root. */
static void judge_owner(const struct workload_judge *g, const struct workload_mount *m)
{
    struct stat st;
    struct setting what = {arena_printf(g->arena, "%s", m->target ? m->target : ""), m->place};
    if (!g->subject->has_uid || g->subject->uid == 0 || m->read_only)
        return;
    if (m->type == MOUNT_TMPFS && !strstr(m->options, "uid=") && !strstr(m->options, "mode=1777") &&
        !strstr(m->options, "mode=777") && !streq(m->target, "/tmp") && !streq(m->target, "/run"))
        report_at(g, NR302, LEVEL_WARNING, &what,
                  arena_printf(g->arena, "the tmpfs belongs to root, the process is %u: add uid=%u",
                               g->subject->uid, g->subject->uid));
    if (m->type != MOUNT_BIND || !m->path || stat(m->path, &st) < 0 || S_ISSOCK(st.st_mode))
        return;
    bool writable = st.st_uid == g->subject->uid || (st.st_mode & S_IWOTH) ||
                    (g->subject->has_gid && st.st_gid == g->subject->gid && (st.st_mode & S_IWGRP));
    if (!writable && path_reach_of(m->source) == PATH_PRIVATE)
        report_at(g, NR302, LEVEL_WARNING, &what,
                  arena_printf(g->arena, "%s belongs to uid %u, the process is %u", m->source, st.st_uid,
                               g->subject->uid));
}

static void judge_mounts(const struct workload_judge *g)
{
    for (size_t i = 0; i < g->w->mount_count; i++) {
        judge_mount(g, &g->w->mounts[i]);
        judge_owner(g, &g->w->mounts[i]);
    }
}

static void judge_sharing(const struct workload_judge *g)
{
    for (size_t i = 0; i < g->w->shared.count; i++)
        report_at(g, NR207, LEVEL_WARNING, &g->w->shared.items[i],
                  arena_printf(g->arena, "%s shares the host's namespace", g->w->shared.items[i].text));
    for (size_t i = 0; i < g->w->devices.count; i++)
        report_at(g, NR207, LEVEL_WARNING, &g->w->devices.items[i],
                  arena_printf(g->arena, "the device %s is inside", g->w->devices.items[i].text));
    for (size_t i = 0; i < g->w->unfenced.count; i++)
        report_at(g, NR208, LEVEL_WARNING, &g->w->unfenced.items[i],
                  arena_printf(g->arena, "%s takes a fence down", g->w->unfenced.items[i].text));
    for (size_t i = 0; i < g->w->sysctls.count; i++)
        if (!sysctl_is_namespaced(g->w->sysctls.items[i].text))
            report_at(g, NR208, LEVEL_WARNING, &g->w->sysctls.items[i],
                      arena_printf(g->arena, "the sysctl %s is not the container's own",
                                   g->w->sysctls.items[i].text));
}

bool port_is_low(const char *port)
{
    uint64_t number = 0;
    char digits[8] = "";
    size_t n = strspn(port, "0123456789");
    if (n == 0 || n >= sizeof(digits))
        return false;
    memcpy(digits, port, n);
    return number_parse(digits, 65535, &number) == 0 && number > 0 && number < 1024;
}

static bool sysctl_allows_low_ports(const struct workload *w)
{
    for (size_t i = 0; i < w->sysctls.count; i++)
        if (strstr(w->sysctls.items[i].text, "ip_unprivileged_port_start"))
            return true;
    return false;
}

static void judge_ports(const struct workload_judge *g)
{
    bool nonroot = g->subject->verdict == VERDICT_NONROOT || g->subject->verdict == VERDICT_ENFORCED;
    if (!nonroot || sysctl_allows_low_ports(g->w) || lists(&g->w->cap_add, "NET_BIND_SERVICE"))
        return;
    for (size_t i = 0; i < g->w->ports.count; i++) {
        const struct setting *port = &g->w->ports.items[i];
        const char *where = g->w->kubernetes ? "Kubernetes does not allow it without the sysctl"
                            : g->w->host_network
                                ? "the host's network does not allow it"
                                : "docker and podman allow it in the container's own network";
        if (port_is_low(port->text))
            report_at(g, NR209, LEVEL_NOTE, port, arena_printf(g->arena, "port %s: %s", port->text, where));
    }
}

void workload_judge(struct audit *a, struct subject *s, const struct workload *w, const struct judgement *j)
{
    struct workload_judge g = {a->result, &a->result->arena, s, w, j};
    if (w->privileged == SAID_YES) {
        struct setting what = {"privileged", w->privileged_place};
        report_at(&g, NR201, LEVEL_ERROR, &what, "privileged: all capabilities, devices and no fences");
    }
    judge_capabilities(&g);
    judge_mounts(&g);
    judge_sharing(&g);
    judge_ports(&g);
}
