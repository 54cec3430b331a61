/* SPDX-License-Identifier: Apache-2.0 */
#include "init/tokens.h"

#include <errno.h>
#include <stdlib.h>

#define TOKENS_MAX 4096

struct scanner {
    const char *name;
    const char *at, *end;
    unsigned line;
    bool line_start;
    char *out;
    struct tokens tokens;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Blanks, line ends and comments; false at the end of the text. */
static bool skip_to_word(struct scanner *s)
{
    while (s->at < s->end) {
        if (*s->at == '\n') {
            s->line++;
            s->line_start = true;
        } else if (*s->at == '#') {
            while (s->at < s->end && *s->at != '\n')
                s->at++;
            continue;
        } else if (*s->at == '\\' && s->at + 1 < s->end && s->at[1] == '\n') {
            s->at++; /* the line goes on */
            s->line++;
        } else if (!is_blank(*s->at)) {
            return true;
        }
        s->at++;
    }
    return false;
}

/* One quoted part; `at` stands on the quote. */
static int scan_quoted(struct scanner *s, struct failure *f)
{
    char quote = *s->at++;
    while (s->at < s->end && *s->at != quote && *s->at != '\n') {
        if (quote == '"' && *s->at == '\\' && s->at + 1 < s->end && s->at[1] != '\n')
            s->at++;
        *s->out++ = *s->at++;
    }
    if (s->at >= s->end || *s->at != quote)
        return fail_usage(f, "%s:%u: a quote is not closed", s->name, s->line);
    s->at++;
    return 0;
}

static int scan_word(struct scanner *s, struct failure *f)
{
    struct token token = {s->out, s->line, false, s->line_start};
    s->line_start = false;
    while (s->at < s->end && !is_blank(*s->at) && *s->at != '\n') {
        if (*s->at == '"' || *s->at == '\'') {
            int r = scan_quoted(s, f);
            if (r < 0)
                return r;
            token.quoted = true;
            continue;
        }
        if (*s->at == '\\' && s->at + 1 < s->end) {
            if (s->at[1] == '\n')
                break;
            token.quoted = true;
            s->at++;
        }
        *s->out++ = *s->at++;
    }
    *s->out++ = '\0';
    if (s->tokens.count == TOKENS_MAX)
        return fail_usage(f, "%s:%u: more than %d words", s->name, s->line, TOKENS_MAX);
    s->tokens.items[s->tokens.count++] = token;
    return 0;
}

static int check_characters(const struct scanner *s, struct failure *f)
{
    unsigned line = 1;
    for (const char *p = s->at; p < s->end; p++) {
        if ((*p >= 0 && *p < ' ' && *p != '\n' && *p != '\t' && *p != '\r') || *p == 127)
            return fail_usage(f, "%s:%u: a control character (%d)", s->name, line, *p);
        line += *p == '\n';
    }
    return 0;
}

int tokens_split(const char *name, const char *text, size_t size, struct tokens *ret_tokens,
                 struct failure *f)
{
    struct scanner s = {.name = name, .at = text, .end = text + size, .line = 1, .line_start = true};
    int r = check_characters(&s, f);
    if (r < 0)
        return r;
    /* A word of n bytes takes n + 1 and at least one separator, but for the last one. */
    s.tokens.buffer = s.out = malloc(size + 2);
    s.tokens.items = malloc(TOKENS_MAX * sizeof(struct token));
    if (!s.tokens.buffer || !s.tokens.items) {
        tokens_free(&s.tokens);
        return fail_system(f, -ENOMEM, "reading %s", name);
    }
    while (r == 0 && skip_to_word(&s))
        r = scan_word(&s, f);
    if (r < 0) {
        tokens_free(&s.tokens);
        return r;
    }
    *ret_tokens = s.tokens;
    return 0;
}

void tokens_free(struct tokens *t)
{
    free(t->items);
    free(t->buffer);
    *t = (struct tokens){0};
}
