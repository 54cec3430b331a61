/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/change.h"
#include "base/utf8.h"
#include "formats/path_text.h"
#include "formats/port_spec.h"
#include "formats/shell_word.h"
#include "formats/signal_name.h"

#include <errno.h>
#include <string.h>

struct change {
    const struct dockerfile_instruction *instruction;
    const struct strings *environment;
    struct image_config *config;
    struct failure *failure;
};

static int refuse_change(const struct change *c, const char *why)
{
    return refuse(c->failure, -EINVAL, "%s: %s", dockerfile_kind_name(c->instruction->kind), why);
}

static int expand(const struct change *c, const char *word, struct word_result *ret_result)
{
    struct word_request request = {.word = word, .escape = '\\', .scopes = {c->environment}};
    int r = shell_word_expand(&request, ret_result, c->failure);
    return r < 0 ? fail_within(c->failure, "%s", dockerfile_kind_name(c->instruction->kind)) : 0;
}

/* Replaces *to by the expanded text, which must not be empty. */
static int expand_text(const struct change *c, const char *word, char **to)
{
    autoword struct word_result result = {0};
    int r = expand(c, word, &result);
    if (r < 0)
        return r;
    if (!result.text || result.text[0] == '\0')
        return refuse_change(c, "nothing is left after its variables were put in");
    free(*to);
    *to = TAKE_PTR(result.text);
    return 0;
}

static int out_of_memory(const struct change *c)
{
    return fail(c->failure, -ENOMEM, "%s", dockerfile_kind_name(c->instruction->kind));
}

/* The words as they stand, or the one line behind the image's shell. */
static int take_command(const struct change *c, const struct dockerfile_command *command, struct strings *to)
{
    static const char *const shell[] = {"/bin/sh", "-c"};
    const struct strings *own = &c->config->shell;
    autostrings struct strings words = {0};
    int r = 0;
    if (command->shell_form && own->count > 0)
        r = strings_copy(&words, own);
    for (size_t i = 0; command->shell_form && own->count == 0 && i < ARRAY_SIZE(shell) && r == 0; i++)
        r = strings_add(&words, shell[i]);
    if (r == 0)
        r = strings_copy(&words, &command->words);
    if (r < 0)
        return out_of_memory(c);
    strings_free(to);
    *to = words;
    words = (struct strings){0};
    return 0;
}

static int apply_command(const struct change *c)
{
    c->config->has_command = true;
    return take_command(c, &c->instruction->command, &c->config->command);
}

static int apply_entrypoint(const struct change *c)
{
    c->config->has_entrypoint = true;
    return take_command(c, &c->instruction->command, &c->config->entrypoint);
}

static int apply_shell(const struct change *c)
{
    const struct dockerfile_command command = {.words = c->instruction->command.words};
    return take_command(c, &command, &c->config->shell);
}

/* NAME=VALUE with both sides expanded. */
static int expand_pair(const struct change *c, const struct dockerfile_pair *pair, char **ret_assignment)
{
    autoword struct word_result name = {0}, value = {0};
    int r = expand(c, pair->name, &name);
    if (r < 0 || (r = expand(c, pair->value ? pair->value : "", &value)) < 0)
        return r;
    if (name.text[0] == '\0' || strchr(name.text, '='))
        return refuse_change(c, "names can not be blank");
    if (asprintf(ret_assignment, "%s=%s", name.text, value.text) < 0) {
        *ret_assignment = NULL;
        return out_of_memory(c);
    }
    return 0;
}

/* All pairs see the environment as it was before the instruction. */
static int apply_pairs(const struct change *c)
{
    autostrings struct strings assignments = {0};
    bool label = c->instruction->kind == DOCKERFILE_LABEL;
    for (size_t i = 0; i < c->instruction->pair_count; i++) {
        char *assignment = NULL;
        int r = expand_pair(c, &c->instruction->pairs[i], &assignment);
        if (r < 0)
            return r;
        if (strings_add_taken(&assignments, assignment) < 0)
            return out_of_memory(c);
    }
    for (size_t i = 0; i < assignments.count; i++) {
        const char *assignment = assignments.items[i];
        int r = label ? image_config_set_label(c->config, assignment)
                      : strings_set_variable(&c->config->environment, assignment);
        if (r < 0)
            return out_of_memory(c);
    }
    return 0;
}

