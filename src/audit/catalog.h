/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Images by name: what --base says, what the audited layouts and archives hold, our store, and at last the
 * list of well-known images that have no USER. That list only ever says root: an image that is not at hand is
 * never taken for anything better. */
#include "audit/image_facts.h"

struct catalog_entry {
    const char *name; /* normalised: "docker.io/library/nginx:1.22" */
    struct image_facts facts;
};

struct catalog {
    struct arena *arena;
    const struct strings *bases; /* NAME=USER of --base */
    struct catalog_entry *entries;
    size_t count, capacity;
    /* Looks an image up in our store; -ENOENT. NULL: no store. */
    int (*find_stored)(void *context, struct arena *arena, const char *name, struct image_facts *ret_facts);
    void *store;
};

/* Adds an image under a name. The facts are taken over. */
int catalog_add(struct catalog *c, const char *name, struct image_facts *facts) must_check;
/* *ret_facts is always filled: with known == false and a doubt when nothing has it. The environment is a
 * copy. */
int catalog_find(struct catalog *c, const char *name, struct image_facts *ret_facts) must_check;
/* "nginx" -> "docker.io/library/nginx:latest"; what is no reference stays as it is. */
const char *catalog_normalise(struct arena *arena, const char *name);
/* The facts of `scratch`: no user, no files. */
void facts_of_scratch(struct image_facts *ret_facts);
/* A copy that owns its environment. */
int facts_copy(const struct image_facts *from, struct image_facts *ret_facts) must_check;
void catalog_free(struct catalog *c);
