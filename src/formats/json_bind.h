/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Objects of a document read by tables: a row names a member, its type and where it goes in a struct. What no
 * row names is reported, so nothing of a document is passed over in silence. null is an absent member (Go
 * writes it for an empty list). The same tables free what was read. */
#include "base/report.h"
#include "base/strings.h"
#include "base/text.h"
#include "formats/json.h"

#include <stddef.h>

struct json_binder {
    const char *document;             /* name in places: "config.json:41: linux.intelRdt" */
    struct report *report, *warnings; /* NULL: findings are only counted as errors */
    bool strict;                      /* unknown members are errors, else warnings */
    struct text path;                 /* of the member that is read now */
    unsigned line;                    /* of the innermost value whose line is known */
    struct json_object *object;       /* that is read now: where a member's line is looked up */
    int error;                        /* 0, then -EINVAL; -ENOMEM stays */
};

struct json_row;

/* `base`: the struct that the row's offsets count from. */
struct json_shape {
    void (*read)(struct json_binder *b, struct json_object *value, void *base, const struct json_row *row);
    void (*release)(void *base, const struct json_row *row); /* NULL: nothing is owned */
};

struct json_table {
    const struct json_row *rows; /* the last one has no name */
    size_t item_size;            /* sizeof the struct that rows' offsets count in, for arrays */
    /* After all rows were read: what members say together; NULL: nothing. */
    void (*check)(struct json_binder *b, void *base);
};

struct json_row {
    const char *name;
    const struct json_shape *type;
    size_t offset;
    bool required;
    const void *detail;  /* what the type says: a table, words, a sentence */
    size_t count_offset; /* lists: where the size_t stands */
    int64_t min, max;    /* numbers */
};

struct json_word {
    const char *name; /* the last one has none */
    uint64_t value;
};

/* char *; free text. */
extern const struct json_shape json_shape_text;
/* char *; an absolute path, cleaned (path_text.h). */
extern const struct json_shape json_shape_path;
/* bool */
extern const struct json_shape json_shape_switch;
/* struct strings; an array of strings, or an object of strings as sorted NAME=VALUE. */
extern const struct json_shape json_shape_texts;
extern const struct json_shape json_shape_map;
/* struct strings of absolute paths, as written. */
extern const struct json_shape json_shape_paths;
/* uint32_t: a user or group id, 0..4294967294. */
extern const struct json_shape json_shape_id;
/* uint32_t *, count_offset: an array of ids. */
extern const struct json_shape json_shape_ids;
/* int32_t, uint32_t, int64_t, uint64_t between min and max (both 0: all that fit). */
extern const struct json_shape json_shape_i32, json_shape_u32, json_shape_i64, json_shape_u64;
/* struct oci_i64, oci_u64, oci_u32: the same, and whether it was there. */
extern const struct json_shape json_shape_maybe_i64, json_shape_maybe_u64, json_shape_maybe_u32;
/* int; detail: struct json_word[]. uint64_t with an array of such words, together. */
extern const struct json_shape json_shape_choice, json_shape_flags;
/* A struct within; detail: struct json_table. */
extern const struct json_shape json_shape_struct;
/* A pointer to structs, count_offset; detail: struct json_table. */
extern const struct json_shape json_shape_list;
/* Never read; detail: a sentence. For members that we know and cannot honour. */
extern const struct json_shape json_shape_refused;
/* An object of structs whose name goes to the char * at offset 0 of each; else as json_shape_list. */
extern const struct json_shape json_shape_named_list;

/* Parses and reads a whole document into `base` (zeroed by the caller). 0, -EINVAL, -ENOMEM; on failure
 * `base` was released. */
int json_bind(struct json_binder *b, const char *data, size_t size, const struct json_table *table,
              void *base) must_check;
/* Frees all that rows own and zeroes nothing. */
void json_bind_release(const struct json_table *table, void *base);

/* For a shape's read(): reads an object by a table. */
void json_bind_object(struct json_binder *b, struct json_object *value, const struct json_table *table,
                      void *base);
/* Whether `value` is of the type, else a finding. */
bool json_bind_expect(struct json_binder *b, struct json_object *value, enum json_type type);
/* Enters "name" (or "[index]" for NULL) and gives back the length to leave with. */
size_t json_bind_enter(struct json_binder *b, const char *name, size_t index);
void json_bind_leave(struct json_binder *b, size_t length);
/* Adds a finding at the present path; below it when `member` ("a.b[3].c") is not NULL. */
void json_bind_refuse(struct json_binder *b, const char *member, const char *rule, const char *format, ...)
    printf_like(4, 5);
void json_bind_warn(struct json_binder *b, const char *member, const char *rule, const char *format, ...)
    printf_like(4, 5);
/* Sets the error when it is negative. */
void json_bind_fail(struct json_binder *b, int error);
/* "config.json:41: linux.namespaces[2]"; the caller frees it; NULL: no memory. */
char *json_bind_place(const struct json_binder *b, const char *member) must_check;
/* The line of "a.b[3].c" below the object that is read, or of the innermost part of it that is there; b->line
 * for nothing of it. */
unsigned json_bind_line(const struct json_binder *b, const char *member);
