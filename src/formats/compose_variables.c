/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/compose_variables.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define NESTING_MAX 32
#define ENV_VARIABLES_MAX 5000

struct expander {
    const char *at;
    const struct strings *environment;
    struct strings *unset;
    struct failure *failure;
    unsigned depth;
};

static int expand_text(struct expander *e, bool in_braces, struct text *out);

static size_t name_length(const char *p)
{
    if (!isalpha((unsigned char)*p) && *p != '_')
        return 0;
    size_t n = 1;
    while (isalnum((unsigned char)p[n]) || p[n] == '_')
        n++;
    return n;
}

static int invalid(struct expander *e, const char *at)
{
    return refuse(e->failure, -EINVAL, "invalid interpolation format: \"%.60s\"", at);
}

static int note_unset(struct expander *e, const char *name)
{
    if (!e->unset || strings_contain(e->unset, name))
        return 0;
    return strings_add(e->unset, name);
}

/* What stands behind the name in ${NAME..}: the cursor is there. */
static int expand_modifier(struct expander *e, const char *name, const char *start, struct text *out)
{
    autotext struct text word = {0};
    const char *value = strings_get_variable(e->environment, name);
    bool colon = *e->at == ':';
    char sign = e->at[colon];
    if (sign != '-' && sign != '?' && sign != '+')
        return invalid(e, start);
    e->at += colon + 1;
    int r = expand_text(e, true, &word);
    if (r < 0)
        return r;
    if (*e->at != '}')
        return invalid(e, start);
    e->at++;
    bool missing = !value || (colon && value[0] == '\0');
    if (sign == '?' && missing)
        return refuse(e->failure, -EINVAL, "required variable %s is missing a value%s%s", name,
                      word.length ? ": " : "", text_peek(&word));
    if (sign == '+')
        text_append(out, missing ? "" : text_peek(&word));
    else
        text_append(out, missing ? text_peek(&word) : value);
    return 0;
}

static int expand_braces(struct expander *e, struct text *out)
{
    const char *start = e->at - 2;
    size_t n = name_length(e->at);
    autofree char *name = strndup(e->at, n);
    if (!name)
        return -ENOMEM;
    if (n == 0 || e->depth >= NESTING_MAX)
        return invalid(e, start);
    e->at += n;
    if (*e->at != '}') {
        e->depth++;
        int r = expand_modifier(e, name, start, out);
        e->depth--;
        return r;
    }
    e->at++;
    const char *value = strings_get_variable(e->environment, name);
    text_append(out, value ? value : "");
    return value ? 0 : note_unset(e, name);
}

static int expand_dollar(struct expander *e, struct text *out)
{
    e->at++;
    if (*e->at == '$') {
        text_append_char(out, *e->at++);
        return 0;
    }
    if (*e->at == '{') {
        e->at++;
        return expand_braces(e, out);
    }
    size_t n = name_length(e->at);
    if (n == 0)
        return invalid(e, e->at - 1);
    autofree char *name = strndup(e->at, n);
    if (!name)
        return -ENOMEM;
    e->at += n;
    const char *value = strings_get_variable(e->environment, name);
    text_append(out, value ? value : "");
    return value ? 0 : note_unset(e, name);
}

static int expand_text(struct expander *e, bool in_braces, struct text *out)
{
    int r = 0;
    while (*e->at != '\0' && r == 0 && !(in_braces && *e->at == '}')) {
        if (*e->at == '$')
            r = expand_dollar(e, out);
        else
            text_append_char(out, *e->at++);
        if (out->length > COMPOSE_TEXT_MAX)
            r = refuse(e->failure, -E2BIG, "the expanded value is larger than %u bytes", COMPOSE_TEXT_MAX);
    }
    return r < 0 ? r : text_error(out);
}

int compose_expand(const char *text, const struct strings *environment, struct strings *unset,
                   char **ret_text, struct failure *failure)
{
    autotext struct text out = {0};
    struct expander e = {.at = text, .environment = environment, .unset = unset, .failure = failure};
    int r = expand_text(&e, false, &out);
    if (r < 0)
        return r;
    char *result = text_take(&out);
    if (!result)
        return -ENOMEM;
    *ret_text = result;
    return 0;
}

struct env_reader {
    const struct compose_env_source *source;
    const char *at;
    unsigned line;
    const struct strings *environment;
    struct strings *variables;
    struct report *report;
};

static int env_error(const struct env_reader *r, unsigned line, const char *sentence)
{
    autofree char *place = NULL;
    if (asprintf(&place, "%s:%u:1", r->source->file, line) < 0)
        place = NULL;
    if (r->report)
        (void)report_add(r->report, place ? place : r->source->file, "env/syntax", "%s", sentence);
    return -EINVAL;
}

