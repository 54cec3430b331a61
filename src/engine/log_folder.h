/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The numbered files of a log, for reading. Numbers are 1 and up; 0 means: none. */
#include "base/ownership.h"

#include <stdint.h>
#include <sys/types.h>

struct log_place {
    uint32_t number;
    off_t offset;
};

/* The lowest and highest number there is above `after`, both 0 when there is none. */
int log_folder_range(int folder_fd, uint32_t after, uint32_t *ret_lowest, uint32_t *ret_highest) must_check;
/* Close-on-exec; the caller's. -ENOENT. */
int log_folder_open(int folder_fd, uint32_t number) must_check;
/* Where the last `entries` entries begin; the very end for 0. */
int log_folder_find_tail(int folder_fd, uint64_t entries, struct log_place *ret_place) must_check;
/* The end of what is written now. */
int log_folder_find_end(int folder_fd, struct log_place *ret_place) must_check;
