/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to audit/: images as subjects. */
#include "audit/input.h"
#include "audit/judge.h"
#include "formats/image_config.h"
#include "formats/image_manifest.h"

/* What an image's configuration says, without its layers. */
int facts_of_config(struct arena *arena, const char *name, const struct image_config *config,
                    struct image_facts *ret_facts) must_check;
/* The image as a subject of its own; `facts` stay the caller's. */
int image_judge_facts(struct audit *a, const char *file, const char *name,
                      const struct image_facts *facts) must_check;

/* Content by digest, wherever it lies; verified by whoever implements it. -ENOENT, -EBADMSG, -EFBIG with a
 * sentence. */
struct image_content {
    int (*read)(const struct image_content *content, const struct digest *digest, char **ret_data,
                size_t *ret_size, struct failure *failure);
    const char *folder; /* a layout's */
    const char *shown;  /* in sentences */
};
/* Judges every image of an index; complaints are in the result. */
int image_judge_index(struct audit *a, const struct image_content *content, const char *data,
                      size_t size) must_check;
/* catalog.find_stored; `context` is the struct audit. */
int image_find_stored(void *context, struct arena *arena, const char *name, struct image_facts *ret_facts);
