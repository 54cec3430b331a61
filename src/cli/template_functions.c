/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of a template: docker's (cli/templates), and those of Go's text/template that are used with
 * it. */
#include "cli/table.h"
#include "cli/template_tree.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define ANY_ARGUMENTS 32
#define WIDTH_MAX 1000

static int refuse_value(const struct call *call, const char *wanted)
{
    return refuse(call->failure, -EINVAL, "template: %s takes %s", call->name, wanted);
}

static int give_string(const struct call *call, struct text *t, struct json_object **ret_value)
{
    if (text_error(t) == 0)
        *ret_value = json_object_new_string_len(text_peek(t), (int)t->length);
    else
        *ret_value = NULL;
    return *ret_value ? 0 : fail(call->failure, -ENOMEM, "template: %s", call->name);
}

static int give(const struct call *call, struct json_object *value, struct json_object **ret_value)
{
    *ret_value = value;
    return value ? 0 : fail(call->failure, -ENOMEM, "template: %s", call->name);
}

/* The argument as a string; lent. */
static int take_string(const struct call *call, size_t i, const char **ret_string)
{
    if (!json_object_is_type(call->values[i], json_type_string))
        return refuse_value(call, "a text");
    *ret_string = json_object_get_string(call->values[i]);
    return 0;
}

static int take_number(const struct call *call, size_t i, int64_t max, int64_t *ret_number)
{
    if (!json_object_is_type(call->values[i], json_type_int))
        return refuse_value(call, "a number there");
    int64_t number = json_object_get_int64(call->values[i]);
    if (number < 0 || number > max)
        return refuse(call->failure, -EINVAL, "template: %s: %lld is out of range", call->name,
                      (long long)number);
    *ret_number = number;
    return 0;
}

static int run_json(const struct call *call, struct json_object **ret_value)
{
    const char *text = json_object_to_json_string_ext(call->values[0], JSON_C_TO_STRING_PLAIN |
                                                                           JSON_C_TO_STRING_NOSLASHESCAPE);
    return give(call, text ? json_object_new_string(text) : NULL, ret_value);
}

/* One step of index: a member, "" when there is none (docker's maps hold strings), or an item. */
static int index_once(const struct call *call, struct json_object *base, size_t i,
                      struct json_object **ret_value)
{
    struct json_object *value = NULL;
    if (json_object_is_type(base, json_type_object)) {
        const char *key;
        int r = take_string(call, i, &key);
        if (r < 0)
            return r;
        if (!json_object_object_get_ex(base, key, &value))
            return give(call, json_object_new_string(""), ret_value);
    } else if (json_object_is_type(base, json_type_array)) {
        int64_t at;
        int r = take_number(call, i, INT32_MAX, &at);
        if (r < 0)
            return r;
        if ((size_t)at >= json_object_array_length(base))
            return refuse(call->failure, -EINVAL, "template: index %lld of a list of %zu", (long long)at,
                          json_object_array_length(base));
        value = json_object_array_get_idx(base, (size_t)at);
    } else
        return refuse_value(call, "a list or a map");
    *ret_value = json_object_get(value);
    return 0;
}

static int run_index(const struct call *call, struct json_object **ret_value)
{
    struct json_object *base = json_object_get(call->values[0]);
    for (size_t i = 1; i < call->count; i++) {
        struct json_object *value = NULL;
        int r = index_once(call, base, i, &value);
        json_object_put(base);
        if (r < 0)
            return r;
        base = value;
    }
    *ret_value = base;
    return 0;
}

static int run_len(const struct call *call, struct json_object **ret_value)
{
    struct json_object *v = call->values[0];
    int64_t length;
    if (json_object_is_type(v, json_type_array))
        length = (int64_t)json_object_array_length(v);
    else if (json_object_is_type(v, json_type_object))
        length = json_object_object_length(v);
    else if (json_object_is_type(v, json_type_string))
        length = json_object_get_string_len(v);
    else
        return refuse_value(call, "a list, a map or a text");
    return give(call, json_object_new_int64(length), ret_value);
}

static int run_join(const struct call *call, struct json_object **ret_value)
{
    autotext struct text t = {0};
    struct json_object *list = call->values[0];
    const char *separator;
    int r = take_string(call, 1, &separator);
    if (r < 0)
        return r;
    if (list && !json_object_is_type(list, json_type_array))
        return refuse_value(call, "a list");
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        text_append(&t, i ? separator : "");
        template_print_value(json_object_array_get_idx(list, i), &t);
    }
    return give_string(call, &t, ret_value);
}

