/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A service's output, line by line: to standard output with the service's name in front, or into a rotated
 * log. */
#include "init/failure.h"

#include <stdbool.h>
#include <stdint.h>

#define LINE_BUFFER 4096 /* PIPE_BUF: a line that fits is written in one piece, whoever else writes */

/* NAME.log in a folder; NAME.log.1 is the newest of the older ones. */
struct log {
    const char *folder, *name;
    unsigned files; /* all in all */
    uint64_t max_bytes, size;
    int folder_fd, fd; /* -1: not open */
};

/* Opens (creates, 0640) the folder and the file. -errno. */
own_frame int log_open(struct log *l) must_check;
/* Appends whole lines; rotates first when they would make the file too large. -errno: nothing of it is lost,
 * the caller still has the bytes. A rename that fails lets the file grow. */
int log_write(struct log *l, const void *bytes, size_t size) must_check;

struct lines {
    int from;           /* a pipe that does not block; -1 once it is at its end */
    int to;             /* standard output or error */
    struct log *log;    /* instead of `to` */
    const char *prefix; /* "[web] "; "" for none */
    char *buffer;       /* LINE_BUFFER bytes */
    size_t length;      /* of the line that is being collected */
};

/* Reads once and passes on what is complete; what is longer than the buffer goes in pieces. False when there
 * is nothing more to read for now. */
own_frame bool lines_pump(struct lines *l);
/* All there is, and the last line although it has no end. */
void lines_drain(struct lines *l);
