/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to audit/: what an image's layers hold, read by unroot-listing without privileges. */
#include "audit/image_input.h"
#include "audit/image_tree.h"

/* Fills accounts, scripts and the tree of `facts`. Layers that cannot be read are complaints and leave them
 * unknown. 0 or -ENOMEM. */
int image_read_layers(struct audit *a, const struct image_content *content,
                      const struct image_manifest *manifest, struct image_facts *facts) must_check;
/* Runs unroot-listing with `arguments` over an open file, or over the output of another run of it. The whole
 * of its output, at most LISTING_MAX bytes. Negative errno with a sentence. */
struct listing_job {
    const char *program;
    int input_fd;
    const char *const *arguments; /* NULL-terminated */
    const char *member;           /* NULL, or: first take this member out of the archive */
};
#define LISTING_MAX (32u << 20)
int listing_run(const struct listing_job *job, char **ret_data, size_t *ret_size,
                struct failure *failure) must_check;
/* Hashes what can be read from the descriptor; whether it begins as gzip or zstd do. Negative errno. */
int listing_hash(int fd, struct digest *ret_digest, bool *ret_compressed) must_check;
/* The same of the job's member. -EBADMSG: it is not there. */
int listing_hash_member(const struct listing_job *job, struct digest *ret_digest, bool *ret_compressed,
                        struct failure *failure) must_check;
/* What unroot-listing said; the data is from malloc(3). */
struct listing {
    char *data;
    size_t size;
};
/* Layers, wherever they lie, lowest first: `list` gives what unroot-listing says of one. */
struct layer_source {
    int (*list)(const struct layer_source *source, size_t i, const char *const *paths,
                struct listing *ret_list, struct failure *failure);
    size_t count;
};
/* Fills accounts, scripts and tree of the facts; again while commands turn out to be links. */
int image_list_layers(struct arena *arena, const struct layer_source *source, struct image_facts *facts,
                      struct failure *failure) must_check;
/* Takes accounts and scripts out of the tree into the facts. */
int image_use_tree(struct arena *arena, const struct image_tree *tree, struct image_facts *facts) must_check;
/* The paths that are asked for: accounts, sudoers, the words of the command, folders of the configuration. */
int image_wanted_paths(struct arena *arena, const struct image_facts *facts,
                       const char *const **ret_paths) must_check;
