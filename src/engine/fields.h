/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A struct's members as members of a JSON object, bound by a table: reading and writing cannot drift apart.
 */
#include "base/ownership.h"

#include <json-c/json.h>
#include <stddef.h>

enum field_kind {
    FIELD_STRING,  /* char *; NULL is left out */
    FIELD_STRINGS, /* struct strings */
    FIELD_BOOL,
    FIELD_U8,
    FIELD_U32,
    FIELD_U64,
    FIELD_INT,
    FIELD_I64,
    FIELD_IDS, /* struct id_map, as its text */
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
};

/* Adds every field to `object`. 0, -ENOMEM, or an error of the value. */
int fields_write(struct json_object *object, const struct field *fields, size_t count,
                 const void *from) must_check;
/* Reads every field that is there into a zeroed struct. -EBADMSG: a member of another type. What was read
 * already is the caller's to free. */
int fields_read(struct json_object *object, const struct field *fields, size_t count, void *to) must_check;
