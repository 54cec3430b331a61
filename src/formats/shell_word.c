/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell_word.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

struct lexer {
    const struct word_request *request;
    const char *at;
    char escape;
    bool raw_escapes;
    unsigned depth;
    struct strings *unset;
    struct failure *failure;
};

/* What a stretch of input becomes: as one text and split into words. */
struct sink {
    struct text text, word;
    struct strings *words; /* NULL: not wanted */
    bool in_word;
    int error;
};

static int expand_until(struct lexer *l, char stop, bool raw_escapes, struct sink *s);
static int expand_dollar(struct lexer *l, struct text *ret_text);

size_t space_width(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    if (*u == ' ' || (*u >= '\t' && *u <= '\r'))
        return 1;
    if (u[0] == 0xC2 && (u[1] == 0x85 || u[1] == 0xA0))
        return 2;
    if (u[0] == 0xE1 && u[1] == 0x9A && u[2] == 0x80)
        return 3;
    if (u[0] == 0xE3 && u[1] == 0x80 && u[2] == 0x80)
        return 3;
    if (u[0] != 0xE2)
        return 0;
    if (u[1] == 0x80 && ((u[2] >= 0x80 && u[2] <= 0x8A) || u[2] == 0xA8 || u[2] == 0xA9 || u[2] == 0xAF))
        return 3;
    return u[1] == 0x81 && u[2] == 0x9F ? 3 : 0;
}

static int syntax_error(struct lexer *l, const char *sentence)
{
    return refuse(l->failure, -EINVAL, "%s", sentence);
}

static void sink_end_word(struct sink *s)
{
    if (s->words && s->word.length > 0 && s->error == 0)
        s->error = strings_add(s->words, text_peek(&s->word));
    text_free(&s->word);
    s->in_word = false;
}

static void sink_raw(struct sink *s, const char *bytes, size_t size)
{
    if (s->words)
        text_append_n(&s->word, bytes, size);
    s->in_word = true;
}

/* Unquoted characters: white space ends a word. */
static void sink_split(struct sink *s, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t space = space_width(bytes + i);
        if (space == 0) {
            sink_raw(s, bytes + i, 1);
            i++;
            continue;
        }
        if (s->in_word && s->word.length > 0)
            sink_end_word(s);
        i += space;
    }
}

static void sink_free(struct sink *s)
{
    text_free(&s->text);
    text_free(&s->word);
}
#define autosink __attribute__((cleanup(sink_free)))

static const char *scope_get(const struct lexer *l, const char *name)
{
    for (size_t i = 0; i < SHELL_WORD_SCOPES; i++) {
        const struct strings *list = l->request->scopes[i];
        const char *value = list ? strings_get_variable(list, name) : NULL;
        if (value)
            return value;
    }
    return NULL;
}

/* The variable's value, or NULL (and its name is remembered once). */
static int variable_get(struct lexer *l, const char *name, const char **ret_value)
{
    *ret_value = scope_get(l, name);
    if (*ret_value || strings_contain(l->unset, name))
        return 0;
    return strings_add(l->unset, name);
}

static bool name_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* A name, all digits of a positional parameter, or one special parameter; may be empty. */
static void read_name(struct lexer *l, struct text *name)
{
    const char *start = l->at;
    if (isdigit((unsigned char)*l->at))
        l->at += strspn(l->at, "0123456789");
    else if (*l->at != '\0' && strchr("@*#?-$!", *l->at))
        l->at++;
    else
        while (name_byte(*l->at) && space_width(l->at) == 0)
            l->at++;
    text_append_n(name, start, (size_t)(l->at - start));
}

static int expand_single_quote(struct lexer *l, struct text *text)
{
    const char *end = strchr(l->at + 1, '\'');
    if (!end)
        return syntax_error(l, "unexpected end of statement while looking for matching single-quote");
    bool raw = l->request->raw_quotes;
    text_append_n(text, raw ? l->at : l->at + 1, (size_t)(end - l->at) + (raw ? 1 : -1));
    l->at = end + 1;
    return 0;
}

static int expand_double_quote(struct lexer *l, struct text *text)
{
    bool raw = l->request->raw_quotes;
    if (raw)
        text_append_char(text, '"');
    l->at++;
    while (*l->at != '"') {
        if (*l->at == '\0')
            return syntax_error(l, "unexpected end of statement while looking for matching double-quote");
        if (*l->at == '$') {
            int r = expand_dollar(l, text);
            if (r < 0)
                return r;
            continue;
        }
        if (*l->at == l->escape) {
            char next = l->at[1];
            if (l->raw_escapes || (next != '"' && next != '$' && next != l->escape && next != '\0'))
                text_append_char(text, l->escape);
            l->at++;
            if (next != '"' && next != '$' && next != l->escape)
                continue;
        }
        text_append_char(text, *l->at++);
    }
    if (raw)
        text_append_char(text, '"');
    l->at++;
    return 0;
}

