/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* An object of a document that is read member by member: a missing member (or null) changes nothing, one of
 * another type is a finding at its place ("config.json: config.User"), and reading goes on, so that ten
 * mistakes are ten findings. */
#include "base/report.h"
#include "base/strings.h"
#include "formats/json.h"

struct json_section {
    const char *document;       /* name of the document */
    const char *path;           /* "config", "layers[2]"; "" for the outermost */
    struct json_object *object; /* NULL: nothing is there */
    struct report *report;
    int *error; /* the document's: 0, then -EINVAL; -ENOMEM stays */
};

/* Adds a finding at `key` (NULL: the section itself) and sets the error. */
void json_section_refuse(const struct json_section *s, const char *key, const char *rule, const char *format,
                         ...) printf_like(4, 5);
/* Sets the error when it is negative; -ENOMEM wins. */
void json_section_fail(const struct json_section *s, int error);

/* *ret is replaced (freed first) only when the member is there. */
void json_take_string(const struct json_section *s, const char *key, char **ret);
void json_take_strings(const struct json_section *s, const char *key, struct strings *ret);
/* An object whose values are strings -> NAME=VALUE, sorted; a name that is empty or holds '=' is a finding.
 */
void json_take_map(const struct json_section *s, const char *key, struct strings *ret);
/* An object's member names, sorted. */
void json_take_keys(const struct json_section *s, const char *key, struct strings *ret);
void json_take_i64(const struct json_section *s, const char *key, int64_t min, int64_t *ret);
void json_take_bool(const struct json_section *s, const char *key, bool *ret);
/* Lent; NULL when missing. */
struct json_object *json_take_object(const struct json_section *s, const char *key);
struct json_object *json_take_array(const struct json_section *s, const char *key);

/* The counterparts of the two above for writing; an empty list is left out. 0, -ENOMEM, -EILSEQ. */
int json_put_map(struct json_object *object, const char *key, const struct strings *list) must_check;
int json_put_keys(struct json_object *object, const char *key, const struct strings *list) must_check;
