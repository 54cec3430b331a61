/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fields.h"

#include "formats/id_map.h"
#include "formats/json.h"

#include <errno.h>
#include <string.h>

static int field_write_ids(struct json_object *object, const char *name, const struct id_map *map)
{
    char text[ID_MAP_TEXT_MAX + 1];
    if (map->count == 0)
        return 0;
    int r = id_map_to_text(map, text);
    return r < 0 ? r : json_put_string(object, name, text);
}

static int field_write(struct json_object *object, const struct field *field, const void *from)
{
    const char *at = (const char *)from + field->offset;
    switch (field->kind) {
    case FIELD_STRING:
        return json_put_string(object, field->name, *(char *const *)(const void *)at);
    case FIELD_STRINGS:
        return json_put_strings(object, field->name, (const struct strings *)(const void *)at);
    case FIELD_BOOL:
        return *(const bool *)(const void *)at ? json_put_bool(object, field->name, true) : 0;
    case FIELD_U8:
        return json_put_u64(object, field->name, *(const uint8_t *)(const void *)at);
    case FIELD_U32:
        return json_put_u64(object, field->name, *(const uint32_t *)(const void *)at);
    case FIELD_U64:
        return json_put_u64(object, field->name, *(const uint64_t *)(const void *)at);
    case FIELD_INT:
        return json_put_i64(object, field->name, *(const int *)(const void *)at);
    case FIELD_I64:
        return json_put_i64(object, field->name, *(const int64_t *)(const void *)at);
    case FIELD_IDS:
        return field_write_ids(object, field->name, (const struct id_map *)(const void *)at);
    }
    return -EINVAL;
}

int fields_write(struct json_object *object, const struct field *fields, size_t count, const void *from)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = field_write(object, &fields[i], from);
    return r;
}

static int field_read_number(struct json_object *object, const struct field *field, char *at)
{
    uint64_t u = 0;
    int64_t i = 0;
    bool is_signed = field->kind == FIELD_INT || field->kind == FIELD_I64;
    int r = is_signed ? json_get_i64(object, field->name, &i) : json_get_u64(object, field->name, &u);
    if (r < 0)
        return r;
    if ((field->kind == FIELD_U8 && u > UINT8_MAX) || (field->kind == FIELD_U32 && u > UINT32_MAX) ||
        (field->kind == FIELD_INT && (i < INT32_MIN || i > INT32_MAX)))
        return -ERANGE;
    if (field->kind == FIELD_U8)
        *(uint8_t *)(void *)at = (uint8_t)u;
    else if (field->kind == FIELD_U32)
        *(uint32_t *)(void *)at = (uint32_t)u;
    else if (field->kind == FIELD_U64)
        *(uint64_t *)(void *)at = u;
    else if (field->kind == FIELD_INT)
        *(int *)(void *)at = (int)i;
    else
        *(int64_t *)(void *)at = i;
    return 0;
}

/* Whether a member has the field's type; numbers and lists look for themselves. */
static bool field_fits(struct json_object *object, const struct field *field)
{
    struct json_object *value = json_get(object, field->name);
    if (!value)
        return true;
    if (field->kind == FIELD_BOOL)
        return json_object_is_type(value, json_type_boolean);
    if (field->kind == FIELD_STRING || field->kind == FIELD_IDS)
        return json_object_is_type(value, json_type_string);
    return true;
}

static int field_read(struct json_object *object, const struct field *field, void *to)
{
    char *at = (char *)to + field->offset;
    const char *string = json_get_string(object, field->name);
    if (!field_fits(object, field))
        return -EBADMSG;
    switch (field->kind) {
    case FIELD_STRING:
        *(char **)(void *)at = string ? strdup(string) : NULL;
        return string && !*(char **)(void *)at ? -ENOMEM : 0;
    case FIELD_STRINGS:
        return json_get_strings(object, field->name, (struct strings *)(void *)at);
    case FIELD_BOOL:
        *(bool *)(void *)at = json_get_bool(object, field->name, false);
        return 0;
    case FIELD_IDS:
        return string ? id_map_from_text(string, strlen(string), (struct id_map *)(void *)at) : 0;
    case FIELD_U8:
    case FIELD_U32:
    case FIELD_U64:
    case FIELD_INT:
    case FIELD_I64:
        break;
    }
    int r = field_read_number(object, field, at);
    return r == -ENOENT ? 0 : r;
}

int fields_read(struct json_object *object, const struct field *fields, size_t count, void *to)
{
    for (size_t i = 0; i < count; i++) {
        int r = field_read(object, &fields[i], to);
        if (r < 0)
            return r == -ENOMEM ? r : -EBADMSG;
    }
    return 0;
}
