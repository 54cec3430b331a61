/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Gives a tree to one owner, while somebody hostile may be changing it. */
#include "init/failure.h"

#include <stdbool.h>
#include <stdint.h>

#define WALK_FROM_MAX 16

enum walk_when {
    WALK_ON_MISMATCH, /* a top folder that is right means that everything is: it is changed last */
    WALK_ALWAYS,
    WALK_NEVER,
};

struct walk {
    uint32_t uid, gid;
    uint32_t from[WALK_FROM_MAX]; /* only entries of these owners are changed */
    size_t from_count;            /* 0: whoever owns it */
    enum walk_when when;
    bool dry_run;
    unsigned threads; /* 0: as many as processors, at most 8 */
};

enum walk_outcome {
    WALK_DONE,
    WALK_WAS_RIGHT, /* one statx */
    WALK_IDMAPPED,  /* left alone */
    WALK_READ_ONLY, /* left alone */
};

enum walk_skip {
    SKIP_HARD_LINK, /* link count above 1 and a wrong owner: it may be a file from elsewhere */
    SKIP_DEVICE,
    SKIP_MOUNT,   /* another mount */
    SKIP_FOREIGN, /* an owner outside `from` */
    SKIP_FAILED,  /* the system refused */
    SKIP_COUNT,
};

struct walk_result {
    enum walk_outcome outcome;
    uint64_t seen, changed; /* dry_run: would be changed */
    uint64_t skipped[SKIP_COUNT];
    char example[SKIP_COUNT][200]; /* the first of its kind, relative to the top */
    int error;                     /* of the first SKIP_FAILED */
};

/* Walks `path` (absolute, no link in it). Changes only inodes that were opened without following anything and
 * looked at through the same descriptor. The top folder is changed last, and only when nothing failed, so
 * that an interrupted walk is taken up again. Says a line when it takes longer than 2 s. Starts threads and
 * waits for them. Entries that cannot be changed do not make it fail: see skipped[SKIP_FAILED]. */
int walk_tree(const char *path, const struct walk *w, struct walk_result *ret_result,
              struct failure *f) must_check;

/* "changed 5 of 9 entries" and one line for each kind of skipped ones. */
void walk_report(const char *path, const struct walk *w, const struct walk_result *result);