static int missing_or(struct lexer *l, int r, const char *sentence)
{
    if (*l->at != '\0' || r == -ENOMEM || r == -E2BIG)
        return r;
    l->failure->text[0] = '\0';
    return syntax_error(l, sentence);
}

static int pattern_error(struct lexer *l, int r, const char *pattern)
{
    if (r == -EINVAL)
        return refuse(l->failure, r, "invalid pattern (%s) in substitution", pattern);
    if (r == -E2BIG)
        return refuse(l->failure, r, "pattern and value are too large for a substitution");
    return r;
}

/* ${NAME#p} and its three sisters; the sign has been read, `word` begins with a second one for the longest.
 */
static int expand_trim(struct lexer *l, char sign, const char *value, const char *word, struct text *text)
{
    bool longest = word[0] == sign;
    enum pattern_cut cut = sign == '#' ? (longest ? PATTERN_PREFIX_LONGEST : PATTERN_PREFIX_SHORTEST)
                                       : (longest ? PATTERN_SUFFIX_LONGEST : PATTERN_SUFFIX_SHORTEST);
    autofree char *trimmed = NULL;
    int r = pattern_trim(value ? value : "", longest ? word + 1 : word, cut, &trimmed);
    if (r < 0)
        return pattern_error(l, r, word);
    text_append(text, trimmed);
    return 0;
}

/* Everything behind ${NAME with a - + ? # or % (and the colon, when there was one). */
static int expand_modifier(struct lexer *l, const char *name, bool colon, struct text *text)
{
    autosink struct sink word = {0};
    char sign = *l->at;
    if (sign == '\0' || !strchr("-+?#%", sign))
        return refuse(l->failure, -EINVAL, "unsupported modifier (%s%c) in substitution", colon ? ":" : "",
                      sign ? sign : ' ');
    l->at++;
    int r = expand_until(l, '}', sign == '#' || sign == '%', &word);
    if (r < 0)
        return missing_or(l, r, "syntax error: missing '}'");
    const char *value, *spare = text_peek(&word.text);
    r = variable_get(l, name, &value);
    if (r < 0)
        return r;
    if (!value && l->request->keep_unset) {
        text_printf(text, "${%s%s%c%s}", name, colon ? ":" : "", sign, spare);
        return 0;
    }
    bool missing = !value || (colon && value[0] == '\0');
    if (sign == '#' || sign == '%')
        return expand_trim(l, sign, value, spare, text);
    if (sign == '?' && missing)
        return refuse(l->failure, -EINVAL, "%s: %s", name,
                      spare[0] ? spare
                      : value  ? "is not allowed to be empty"
                               : "is not allowed to be unset");
    if (sign == '+')
        text_append(text, missing ? "" : spare);
    else
        text_append(text, missing ? spare : value);
    return 0;
}

/* ${NAME/p/w} and ${NAME//p/w}; the first slash has been read. */
static int expand_replace(struct lexer *l, const char *name, struct text *text)
{
    autosink struct sink pattern = {0}, replacement = {0};
    autofree char *replaced = NULL;
    bool all = *l->at == '/';
    l->at += all;
    int r = expand_until(l, '/', true, &pattern);
    if (r < 0)
        return missing_or(l, r, "syntax error: missing '/' in ${}");
    r = expand_until(l, '}', true, &replacement);
    if (r < 0)
        return missing_or(l, r, "syntax error: missing '}'");
    const char *value;
    r = variable_get(l, name, &value);
    if (r < 0)
        return r;
    const char *p = text_peek(&pattern.text), *w = text_peek(&replacement.text);
    if (!value && l->request->keep_unset) {
        text_printf(text, "${%s/%s%s/%s}", name, all ? "/" : "", p, w);
        return 0;
    }
    r = pattern_replace(value ? value : "", p, w, all, &replaced);
    if (r < 0)
        return pattern_error(l, r, p);
    text_append(text, replaced);
    return 0;
}

static int expand_braces(struct lexer *l, struct text *text)
{
    autotext struct text name = {0};
    if (*l->at == '\0')
        return syntax_error(l, "syntax error: missing '}'");
    if (strchr("{}:", *l->at))
        return syntax_error(l, "syntax error: bad substitution");
    read_name(l, &name);
    const char *value;
    switch (*l->at) {
    case '}': {
        l->at++;
        int r = variable_get(l, text_peek(&name), &value);
        if (r < 0)
            return r;
        if (value)
            text_append(text, value);
        else if (l->request->keep_unset)
            text_printf(text, "${%s}", text_peek(&name));
        return 0;
    }
    case '/':
        l->at++;
        return expand_replace(l, text_peek(&name), text);
    case ':':
        l->at++;
        return expand_modifier(l, text_peek(&name), true, text);
    case '\0':
        return syntax_error(l, "syntax error: missing '}'");
    default:
        return expand_modifier(l, text_peek(&name), false, text);
    }
}

