/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The folders of the tree that is being made: found by path, opened once for the many entries in each, and
 * given their times at the end, when nothing changes them any more. */
#include "unpack/entry_path.h"

#include <stdint.h>
#include <time.h>

#define FOLDERS_OPEN_MAX 16

struct folder {
    char *path; /* NULL: free */
    size_t length;
    int fd;
    uint64_t used; /* when, for eviction */
};

struct folder_time {
    size_t path; /* offset into `paths` */
    struct timespec mtime;
};

struct folders {
    int root_fd; /* lent */
    struct folder open[FOLDERS_OPEN_MAX];
    uint64_t clock;
    char *paths;
    size_t paths_size, paths_capacity;
    struct folder_time *times;
    size_t time_count, time_capacity;
};

/* The folder that is `path` (its first `length` bytes) in the tree, made with what is missing above it (0755,
 * root). Links on the way are followed within the tree. The descriptor is lent until the next call. */
int folders_open(struct folders *f, const char *path, size_t length) must_check;
/* Offers an open folder for reuse; `fd` is taken, also on failure (then it is only closed). */
void folders_remember(struct folders *f, const char *path, size_t length, int fd);
/* Something that a remembered path may lead through was replaced. */
void folders_forget(struct folders *f);
/* The folder's time is to be this at the end. 0 or -ENOMEM. */
int folders_note_time(struct folders *f, const struct entry_path *path, struct timespec mtime) must_check;
/* Sets the times noted. Folders that are gone or became something else are left out. */
int folders_set_times(struct folders *f) must_check;
void folders_free(struct folders *f);
