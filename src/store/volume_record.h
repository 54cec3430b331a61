/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Named volumes: ROOT/volumes/NAME.json says that it exists, ROOT/storage/volumes/NAME/ holds its files. The
 * record is written last and removed first, so that a folder without one is rubbish. */
#include "base/strings.h"
#include "store/store.h"

#include <time.h>

struct volume {
    char *name;
    struct timespec created;
    struct strings labels; /* NAME=VALUE */
    bool anonymous;        /* name chosen by us: goes with its container */
    bool fresh;            /* nobody used it yet: takes the image folder's content and owner on first use */
};

#define autovolume __attribute__((cleanup(volume_free)))

/* -ENOENT; -EBADMSG for a record that cannot be read. */
int volume_record_read(const struct store *s, const char *name, struct volume *ret_volume) must_check;
/* Replaces the record, synced. */
int volume_record_write(const struct store *s, const struct volume *volume) must_check;
/* Makes folder and record; -EEXIST when the record is there. */
int volume_record_create(const struct store *s, const struct volume *volume) must_check;
/* Record and files; -ENOENT. */
int volume_record_remove(const struct store *s, const char *name) must_check;
/* Names, sorted. */
int volume_record_list(const struct store *s, struct strings *ret_names) must_check;
/* The volume's folder (O_RDONLY | O_DIRECTORY), the caller's; -ENOENT. */
int volume_record_open(const struct store *s, const char *name) must_check;
void volume_free(struct volume *volume);
