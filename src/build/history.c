/* SPDX-License-Identifier: Apache-2.0 */
#include "build/history.h"

#include "base/text.h"
#include "build/parse.h"
#include "formats/duration.h"
#include "formats/shell_word.h"

#include <errno.h>
#include <string.h>

static void quote_one(struct text *text, const char *word)
{
    text_append_char(text, '"');
    for (const char *p = word; *p; p++) {
        if (*p == '"' || *p == '\\')
            text_append_char(text, '\\');
        if (*p == '\n')
            text_append(text, "\\n");
        else if (*p == '\t')
            text_append(text, "\\t");
        else
            text_append_char(text, *p);
    }
    text_append_char(text, '"');
}

void history_quote(struct text *text, const struct strings *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (i > 0)
            text_append_char(text, ' ');
        quote_one(text, words->items[i]);
    }
}

static void append_quoted_list(struct text *text, const char *name, const struct strings *words)
{
    text_printf(text, "%s [", name);
    history_quote(text, words);
    text_append_char(text, ']');
}

static void append_plain_list(struct text *text, const char *name, const struct strings *words)
{
    text_printf(text, "%s [", name);
    for (size_t i = 0; i < words->count; i++)
        text_printf(text, "%s%s", i > 0 ? " " : "", words->items[i]);
    text_append_char(text, ']');
}

/* The values were expanded once already without a failure: when the image's configuration was changed. */
static int expand_values(const struct dockerfile_instruction *i, const struct strings *variables,
                         struct strings *ret_words)
{
    int r = 0;
    for (size_t k = 0; r == 0 && k < i->values.count; k++) {
        struct failure unheard = {0};
        autoword struct word_result word = {0};
        const struct word_request request = {.word = i->values.items[k], .scopes = {variables}};
        r = shell_word_expand(&request, &word, &unheard);
        for (size_t n = 0; r == 0 && n < word.words.count; n++)
            r = strings_add(ret_words, word.words.items[n]);
    }
    return r;
}

static void append_expose(struct text *text, const struct dockerfile_instruction *i,
                          const struct strings *variables)
{
    autostrings struct strings words = {0};
    if (expand_values(i, variables, &words) < 0)
        text->error = -ENOMEM;
    strings_sort(&words);
    text_append(text, "EXPOSE map[");
    for (size_t k = 0; k < words.count; k++)
        text_printf(text, "%s%s%s:{}", k > 0 ? " " : "", words.items[k],
                    strchr(words.items[k], '/') ? "" : "/tcp");
    text_append_char(text, ']');
}

static void append_volumes(struct text *text, const struct dockerfile_instruction *i,
                           const struct strings *variables)
{
    autostrings struct strings words = {0};
    if (expand_values(i, variables, &words) < 0)
        text->error = -ENOMEM;
    append_plain_list(text, "VOLUME", &words);
}

static void append_labels(struct text *text, const struct dockerfile_instruction *i,
                          const struct image_config *config)
{
    text_append(text, "LABEL");
    for (size_t k = 0; k < i->pair_count; k++) {
        const char *value = strings_get_variable(&config->labels, i->pairs[k].name);
        text_printf(text, " %s=%s", i->pairs[k].name, value ? value : "");
    }
}

static void append_duration(struct text *text, int64_t ns)
{
    char shown[DURATION_TEXT_SIZE];
    duration_write(ns, shown);
    text_printf(text, " \"%s\"", shown);
}

/* Go prints the struct with %q: a number is a character then. */
static void append_healthcheck(struct text *text, const struct image_healthcheck *h)
{
    text_append(text, "HEALTHCHECK &{[");
    history_quote(text, &h->test);
    text_append_char(text, ']');
    append_duration(text, h->interval);
    append_duration(text, h->timeout);
    append_duration(text, h->start_period);
    append_duration(text, h->start_interval);
    text_printf(text, " '\\x%02x'}", (unsigned)(h->retries & 0xff));
}

char *history_of_config(const struct dockerfile_instruction *i, const struct image_config *config,
                        const struct strings *variables)
{
    autotext struct text text = {0};
    const char *name = dockerfile_kind_name(i->kind);
    if (i->kind == DOCKERFILE_CMD)
        append_quoted_list(&text, name, &config->command);
    else if (i->kind == DOCKERFILE_ENTRYPOINT)
        append_quoted_list(&text, name, &config->entrypoint);
    else if (i->kind == DOCKERFILE_EXPOSE)
        append_expose(&text, i, variables);
    else if (i->kind == DOCKERFILE_VOLUME)
        append_volumes(&text, i, variables);
    else if (i->kind == DOCKERFILE_LABEL)
        append_labels(&text, i, config);
    else if (i->kind == DOCKERFILE_HEALTHCHECK)
        append_healthcheck(&text, &config->healthcheck);
    else if (i->kind == DOCKERFILE_SHELL)
        append_plain_list(&text, name, &config->shell);
    else if (i->kind == DOCKERFILE_USER)
        text_printf(&text, "%s %s", name, config->user ? config->user : "");
    else if (i->kind == DOCKERFILE_STOPSIGNAL)
        text_printf(&text, "%s %s", name, config->stop_signal ? config->stop_signal : "");
    else
        text_printf(&text, "%s %s", name, i->text ? i->text : "");
    return text_take(&text);
}

char *history_of_variables(const struct dockerfile_instruction *i, const struct strings *list)
{
    autotext struct text text = {0};
    text_append(&text, dockerfile_kind_name(i->kind));
    for (size_t k = 0; k < i->pair_count; k++) {
        const char *value = strings_get_variable(list, i->pairs[k].name);
        text_printf(&text, " %s%s%s", i->pairs[k].name, value ? "=" : "", value ? value : "");
    }
    return text_take(&text);
}

/* A trigger is one instruction; with a line break in it, it would be more. */
static int append_trigger(struct text *text, const char *trigger, struct failure *failure)
{
    if (strpbrk(trigger, "\r\n"))
        return refuse(failure, -EINVAL, "the base image has an ONBUILD trigger with a line break in it");
    text_printf(text, "%s\n", trigger);
    return 0;
}

int history_read_triggers(struct image_config *config, struct dockerfile *ret_triggers,
                          struct failure *failure)
{
    autotext struct text text = {0};
    if (config->on_build.count == 0)
        return 0;
    text_append(&text, "FROM scratch\n");
    for (size_t i = 0; i < config->on_build.count; i++) {
        int r = append_trigger(&text, config->on_build.items[i], failure);
        if (r < 0)
            return r;
    }
    if (text_error(&text) < 0)
        return fail(failure, -ENOMEM, "reading ONBUILD triggers");
    strings_free(&config->on_build);
    struct dockerfile triggers = {0};
    int r = build_parse("ONBUILD", text_peek(&text), text.length, &triggers, failure);
    if (r < 0)
        return r;
    for (size_t i = 1; r == 0 && i < triggers.instruction_count; i++) {
        enum dockerfile_kind kind = triggers.instructions[i].kind;
        if (kind == DOCKERFILE_FROM || kind == DOCKERFILE_ONBUILD || kind == DOCKERFILE_MAINTAINER)
            r = refuse(failure, -EINVAL, "the base image has the ONBUILD trigger %s, which cannot be one",
                       dockerfile_kind_name(kind));
    }
    if (r < 0) {
        dockerfile_free(&triggers);
        return r;
    }
    *ret_triggers = triggers;
    return 0;
}
