/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_tree.h"

#include "base/strings.h"

#include <errno.h>
#include <string.h>

#define autonode __attribute__((cleanup(node_release)))

/* What ended a list of nodes. */
enum block_end { BLOCK_SOURCE, BLOCK_END, BLOCK_ELSE };

void node_free(struct node *n)
{
    while (n) {
        struct node *next = n->next;
        node_free(n->body);
        node_free(n->otherwise);
        expression_free(n->pipeline);
        free(n->text);
        free(n->key_variable);
        free(n->variable);
        free(n);
        n = next;
    }
}

static void node_release(struct node **n)
{
    node_free(*n);
}

void template_free(struct template *t)
{
    if (t)
        node_free(t->first);
    free(t);
}

static int parse_block(struct parser *p, struct node **ret_first, enum block_end *ret_end);

/* The text up to the next "{{" with \t and \n made real; blanks go where a trimming brace asks for it. */
static int parse_text(struct parser *p, struct node *n)
{
    autotext struct text t = {0};
    const char *brace = strstr(p->next, "{{");
    const char *end = brace ? brace : p->next + strlen(p->next);
    const char *from = p->next;
    if (p->trim_next)
        from += strspn(from, " \t\r\n");
    p->next = end;
    if (brace && brace[2] == '-' && strchr(" \t\r\n", brace[3]) && brace[3])
        while (end > from && strchr(" \t\r\n", end[-1]))
            end--;
    p->trim_next = false;
    for (; from < end; from++) {
        bool tab = from[0] == '\\' && from + 1 < end && from[1] == 't';
        bool line = from[0] == '\\' && from + 1 < end && from[1] == 'n';
        text_append_char(&t, tab ? '\t' : line ? '\n' : *from);
        from += tab || line;
    }
    if (text_error(&t) < 0)
        return parser_no_memory(p);
    n->kind = NODE_TEXT;
    n->text = strdup(text_peek(&t));
    return n->text ? 0 : parser_no_memory(p);
}

static int open_braces(struct parser *p)
{
    p->next += 2;
    if (p->next[0] == '-' && p->next[1] && strchr(" \t\r\n", p->next[1]))
        p->next++;
    parser_skip_blanks(p);
    if (strncmp(p->next, "/*", 2) == 0) {
        const char *end = strstr(p->next, "*/");
        if (!end)
            return parser_refuse(p, "a comment without its end");
        p->next = end + 2;
    }
    return 0;
}

static int close_braces(struct parser *p)
{
    parser_skip_blanks(p);
    if (p->next[0] == '-' && p->next[1] == '}') {
        p->trim_next = true;
        p->next++;
    }
    if (strncmp(p->next, "}}", 2) != 0)
        return parser_refuse(p, "\"}}\" is missing");
    p->next += 2;
    return 0;
}

/* Whether the word stands here, alone; moves behind it. */
static bool take_word(struct parser *p, const char *word)
{
    size_t length = strlen(word);
    if (parser_word_length(p->next) != length || strncmp(p->next, word, length) != 0)
        return false;
    p->next += length;
    return true;
}

/* "$name" when ":=", "=" or "," follows; otherwise nothing is read. */
static int take_variable(struct parser *p, char **ret_name)
{
    if (*p->next != '$')
        return 0;
    size_t length = parser_word_length(p->next + 1);
    const char *behind = p->next + 1 + length;
    behind += strspn(behind, " \t");
    if (length == 0 || (*behind != ',' && *behind != '=' && strncmp(behind, ":=", 2) != 0))
        return 0;
    *ret_name = strndup(p->next + 1, length);
    p->next = behind;
    return *ret_name ? 0 : parser_no_memory(p);
}

/* [$v :=] pipeline, [$k, $v :=] pipeline with range. */
static int parse_assignment(struct parser *p, struct node *n)
{
    parser_skip_blanks(p);
    int r = take_variable(p, &n->variable);
    if (r == 0 && n->variable && *p->next == ',') {
        if (n->kind != NODE_RANGE)
            return parser_refuse(p, "two variables are only for range");
        p->next++;
        parser_skip_blanks(p);
        n->key_variable = TAKE_PTR(n->variable);
        r = take_variable(p, &n->variable);
        if (r == 0 && !n->variable)
            return parser_refuse(p, "the second variable is missing");
    }
    if (r == 0 && n->variable) {
        p->next += *p->next == ':';
        if (*p->next != '=')
            return parser_refuse(p, "\":=\" is missing");
        p->next++;
    }
    return r < 0 ? r : parser_read_pipeline(p, &n->pipeline);
}

