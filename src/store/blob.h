/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Content by digest: ROOT/images/blobs/sha256/HEX. A name there is only ever given to bytes that were hashed
 * by this process and synced, so what can be opened needs no second look. */
#include "formats/digest.h"
#include "store/sha256.h"
#include "store/store.h"

#include <stddef.h>

#define BLOB_DOCUMENT_MAX (8u << 20) /* manifests, indexes, configs */

/* Read-only; -ENOENT when it is not there. */
int blob_open(const struct store *s, const struct digest *digest) must_check;
bool blob_exists(const struct store *s, const struct digest *digest);
/* Bytes; negative errno. */
int64_t blob_size(const struct store *s, const struct digest *digest) must_check;
/* The whole of a small blob (BLOB_DOCUMENT_MAX), NUL after it; the caller frees it. */
int blob_read(const struct store *s, const struct digest *digest, char **ret_data,
              size_t *ret_size) must_check;

/* A blob that is being written: a file without a name and the digest of what went through. */
struct blob_writer {
    const struct store *store;
    struct sha256 hash;
    bool hashing;  /* blob_writer_open() was called */
    int fd;        /* -EBADF: only hashed, nothing is kept */
    bool adopted;  /* the file has its content already */
    uint64_t size; /* bytes so far */
};

/* Begins a blob (`keep` false: hash only). blob_writer_close() must follow whatever happens. */
int blob_writer_open(struct blob_writer *w, const struct store *s, bool keep) must_check;
/* Makes an existing file of this file system the blob: what is added is only hashed and must be the file's
 * bytes. Nobody else may hold it open. It becomes root's, 0644; `fd` is lent. */
int blob_writer_adopt(struct blob_writer *w, const struct store *s, int fd) must_check;
/* Goes on with a file that was begun (blob_partial.h) and becomes the blob: what is added is only hashed, and
 * must be the file's first bytes, until blob_writer_append(): from there on it is written behind them. `fd`
 * is lent. */
int blob_writer_resume(struct blob_writer *w, const struct store *s, int fd) must_check;
int blob_writer_append(struct blob_writer *w) must_check;
int blob_writer_add(struct blob_writer *w, const void *data, size_t size) must_check;
/* Ends the stream: what it hashed to. */
int blob_writer_finish(struct blob_writer *w, struct digest *ret_digest) must_check;
/* Gives the file its name (the digest that blob_writer_finish() told), unless the blob is there already. Sync
 * the file or the file system first. */
int blob_writer_publish(struct blob_writer *w, const struct digest *digest) must_check;
void blob_writer_close(struct blob_writer *w);

/* A small document as a blob, synced. */
int blob_write(const struct store *s, const void *data, size_t size, struct digest *ret_digest) must_check;
/* The digest of bytes in memory. */
int blob_digest(const void *data, size_t size, struct digest *ret_digest) must_check;
