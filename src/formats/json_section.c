/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json_section.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void json_section_fail(const struct json_section *s, int error)
{
    if (error < 0 && *s->error != -ENOMEM)
        *s->error = error;
}

void json_section_refuse(const struct json_section *s, const char *key, const char *rule, const char *format,
                         ...)
{
    char sentence[300];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args); /* a cut sentence is still a sentence */
    va_end(args);
    autofree char *place = NULL;
    const char *dot = key && s->path[0] != '\0' ? "." : "";
    if (asprintf(&place, "%s: %s%s%s", s->document, s->path, dot, key ? key : "") < 0)
        place = NULL;
    json_section_fail(s, report_add(s->report, place ? place : s->document, rule, "%s", sentence));
}

/* The member, NULL when it is missing or of another type (then with a finding). */
static struct json_object *take_typed(const struct json_section *s, const char *key, enum json_type type)
{
    struct json_object *value = json_get(s->object, key);
    if (!value || json_object_is_type(value, type))
        return value;
    json_section_refuse(s, key, "json/type", "expected %s, this is %s", json_type_to_name(type),
                        json_type_to_name(json_object_get_type(value)));
    return NULL;
}

struct json_object *json_take_object(const struct json_section *s, const char *key)
{
    return take_typed(s, key, json_type_object);
}

struct json_object *json_take_array(const struct json_section *s, const char *key)
{
    return take_typed(s, key, json_type_array);
}

void json_take_string(const struct json_section *s, const char *key, char **ret)
{
    struct json_object *value = take_typed(s, key, json_type_string);
    if (!value)
        return;
    char *copy = strdup(json_object_get_string(value));
    if (!copy) {
        json_section_fail(s, -ENOMEM);
        return;
    }
    free(*ret);
    *ret = copy;
}

void json_take_strings(const struct json_section *s, const char *key, struct strings *ret)
{
    int r = json_get_strings(s->object, key, ret);
    if (r == -EINVAL)
        json_section_refuse(s, key, "json/type", "expected an array of strings");
    else
        json_section_fail(s, r);
}

static void add_assignment(const struct json_section *s, const char *key, const char *name,
                           struct json_object *value, struct strings *ret)
{
    if (!json_object_is_type(value, json_type_string))
        json_section_refuse(s, key, "json/type", "the value of \"%.100s\" is not a string", name);
    else if (name[0] == '\0' || strchr(name, '='))
        json_section_refuse(s, key, "json/name", "\"%.100s\" is no name", name);
    else
        json_section_fail(s, strings_addf(ret, "%s=%s", name, json_object_get_string(value)));
}

void json_take_map(const struct json_section *s, const char *key, struct strings *ret)
{
    struct json_object *object = json_take_object(s, key);
    if (!object)
        return;
    json_object_object_foreach(object, name, value)
    {
        add_assignment(s, key, name, value, ret);
    }
    strings_sort(ret);
}

void json_take_keys(const struct json_section *s, const char *key, struct strings *ret)
{
    struct json_object *object = json_take_object(s, key);
    if (!object)
        return;
    json_object_object_foreach(object, name, value)
    {
        (void)value; /* {} by definition; only the name says something */
        json_section_fail(s, strings_add(ret, name));
    }
    strings_sort(ret);
}

void json_take_i64(const struct json_section *s, const char *key, int64_t min, int64_t *ret)
{
    int64_t value;
    int r = json_get_i64(s->object, key, &value);
    if (r == -ENOENT)
        return;
    if (r < 0 || value < min)
        json_section_refuse(s, key, "json/number", "expected an integer of at least %lld", (long long)min);
    else
        *ret = value;
}

void json_take_bool(const struct json_section *s, const char *key, bool *ret)
{
    struct json_object *value = take_typed(s, key, json_type_boolean);
    if (value)
        *ret = json_object_get_boolean(value);
}

int json_put_map(struct json_object *object, const char *key, const struct strings *list)
{
    if (list->count == 0)
        return 0;
    struct json_object *map = json_object_new_object();
    int r = json_put(object, key, map);
    for (size_t i = 0; i < list->count && r == 0; i++) {
        const char *item = list->items[i];
        size_t n = strcspn(item, "=");
        autofree char *name = strndup(item, n);
        r = name ? json_put_string(map, name, item[n] == '=' ? item + n + 1 : "") : -ENOMEM;
    }
    return r;
}

int json_put_keys(struct json_object *object, const char *key, const struct strings *list)
{
    if (list->count == 0)
        return 0;
    struct json_object *map = json_object_new_object();
    int r = json_put(object, key, map);
    for (size_t i = 0; i < list->count && r == 0; i++)
        r = json_put(map, list->items[i], json_object_new_object());
    return r;
}
