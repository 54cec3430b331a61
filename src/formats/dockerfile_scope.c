/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dockerfile_scope.h"

#include <errno.h>
#include <string.h>

/* Names that a build argument may set without an ARG line. */
static const char *const predefined[] = {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
                                         "FTP_PROXY",  "ftp_proxy",  "NO_PROXY",    "no_proxy",
                                         "ALL_PROXY",  "all_proxy"};

static int set_variable(struct strings *list, const char *name, const char *value)
{
    autofree char *assignment = NULL;
    if (asprintf(&assignment, "%s=%s", name, value) < 0) {
        assignment = NULL;
        return -ENOMEM;
    }
    return strings_set_variable(list, assignment);
}

static int set_platform(struct strings *list, const char *prefix, const char *platform)
{
    autofree char *os = strdup(platform);
    if (!os)
        return -ENOMEM;
    char *parts[3] = {os, strchr(os, '/'), NULL};
    if (parts[1])
        *parts[1]++ = '\0';
    parts[2] = parts[1] ? strchr(parts[1], '/') : NULL;
    if (parts[2])
        *parts[2]++ = '\0';
    static const char *const suffixes[] = {"OS", "ARCH", "VARIANT"};
    for (size_t i = 0; i < 3; i++) {
        char variable[32];
        (void)snprintf(variable, sizeof(variable), "%s%s", prefix, suffixes[i]); /* fits: 6 + 7 */
        int r = set_variable(list, variable, parts[i] ? parts[i] : "");
        if (r < 0)
            return r;
    }
    char variable[32];
    (void)snprintf(variable, sizeof(variable), "%sPLATFORM", prefix);
    return set_variable(list, variable, platform);
}

int dockerfile_scope_set_platform(struct dockerfile_scope *s, const char *build, const char *target)
{
    int r = set_platform(&s->platform, "BUILD", build);
    return r < 0 ? r : set_platform(&s->platform, "TARGET", target);
}

static int expand(const struct dockerfile_scope *s, const char *word, const struct strings *const scopes[4],
                  struct word_result *ret_result, struct failure *failure)
{
    struct word_request request = {.word = word, .escape = s->escape};
    for (size_t i = 0; i < SHELL_WORD_SCOPES; i++)
        request.scopes[i] = scopes[i];
    return shell_word_expand(&request, ret_result, failure);
}

int dockerfile_scope_expand(const struct dockerfile_scope *s, const char *word, bool in_from,
                            struct word_result *ret_result, struct failure *failure)
{
    const struct strings *stage[SHELL_WORD_SCOPES] = {&s->environment, &s->arguments};
    const struct strings *from[SHELL_WORD_SCOPES] = {&s->meta, &s->platform};
    return expand(s, word, in_from ? from : stage, ret_result, failure);
}

int dockerfile_scope_expand_text(const struct dockerfile_scope *s, const char *word, char **ret_text,
                                 struct failure *failure)
{
    autoword struct word_result result = {0};
    int r = dockerfile_scope_expand(s, word, false, &result, failure);
    if (r == 0)
        *ret_text = TAKE_PTR(result.text);
    return r;
}

/* The value of one ARG: what the caller gave, else its default expanded, else what stands in `fallbacks`. */
static int apply_arg(struct dockerfile_scope *s, const struct dockerfile_pair *arg, bool meta,
                     struct failure *failure)
{
    struct strings *list = meta ? &s->meta : &s->arguments;
    autoword struct word_result name = {0}, value = {0};
    int r = dockerfile_scope_expand(s, arg->name, meta, &name, failure);
    if (r < 0)
        return r;
    const char *given = strings_get_variable(&s->build_args, name.text);
    if (given)
        return set_variable(list, name.text, given);
    if (arg->value) {
        r = dockerfile_scope_expand(s, arg->value, meta, &value, failure);
        return r < 0 ? r : set_variable(list, name.text, value.text);
    }
    const char *outer = meta ? NULL : strings_get_variable(&s->meta, name.text);
    if (!outer)
        outer = strings_get_variable(&s->platform, name.text);
    return outer ? set_variable(list, name.text, outer) : 0;
}

int dockerfile_scope_read_meta(struct dockerfile_scope *s, const struct dockerfile *d,
                               struct failure *failure)
{
    for (size_t i = 0; i < d->meta_count; i++)
        for (size_t k = 0; k < d->instructions[i].pair_count; k++) {
            int r = apply_arg(s, &d->instructions[i].pairs[k], true, failure);
            if (r < 0)
                return r;
        }
    return 0;
}

int dockerfile_scope_begin_stage(struct dockerfile_scope *s, const struct strings *environment)
{
    strings_free(&s->arguments);
    strings_free(&s->environment);
    for (size_t i = 0; i < ARRAY_SIZE(predefined); i++) {
        const char *value = strings_get_variable(&s->build_args, predefined[i]);
        int r = value ? set_variable(&s->arguments, predefined[i], value) : 0;
        if (r < 0)
            return r;
    }
    return environment ? strings_copy(&s->environment, environment) : 0;
}

/* All values of one ENV see what stood before the instruction. */
static int apply_env(struct dockerfile_scope *s, const struct dockerfile_instruction *i,
                     struct failure *failure)
{
    autostrings struct strings assignments = {0};
    for (size_t k = 0; k < i->pair_count; k++) {
        autoword struct word_result name = {0}, value = {0};
        int r = dockerfile_scope_expand(s, i->pairs[k].name, false, &name, failure);
        if (r == 0)
            r = dockerfile_scope_expand(s, i->pairs[k].value, false, &value, failure);
        if (r == 0)
            r = strings_addf(&assignments, "%s=%s", name.text, value.text);
        if (r < 0)
            return r;
    }
    for (size_t k = 0; k < assignments.count; k++) {
        int r = strings_set_variable(&s->environment, assignments.items[k]);
        if (r < 0)
            return r;
    }
    return 0;
}

int dockerfile_scope_apply(struct dockerfile_scope *s, const struct dockerfile_instruction *i,
                           struct failure *failure)
{
    if (i->kind == DOCKERFILE_ENV)
        return apply_env(s, i, failure);
    if (i->kind != DOCKERFILE_ARG)
        return 0;
    for (size_t k = 0; k < i->pair_count; k++) {
        int r = apply_arg(s, &i->pairs[k], false, failure);
        if (r < 0)
            return r;
    }
    return 0;
}

void dockerfile_scope_free(struct dockerfile_scope *s)
{
    struct strings *const lists[] = {&s->build_args, &s->platform, &s->meta, &s->arguments, &s->environment};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        strings_free(lists[i]);
}
