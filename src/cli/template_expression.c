/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_tree.h"

#include "base/closest.h"
#include "base/number.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define FUNCTIONS_MAX 40

#define autoexpression __attribute__((cleanup(expression_release)))

static void expression_release(struct expression **e)
{
    expression_free(*e);
}

void expression_free(struct expression *e)
{
    while (e) {
        struct expression *next = e->next;
        expression_free(e->first);
        json_object_put(e->constant);
        free(e->name);
        free(e);
        e = next;
    }
}

int parser_no_memory(const struct parser *p)
{
    return fail(p->failure, -ENOMEM, "reading the template");
}

int parser_refuse(const struct parser *p, const char *what)
{
    return refuse(p->failure, -EINVAL, "template, character %zu: %s", (size_t)(p->next - p->source) + 1,
                  what);
}

void parser_skip_blanks(struct parser *p)
{
    p->next += strspn(p->next, " \t\r\n");
}

size_t parser_word_length(const char *s)
{
    size_t n = 0;
    while (isalnum((unsigned char)s[n]) || s[n] == '_')
        n++;
    return n;
}

static int new_expression(const struct parser *p, enum expression_kind kind, struct expression **ret)
{
    *ret = calloc(1, sizeof(**ret));
    if (!*ret)
        return parser_no_memory(p);
    (*ret)->kind = kind;
    return 0;
}

static int unescape(const struct parser *p, char c, struct text *t)
{
    static const char from[] = "nt\"\\'r", to[] = "\n\t\"\\'\r";
    const char *at = strchr(from, c);
    if (c == '\0' || !at)
        return parser_refuse(p, "an escape that is not \\n, \\t, \\r, \\\" or \\\\");
    text_append_char(t, to[at - from]);
    return 0;
}

/* "quoted" or `raw`. */
static int parse_string(struct parser *p, struct expression *e)
{
    autotext struct text t = {0};
    char quote = *p->next++;
    while (*p->next != quote) {
        if (*p->next == '\0')
            return parser_refuse(p, "a string without its end");
        if (*p->next == '\\' && quote == '"') {
            p->next++;
            int r = unescape(p, *p->next, &t);
            if (r < 0)
                return r;
        } else
            text_append_char(&t, *p->next);
        p->next++;
    }
    p->next++;
    if (text_error(&t) < 0)
        return parser_no_memory(p);
    e->constant = json_object_new_string(text_peek(&t));
    return e->constant ? 0 : parser_no_memory(p);
}

static int parse_number(struct parser *p, struct expression *e)
{
    char digits[24];
    bool negative = *p->next == '-';
    size_t n = strspn(p->next + negative, "0123456789");
    uint64_t value;
    if (n == 0 || n >= sizeof(digits) || parser_word_length(p->next + negative) != n ||
        p->next[negative + n] == '.')
        return parser_refuse(p, "only whole decimal numbers are understood");
    memcpy(digits, p->next + negative, n);
    digits[n] = '\0';
    if (number_parse(digits, INT64_MAX, &value) < 0)
        return parser_refuse(p, "the number is too large");
    p->next += negative + n;
    e->constant = json_object_new_int64(negative ? -(int64_t)value : (int64_t)value);
    return e->constant ? 0 : parser_no_memory(p);
}

/* `base`.Name: takes over the base. */
static int wrap_field(const struct parser *p, const char *name, size_t length, struct expression **base)
{
    struct expression *field;
    int r = new_expression(p, EXPRESSION_FIELD, &field);
    if (r < 0)
        return r;
    field->first = *base;
    *base = field;
    field->name = strndup(name, length);
    return field->name ? 0 : parser_no_memory(p);
}

static int parse_fields(struct parser *p, struct expression **e)
{
    while (p->next[0] == '.' && parser_word_length(p->next + 1) > 0) {
        size_t length = parser_word_length(p->next + 1);
        int r = wrap_field(p, p->next + 1, length, e);
        if (r < 0)
            return r;
        p->next += length + 1;
    }
    return 0;
}

static int refuse_function(struct parser *p, const char *name)
{
    const char *names[FUNCTIONS_MAX];
    size_t count = template_function_names(names, FUNCTIONS_MAX);
    const char *near = closest_word(name, names, count);
    if (near)
        return refuse(p->failure, -EINVAL, "template: no function \"%s\" here: did you mean %s?", name, near);
    return refuse(p->failure, -EINVAL, "template: no function \"%s\" here", name);
}

/* true, false, nil or the name of a function. */
static int parse_word(struct parser *p, struct expression *e)
{
    size_t length = parser_word_length(p->next);
    autofree char *word = strndup(p->next, length);
    if (!word)
        return parser_no_memory(p);
    p->next += length;
    if (streq(word, "true") || streq(word, "false")) {
        e->constant = json_object_new_boolean(streq(word, "true"));
        return e->constant ? 0 : parser_no_memory(p);
    }
    if (streq(word, "nil"))
        return 0;
    e->kind = EXPRESSION_CALL;
    e->function = template_function_find(word);
    return e->function ? 0 : refuse_function(p, word);
}