static int run_split(const struct call *call, struct json_object **ret_value)
{
    const char *string, *separator;
    int r = take_string(call, 0, &string);
    if (r == 0)
        r = take_string(call, 1, &separator);
    if (r < 0)
        return r;
    if (separator[0] == '\0')
        return refuse_value(call, "a separator that is not empty");
    struct json_object *list = json_object_new_array();
    for (const char *end = string; list && end; string = end + strlen(separator)) {
        end = strstr(string, separator);
        struct json_object *part =
            json_object_new_string_len(string, (int)(end ? (size_t)(end - string) : strlen(string)));
        if (!part || json_object_array_add(list, part) < 0) {
            json_object_put(part);
            json_object_put(list);
            list = NULL;
        }
        if (!end)
            break;
    }
    return give(call, list, ret_value);
}

/* upper, lower, title: ASCII letters. */
static int run_case(const struct call *call, struct json_object **ret_value)
{
    autotext struct text t = {0};
    const char *string;
    int r = take_string(call, 0, &string);
    if (r < 0)
        return r;
    for (const char *c = string; *c != '\0'; c++) {
        bool up = streq(call->name, "upper") || (streq(call->name, "title") && (c == string || c[-1] == ' '));
        unsigned char byte = (unsigned char)*c;
        text_append_char(&t, (char)(up ? toupper(byte) : streq(call->name, "lower") ? tolower(byte) : byte));
    }
    return give_string(call, &t, ret_value);
}

static int run_truncate(const struct call *call, struct json_object **ret_value)
{
    const char *string;
    int64_t length;
    int r = take_string(call, 0, &string);
    if (r == 0)
        r = take_number(call, 1, INT32_MAX, &length);
    if (r < 0)
        return r;
    size_t keep = strlen(string) < (size_t)length ? strlen(string) : (size_t)length;
    while (keep > 0 && keep < strlen(string) && ((unsigned char)string[keep] & 0xc0) == 0x80)
        keep--; /* not in the middle of a character */
    return give(call, json_object_new_string_len(string, (int)keep), ret_value);
}

static int run_pad(const struct call *call, struct json_object **ret_value)
{
    autotext struct text t = {0};
    const char *string;
    int64_t before, after;
    int r = take_string(call, 0, &string);
    if (r == 0)
        r = take_number(call, 1, WIDTH_MAX, &before);
    if (r == 0)
        r = take_number(call, 2, WIDTH_MAX, &after);
    if (r < 0)
        return r;
    if (string[0] != '\0')
        text_printf(&t, "%*s%s%*s", (int)before, "", string, (int)after, "");
    return give_string(call, &t, ret_value);
}

/* Go's print puts a blank between two operands when neither is a text; println always, and a line break. */
static int run_print(const struct call *call, struct json_object **ret_value)
{
    autotext struct text t = {0};
    bool line = streq(call->name, "println");
    for (size_t i = 0; i < call->count; i++) {
        bool texts = i > 0 && (json_object_is_type(call->values[i], json_type_string) ||
                               json_object_is_type(call->values[i - 1], json_type_string));
        if (i > 0 && (line || !texts))
            text_append_char(&t, ' ');
        template_print_value(call->values[i], &t);
    }
    text_append(&t, line ? "\n" : "");
    return give_string(call, &t, ret_value);
}

/* "-12" of %-12s. */
static const char *read_width(const char *p, bool *ret_left, int *ret_width)
{
    *ret_left = *p == '-';
    *ret_width = 0;
    for (p += *ret_left; isdigit((unsigned char)*p); p++)
        if (*ret_width < WIDTH_MAX)
            *ret_width = *ret_width * 10 + (*p - '0');
    return p;
}

static int format_value(const struct call *call, char verb, struct json_object *value, struct text *out)
{
    if (verb == 'q')
        text_append(out, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                                   JSON_C_TO_STRING_NOSLASHESCAPE));
    else if (verb == 'd' && !json_object_is_type(value, json_type_int))
        return refuse_value(call, "a number for %d");
    else if (verb == 's' || verb == 'v' || verb == 'd')
        template_print_value(value, out);
    else
        return refuse(call->failure, -EINVAL, "template: printf knows %%s, %%d, %%v and %%q, not %%%c", verb);
    return 0;
}

