/* SPDX-License-Identifier: Apache-2.0 */
/* What a row's value may be: numbers, texts, lists. */
#include "base/closest.h"
#include "formats/id_map.h"
#include "formats/json_bind.h"
#include "formats/oci_value.h"
#include "formats/path_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define LIST_MAX 100000

static void *target(void *base, const struct json_row *row)
{
    return (char *)base + row->offset;
}

static size_t *list_count(void *base, const struct json_row *row)
{
    return (size_t *)(void *)((char *)base + row->count_offset);
}

static void read_switch(struct json_binder *b, struct json_object *value, void *base,
                        const struct json_row *row)
{
    if (json_bind_expect(b, value, json_type_boolean))
        *(bool *)target(base, row) = json_object_get_boolean(value);
}
const struct json_shape json_shape_switch = {read_switch, NULL};

static void take_text(struct json_binder *b, char *copy, char **text)
{
    if (!copy)
        json_bind_fail(b, -ENOMEM);
    free(*text);
    *text = copy;
}

static void read_text(struct json_binder *b, struct json_object *value, void *base,
                      const struct json_row *row)
{
    char **text = target(base, row);
    if (!json_bind_expect(b, value, json_type_string))
        return;
    const char *string = json_object_get_string(value);
    if (string[0] != '\0') /* Go's "not given" */
        take_text(b, strdup(string), text);
    else if (row->required)
        json_bind_refuse(b, NULL, "json/missing", "is empty");
}

static void release_text(void *base, const struct json_row *row)
{
    char **text = target(base, row);
    free(*text);
    *text = NULL;
}
const struct json_shape json_shape_text = {read_text, release_text};

static void read_path(struct json_binder *b, struct json_object *value, void *base,
                      const struct json_row *row)
{
    char *clean = NULL;
    if (!json_bind_expect(b, value, json_type_string))
        return;
    const char *string = json_object_get_string(value);
    if (string[0] == '\0' && !row->required)
        return;
    int r = path_text_clean(string, &clean);
    if (r == -EINVAL)
        json_bind_refuse(b, NULL, "oci/path", "\"%.200s\" is not an absolute path", string);
    else if (r == -ENAMETOOLONG)
        json_bind_refuse(b, NULL, "oci/path", "the path is longer than the kernel allows");
    else if (r < 0)
        json_bind_fail(b, r);
    else
        take_text(b, clean, target(base, row));
}
const struct json_shape json_shape_path = {read_path, release_text};

static void read_texts(struct json_binder *b, struct json_object *value, void *base,
                       const struct json_row *row)
{
    struct strings *list = target(base, row);
    if (!json_bind_expect(b, value, json_type_array))
        return;
    size_t count = json_object_array_length(value);
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(value, i);
        size_t length = json_bind_enter(b, NULL, i);
        if (json_bind_expect(b, item, json_type_string))
            json_bind_fail(b, strings_add(list, json_object_get_string(item)));
        json_bind_leave(b, length);
    }
}

static void release_texts(void *base, const struct json_row *row)
{
    strings_free(target(base, row));
}
const struct json_shape json_shape_texts = {read_texts, release_texts};

static void read_paths(struct json_binder *b, struct json_object *value, void *base,
                       const struct json_row *row)
{
    const struct strings *list = target(base, row);
    read_texts(b, value, base, row);
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i][0] != '/') {
            size_t length = json_bind_enter(b, NULL, i);
            json_bind_refuse(b, NULL, "oci/path", "\"%.200s\" is not an absolute path", list->items[i]);
            json_bind_leave(b, length);
        }
}
const struct json_shape json_shape_paths = {read_paths, release_texts};

static void read_map(struct json_binder *b, struct json_object *value, void *base, const struct json_row *row)
{
    struct strings *list = target(base, row);
    if (!json_bind_expect(b, value, json_type_object))
        return;
    json_object_object_foreach(value, name, item)
    {
        if (name[0] == '\0' || strchr(name, '='))
            json_bind_refuse(b, NULL, "json/name", "\"%.100s\" is no name", name);
        else if (item && !json_object_is_type(item, json_type_string))
            json_bind_refuse(b, name, "json/type", "expected string, this is %s",
                             json_type_to_name(json_object_get_type(item)));
        else
            json_bind_fail(b, strings_addf(list, "%s=%s", name, item ? json_object_get_string(item) : ""));
    }
    strings_sort(list);
}
const struct json_shape json_shape_map = {read_map, release_texts};

/* The number when it lies in min..max (of the type, narrowed by the row). */
static bool read_signed(struct json_binder *b, struct json_object *value, const struct json_row *row,
                        int64_t *ret_number)
{
    if (!json_bind_expect(b, value, json_type_int))
        return false;
    bool all = row->min == 0 && row->max == 0;
    int64_t min = all ? INT64_MIN : row->min, max = all ? INT64_MAX : row->max;
    int64_t number = json_object_get_int64(value);
    if (json_object_get_uint64(value) > INT64_MAX || number < min || number > max) {
        json_bind_refuse(b, NULL, "json/number",
                         "%s is not between %" PRId64 " and %" PRId64, /* json-c keeps all 64 bits */
                         json_object_get_string(value), min, max);
        return false;
    }
    *ret_number = number;
    return true;
}

