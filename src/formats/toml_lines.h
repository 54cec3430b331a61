/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Enough of TOML for engines' configuration files (containers.conf, containerd's config.toml): tables, keys,
 * strings, numbers, booleans and arrays of them, over several lines. Inline tables are kept as their text. */
#include "base/arena.h"
#include "base/report.h"
#include "base/strings.h"

#include <stdbool.h>

struct toml_entry {
    const char *table;   /* "plugins.io.containerd.grpc.v1.cri.containerd": quotes gone; "" at the top */
    unsigned table_line; /* of the table's heading, 0 at the top: tells [[several]] of one name apart */
    const char *key;     /* "userns" */
    const char **values; /* one, or the items of an array; texts without quotes */
    size_t count;
    bool is_array, is_string; /* is_string: the (first) value had quotes */
    unsigned line;
};

struct toml_file {
    struct toml_entry *entries; /* in the arena */
    size_t count;
};

/* Findings "file:line:1" with rules "toml/..". -EINVAL, -ENOMEM. */
struct toml_source {
    const char *file, *data; /* NUL behind data */
};
int toml_parse(struct arena *arena, const struct toml_source *source, struct report *report,
               struct toml_file *ret_file) must_check;
/* The entry or NULL; the last one wins. */
const struct toml_entry *toml_find(const struct toml_file *f, const char *table, const char *key);
