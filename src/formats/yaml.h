/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* YAML by libyaml's events, as a tree with positions. Aliases share the node that they name, so a bomb costs
 * nothing here; what it would expand to is counted and refused above a limit, so that whoever walks the tree
 * is safe too. Merge keys (<<) are carried out. Scalars keep their text: what they mean is asked for
 * (YAML 1.1 and 1.2 differ). */
#include "base/arena.h"
#include "base/report.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YAML_DEPTH_MAX 200
#define YAML_NODES_MAX 250000     /* as written */
#define YAML_EXPANDED_MAX 1000000 /* with every alias written out */

enum yaml_kind {
    YAML_SCALAR,
    YAML_LIST,
    YAML_MAP,
};

struct yaml_node {
    enum yaml_kind kind;
    const char *file;                            /* lent; never NULL */
    unsigned line, column, end_line, end_column; /* 1-based, columns in characters */
    const char *tag;                             /* "!reset", "tag:yaml.org,2002:str"; NULL: none */
    const char *text;                            /* scalar; never NULL there */
    bool plain;                                  /* scalar without quotes and tag: may be a number, null .. */
    struct yaml_pair *pairs;                     /* map */
    struct yaml_node **items;                    /* list */
    size_t count;
    uint32_t weight; /* nodes below and with it, aliases written out */
};

struct yaml_pair {
    const char *key;
    const struct yaml_node *key_node;
    struct yaml_node *value;
};

struct yaml_documents {
    struct yaml_node **items; /* in the arena; an empty document is left out */
    size_t count;
};

struct yaml_source {
    const char *file; /* its name in findings and nodes */
    const char *data;
    size_t size;
};

/* Parses a stream; findings "file:line:column" with rules "yaml/..". What was made stays in the arena.
 * Refused: syntax errors, duplicate keys, keys that are no scalar, aliases to what holds them, more depth or
 * nodes than the limits, NUL in a scalar. 0, -EINVAL, -ENOMEM. */
int yaml_parse(struct arena *arena, const struct yaml_source *source, struct report *report,
               struct yaml_documents *ret_documents) must_check;
/* As yaml_parse() for one JSON value: strict JSON (formats/json.h), positions from the same text. */
int yaml_parse_json(struct arena *arena, const struct yaml_source *source, struct report *report,
                    struct yaml_documents *ret_documents) must_check;

/* A copy of the node itself (its children are shared) to build trees from; NULL without memory. */
struct yaml_node *yaml_copy_node(struct arena *arena, const struct yaml_node *like) must_check;

/* Lookups; all take NULL and answer NULL. `path` is keys between dots: "spec.template.spec". */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
struct yaml_node *yaml_get_path(const struct yaml_node *map, const char *path);
/* The key's own node (its line), or NULL. */
const struct yaml_node *yaml_get_key(const struct yaml_node *map, const char *key);
/* Text of a scalar; NULL for NULL, null, lists and maps. */
const char *yaml_text(const struct yaml_node *node);
const char *yaml_get_text(const struct yaml_node *map, const char *key);
bool yaml_is_null(const struct yaml_node *node);
/* true True TRUE and, as YAML 1.1 programs read it, yes on y; `fallback` for NULL and everything else. */
bool yaml_bool(const struct yaml_node *node, bool fallback);
/* -ENOENT for NULL or null; -EINVAL: no integer (quoted numbers are strings); -ERANGE. Decimal, 0x, 0o, 0b, a
 * leading 0 as octal, underscores, and floats with a whole value, as Go's YAML hands them to JSON. */
int yaml_integer(const struct yaml_node *node, int64_t *ret_value) must_check;
/* A plain scalar that YAML 1.1 reads as one number to base 60: "22:22". */
bool yaml_is_sexagesimal(const struct yaml_node *node);