static bool read_unsigned(struct json_binder *b, struct json_object *value, const struct json_row *row,
                          uint64_t *ret_number)
{
    if (!json_bind_expect(b, value, json_type_int))
        return false;
    bool all = row->min == 0 && row->max == 0;
    uint64_t min = all ? 0 : (uint64_t)row->min, max = all ? UINT64_MAX : (uint64_t)row->max;
    uint64_t number = json_object_get_uint64(value);
    if (json_object_get_int64(value) < 0 || number < min || number > max) {
        json_bind_refuse(b, NULL, "json/number", "%s is not between %" PRIu64 " and %" PRIu64,
                         json_object_get_string(value), min, max);
        return false;
    }
    *ret_number = number;
    return true;
}

static void read_i64(struct json_binder *b, struct json_object *value, void *base, const struct json_row *row)
{
    (void)read_signed(b, value, row, target(base, row)); /* otherwise a finding */
}
const struct json_shape json_shape_i64 = {read_i64, NULL};

static void read_u64(struct json_binder *b, struct json_object *value, void *base, const struct json_row *row)
{
    (void)read_unsigned(b, value, row, target(base, row));
}
const struct json_shape json_shape_u64 = {read_u64, NULL};

/* The row, with the limits of a 32-bit type where it names none. */
static struct json_row row_within(const struct json_row *row, int64_t min, int64_t max)
{
    struct json_row narrow = *row;
    if (row->min == 0 && row->max == 0) {
        narrow.min = min;
        narrow.max = max;
    }
    return narrow;
}

static void read_i32(struct json_binder *b, struct json_object *value, void *base, const struct json_row *row)
{
    struct json_row narrow = row_within(row, INT32_MIN, INT32_MAX);
    int64_t number;
    if (read_signed(b, value, &narrow, &number))
        *(int32_t *)target(base, row) = (int32_t)number;
}
const struct json_shape json_shape_i32 = {read_i32, NULL};

static void read_u32(struct json_binder *b, struct json_object *value, void *base, const struct json_row *row)
{
    struct json_row narrow = row_within(row, 0, UINT32_MAX);
    uint64_t number;
    if (read_unsigned(b, value, &narrow, &number))
        *(uint32_t *)target(base, row) = (uint32_t)number;
}
const struct json_shape json_shape_u32 = {read_u32, NULL};

static void read_maybe_i64(struct json_binder *b, struct json_object *value, void *base,
                           const struct json_row *row)
{
    struct oci_i64 *maybe = target(base, row);
    maybe->given = read_signed(b, value, row, &maybe->value);
}
const struct json_shape json_shape_maybe_i64 = {read_maybe_i64, NULL};

static void read_maybe_u64(struct json_binder *b, struct json_object *value, void *base,
                           const struct json_row *row)
{
    struct oci_u64 *maybe = target(base, row);
    maybe->given = read_unsigned(b, value, row, &maybe->value);
}
const struct json_shape json_shape_maybe_u64 = {read_maybe_u64, NULL};

static void read_maybe_u32(struct json_binder *b, struct json_object *value, void *base,
                           const struct json_row *row)
{
    struct json_row narrow = row_within(row, 0, UINT32_MAX);
    struct oci_u32 *maybe = target(base, row);
    uint64_t number;
    maybe->given = read_unsigned(b, value, &narrow, &number);
    if (maybe->given)
        maybe->value = (uint32_t)number;
}
const struct json_shape json_shape_maybe_u32 = {read_maybe_u32, NULL};

/* One strict reader of ids for create and exec: 4294967296 is no way to uid 0 (CVE-2024-40635). */
static bool read_one_id(struct json_binder *b, struct json_object *value, uint32_t *ret_id)
{
    static const struct json_row ids = {.min = 0, .max = ID_MAP_ID_MAX};
    uint64_t number;
    if (!read_unsigned(b, value, &ids, &number))
        return false;
    *ret_id = (uint32_t)number;
    return true;
}

static void read_id(struct json_binder *b, struct json_object *value, void *base, const struct json_row *row)
{
    (void)read_one_id(b, value, target(base, row));
}
const struct json_shape json_shape_id = {read_id, NULL};

/* Room for the items of an array or object; NULL with the error set, or for none. */
static void *make_items(struct json_binder *b, size_t count, size_t item_size, void **items, size_t *number)
{
    if (count > LIST_MAX) {
        json_bind_refuse(b, NULL, "json/size", "more than %d items", LIST_MAX);
        return NULL;
    }
    if (count == 0 || *items) /* a member stands once: the parser refuses duplicates */
        return NULL;
    *items = calloc(count, item_size);
    if (!*items)
        json_bind_fail(b, -ENOMEM);
    *number = *items ? count : 0;
    return *items;
}