static int run_printf(const struct call *call, struct json_object **ret_value)
{
    autotext struct text t = {0};
    const char *format;
    size_t used = 1;
    int r = take_string(call, 0, &format);
    for (const char *p = r < 0 ? "" : format; *p != '\0' && r == 0; p++) {
        autotext struct text value = {0};
        bool left;
        int width;
        if (p[0] != '%' || p[1] == '%') {
            text_append_char(&t, *p);
            p += p[0] == '%';
            continue;
        }
        p = read_width(p + 1, &left, &width);
        if (*p == '\0' || used >= call->count)
            return refuse(call->failure, -EINVAL, "template: printf: \"%s\" wants more values", format);
        r = format_value(call, *p, call->values[used++], &value);
        text_printf(&t, left ? "%-*s" : "%*s", width, text_peek(&value));
    }
    if (r == 0 && used != call->count)
        return refuse(call->failure, -EINVAL, "template: printf: \"%s\" was given too many values", format);
    return r < 0 ? r : give_string(call, &t, ret_value);
}

/* Below 0, 0, above 0 in *ret_order. Only values of one kind compare. */
static int compare(const struct call *call, size_t i, int *ret_order)
{
    struct json_object *a = call->values[0], *b = call->values[i];
    enum json_type type = json_object_get_type(a);
    if (json_object_get_type(b) != type || type == json_type_array || type == json_type_object)
        return refuse_value(call, "two texts, two numbers or two truths");
    if (type == json_type_string)
        *ret_order = strcmp(json_object_get_string(a), json_object_get_string(b));
    else if (type == json_type_double)
        *ret_order = (json_object_get_double(a) > json_object_get_double(b)) -
                     (json_object_get_double(a) < json_object_get_double(b));
    else if (type == json_type_null)
        *ret_order = 0;
    else
        *ret_order = (json_object_get_int64(a) > json_object_get_int64(b)) -
                     (json_object_get_int64(a) < json_object_get_int64(b));
    return 0;
}

static int run_compare(const struct call *call, struct json_object **ret_value)
{
    bool holds = false;
    for (size_t i = 1; i < call->count; i++) {
        int order = 0;
        int r = compare(call, i, &order);
        if (r < 0)
            return r;
        holds |=
            (order == 0 && (streq(call->name, "eq") || streq(call->name, "le") || streq(call->name, "ge"))) ||
            (order != 0 && streq(call->name, "ne")) || (order < 0 && call->name[0] == 'l') ||
            (order > 0 && call->name[0] == 'g');
    }
    return give(call, json_object_new_boolean(holds), ret_value);
}

static int run_logic(const struct call *call, struct json_object **ret_value)
{
    bool is_and = streq(call->name, "and");
    size_t i = 0;
    if (streq(call->name, "not"))
        return give(call, json_object_new_boolean(!template_is_true(call->values[0])), ret_value);
    while (i + 1 < call->count && template_is_true(call->values[i]) == is_and)
        i++;
    *ret_value = json_object_get(call->values[i]);
    return 0;
}

static const struct template_function functions[] = {
    {"and", 1, ANY_ARGUMENTS, run_logic},
    {"eq", 2, ANY_ARGUMENTS, run_compare},
    {"ge", 2, 2, run_compare},
    {"gt", 2, 2, run_compare},
    {"index", 1, ANY_ARGUMENTS, run_index},
    {"join", 2, 2, run_join},
    {"json", 1, 1, run_json},
    {"le", 2, 2, run_compare},
    {"len", 1, 1, run_len},
    {"lower", 1, 1, run_case},
    {"lt", 2, 2, run_compare},
    {"ne", 2, 2, run_compare},
    {"not", 1, 1, run_logic},
    {"or", 1, ANY_ARGUMENTS, run_logic},
    {"pad", 3, 3, run_pad},
    {"print", 0, ANY_ARGUMENTS, run_print},
    {"printf", 1, ANY_ARGUMENTS, run_printf},
    {"println", 0, ANY_ARGUMENTS, run_print},
    {"split", 2, 2, run_split},
    {"title", 1, 1, run_case},
    {"truncate", 2, 2, run_truncate},
    {"upper", 1, 1, run_case},
};

const struct template_function *template_function_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
        if (streq(functions[i].name, name))
            return &functions[i];
    return NULL;
}

size_t template_function_names(const char **ret_names, size_t max)
{
    size_t count = 0;
    for (; count < ARRAY_SIZE(functions) && count < max; count++)
        ret_names[count] = functions[count].name;
    return count;
}
