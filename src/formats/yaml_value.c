/* SPDX-License-Identifier: Apache-2.0 */
/* What a scalar means, lookups, and JSON as the same tree. */
#include "base/number.h"
#include "formats/json.h"
#include "formats/yaml.h"

#include <errno.h>
#include <string.h>

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].key, key) == 0)
            return map->pairs[i].value;
    return NULL;
}

const struct yaml_node *yaml_get_key(const struct yaml_node *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].key, key) == 0)
            return map->pairs[i].key_node;
    return NULL;
}

struct yaml_node *yaml_get_path(const struct yaml_node *map, const char *path)
{
    struct yaml_node *node = (struct yaml_node *)map;
    while (node && *path != '\0') {
        char key[128];
        size_t n = strcspn(path, ".");
        if (n >= sizeof(key))
            return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        node = yaml_get(node, key);
        path += n + (path[n] == '.');
    }
    return node;
}

bool yaml_is_null(const struct yaml_node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (!node)
        return true;
    if (node->kind != YAML_SCALAR || !node->plain)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(node->text, words[i]) == 0)
            return true;
    return false;
}

const char *yaml_text(const struct yaml_node *node)
{
    return node && node->kind == YAML_SCALAR && !yaml_is_null(node) ? node->text : NULL;
}

const char *yaml_get_text(const struct yaml_node *map, const char *key)
{
    return yaml_text(yaml_get(map, key));
}

bool yaml_bool(const struct yaml_node *node, bool fallback)
{
    static const char *const yes[] = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                      "on",   "On",   "ON",   "y",   "Y"};
    static const char *const no[] = {"false", "False", "FALSE", "no", "No", "NO",
                                     "off",   "Off",   "OFF",   "n",  "N"};
    const char *text = yaml_text(node);
    if (!text)
        return fallback;
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
        if (strcmp(text, yes[i]) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(no); i++)
        if (strcmp(text, no[i]) == 0)
            return false;
    return fallback;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static int parse_digits(const char *p, int base, bool negative, int64_t *ret_value)
{
    int64_t value = 0;
    bool any = false;
    for (; *p != '\0'; p++) {
        if (*p == '_')
            continue;
        int digit = digit_value(*p);
        if (digit >= base)
            return -EINVAL;
        any = true;
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return -ERANGE;
    }
    if (!any)
        return -EINVAL;
    *ret_value = value;
    return 0;
}

/* "0.0", "1e3", "1000.": a float whose value is whole. */
static int parse_whole_float(const char *p, int64_t *ret_value)
{
    char *end;
    if (p[strspn(p, "0123456789.eE+-")] != '\0' || !strpbrk(p, ".eE"))
        return -EINVAL;
    double value = strtod(p, &end);
    if (*end != '\0')
        return -EINVAL;
    if (!(value >= -9e15 && value <= 9e15))
        return -ERANGE;
    if (value != (double)(int64_t)value)
        return -EINVAL;
    *ret_value = (int64_t)value;
    return 0;
}

int yaml_integer(const struct yaml_node *node, int64_t *ret_value)
{
    if (yaml_is_null(node))
        return -ENOENT;
    bool tagged = node->tag && strcmp(node->tag, "tag:yaml.org,2002:int") == 0;
    if (node->kind != YAML_SCALAR || (!node->plain && !tagged))
        return -EINVAL;
    const char *p = node->text;
    bool negative = *p == '-';
    p += *p == '-' || *p == '+';
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
        return parse_digits(p + 2, 16, negative, ret_value);
    if (p[0] == '0' && (p[1] == 'o' || p[1] == 'O'))
        return parse_digits(p + 2, 8, negative, ret_value);
    if (p[0] == '0' && (p[1] == 'b' || p[1] == 'B'))
        return parse_digits(p + 2, 2, negative, ret_value);
    if (p[0] == '_' || digit_value(p[0]) > 9)
        return -EINVAL;
    int r = parse_digits(p, p[0] == '0' && p[1] != '\0' ? 8 : 10, negative, ret_value);
    if (r == -EINVAL)
        r = p[0] == '0' ? parse_digits(p, 10, negative, ret_value) : r;
    return r == -EINVAL ? parse_whole_float(node->text, ret_value) : r;
}

bool yaml_is_sexagesimal(const struct yaml_node *node)
{
    if (!node || node->kind != YAML_SCALAR || !node->plain)
        return false;
    const char *p = node->text + (node->text[0] == '-' || node->text[0] == '+');
    if (*p < '1' || *p > '9')
        return false;
    p += strspn(p, "0123456789_");
    bool any = false;
    while (*p == ':') {
        size_t n = strspn(p + 1, "0123456789");
        if (n == 0 || n > 2 || (n == 2 && p[1] > '5'))
            return false;
        any = true;
        p += 1 + n;
    }
    return any && *p == '\0';
}

/* Without positions: for JSON that libyaml cannot read (surrogate pairs in \u escapes). */
static struct yaml_node *convert(struct arena *arena, const char *file, struct json_object *value)
{
    struct yaml_node like = {
        .file = file, .line = 1, .column = 1, .end_line = 1, .end_column = 1, .weight = 1};
    struct yaml_node *n = yaml_copy_node(arena, &like);
    if (!n)
        return NULL;
    if (json_object_is_type(value, json_type_array)) {
        n->kind = YAML_LIST;
        n->count = json_object_array_length(value);
        n->items = arena_allocate(arena, (n->count + 1) * sizeof(*n->items));
        for (size_t i = 0; i < n->count && n->items; i++)
            if (!(n->items[i] = convert(arena, file, json_object_array_get_idx(value, i))))
                return NULL;
        return n->items ? n : NULL;
    }
    if (json_object_is_type(value, json_type_object)) {
        n->kind = YAML_MAP;
        n->pairs = arena_allocate(arena, ((size_t)json_object_object_length(value) + 1) * sizeof(*n->pairs));
        if (!n->pairs)
            return NULL;
        json_object_object_foreach(value, key, member)
        {
            struct yaml_node *key_node = yaml_copy_node(arena, &like), *item = convert(arena, file, member);
            if (!key_node || !item || !(key_node->text = arena_copy(arena, key, strlen(key))))
                return NULL;
            n->pairs[n->count++] = (struct yaml_pair){key_node->text, key_node, item};
        }
        return n;
    }
    const char *text = value ? json_object_get_string(value) : "null";
    n->plain = !json_object_is_type(value, json_type_string);
    n->text = text ? arena_copy(arena, text, strlen(text)) : NULL;
    return n->text ? n : NULL;
}

int yaml_parse_json(struct arena *arena, const struct yaml_source *source, struct report *report,
                    struct yaml_documents *ret_documents)
{
    autojson struct json_object *value = NULL;
    int r = json_parse(source->file, source->data, source->size, report, &value);
    if (r < 0)
        return r;
    r = yaml_parse(arena, source, NULL, ret_documents);
    if (r != -EINVAL)
        return r;
    struct yaml_node **items = arena_allocate(arena, sizeof(*items));
    char *name = arena_copy(arena, source->file, strlen(source->file));
    if (!items || !name || !(items[0] = convert(arena, name, value)))
        return -ENOMEM;
    *ret_documents = (struct yaml_documents){items, 1};
    return 0;
}
