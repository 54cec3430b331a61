/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a template is parsed to; private to template_*.c. */
#include "cli/template.h"

#include <stdbool.h>

enum expression_kind {
    EXPRESSION_DOT,
    EXPRESSION_VARIABLE, /* name; "" is $ */
    EXPRESSION_CONSTANT, /* constant */
    EXPRESSION_FIELD,    /* name of the first argument */
    EXPRESSION_LABEL,    /* .Label with one argument */
    EXPRESSION_CALL,     /* function with arguments */
};

struct evaluation;
struct expression;

/* Arguments of a call, evaluated; lent. */
struct call {
    struct json_object **values;
    size_t count;
    const char *name; /* of the function */
    struct failure *failure;
};

struct template_function {
    const char *name;
    size_t min, max; /* arguments */
    /* The value is owned by the caller; NULL is JSON's null. */
    int (*run)(const struct call *call, struct json_object **ret_value);
};

struct expression {
    enum expression_kind kind;
    char *name;
    struct json_object *constant;
    const struct template_function *function;
    struct expression *first; /* first argument */
    struct expression *next;  /* in the list of arguments */
};

enum node_kind { NODE_TEXT, NODE_ACTION, NODE_IF, NODE_WITH, NODE_RANGE };

struct node {
    enum node_kind kind;
    char *text;                    /* NODE_TEXT */
    char *key_variable, *variable; /* what the pipeline is assigned to, or NULL; the key only with range */
    struct expression *pipeline;
    struct node *body, *otherwise;
    struct node *next;
};

struct template
{
    struct node *first;
};

#define TEMPLATE_DEPTH_MAX 60

struct parser {
    const char *source, *next;
    int depth;      /* of open blocks and parentheses */
    bool trim_next; /* "-}}" was read: blanks at the beginning of the next text go */
    struct failure *failure;
};

int parser_no_memory(const struct parser *p);
/* Records the place and `what`; -EINVAL. */
int parser_refuse(const struct parser *p, const char *what);
void parser_skip_blanks(struct parser *p);
/* How many letters, digits and _ stand there. */
size_t parser_word_length(const char *s);
/* Reads up to what ends a pipeline: "}}", "-}}" or ")". */
int parser_read_pipeline(struct parser *p, struct expression **ret_expression) must_check;

void expression_free(struct expression *e);
void node_free(struct node *n);

/* NULL when there is none. */
const struct template_function *template_function_find(const char *name);
/* Names of all functions, for "did you mean"; lent. */
size_t template_function_names(const char **ret_names, size_t max);
/* As Go's print does: map[a:1], [1 2], <nil>. */
void template_print_value(struct json_object *value, struct text *out);
/* Go's truth: not false, 0, "", null, an empty list or object. */
bool template_is_true(struct json_object *value);
