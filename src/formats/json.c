/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json.h"
#include "base/utf8.h"

#include <errno.h>
#include <string.h>

struct json_object *json_get(struct json_object *object, const char *key)
{
    struct json_object *value;
    if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, key, &value))
        return NULL;
    return value;
}

static struct json_object *get_typed(struct json_object *object, const char *key, enum json_type type)
{
    struct json_object *value = json_get(object, key);
    return json_object_is_type(value, type) ? value : NULL;
}

struct json_object *json_get_array(struct json_object *object, const char *key)
{
    return get_typed(object, key, json_type_array);
}

struct json_object *json_get_object(struct json_object *object, const char *key)
{
    return get_typed(object, key, json_type_object);
}

const char *json_get_string(struct json_object *object, const char *key)
{
    struct json_object *value = get_typed(object, key, json_type_string);
    return value ? json_object_get_string(value) : NULL;
}

bool json_get_bool(struct json_object *object, const char *key, bool fallback)
{
    struct json_object *value = get_typed(object, key, json_type_boolean);
    return value ? json_object_get_boolean(value) : fallback;
}

/* The integer member; 0, -ENOENT (json null is missing too) or -EINVAL. */
static int get_integer(struct json_object *object, const char *key, struct json_object **ret_value)
{
    struct json_object *value = json_get(object, key);
    if (!value)
        return -ENOENT;
    if (!json_object_is_type(value, json_type_int))
        return -EINVAL;
    *ret_value = value;
    return 0;
}

int json_get_u64(struct json_object *object, const char *key, uint64_t *ret_value)
{
    struct json_object *value;
    int r = get_integer(object, key, &value);
    if (r < 0)
        return r;
    if (json_object_get_int64(value) < 0)
        return -ERANGE;
    *ret_value = json_object_get_uint64(value);
    return 0;
}

int json_get_i64(struct json_object *object, const char *key, int64_t *ret_value)
{
    struct json_object *value;
    int r = get_integer(object, key, &value);
    if (r < 0)
        return r;
    if (json_object_get_uint64(value) > INT64_MAX) /* json-c gives 0 for a negative one */
        return -ERANGE;
    *ret_value = json_object_get_int64(value);
    return 0;
}

int json_get_strings(struct json_object *object, const char *key, struct strings *list)
{
    struct json_object *value = json_get(object, key);
    if (!value)
        return 0;
    if (!json_object_is_type(value, json_type_array))
        return -EINVAL;
    size_t count = json_object_array_length(value);
    for (size_t i = 0; i < count; i++)
        if (!json_object_is_type(json_object_array_get_idx(value, i), json_type_string))
            return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        int r = strings_add(list, json_object_get_string(json_object_array_get_idx(value, i)));
        if (r < 0)
            return r;
    }
    return 0;
}

int json_put(struct json_object *object, const char *key, struct json_object *value)
{
    autojson struct json_object *owned = value;
    if (!object || !owned || json_object_object_add(object, key, owned) < 0)
        return -ENOMEM;
    (void)TAKE_PTR(owned); /* the object owns it now */
    return 0;
}

static int make_string(const char *value, struct json_object **ret_value)
{
    size_t length = strlen(value);
    if (length > INT32_MAX || !utf8_is_valid(value, length))
        return -EILSEQ;
    *ret_value = json_object_new_string_len(value, (int)length);
    return *ret_value ? 0 : -ENOMEM;
}

int json_put_string(struct json_object *object, const char *key, const char *value)
{
    if (!value)
        return 0;
    struct json_object *string;
    int r = make_string(value, &string);
    return r < 0 ? r : json_put(object, key, string);
}

int json_put_strings(struct json_object *object, const char *key, const struct strings *list)
{
    if (list->count == 0)
        return 0;
    autojson struct json_object *array = json_object_new_array();
    if (!array)
        return -ENOMEM;
    for (size_t i = 0; i < list->count; i++) {
        autojson struct json_object *string = NULL;
        int r = make_string(list->items[i], &string);
        if (r < 0)
            return r;
        if (json_object_array_add(array, string) < 0)
            return -ENOMEM;
        (void)TAKE_PTR(string); /* the array owns it now */
    }
    return json_put(object, key, TAKE_PTR(array));
}

int json_put_bool(struct json_object *object, const char *key, bool value)
{
    return json_put(object, key, json_object_new_boolean(value));
}

int json_put_u64(struct json_object *object, const char *key, uint64_t value)
{
    return json_put(object, key, json_object_new_uint64(value));
}

int json_put_i64(struct json_object *object, const char *key, int64_t value)
{
    return json_put(object, key, json_object_new_int64(value));
}

char *json_write(struct json_object *value, bool pretty)
{
    int flags = JSON_C_TO_STRING_NOSLASHESCAPE | (pretty ? JSON_C_TO_STRING_PRETTY : JSON_C_TO_STRING_PLAIN);
    const char *text = json_object_to_json_string_ext(value, flags);
    return text ? strdup(text) : NULL;
}
