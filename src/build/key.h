/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Cache keys: a digest over fields, each with its length, so that no two lists of fields give the same bytes.
 * What a key is made of (docker's users expect: the files so far, the instruction with its variables' values,
 * what it copies) stands in stage_run.c and stage_copy.c where it is made. */
#include "base/strings.h"
#include "formats/digest.h"
#include "store/sha256.h"

#include <stdint.h>

struct build_key {
    struct sha256 hash;
};

/* `kind` says what the key is for: "run", "copy", "image". */
void build_key_begin(struct build_key *key, const char *kind);
/* NULL is another field than "". */
void build_key_add(struct build_key *key, const char *field);
void build_key_add_number(struct build_key *key, uint64_t number);
/* In the given order; the number of items counts too. */
void build_key_add_strings(struct build_key *key, const struct strings *fields);
void build_key_add_digest(struct build_key *key, const struct digest *digest);
void build_key_end(struct build_key *key, struct digest *ret_digest);
