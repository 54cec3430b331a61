/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Writes a payload's output as log entries (formats/log_line.h) into numbered files. A reader never sees part
 * of an entry followed by another: what a full disk cut off is taken back. A file is complete before the next
 * one's name exists, so one who follows reads a file to its end, then takes the next number. */
#include "formats/log_line.h"

#include <stdbool.h>

#define LOG_PAGE 4096
#define LOG_OUT_SIZE (LOG_ENTRY_MAX + 32768)

/* A line that has not ended yet. */
struct log_part {
    _Alignas(LOG_PAGE) char text[LOG_TEXT_MAX];
    size_t size;
};

struct log_writer {
    int folder_fd; /* lent; -EBADF: no log is kept */
    int fd;        /* the current file; opened with the first entry */
    uint32_t number, max_files;
    uint64_t size, max_bytes; /* max_bytes 0: no rotation */
    uint64_t lost;            /* entries that could not be written and are not yet said to be */
    int lost_error;
    size_t out_size;
    char time[TIMESTAMP_SIZE];
    struct log_part parts[2];
    _Alignas(LOG_PAGE) char out[LOG_OUT_SIZE];
};

/* `w` is zeroed memory; nothing is opened yet. */
void log_writer_init(struct log_writer *w, int folder_fd, uint64_t max_bytes, uint32_t max_files);
/* Takes output and writes the lines that it completes. A failing disk is counted, told in the log once it
 * works again, and never an error of this function. */
void log_writer_take(struct log_writer *w, enum log_stream stream, const char *bytes, size_t size);
/* Writes the lines that never ended, and closes the file. */
void log_writer_finish(struct log_writer *w);
/* Gives memory of large lines back to the kernel. */
void log_writer_trim(struct log_writer *w);
