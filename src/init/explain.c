/* SPDX-License-Identifier: Apache-2.0 */
/* unroot-init explain [USER[:GROUP]]: who would run what, what would change, which capabilities that takes.
 * Changes nothing. */
#include "init/files.h"
#include "init/root_phase.h"
#include "init/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define CONFIG_FILE "/etc/unroot.conf"
#define RENDERED_MAX (64u << 10)

static const struct {
    const char *name;
    unsigned number;
    const char *what_for;
} needed[] = {
    {"SETGID", 6, "to set the groups"},
    {"SETUID", 7, "to set the user"},
    {"SETPCAP", 8, "to empty the bounding set and lock securebits (without it no_new_privs alone holds)"},
    {"CHOWN", 0, "to give `own` folders away"},
    {"DAC_READ_SEARCH", 2, "to walk `own` folders that are closed to others (or DAC_OVERRIDE)"},
    {"NET_BIND_SERVICE", 10, "to `listen` below port 1024 (unless ip_unprivileged_port_start is lower)"},
};

static void print_identity(const char *label, const struct identity *i)
{
    print("%s: uid %u gid %u groups", label, i->uid, i->gid);
    for (size_t n = 0; n < i->group_count; n++)
        print(" %u", i->groups[n]);
    print("%s name %s home %s\n", i->group_count ? "" : " none", i->name[0] ? i->name : "(none)",
          i->home[0] ? i->home : "/");
}

static void print_capabilities(const struct power *p, bool has_own, bool has_listen)
{
    if (p->uid != 0 && p->effective == 0) {
        print("capabilities: none held, none needed: users and ownership stay as they are\n");
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
        bool wanted = i < 3 || (i == 5 ? has_listen : has_own);
        bool held = p->effective >> needed[i].number & 1;
        if (wanted)
            print("capability %s: %s, %s\n", needed[i].name, held ? "held" : "MISSING", needed[i].what_for);
    }
    print_text("afterwards: no capability in any set, no_new_privs, securebits locked, TIOCSTI refused\n");
}

static int explain_services(const char *file, char *const *environment, struct failure *f)
{
    struct root_phase *p = calloc(1, sizeof(*p));
    autofree char *text = malloc(RENDERED_MAX);
    if (!p || !text)
        return fail_system(f, -ENOMEM, "explaining");
    int r = root_phase_read(file, environment, p, f);
    if (r < 0)
        return r;
    print("%s:\n", file);
    if (config_render(&p->config, text, RENDERED_MAX))
        print_text(text);
    print("started as: uid %u gid %u\n", p->power.uid, p->power.gid);
    for (size_t i = 0; i < p->config.service_count; i++) {
        char label[64];
        format_text(label, sizeof(label), "service %s", p->config.services[i].name);
        print_identity(label, &p->who->services[i]);
    }
    if (p->privileged)
        print_text("process 1: uid 65532 gid 65532\n");
    print_capabilities(&p->power, p->config.own_count > 0, p->config.listen_count > 0);
    return root_phase_prepare(p, true, f);
}

static int explain_user(const char *spec, char *const *environment, struct failure *f)
{
    struct power power;
    struct settings settings;
    struct accounts accounts;
    struct identity identity;
    int r = power_read(&power, f);
    if (r == 0)
        r = settings_parse(environment, &settings, f);
    if (r == 0)
        r = accounts_read(&accounts, f);
    if (r < 0)
        return r;
    print("started as: uid %u gid %u\n", power.uid, power.gid);
    if (power.uid != 0 && !spec) {
        identity_of_process(power.uid, power.gid, &accounts, &identity);
    } else {
        r = settings_resolve(&settings, spec, &accounts, &identity, f);
        if (r < 0)
            return r;
    }
    print_identity("would run as", &identity);
    if (power.uid == 0 && (settings.has_uid || settings.has_gid))
        settings_update_files(&identity, &accounts, true);
    print_capabilities(&power, false, false);
    return 0;
}

int explain_run(char **words, char *const *environment, struct failure *f)
{
    if (words[0] && words[1])
        return fail_usage(f, "usage: unroot-init explain [USER[:GROUP] | FILE]");
    bool is_file = words[0] && words[0][0] == '/';
    if (is_file || (!words[0] && access(CONFIG_FILE, F_OK) == 0))
        return explain_services(is_file ? words[0] : CONFIG_FILE, environment, f);
    return explain_user(words[0], environment, f);
}
