/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Reading a container's log: from the folder of numbered files that the monitor writes
 * (formats/log_line.h names them), with following over rotation. */
#include "base/ownership.h"
#include "formats/log_line.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LOG_TAIL_ALL UINT64_MAX

struct log_request {
    int folder_fd; /* container_open_log() */
    bool follow;   /* wait for more until ended_fd says that no more comes */
    /* With follow: the pidfd of the monitor, or a connection to it that wants nothing (attach_hello(fd, 0)),
     * from which is read here. -EBADF: the container does not run. */
    int ended_fd;
    uint64_t tail;                /* the last so many entries; LOG_TAIL_ALL */
    struct timespec since, until; /* all zero: no bound; since <= time < until */
    bool timestamps;              /* "2026-11-21T20:33:41.123456789Z " before every line */
    /* Bytes of one stream in order; a line may come in pieces. Non-zero ends the reading and is returned. */
    int (*take)(void *context, enum log_stream stream, const char *bytes, size_t size);
    void *context;
};

struct log_result {
    uint64_t entries;      /* handed to take */
    uint64_t unreadable;   /* lines that are no log lines (torn by a full disk or a crash), skipped */
    uint64_t files_missed; /* rotated away before they were read */
};

/* 0, what `take` returned, or negative errno (-ENOMEM, -EIO ..). An empty or missing log is no error. */
int log_read(const struct log_request *request, struct log_result *ret_result) must_check;
