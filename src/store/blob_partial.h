/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Blobs that are being downloaded: ROOT/partial/HEX, under flock(2) by whoever downloads; what a broken
 * download left is continued by the next one. Nothing in it is believed: the whole is hashed before it
 * becomes a blob. */
#include "store/blob.h"

#define BLOB_PARTIAL_SECONDS_MAX (24 * 3600) /* older ones are deleted */

struct blob_partial {
    int fd;        /* read and written; holds the lock */
    uint64_t size; /* bytes that are there, at most the blob's size */
};

/* Opens, or begins, the partial blob. `wait`: until whoever downloads it now is done; else -EWOULDBLOCK. What
 * is longer than `size` is no part of it and is emptied. The blob may be there when this returns: look
 * again. */
int blob_partial_open(const struct store *s, const struct digest *digest, uint64_t size, bool wait,
                      struct blob_partial *ret_partial) must_check;
/* Deletes the file, which the caller has open and locked: it is a blob now, or wrong. */
void blob_partial_drop(const struct store *s, const struct digest *digest);
/* Begins again, from nothing. */
int blob_partial_empty(struct blob_partial *partial) must_check;
/* Unlocks; the bytes stay for the next one, unless there are none. */
void blob_partial_close(const struct store *s, const struct digest *digest, struct blob_partial *partial);
/* Deletes what nobody downloads and nobody wrote to for `seconds`. */
int blob_partial_clean(const struct store *s, int64_t seconds) must_check;