/* A quoted value from its quote on; -EINVAL when it is not closed. */
static int read_quoted(struct env_reader *r, struct text *value)
{
    char quote = *r->at++;
    for (; *r->at != quote; r->at++) {
        if (*r->at == '\0')
            return -EINVAL;
        r->line += *r->at == '\n';
        if (quote == '"' && *r->at == '\\' && r->at[1] != '\0') {
            static const char from[] = "nrt\"\\$", to[] = "\n\r\t\"\\$";
            const char *found = strchr(from, r->at[1]);
            if (found) {
                r->at++;
                if (*r->at == '$')
                    text_append_char(value, '$');
                text_append_char(value, to[found - from]);
                continue;
            }
        }
        text_append_char(value, *r->at);
    }
    r->at += 1 + strcspn(r->at + 1, "\n");
    return 0;
}

/* To the end of the line or a comment behind a space. */
static void read_plain(struct env_reader *r, struct text *value)
{
    size_t n = strcspn(r->at, "\n"), end = n;
    for (size_t i = 0; i < end; i++)
        if (r->at[i] == '#' && (i == 0 || r->at[i - 1] == ' ' || r->at[i - 1] == '\t'))
            end = i;
    while (end > 0 && isspace((unsigned char)r->at[end - 1]))
        end--;
    text_append_n(value, r->at, end);
    r->at += n;
}

static int set_variable(struct env_reader *r, const char *name, const char *value, bool literal)
{
    autofree char *expanded = NULL, *assignment = NULL;
    autostrings struct strings scope = {0};
    struct failure failure = {0};
    bool expands = !literal && strchr(value, '$');
    if (r->variables->count >= ENV_VARIABLES_MAX)
        return env_error(r, r->line, "more than 5000 variables");
    int e = expands ? strings_copy(&scope, r->variables) : 0;
    for (size_t i = 0; expands && e == 0 && i < r->environment->count; i++)
        e = strings_set_variable(&scope, r->environment->items[i]);
    if (e < 0)
        return e;
    if (expands) {
        e = compose_expand(value, &scope, NULL, &expanded, &failure);
        if (e == -EINVAL || e == -E2BIG)
            return env_error(r, r->line, failure.text);
        if (e < 0)
            return e;
    }
    if (asprintf(&assignment, "%s=%s", name, expanded ? expanded : value) < 0) {
        assignment = NULL;
        return -ENOMEM;
    }
    return strings_set_variable(r->variables, assignment);
}

static int read_line(struct env_reader *r)
{
    autotext struct text value = {0};
    unsigned line = r->line;
    r->at += strspn(r->at, " \t\r");
    if (*r->at == '\n' || *r->at == '#' || *r->at == '\0') {
        r->at += strcspn(r->at, "\n");
        return 0;
    }
    if (strncmp(r->at, "export ", 7) == 0)
        r->at += 7;
    size_t n = strcspn(r->at, "=:\n \t\r");
    autofree char *name = strndup(r->at, n);
    if (!name)
        return -ENOMEM;
    r->at += n;
    r->at += strspn(r->at, " \t\r");
    if (*r->at == '\n' || *r->at == '\0') {
        const char *inherited = strings_get_variable(r->environment, name);
        return n > 0 && inherited ? set_variable(r, name, inherited, true) : 0;
    }
    if (n == 0 || (*r->at != '=' && *r->at != ':')) {
        r->at += strcspn(r->at, "\n");
        return env_error(r, line, "this is no NAME=VALUE");
    }
    r->at++;
    r->at += strspn(r->at, " \t");
    bool quoted = *r->at == '\'' || *r->at == '"', literal = *r->at == '\'';
    if (quoted && read_quoted(r, &value) < 0)
        return env_error(r, line, "a quote that is not closed");
    if (!quoted)
        read_plain(r, &value);
    return text_error(&value) < 0 ? -ENOMEM : set_variable(r, name, text_peek(&value), literal);
}

int compose_env_parse(const struct compose_env_source *source, const struct strings *environment,
                      struct report *report, struct strings *ret_variables)
{
    autofree char *text = strndup(source->data, source->size);
    autostrings struct strings variables = {0};
    if (!text)
        return -ENOMEM;
    struct env_reader r = {.source = source,
                           .at = text,
                           .line = 1,
                           .environment = environment,
                           .variables = &variables,
                           .report = report};
    int result = 0;
    while (*r.at != '\0') {
        int e = read_line(&r);
        if (e == -ENOMEM)
            return e;
        result = e < 0 ? e : result;
        if (*r.at == '\n') {
            r.at++;
            r.line++;
        }
    }
    if (result < 0)
        return result;
    *ret_variables = variables;
    variables = (struct strings){0};
    return 0;
}
