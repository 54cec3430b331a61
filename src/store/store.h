/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What lies below ROOT for images, layers and volumes (ARCHITECTURE.md "On disk"). Nothing in memory outlives
 * a call: every command opens the store, and two hundred may have it open at once. */
#include "base/failure.h"

#include <stdbool.h>
#include <stdint.h>

/* The storage base S: what a container sees as id n is stored as S + n (systemd's "foreign" range). */
#define STORE_ID_BASE 2147352576u
#define STORE_ID_COUNT 65536u

struct store {
    int root_fd;    /* ROOT */
    int images_fd;  /* ROOT/images, an OCI image layout */
    int blobs_fd;   /* ROOT/images/blobs/sha256 */
    int storage_fd; /* ROOT/storage, 0700 S:S */
    int layers_fd;  /* ROOT/storage/layers, S:S */
    int volumes_fd; /* ROOT/storage/volumes, S:S: the files of named volumes */
    int records_fd; /* ROOT/volumes: the records of named volumes */
    int partial_fd; /* ROOT/partial, 0700: blobs that are being downloaded */
    char *program;  /* unroot-unpack, absolute */
};

/* Opens the store in an open folder, making what is missing. `program_dir` is where unroot-unpack lies. 0 or
 * negative errno with `failure` filled; the store dups `root_fd`. Needs host root for what it makes. */
int store_open(struct store *s, int root_fd, const char *program_dir, struct failure *failure) must_check;
/* Closing a store that is all zero or already closed is harmless. */
void store_close(struct store *s);

#define autostore __attribute__((cleanup(store_close)))

/* The folder ROOT/cache/NAME, made when it is missing; the caller's. What lies there may be lost at any time.
 */
int store_open_cache(const struct store *s, const char *name) must_check;

/* Told while bytes flow; `what` names the thing ("layer 2/4"), `total` is 0 when not known. May be called
 * often. */
struct store_progress {
    void (*report)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
};

enum store_lock {
    /* index.json is read, changed and replaced; held for moments, always waited for. */
    STORE_LOCK_INDEX,
    /* Content is added or named that no image or container record refers to yet: from the first byte of an
     * import to its image, from image_find() to the container's record. Many may hold it. */
    STORE_LOCK_ADD,
    /* Unreferenced content is deleted: excludes STORE_LOCK_ADD. -EWOULDBLOCK at once when content is being
     * added: then the rubbish stays for the next who tries. */
    STORE_LOCK_COLLECT,
};

/* flock(2) on a file in ROOT: freed by close or death. The descriptor (the caller's) or negative errno. */
int store_lock(const struct store *s, enum store_lock lock) must_check;
