/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What build steps made, by a digest of all that they depend on: ROOT/cache/build/HEX. The layers that
 * entries name are kept by store_collect(); an entry whose layer is gone anyway counts as missing. Entries
 * are not synced: a torn one counts as missing too. */
#include "store/layer.h"

#include <stddef.h>

struct build_cache_entry {
    struct digest key;
    bool has_layer;            /* else the step changed nothing */
    struct layer_result layer; /* diffid, digest, size, unpacked_size */
    struct digest state;       /* stands for the files after the step in the keys of later steps */
    char *created;             /* when it was made, RFC 3339 */
    char *what;                /* "RUN make", for listings */
    int64_t used;              /* seconds since the epoch; filled by reading */
};

#define autocacheentry __attribute__((cleanup(build_cache_entry_free)))

void build_cache_entry_free(struct build_cache_entry *entry);
/* -ENOENT: none that is of use. Says to the entry that it was used. */
int build_cache_find(const struct store *s, const struct digest *key,
                     struct build_cache_entry *ret_entry) must_check;
/* Replaces an entry of the same key. */
int build_cache_write(const struct store *s, const struct build_cache_entry *entry) must_check;
/* In no order; without those that cannot be read. The caller frees entries and array. */
int build_cache_list(const struct store *s, struct build_cache_entry **ret_entries,
                     size_t *ret_count) must_check;
void build_cache_list_free(struct build_cache_entry *entries, size_t count);
/* Removes entries whose layer is in no image or is gone, with `all` every one; their number. */
int build_cache_prune(const struct store *s, bool all, size_t *ret_removed,
                      struct failure *failure) must_check;
/* Missing is success. The layer stays until store_collect(). */
int build_cache_remove(const struct store *s, const struct digest *key) must_check;
