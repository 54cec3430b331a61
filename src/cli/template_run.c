/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_tree.h"

#include "base/strings.h"

#include <errno.h>
#include <string.h>

#define VARIABLES_MAX 64
#define ARGUMENTS_MAX 32
#define STEPS_MAX 5000000 /* loops in loops over data must end in this life */
#define OUTPUT_MAX (64u << 20)

struct variable {
    const char *name;
    struct json_object *value; /* a reference of its own */
};

struct evaluation {
    const struct template_data *data;
    struct variable variables[VARIABLES_MAX];
    size_t variable_count;
    size_t steps;
    bool tolerant; /* in a condition: a field that is not there is false */
    struct text *out;
    struct failure *failure;
};

static void value_release(struct json_object **v)
{
    json_object_put(*v);
}
#define autovalue __attribute__((cleanup(value_release)))

static int evaluate(struct evaluation *e, const struct expression *x, struct json_object *dot,
                    struct json_object **ret_value);
static int run_nodes(struct evaluation *e, const struct node *first, struct json_object *dot);

bool template_is_true(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        return false;
    case json_type_boolean:
        return json_object_get_boolean(value);
    case json_type_int:
        return json_object_get_int64(value) != 0 || json_object_get_uint64(value) != 0;
    case json_type_double:
        return json_object_get_double(value) != 0;
    case json_type_string:
        return json_object_get_string_len(value) > 0;
    case json_type_array:
        return json_object_array_length(value) > 0;
    case json_type_object:
        return json_object_object_length(value) > 0;
    }
    return false;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys in order, as Go walks a map; the array is the caller's, the names are lent. NULL: no memory. */
static const char **make_sorted_keys(struct json_object *object, size_t *ret_count)
{
    size_t count = (size_t)json_object_object_length(object), i = 0;
    const char **keys = calloc(count + 1, sizeof(*keys));
    if (!keys)
        return NULL;
    json_object_object_foreach(object, key, value)
    {
        (void)value;
        keys[i++] = key;
    }
    qsort(keys, count, sizeof(*keys), compare_names);
    *ret_count = count;
    return keys;
}

static void print_object(struct json_object *value, struct text *out)
{
    size_t count = 0;
    autofree const char **keys = make_sorted_keys(value, &count);
    if (!keys)
        out->error = -ENOMEM;
    text_append(out, "map[");
    for (size_t i = 0; i < count; i++) {
        text_printf(out, "%s%s:", i ? " " : "", keys[i]);
        template_print_value(json_object_object_get(value, keys[i]), out);
    }
    text_append(out, "]");
}

void template_print_value(struct json_object *value, struct text *out)
{
    if (!value)
        text_append(out, "<nil>");
    else if (json_object_is_type(value, json_type_object))
        print_object(value, out);
    else if (json_object_is_type(value, json_type_array)) {
        text_append(out, "[");
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            text_append(out, i ? " " : "");
            template_print_value(json_object_array_get_idx(value, i), out);
        }
        text_append(out, "]");
    } else
        text_append(out, json_object_get_string(value));
}

static int evaluate_field(struct evaluation *e, struct json_object *base, const char *name,
                          struct json_object **ret_value)
{
    struct json_object *value = NULL;
    if (json_object_is_type(base, json_type_object) && json_object_object_get_ex(base, name, &value)) {
        *ret_value = json_object_get(value);
        return 0;
    }
    if (e->tolerant) {
        *ret_value = NULL;
        return 0;
    }
    if (!base)
        return refuse(e->failure, -ENOENT, "template: .%s of nothing: what stands before it is empty", name);
    if (!json_object_is_type(base, json_type_object))
        return refuse(e->failure, -ENOENT, "template: .%s: what stands before it has no fields", name);
    return refuse(e->failure, -ENOENT, "template: there is no field .%s here", name);
}

static int evaluate_variable(struct evaluation *e, const char *name, struct json_object **ret_value)
{
    if (name[0] == '\0') {
        *ret_value = json_object_get(e->data->value);
        return 0;
    }
    for (size_t i = e->variable_count; i-- > 0;)
        if (streq(e->variables[i].name, name)) {
            *ret_value = json_object_get(e->variables[i].value);
            return 0;
        }
    return refuse(e->failure, -EINVAL, "template: there is no variable $%s", name);
}

static int call_function(struct evaluation *e, const struct expression *x, struct json_object *dot,
                         struct json_object **ret_value)
{
    struct json_object *values[ARGUMENTS_MAX];
    struct call call = {.values = values, .name = x->function->name, .failure = e->failure};
    int r = 0;
    for (const struct expression *argument = x->first; argument && r == 0; argument = argument->next) {
        if (call.count == ARGUMENTS_MAX) {
            r = refuse(e->failure, -EINVAL, "template: too many arguments for %s", call.name);
            break;
        }
        r = evaluate(e, argument, dot, &values[call.count]);
        call.count += r == 0;
    }
    if (r == 0)
        r = x->function->run(&call, ret_value);
    while (call.count > 0)
        json_object_put(values[--call.count]);
    return r;
}

static int evaluate_label(struct evaluation *e, struct json_object *key, struct json_object **ret_value)
{
    struct json_object *label = NULL;
    const char *name = json_object_is_type(key, json_type_string) ? json_object_get_string(key) : "";
    if (e->data->labels && json_object_object_get_ex(e->data->labels, name, &label)) {
        *ret_value = json_object_get(label);
        return 0;
    }
    *ret_value = json_object_new_string("");
    return *ret_value ? 0 : fail(e->failure, -ENOMEM, "filling in the template");
}