/* Sorted and each once; a range of ports can be 65,535 items, so not one by one. */
static void settle(struct strings *list)
{
    size_t kept = 0;
    strings_sort(list);
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && streq(list->items[kept - 1], list->items[i]))
            free(list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    if (list->items)
        list->items[kept] = NULL;
}

static int expose(const struct change *c, const char *word)
{
    autoports struct port_list ports = {0};
    int r = port_spec_parse_exposed(word, &ports, c->failure);
    for (size_t i = 0; i < ports.count && r == 0; i++)
        if (strings_addf(&c->config->ports, "%u/%s", ports.items[i].container,
                         port_protocol_name(ports.items[i].protocol)) < 0)
            r = out_of_memory(c);
    settle(&c->config->ports);
    return r;
}

static int apply_expose(const struct change *c)
{
    const struct strings *values = &c->instruction->values;
    for (size_t i = 0; i < values->count; i++) {
        autoword struct word_result result = {0};
        int r = expand(c, values->items[i], &result);
        for (size_t k = 0; r == 0 && k < result.words.count; k++)
            r = expose(c, result.words.items[k]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int apply_volume(const struct change *c)
{
    const struct strings *values = &c->instruction->values;
    for (size_t i = 0; i < values->count; i++) {
        autofree char *path = NULL;
        int r = expand_text(c, values->items[i], &path);
        if (r < 0)
            return r;
        if (strings_add_taken(&c->config->volumes, TAKE_PTR(path)) < 0)
            return out_of_memory(c);
    }
    settle(&c->config->volumes);
    return 0;
}

static int apply_user(const struct change *c)
{
    return expand_text(c, c->instruction->text, &c->config->user);
}

static int apply_workdir(const struct change *c)
{
    autofree char *word = NULL, *path = NULL;
    int r = expand_text(c, c->instruction->text, &word);
    if (r < 0)
        return r;
    const char *now = c->config->workdir;
    r = path_text_join(now && now[0] == '/' ? now : "/", word, &path);
    if (r < 0)
        return r == -ENOMEM ? out_of_memory(c) : refuse_change(c, "the path is too long");
    free(c->config->workdir);
    c->config->workdir = TAKE_PTR(path);
    return 0;
}

static int apply_stop_signal(const struct change *c)
{
    autofree char *word = NULL;
    int r = expand_text(c, c->instruction->text, &word);
    if (r < 0)
        return r;
    if (signal_parse(word) < 0)
        return refuse(c->failure, -EINVAL, "STOPSIGNAL: invalid signal: %s", word);
    free(c->config->stop_signal);
    c->config->stop_signal = TAKE_PTR(word);
    return 0;
}

static int apply_on_build(const struct change *c)
{
    return strings_add(&c->config->on_build, c->instruction->text) < 0 ? out_of_memory(c) : 0;
}

static int apply_healthcheck(const struct change *c)
{
    const struct dockerfile_healthcheck *h = &c->instruction->health;
    struct image_healthcheck check = {
        .interval = h->interval_ns,
        .timeout = h->timeout_ns,
        .start_period = h->start_period_ns,
        .start_interval = h->start_interval_ns,
        .retries = h->retries,
    };
    int r = strings_add(&check.test, h->none ? "NONE" : h->command.shell_form ? "CMD-SHELL" : "CMD");
    if (r == 0 && !h->none)
        r = strings_copy(&check.test, &h->command.words);
    if (r < 0) {
        strings_free(&check.test);
        return out_of_memory(c);
    }
    strings_free(&c->config->healthcheck.test);
    c->config->healthcheck = check;
    return 0;
}

static const struct {
    enum dockerfile_kind kind;
    int (*apply)(const struct change *c);
} appliers[] = {
    {DOCKERFILE_CMD, apply_command},
    {DOCKERFILE_ENTRYPOINT, apply_entrypoint},
    {DOCKERFILE_ENV, apply_pairs},
    {DOCKERFILE_EXPOSE, apply_expose},
    {DOCKERFILE_HEALTHCHECK, apply_healthcheck},
    {DOCKERFILE_LABEL, apply_pairs},
    {DOCKERFILE_ONBUILD, apply_on_build},
    {DOCKERFILE_SHELL, apply_shell},
    {DOCKERFILE_STOPSIGNAL, apply_stop_signal},
    {DOCKERFILE_USER, apply_user},
    {DOCKERFILE_VOLUME, apply_volume},
    {DOCKERFILE_WORKDIR, apply_workdir},
};

static void replace_config(struct image_config *config, struct image_config *by)
{
    image_config_free(config);
    *config = *by;
    *by = (struct image_config){0};
}

int change_apply_instruction(const struct dockerfile_instruction *instruction,
                             const struct strings *environment, struct image_config *config,
                             struct failure *f)
{
    autoconfig struct image_config changed = {0};
    struct change c = {instruction, environment ? environment : &config->environment, &changed, f};
    for (size_t i = 0; i < ARRAY_SIZE(appliers); i++) {
        if (appliers[i].kind != instruction->kind)
            continue;
        int r = image_config_copy(config, &changed);
        if (r < 0)
            return out_of_memory(&c);
        r = appliers[i].apply(&c);
        if (r == 0)
            replace_config(config, &changed);
        return r;
    }
    return refuse(f, -EINVAL, "%s is no instruction that changes an image's configuration",
                  dockerfile_kind_name(instruction->kind));
}

/* The first mistake that the parser found, as a sentence. */
static int tell_finding(const struct report *report, int error, struct failure *f)
{
    for (size_t i = 0; error == -EINVAL && i < report->count; i++)
        if (!string_after(report->items[i].rule, "dockerfile/warning-"))
            return refuse(f, error, "%s", report->items[i].text);
    return fail(f, error, "reading the instruction");
}

static int apply_text(const char *text, bool *command_given, struct image_config *config, struct failure *f)
{
    autoreport struct report report = {0};
    struct dockerfile_instruction instruction = {0};
    if (strpbrk(text, "\r\n") || !utf8_is_valid(text, strlen(text)))
        return refuse(f, -EINVAL, "expected one line of UTF-8");
    int r = dockerfile_parse_instruction("--change", text, &report, &instruction);
    if (r < 0)
        return tell_finding(&report, r, f);
    r = change_apply_instruction(&instruction, NULL, config, f);
    if (r == 0 && command_given && instruction.kind == DOCKERFILE_ENTRYPOINT && !*command_given) {
        strings_free(&config->command);
        config->has_command = false;
    }
    if (command_given && instruction.kind == DOCKERFILE_CMD)
        *command_given = true;
    dockerfile_instruction_free(&instruction);
    return r;
}

int change_apply(const char *instruction, struct image_config *config, struct failure *f)
{
    int r = apply_text(instruction, NULL, config, f);
    return r < 0 ? fail_within(f, "--change \"%s\"", instruction) : 0;
}

int changes_apply(const struct strings *instructions, struct image_config *config, struct failure *f)
{
    autoconfig struct image_config changed = {0};
    bool command_given = false;
    int r = image_config_copy(config, &changed);
    if (r < 0)
        return fail(f, r, "--change");
    for (size_t i = 0; i < instructions->count; i++) {
        r = apply_text(instructions->items[i], &command_given, &changed, f);
        if (r < 0)
            return fail_within(f, "--change \"%s\"", instructions->items[i]);
    }
    replace_config(config, &changed);
    return 0;
}
