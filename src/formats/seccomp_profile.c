/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/seccomp_profile.h"

#include "formats/json.h"
#include "formats/seccomp_member.h"

#include <errno.h>
#include <string.h>

static const char *const action_names[] = {
    [SECCOMP_KILL_PROCESS] = "SCMP_ACT_KILL_PROCESS",
    [SECCOMP_KILL_THREAD] = "SCMP_ACT_KILL_THREAD",
    [SECCOMP_TRAP] = "SCMP_ACT_TRAP",
    [SECCOMP_ERRNO] = "SCMP_ACT_ERRNO",
    [SECCOMP_NOTIFY] = "SCMP_ACT_NOTIFY",
    [SECCOMP_TRACE] = "SCMP_ACT_TRACE",
    [SECCOMP_LOG] = "SCMP_ACT_LOG",
    [SECCOMP_ALLOW] = "SCMP_ACT_ALLOW",
    [SECCOMP_ALLOW + 1] = NULL,
};

/* runtime-spec config-linux.md, "architectures" */
static const char *const architecture_names[] = {
    "SCMP_ARCH_X86",     "SCMP_ARCH_X86_64",   "SCMP_ARCH_X32",         "SCMP_ARCH_ARM",
    "SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPS",     "SCMP_ARCH_MIPS64",      "SCMP_ARCH_MIPS64N32",
    "SCMP_ARCH_MIPSEL",  "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",
    "SCMP_ARCH_PPC64",   "SCMP_ARCH_PPC64LE",  "SCMP_ARCH_S390",        "SCMP_ARCH_S390X",
    "SCMP_ARCH_PARISC",  "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",     "SCMP_ARCH_LOONGARCH64",
    "SCMP_ARCH_M68K",    "SCMP_ARCH_SH",       "SCMP_ARCH_SHEB",        NULL,
};

static const char *const flag_names[] = {
    "SECCOMP_FILTER_FLAG_TSYNC",
    "SECCOMP_FILTER_FLAG_LOG",
    "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    NULL,
};

int seccomp_action_from_name(const char *name, enum seccomp_action *ret_action)
{
    if (streq(name, "SCMP_ACT_KILL"))
        name = action_names[SECCOMP_KILL_THREAD];
    for (size_t i = 0; action_names[i]; i++)
        if (streq(name, action_names[i])) {
            *ret_action = (enum seccomp_action)i;
            return 0;
        }
    return -ENOENT;
}

const char *seccomp_action_name(enum seccomp_action action)
{
    return action_names[action];
}

const char *const *seccomp_action_names(void)
{
    return action_names;
}

const char *const *seccomp_architecture_names(void)
{
    return architecture_names;
}

const char *const *seccomp_flag_names(void)
{
    return flag_names;
}

void seccomp_profile_free(struct seccomp_profile *p)
{
    for (size_t i = 0; i < p->architecture_count; i++) {
        free(p->architectures[i].name);
        strings_free(&p->architectures[i].compatible);
    }
    for (size_t i = 0; i < p->rule_count; i++) {
        strings_free(&p->rules[i].names);
        strings_free(&p->rules[i].includes.architectures);
        strings_free(&p->rules[i].excludes.architectures);
    }
    free(p->architectures);
    free(p->rules);
    strings_free(&p->flags);
    free(p->listener_path);
    free(p->listener_metadata);
    *p = (struct seccomp_profile){0};
}

struct seccomp_rule *seccomp_profile_add_rule(struct seccomp_profile *p)
{
    struct seccomp_rule *rules = reallocarray(p->rules, p->rule_count + 1, sizeof(*rules));
    if (!rules)
        return NULL;
    p->rules = rules;
    rules[p->rule_count] = (struct seccomp_rule){.data = EPERM};
    return &rules[p->rule_count++];
}

static struct seccomp_architecture *add_architecture(struct seccomp_profile *p)
{
    struct seccomp_architecture *all =
        reallocarray(p->architectures, p->architecture_count + 1, sizeof(*all));
    if (!all)
        return NULL;
    p->architectures = all;
    all[p->architecture_count] = (struct seccomp_architecture){0};
    return &all[p->architecture_count++];
}

static int read_architectures(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                              struct seccomp_profile *p)
{
    autostrings struct strings names = {0};
    int error = seccomp_member_words(r, place, value, architecture_names, &names);
    for (size_t i = 0; i < names.count && error == 0; i++) {
        struct seccomp_architecture *a = add_architecture(p);
        if (!a || !(a->name = strdup(names.items[i])))
            return -ENOMEM;
    }
    return error;
}

static const char *const map_members[] = {"architecture", "subArchitectures", NULL};

static int read_map_entry(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                          struct seccomp_profile *p)
{
    if (!seccomp_member_object(r, place, value, map_members))
        return 0;
    char inner[SECCOMP_PLACE_SIZE];
    struct json_object *name = json_get(value, "architecture");
    seccomp_place_member(inner, place, "architecture");
    autostrings struct strings one = {0};
    int error = seccomp_member_word(r, inner, name, architecture_names, &one);
    if (error != 0 || one.count == 0)
        return error;
    struct seccomp_architecture *a = add_architecture(p);
    if (!a || !(a->name = strdup(one.items[0])))
        return -ENOMEM;
    seccomp_place_member(inner, place, "subArchitectures");
    return seccomp_member_words(r, inner, json_get(value, "subArchitectures"), architecture_names,
                                &a->compatible);
}

