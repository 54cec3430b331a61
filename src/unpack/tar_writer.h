/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A tar archive as a stream: POSIX ustar headers, with pax records (pax(1)) for what does not fit them. The
 * same tree gives the same bytes. */
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define TAR_BLOCK 512u

struct tar_writer {
    int fd;
    unsigned char *buffer; /* bytes that are not written yet */
    size_t used;
    uint64_t written; /* all bytes so far */
};

struct tar_entry {
    const char *path;   /* "a/b"; folders get their "/" here */
    const char *target; /* of a link, else NULL */
    char type; /* '0' file, '1' hard link, '2' symbolic link, '3' '4' devices, '5' folder, '6' fifo */
    uint32_t mode, uid, gid, device_major, device_minor;
    uint64_t size; /* of a file's content, which tar_writer_add() must bring */
    struct timespec mtime;
    const struct text *attributes; /* pax records made by tar_attribute(), or NULL */
};

/* Negative errno: of memory or of writing to fd. */
int tar_writer_open(struct tar_writer *w, int fd) must_check;
int tar_writer_entry(struct tar_writer *w, const struct tar_entry *entry) must_check;
/* Content of the entry, and then the padding of its last block with tar_writer_pad(). */
int tar_writer_add(struct tar_writer *w, const void *data, size_t size) must_check;
int tar_writer_pad(struct tar_writer *w, uint64_t size) must_check;
/* The two empty blocks; all is written afterwards. */
int tar_writer_end(struct tar_writer *w) must_check;
void tar_writer_close(struct tar_writer *w);

/* Appends the pax record of an extended attribute ("SCHILY.xattr.NAME"). */
void tar_attribute(struct text *records, const char *name, const void *value, size_t size);
