/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside the parser: what its two files share. */
#include "init/config.h"
#include "init/tokens.h"

struct config_memory {
    struct tokens tokens;
    char **vectors; /* the words of commands, each list NULL-terminated */
    size_t vector_used, vector_size;
};

/* One setting: the words behind "key =". */
struct setting {
    const char *file;
    unsigned line;
    const char *key;
    struct token *words;
    size_t count;
};

struct parsing {
    struct config *config;
    struct service *service;                       /* NULL: before the first section */
    const char *needs[SERVICES_MAX][SERVICES_MAX]; /* names, resolved at the end */
    unsigned need_lines[SERVICES_MAX];
    uint64_t seen; /* keys of the section so far, bit per row of the table */
};

/* Applies one setting. Names of keys, which section they belong to and how they are read are one table. */
int config_apply(struct parsing *p, const struct setting *s, struct failure *f) must_check;
/* "FILE:LINE: " and the sentence; -EINVAL. */
int config_fail(const struct setting *s, struct failure *f, const char *format, ...) printf_like(3, 4);
/* The words as a command; NULL when there is no room. */
char **config_make_vector(struct config_memory *m, const struct token *words, size_t count,
                          const char *first);