static int evaluate(struct evaluation *e, const struct expression *x, struct json_object *dot,
                    struct json_object **ret_value)
{
    autovalue struct json_object *base = NULL;
    int r = 0;
    if (++e->steps > STEPS_MAX || e->out->length > OUTPUT_MAX)
        return refuse(e->failure, -E2BIG, "template: it loops over too much");
    switch (x->kind) {
    case EXPRESSION_DOT:
        *ret_value = json_object_get(dot);
        return 0;
    case EXPRESSION_CONSTANT:
        *ret_value = json_object_get(x->constant);
        return 0;
    case EXPRESSION_VARIABLE:
        return evaluate_variable(e, x->name, ret_value);
    case EXPRESSION_CALL:
        return call_function(e, x, dot, ret_value);
    case EXPRESSION_FIELD:
        r = evaluate(e, x->first, dot, &base);
        return r < 0 ? r : evaluate_field(e, base, x->name, ret_value);
    case EXPRESSION_LABEL:
        r = evaluate(e, x->first, dot, &base);
        return r < 0 ? r : evaluate_label(e, base, ret_value);
    }
    return -EINVAL;
}

static int add_variable(struct evaluation *e, const char *name, struct json_object *value)
{
    if (!name)
        return 0;
    if (e->variable_count == VARIABLES_MAX)
        return refuse(e->failure, -EINVAL, "template: too many variables");
    e->variables[e->variable_count++] = (struct variable){name, json_object_get(value)};
    return 0;
}

static void drop_variables(struct evaluation *e, size_t count)
{
    while (e->variable_count > count)
        json_object_put(e->variables[--e->variable_count].value);
}

static int run_item(struct evaluation *e, const struct node *n, struct json_object *key,
                    struct json_object *item)
{
    size_t variables = e->variable_count;
    int r = add_variable(e, n->key_variable, key);
    if (r == 0)
        r = add_variable(e, n->variable, item);
    if (r == 0)
        r = run_nodes(e, n->body, item);
    drop_variables(e, variables);
    return r;
}

static int range_object(struct evaluation *e, const struct node *n, struct json_object *value)
{
    size_t count = 0;
    autofree const char **keys = make_sorted_keys(value, &count);
    int r = keys ? 0 : fail(e->failure, -ENOMEM, "filling in the template");
    for (size_t i = 0; i < count && r == 0; i++) {
        autovalue struct json_object *key = json_object_new_string(keys[i]);
        r = run_item(e, n, key, json_object_object_get(value, keys[i]));
    }
    return r;
}

static int run_range(struct evaluation *e, const struct node *n, struct json_object *value,
                     struct json_object *dot)
{
    int r = 0;
    if (!template_is_true(value))
        return run_nodes(e, n->otherwise, dot);
    if (json_object_is_type(value, json_type_object))
        return range_object(e, n, value);
    if (!json_object_is_type(value, json_type_array))
        return refuse(e->failure, -EINVAL, "template: range goes over lists and maps only");
    for (size_t i = 0; i < json_object_array_length(value) && r == 0; i++) {
        autovalue struct json_object *key = json_object_new_int64((int64_t)i);
        r = run_item(e, n, key, json_object_array_get_idx(value, i));
    }
    return r;
}

static int run_action(struct evaluation *e, const struct node *n, struct json_object *value)
{
    if (n->variable)
        return add_variable(e, n->variable, value);
    if (value)
        template_print_value(value, e->out);
    else
        text_append(e->out, "<no value>");
    return 0;
}

static int run_condition(struct evaluation *e, const struct node *n, struct json_object *value,
                         struct json_object *dot)
{
    size_t variables = e->variable_count;
    bool on = template_is_true(value);
    int r = add_variable(e, n->variable, value);
    if (r == 0)
        r = run_nodes(e, on ? n->body : n->otherwise, on && n->kind == NODE_WITH ? value : dot);
    drop_variables(e, variables);
    return r;
}

static int run_node(struct evaluation *e, const struct node *n, struct json_object *dot)
{
    autovalue struct json_object *value = NULL;
    if (n->kind == NODE_TEXT && n->text)
        text_append(e->out, n->text);
    if (!n->pipeline)
        return 0;
    e->tolerant = n->kind == NODE_IF || n->kind == NODE_WITH;
    int r = evaluate(e, n->pipeline, dot, &value);
    e->tolerant = false;
    if (r < 0)
        return r;
    if (n->kind == NODE_RANGE)
        return run_range(e, n, value, dot);
    return n->kind == NODE_ACTION ? run_action(e, n, value) : run_condition(e, n, value, dot);
}

static int run_nodes(struct evaluation *e, const struct node *first, struct json_object *dot)
{
    size_t variables = e->variable_count;
    int r = 0;
    for (const struct node *n = first; n && r == 0; n = n->next)
        r = run_node(e, n, dot);
    drop_variables(e, variables);
    return r;
}

int template_run(const struct template *t, const struct template_data *data, struct text *out,
                 struct failure *failure)
{
    struct evaluation e = {.data = data, .out = out, .failure = failure};
    int r = run_nodes(&e, t->first, data->value);
    if (r == 0 && text_error(out) < 0)
        return fail(failure, -ENOMEM, "filling in the template");
    return r;
}