static void read_ids(struct json_binder *b, struct json_object *value, void *base, const struct json_row *row)
{
    if (!json_bind_expect(b, value, json_type_array))
        return;
    size_t count = json_object_array_length(value);
    uint32_t *ids = make_items(b, count, sizeof(*ids), target(base, row), list_count(base, row));
    for (size_t i = 0; ids && i < count; i++) {
        size_t length = json_bind_enter(b, NULL, i);
        (void)read_one_id(b, json_object_array_get_idx(value, i), &ids[i]);
        json_bind_leave(b, length);
    }
}
const struct json_shape json_shape_ids = {read_ids, release_text};

static bool find_word(struct json_binder *b, struct json_object *value, const struct json_word *words,
                      uint64_t *ret_value)
{
    const char *names[64];
    size_t count = 0;
    if (!json_bind_expect(b, value, json_type_string))
        return false;
    const char *text = json_object_get_string(value);
    for (; words[count].name && count < ARRAY_SIZE(names); count++) {
        names[count] = words[count].name;
        if (strcmp(words[count].name, text) == 0) {
            *ret_value = words[count].value;
            return true;
        }
    }
    const char *near = closest_word(text, names, count);
    json_bind_refuse(b, NULL, "oci/word",
                     near ? "\"%.100s\" is not known; did you mean \"%s\"?" : "\"%.100s\" is not known", text,
                     near);
    return false;
}

static void read_choice(struct json_binder *b, struct json_object *value, void *base,
                        const struct json_row *row)
{
    uint64_t number;
    if (find_word(b, value, row->detail, &number))
        *(int *)target(base, row) = (int)number;
}
const struct json_shape json_shape_choice = {read_choice, NULL};

static void read_flags(struct json_binder *b, struct json_object *value, void *base,
                       const struct json_row *row)
{
    uint64_t *flags = target(base, row), one;
    if (!json_bind_expect(b, value, json_type_array))
        return;
    size_t count = json_object_array_length(value);
    for (size_t i = 0; i < count; i++) {
        size_t length = json_bind_enter(b, NULL, i);
        if (find_word(b, json_object_array_get_idx(value, i), row->detail, &one))
            *flags |= one;
        json_bind_leave(b, length);
    }
}
const struct json_shape json_shape_flags = {read_flags, NULL};

static void read_struct(struct json_binder *b, struct json_object *value, void *base,
                        const struct json_row *row)
{
    json_bind_object(b, value, row->detail, target(base, row));
}

static void release_struct(void *base, const struct json_row *row)
{
    json_bind_release(row->detail, target(base, row));
}
const struct json_shape json_shape_struct = {read_struct, release_struct};

static void read_list(struct json_binder *b, struct json_object *value, void *base,
                      const struct json_row *row)
{
    const struct json_table *table = row->detail;
    unsigned line = b->line;
    if (!json_bind_expect(b, value, json_type_array))
        return;
    size_t count = json_object_array_length(value);
    char *items = make_items(b, count, table->item_size, target(base, row), list_count(base, row));
    for (size_t i = 0; items && i < count; i++) {
        struct json_object *item = json_object_array_get_idx(value, i);
        size_t length = json_bind_enter(b, NULL, i);
        b->line = json_line(item) > 0 ? json_line(item) : line;
        json_bind_object(b, item, table, items + i * table->item_size);
        json_bind_leave(b, length);
    }
    b->line = line;
}

static void release_list(void *base, const struct json_row *row)
{
    const struct json_table *table = row->detail;
    char **items = target(base, row);
    size_t *count = list_count(base, row);
    for (size_t i = 0; i < *count; i++)
        json_bind_release(table, *items + i * table->item_size);
    free(*items);
    *items = NULL;
    *count = 0;
}
const struct json_shape json_shape_list = {read_list, release_list};

static void read_named_list(struct json_binder *b, struct json_object *value, void *base,
                            const struct json_row *row)
{
    const struct json_table *table = row->detail;
    if (!json_bind_expect(b, value, json_type_object))
        return;
    size_t count = (size_t)json_object_object_length(value), i = 0;
    char *items = make_items(b, count, table->item_size, target(base, row), list_count(base, row));
    if (!items)
        return;
    json_object_object_foreach(value, name, item)
    {
        char *at = items + i++ * table->item_size;
        size_t length = json_bind_enter(b, name, 0);
        take_text(b, strdup(name), (char **)(void *)at);
        if (item)
            json_bind_object(b, item, table, at);
        json_bind_leave(b, length);
    }
}

/* The name is no row of the table. */
static void release_named_list(void *base, const struct json_row *row)
{
    const struct json_table *table = row->detail;
    char **items = target(base, row);
    for (size_t i = 0; i < *list_count(base, row); i++)
        free(*(char **)(void *)(*items + i * table->item_size));
    release_list(base, row);
}
const struct json_shape json_shape_named_list = {read_named_list, release_named_list};

static void read_refused(struct json_binder *b, struct json_object *value, void *base,
                         const struct json_row *row)
{
    (void)value;
    (void)base;
    json_bind_refuse(b, NULL, "oci/not-supported", "%s", (const char *)row->detail);
}
const struct json_shape json_shape_refused = {read_refused, NULL};
