/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* JSON by json-c, made strict: a document of a stranger is either one valid value or a finding.
 * Trees are json-c's (struct json_object); the helpers below never abort on a missing or differently typed
 * member. */
#include "base/report.h"
#include "base/strings.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 64

static inline void json_release_(struct json_object **o)
{
    if (*o)
        json_object_put(*o);
}
/* json_object_put(3) at the end of the scope. */
#define autojson __attribute__((cleanup(json_release_)))

/* Parses exactly one value of `size` bytes (RFC 8259). Refused, with a finding whose place is
 * "name:line:column": duplicate keys, more than JSON_DEPTH_MAX levels, single quotes, comments, NaN,
 * Infinity, raw control characters, invalid UTF-8, trailing bytes, a NUL inside a string. Integers are exact
 * or refused (-2^63 .. 2^64-1). `report` may be NULL. 0, -EINVAL or -ENOMEM; the caller owns *ret_value (NULL
 * for the value null). */
int json_parse(const char *name, const char *data, size_t size, struct report *report,
               struct json_object **ret_value) must_check;

/* The line of the document on which a value of json_parse() begins; 0 where it is not known: null, fractions,
 * values made otherwise. */
unsigned json_line(struct json_object *value);

/* Members: lent; NULL / the fallback when `object` is NULL or no object, or the member is missing or of
 * another type. */
struct json_object *json_get(struct json_object *object, const char *key);
struct json_object *json_get_array(struct json_object *object, const char *key);
struct json_object *json_get_object(struct json_object *object, const char *key);
const char *json_get_string(struct json_object *object, const char *key);
bool json_get_bool(struct json_object *object, const char *key, bool fallback);
/* Only exact integers. -ENOENT when missing, -EINVAL for another type, -ERANGE outside 0..2^64-1 / int64. */
int json_get_u64(struct json_object *object, const char *key, uint64_t *ret_value) must_check;
int json_get_i64(struct json_object *object, const char *key, int64_t *ret_value) must_check;
/* Appends the strings of an array member; a missing member or null adds nothing. -EINVAL for other types. */
int json_get_strings(struct json_object *object, const char *key, struct strings *list) must_check;

/* Members to write. 0 or -ENOMEM (for a NULL `object` or `value` too, so that constructors need no check of
 * their own); -EILSEQ: the string is no UTF-8, JSON cannot hold it. A NULL string or an empty list is left
 * out. `value` is owned by the object afterwards, and freed on failure. */
int json_put(struct json_object *object, const char *key, struct json_object *value) must_check;
int json_put_string(struct json_object *object, const char *key, const char *value) must_check;
int json_put_strings(struct json_object *object, const char *key, const struct strings *list) must_check;
int json_put_bool(struct json_object *object, const char *key, bool value) must_check;
int json_put_u64(struct json_object *object, const char *key, uint64_t value) must_check;
int json_put_i64(struct json_object *object, const char *key, int64_t value) must_check;
/* The document as text, without (or with, `pretty`) line breaks, slashes not escaped; the caller frees it.
 * NULL: no memory. */
char *json_write(struct json_object *value, bool pretty) must_check;