static int read_map(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                    struct seccomp_profile *p)
{
    size_t count = seccomp_member_array(r, place, value);
    if (count > 0 && p->architecture_count > 0)
        return seccomp_member_refuse(r, place, "seccomp/two-forms",
                                     "both \"architectures\" and \"archMap\" are given: use one of them");
    p->architectures_mapped = count > 0;
    for (size_t i = 0; i < count; i++) {
        char inner[SECCOMP_PLACE_SIZE];
        seccomp_place_item(inner, place, i);
        int error = read_map_entry(r, inner, json_object_array_get_idx(value, i), p);
        if (error != 0)
            return error;
    }
    return 0;
}

static int read_default(struct seccomp_member_reader *r, const char *place, struct json_object *object,
                        struct seccomp_profile *p)
{
    char inner[SECCOMP_PLACE_SIZE];
    const struct seccomp_action_members members = {"defaultAction", "defaultErrnoRet", "defaultErrno"};
    struct seccomp_rule rule = {.data = EPERM};
    int error = seccomp_member_action(r, place, object, &members, &rule);
    p->default_action = rule.action;
    p->default_data = rule.data;
    seccomp_place_member(inner, place, "defaultAction");
    if (error == 0 && p->default_action == SECCOMP_NOTIFY)
        seccomp_member_refuse(r, inner, "seccomp/notify-default",
                              "a listener cannot answer every call: it would have to answer its own");
    return error;
}

static int read_listener(struct seccomp_member_reader *r, const char *place, struct json_object *object,
                         struct seccomp_profile *p)
{
    char inner[SECCOMP_PLACE_SIZE];
    seccomp_place_member(inner, place, "listenerPath");
    int error = seccomp_member_text(r, inner, json_get(object, "listenerPath"), &p->listener_path);
    if (error == 0 && p->listener_path && p->listener_path[0] != '/')
        seccomp_member_refuse(r, inner, "seccomp/listener-path", "\"%s\" is not absolute", p->listener_path);
    seccomp_place_member(inner, place, "listenerMetadata");
    if (error == 0)
        error = seccomp_member_text(r, inner, json_get(object, "listenerMetadata"), &p->listener_metadata);
    if (error == 0 && p->listener_metadata && !p->listener_path)
        seccomp_member_refuse(r, inner, "seccomp/no-listener",
                              "\"listenerMetadata\" without \"listenerPath\"");
    return error;
}

static const char *const top_members[] = {
    "archMap", "architectures", "defaultAction", "defaultErrno",     "defaultErrnoRet",
    "flags",   "listenerPath",  "syscalls",      "listenerMetadata", NULL,
};

static int read_profile(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                        struct seccomp_profile *p)
{
    if (!seccomp_member_object(r, place, value, top_members))
        return 0;
    char inner[SECCOMP_PLACE_SIZE];
    int error = read_default(r, place, value, p);
    seccomp_place_member(inner, place, "architectures");
    if (error == 0)
        error = read_architectures(r, inner, json_get(value, "architectures"), p);
    seccomp_place_member(inner, place, "archMap");
    if (error == 0)
        error = read_map(r, inner, json_get(value, "archMap"), p);
    seccomp_place_member(inner, place, "flags");
    if (error == 0)
        error = seccomp_member_words(r, inner, json_get(value, "flags"), flag_names, &p->flags);
    if (error == 0)
        error = read_listener(r, place, value, p);
    seccomp_place_member(inner, place, "syscalls");
    struct json_object *rules = json_get(value, "syscalls");
    size_t count = error == 0 ? seccomp_member_array(r, inner, rules) : 0;
    for (size_t i = 0; i < count && error == 0; i++) {
        char item[SECCOMP_PLACE_SIZE];
        seccomp_place_item(item, inner, i);
        struct seccomp_rule *rule = seccomp_profile_add_rule(p);
        error = rule ? seccomp_member_rule(r, item, json_object_array_get_idx(rules, i), rule) : -ENOMEM;
    }
    return error;
}

int seccomp_profile_read(const char *place, struct json_object *value, struct report *report,
                         struct seccomp_profile *ret_profile)
{
    autoseccomp struct seccomp_profile p = {0};
    struct seccomp_member_reader reader = {.report = report};
    int error = read_profile(&reader, place, value, &p);
    if (error == 0 && reader.refused)
        error = -EINVAL;
    if (error != 0)
        return error;
    *ret_profile = p;
    p = (struct seccomp_profile){0};
    return 0;
}

int seccomp_profile_parse(const char *name, const char *data, size_t size, struct report *report,
                          struct seccomp_profile *ret_profile)
{
    autojson struct json_object *value = NULL;
    int error = json_parse(name, data, size, report, &value);
    if (error != 0)
        return error;
    char place[SECCOMP_PLACE_SIZE];
    (void)snprintf(place, sizeof(place), "%s:", name); /* a place that is cut is still a place */
    return seccomp_profile_read(place, value, report, ret_profile);
}
