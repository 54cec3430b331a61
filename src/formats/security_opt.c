/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/security_opt.h"
#include "base/closest.h"
#include "base/number.h"
#include "formats/path_text.h"

#include <errno.h>
#include <string.h>

struct security_parser {
    const char *text; /* one --security-opt */
    struct security_options *options;
    struct failure *failure;
};

static int refuse_text(const struct security_parser *p, const char *why)
{
    return refuse(p->failure, -EINVAL, "--security-opt %s: %s", p->text, why);
}

static int set_string(const struct security_parser *p, char **string, const char *value)
{
    free(*string);
    *string = strdup(value);
    return *string ? 0 : fail(p->failure, -ENOMEM, "--security-opt %s", p->text);
}

static int read_no_new_privileges(const struct security_parser *p, const char *value)
{
    if (!value || streq(value, "true") || streq(value, "1"))
        p->options->no_new_privileges = true;
    else if (streq(value, "false") || streq(value, "0"))
        p->options->no_new_privileges = false;
    else
        return refuse_text(p, "expected no-new-privileges[=true|false]");
    p->options->no_new_privileges_said = true;
    return 0;
}

static int read_seccomp(const struct security_parser *p, const char *value)
{
    struct security_options *o = p->options;
    o->seccomp = SECCOMP_FILE;
    if (streq(value, "builtin") || streq(value, "default"))
        o->seccomp = SECCOMP_BUILTIN;
    else if (streq(value, "unconfined"))
        o->seccomp = SECCOMP_UNCONFINED;
    if (o->seccomp == SECCOMP_FILE)
        return set_string(p, &o->seccomp_file, value);
    free(o->seccomp_file);
    o->seccomp_file = NULL;
    return 0;
}

static int read_apparmor(const struct security_parser *p, const char *value)
{
    if (strlen(value) > 255 || strpbrk(value, " \t\r\n"))
        return refuse_text(p, "no AppArmor profile has such a name");
    return set_string(p, &p->options->apparmor, value);
}

static int read_label(const struct security_parser *p, const char *value)
{
    int r = strings_add(&p->options->labels, value);
    return r < 0 ? fail(p->failure, r, "--security-opt %s", p->text) : 0;
}

static int read_systempaths(const struct security_parser *p, const char *value)
{
    if (!streq(value, "unconfined"))
        return refuse_text(p, "expected systempaths=unconfined");
    p->options->unmask_all = true;
    return 0;
}

/* Absolute paths with ':' between them. */
static int read_paths(const struct security_parser *p, const char *value, struct strings *list)
{
    autofree char *copy = strdup(value);
    if (!copy)
        return fail(p->failure, -ENOMEM, "--security-opt %s", p->text);
    char *rest = copy;
    for (char *path = strsep(&rest, ":"); path; path = strsep(&rest, ":")) {
        autofree char *clean = NULL;
        int r = path_text_clean(path, &clean);
        if (r == 0 && !streq(clean, path))
            r = -EINVAL;
        if (r == 0)
            r = strings_add_taken(list, TAKE_PTR(clean));
        if (r < 0)
            return r == -ENOMEM ? fail(p->failure, r, "--security-opt %s", p->text)
                                : refuse_text(p, "expected absolute paths with ':' between them");
    }
    return 0;
}

static int read_mask(const struct security_parser *p, const char *value)
{
    return read_paths(p, value, &p->options->mask);
}

static int read_unmask(const struct security_parser *p, const char *value)
{
    if (strcasecmp(value, "ALL") != 0)
        return read_paths(p, value, &p->options->unmask);
    p->options->unmask_all = true;
    return 0;
}

/* proc(5): hidepid=0..4 or a word, gid=N, subset=pid. */
static bool proc_option_is_valid(const char *option)
{
    static const char *const words[] = {"0", "1", "2", "4", "off", "noaccess", "invisible", "ptraceable"};
    const char *value = string_after(option, "hidepid=");
    uint32_t gid;
    for (size_t i = 0; value && i < ARRAY_SIZE(words); i++)
        if (streq(value, words[i]))
            return true;
    value = string_after(option, "gid=");
    return streq(option, "subset=pid") || (value && number_parse_id(value, &gid) == 0);
}

static int read_proc_options(const struct security_parser *p, const char *value)
{
    autofree char *copy = strdup(value);
    if (!copy)
        return fail(p->failure, -ENOMEM, "--security-opt %s", p->text);
    char *rest = copy;
    for (char *option = strsep(&rest, ","); option; option = strsep(&rest, ","))
        if (!proc_option_is_valid(option))
            return refuse_text(p, "proc has the options hidepid=, gid= and subset=pid");
    return set_string(p, &p->options->proc_options, value);
}

static int read_userns(const struct security_parser *p, const char *value)
{
    if (!streq(value, "allow") && !streq(value, "deny"))
        return refuse_text(p, "expected userns=allow or userns=deny");
    p->options->allow_userns = streq(value, "allow");
    return 0;
}

static const struct {
    const char *name;
    bool value_optional;
    int (*read)(const struct security_parser *p, const char *value);
} options[] = {
    {"apparmor", false, read_apparmor},
    {"label", false, read_label},
    {"mask", false, read_mask},
    {"no-new-privileges", true, read_no_new_privileges},
    {"proc-opts", false, read_proc_options},
    {"seccomp", false, read_seccomp},
    {"systempaths", false, read_systempaths},
    {"unmask", false, read_unmask},
    {"userns", false, read_userns},
};

static int parse_one(const struct security_parser *p)
{
    size_t length = strcspn(p->text, "=:");
    const char *value = p->text[length] != '\0' ? p->text + length + 1 : NULL;
    const char *names[ARRAY_SIZE(options)];
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        names[i] = options[i].name;
        if (strlen(names[i]) != length || memcmp(names[i], p->text, length) != 0)
            continue;
        if (value ? value[0] == '\0' : !options[i].value_optional)
            return refuse(p->failure, -EINVAL, "--security-opt %s: %s needs a value: %s=..", p->text,
                          names[i], names[i]);
        return options[i].read(p, value);
    }
    autofree char *word = strndup(p->text, length);
    const char *near = word ? closest_word(word, names, ARRAY_SIZE(names)) : NULL;
    return refuse(p->failure, -EINVAL, "--security-opt %s: unknown option%s%s", p->text,
                  near ? "; did you mean " : "", near ? near : "");
}

int security_options_parse(const struct strings *list, struct security_options *ret_options,
                           struct failure *f)
{
    autosecurity struct security_options o = {.no_new_privileges = true};
    for (size_t i = 0; i < list->count; i++) {
        struct security_parser p = {.text = list->items[i], .options = &o, .failure = f};
        int r = parse_one(&p);
        if (r < 0)
            return r;
    }
    *ret_options = o;
    o = (struct security_options){0};
    return 0;
}

void security_options_free(struct security_options *o)
{
    free(o->seccomp_file);
    free(o->apparmor);
    free(o->proc_options);
    strings_free(&o->labels);
    strings_free(&o->mask);
    strings_free(&o->unmask);
    *o = (struct security_options){0};
}