static int expand_dollar(struct lexer *l, struct text *text)
{
    l->at++;
    if (*l->at == '{') {
        if (l->depth >= SHELL_WORD_DEPTH_MAX)
            return refuse(l->failure, -E2BIG, "substitutions nested deeper than %d", SHELL_WORD_DEPTH_MAX);
        l->at++;
        l->depth++;
        int r = expand_braces(l, text);
        l->depth--;
        return r;
    }
    autotext struct text name = {0};
    read_name(l, &name);
    if (name.length == 0) {
        text_append_char(text, '$');
        return 0;
    }
    const char *value;
    int r = variable_get(l, text_peek(&name), &value);
    if (r < 0)
        return r;
    if (value)
        text_append(text, value);
    else if (l->request->keep_unset)
        text_printf(text, "$%s", text_peek(&name));
    return 0;
}

/* One quoted stretch or substitution at the cursor. */
static int expand_special(struct lexer *l, struct sink *s)
{
    autotext struct text piece = {0};
    char kind = *l->at;
    int r = kind == '$'    ? expand_dollar(l, &piece)
            : kind == '\'' ? expand_single_quote(l, &piece)
                           : expand_double_quote(l, &piece);
    if (r < 0)
        return r;
    if (text_error(&piece) < 0)
        return -ENOMEM;
    text_append_n(&s->text, text_peek(&piece), piece.length);
    if (kind == '$')
        sink_split(s, text_peek(&piece), piece.length);
    else
        sink_raw(s, text_peek(&piece), piece.length);
    return 0;
}

static size_t character_width(const char *p)
{
    size_t n = 1;
    if ((unsigned char)*p < 0xC0)
        return 1;
    while (((unsigned char)p[n] & 0xC0) == 0x80)
        n++;
    return n;
}

static void expand_plain(struct lexer *l, struct sink *s)
{
    size_t n = character_width(l->at);
    if (*l->at != l->escape) {
        text_append_n(&s->text, l->at, n);
        sink_split(s, l->at, n);
        l->at += n;
        return;
    }
    if (l->raw_escapes) {
        text_append_char(&s->text, l->escape);
        sink_raw(s, &l->escape, 1);
    }
    l->at++;
    if (*l->at == '\0')
        return;
    n = character_width(l->at);
    text_append_n(&s->text, l->at, n);
    sink_raw(s, l->at, n);
    l->at += n;
}

/* Up to and over an unquoted `stop` (0: to the end). */
static int expand_until(struct lexer *l, char stop, bool raw_escapes, struct sink *s)
{
    bool before = l->raw_escapes;
    l->raw_escapes = raw_escapes;
    int r = 0;
    while (*l->at != '\0' && r == 0 && (stop == '\0' || *l->at != stop)) {
        if (strchr("$'\"", *l->at))
            r = expand_special(l, s);
        else
            expand_plain(l, s);
        if (r == 0 && s->text.length > SHELL_WORD_SIZE_MAX)
            r = refuse(l->failure, -E2BIG, "the expanded word is larger than %u bytes", SHELL_WORD_SIZE_MAX);
    }
    l->raw_escapes = before;
    if (r == 0 && (text_error(&s->text) < 0 || text_error(&s->word) < 0 || s->error < 0))
        r = -ENOMEM;
    if (r < 0)
        return r;
    if (stop != '\0' && *l->at == '\0')
        return refuse(l->failure, -EINVAL, "unexpected end of statement while looking for matching %c", stop);
    l->at += stop != '\0';
    return 0;
}

int shell_word_expand(const struct word_request *request, struct word_result *ret_result,
                      struct failure *failure)
{
    autoword struct word_result result = {0};
    autosink struct sink sink = {.words = &result.words};
    struct lexer l = {.request = request,
                      .at = request->word,
                      .escape = request->escape ? request->escape : '\\',
                      .unset = &result.unset,
                      .failure = failure};
    int r = expand_until(&l, '\0', request->raw_escapes, &sink);
    if (r < 0)
        return r;
    sink_end_word(&sink);
    result.text = text_take(&sink.text);
    if (!result.text || sink.error < 0)
        return -ENOMEM;
    *ret_result = result;
    result = (struct word_result){0};
    return 0;
}

void word_result_free(struct word_result *result)
{
    free(result->text);
    strings_free(&result->words);
    strings_free(&result->unset);
    *result = (struct word_result){0};
}