static int parse_variable(struct parser *p, struct expression *e)
{
    size_t length = parser_word_length(p->next + 1);
    e->kind = EXPRESSION_VARIABLE;
    e->name = strndup(p->next + 1, length);
    p->next += length + 1;
    return e->name ? 0 : parser_no_memory(p);
}

static int parse_parentheses(struct parser *p, struct expression **ret)
{
    p->next++;
    if (++p->depth > TEMPLATE_DEPTH_MAX)
        return parser_refuse(p, "nested too deeply");
    int r = parser_read_pipeline(p, ret);
    if (r < 0)
        return r;
    p->depth--;
    parser_skip_blanks(p);
    if (*p->next != ')')
        return parser_refuse(p, "\")\" is missing");
    p->next++;
    return 0;
}

static int check_count(const struct parser *p, const struct expression *call)
{
    size_t count = 0;
    for (const struct expression *e = call->first; e; e = e->next)
        count++;
    if (call->kind == EXPRESSION_LABEL && count != 1)
        return parser_refuse(p, ".Label takes one name");
    if (call->kind == EXPRESSION_CALL && (count < call->function->min || count > call->function->max))
        return refuse(p->failure, -EINVAL, "template: %s was given %zu arguments", call->function->name,
                      count);
    return 0;
}

/* One operand with the fields behind it. */
static int parse_term(struct parser *p, struct expression **ret)
{
    autoexpression struct expression *e = NULL;
    char c = *p->next;
    int r;
    if (c == '(')
        r = parse_parentheses(p, &e);
    else {
        r = new_expression(p, EXPRESSION_CONSTANT, &e);
        if (r < 0)
            return r;
        if (c == '.') {
            e->kind = EXPRESSION_DOT;
            p->next += parser_word_length(p->next + 1) == 0;
        } else if (c == '"' || c == '`')
            r = parse_string(p, e);
        else if (c == '$')
            r = parse_variable(p, e);
        else if (c == '-' || isdigit((unsigned char)c))
            r = parse_number(p, e);
        else if (parser_word_length(p->next) > 0)
            r = parse_word(p, e);
        else
            return parser_refuse(p, c == '\0' ? "\"}}\" is missing" : "something that is not understood");
    }
    if (r == 0 && e->kind == EXPRESSION_CALL && *p->next == '.')
        r = check_count(p, e); /* "and.Name": a field of a call without arguments */
    if (r == 0)
        r = parse_fields(p, &e);
    if (r == 0)
        *ret = TAKE_PTR(e);
    return r;
}

static bool at_command_end(const struct parser *p)
{
    char c = *p->next;
    return c == '\0' || c == '|' || c == ')' || (c == '}' && p->next[1] == '}') ||
           (c == '-' && p->next[1] == '}' && p->next[2] == '}');
}

/* .Label "name" is a method; no other field takes arguments. */
static int begin_call(const struct parser *p, struct expression *e)
{
    if (e->kind == EXPRESSION_CALL)
        return 0;
    if (e->kind != EXPRESSION_FIELD || !streq(e->name, "Label") || !e->first ||
        e->first->kind != EXPRESSION_DOT)
        return parser_refuse(p, "a value that is no function was given an argument");
    e->kind = EXPRESSION_LABEL;
    expression_free(e->first);
    e->first = NULL;
    return 0;
}

static void append_argument(struct expression *call, struct expression *argument)
{
    struct expression **at = &call->first;
    while (*at)
        at = &(*at)->next;
    *at = argument;
}

/* `piped`, when set, becomes the last argument; taken over. */
static int parse_command(struct parser *p, struct expression *piped, struct expression **ret)
{
    autoexpression struct expression *last = piped, *e = NULL;
    parser_skip_blanks(p);
    int r = parse_term(p, &e);
    for (parser_skip_blanks(p); r == 0 && !at_command_end(p); parser_skip_blanks(p)) {
        struct expression *argument = NULL;
        r = e->kind == EXPRESSION_LABEL ? 0 : begin_call(p, e);
        if (r == 0)
            r = parse_term(p, &argument);
        if (r == 0)
            append_argument(e, argument);
        if (r == 0 && (argument->kind == EXPRESSION_CALL || argument->kind == EXPRESSION_LABEL))
            r = check_count(p, argument); /* a bare word; in parentheses it was checked already */
    }
    if (r == 0 && last) {
        r = begin_call(p, e);
        if (r == 0)
            append_argument(e, TAKE_PTR(last));
    }
    if (r == 0)
        r = check_count(p, e);
    if (r == 0)
        *ret = TAKE_PTR(e);
    return r;
}

int parser_read_pipeline(struct parser *p, struct expression **ret)
{
    autoexpression struct expression *e = NULL;
    do {
        struct expression *stage = NULL;
        int r = parse_command(p, TAKE_PTR(e), &stage);
        if (r < 0)
            return r;
        e = stage;
        parser_skip_blanks(p);
    } while (*p->next == '|' && p->next++);
    *ret = TAKE_PTR(e);
    return 0;
}