static int parse_control(struct parser *p, struct node *n);

/* What follows {{else: "}}" and a block, or if .. and a chain. */
static int parse_else(struct parser *p, struct node *n, enum block_end *ret_end)
{
    parser_skip_blanks(p);
    bool chained = n->kind != NODE_RANGE && take_word(p, n->kind == NODE_IF ? "if" : "with");
    if (chained) { /* the inner one reads the {{end}} that both share */
        n->otherwise = calloc(1, sizeof(*n->otherwise));
        if (!n->otherwise)
            return parser_no_memory(p);
        n->otherwise->kind = n->kind;
        *ret_end = BLOCK_END;
        return parse_control(p, n->otherwise);
    }
    int r = close_braces(p);
    return r < 0 ? r : parse_block(p, &n->otherwise, ret_end);
}

/* Behind the words if, with, range. */
static int parse_control(struct parser *p, struct node *n)
{
    enum block_end end = BLOCK_END;
    if (++p->depth > TEMPLATE_DEPTH_MAX)
        return parser_refuse(p, "nested too deeply");
    int r = parse_assignment(p, n);
    if (r == 0)
        r = close_braces(p);
    if (r == 0)
        r = parse_block(p, &n->body, &end);
    if (r == 0 && end == BLOCK_ELSE)
        r = parse_else(p, n, &end);
    if (r == 0 && end != BLOCK_END)
        return parser_refuse(p, end == BLOCK_ELSE ? "a second {{else}}" : "{{end}} is missing");
    p->depth--;
    return r;
}

/* One {{..}}; *ret_end tells when it was {{end}} or {{else. */
static int parse_action(struct parser *p, struct node *n, enum block_end *ret_end)
{
    static const struct {
        const char *word;
        enum node_kind kind;
    } controls[] = {{"if", NODE_IF}, {"with", NODE_WITH}, {"range", NODE_RANGE}};
    const char *start = p->next;
    int r = open_braces(p);
    if (r < 0)
        return r;
    if (p->next[-1] == '/' && p->next - start > 4) { /* a comment */
        n->kind = NODE_ACTION;
        return close_braces(p);
    }
    for (size_t i = 0; i < ARRAY_SIZE(controls); i++)
        if (take_word(p, controls[i].word)) {
            n->kind = controls[i].kind;
            return parse_control(p, n);
        }
    if (take_word(p, "end")) {
        *ret_end = BLOCK_END;
        return close_braces(p);
    }
    if (take_word(p, "else")) {
        *ret_end = BLOCK_ELSE;
        return 0;
    }
    n->kind = NODE_ACTION;
    r = parse_assignment(p, n);
    return r < 0 ? r : close_braces(p);
}

static int parse_block(struct parser *p, struct node **ret_first, enum block_end *ret_end)
{
    autonode struct node *first = NULL;
    struct node **at = &first;
    enum block_end end = BLOCK_SOURCE;
    while (*p->next != '\0' && end == BLOCK_SOURCE) {
        struct node *n = *at = calloc(1, sizeof(*n));
        if (!n)
            return parser_no_memory(p);
        int r = strncmp(p->next, "{{", 2) == 0 ? parse_action(p, n, &end) : parse_text(p, n);
        if (r < 0)
            return r;
        at = &n->next;
    }
    *ret_first = TAKE_PTR(first);
    *ret_end = end;
    return 0;
}

int template_parse(const char *source, struct template **ret_template, struct failure *failure)
{
    struct parser p = {.source = source, .next = source, .failure = failure};
    autotemplate struct template *t = calloc(1, sizeof(*t));
    enum block_end end;
    if (!t)
        return parser_no_memory(&p);
    int r = parse_block(&p, &t->first, &end);
    if (r == 0 && end != BLOCK_SOURCE)
        return parser_refuse(&p,
                             end == BLOCK_END ? "{{end}} without a beginning" : "{{else}} without an {{if}}");
    if (r == 0)
        *ret_template = TAKE_PTR(t);
    return r;
}
