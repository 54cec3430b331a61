/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Folders and files of control group hierarchies. For the kernel/cgroup*.c files only. Negative errno. */
#include "kernel/cgroup.h"

#include <stddef.h>

#define CGROUP_VALUE_SIZE 4096

/* "memory", ..: the controller's name in cgroup.controllers, and below /sys/fs/cgroup in v1. */
const char *cgroup_controller_name(enum cgroup_controller controller);
const char *cgroup_v1_name(enum cgroup_controller controller);

/* Roots, as directory descriptors; -ENOENT where there is none. */
int cgroup_open_v2_root(void) must_check;
int cgroup_open_v1_root(enum cgroup_controller controller) must_check;
/* Where a hierarchy's root is, for messages. */
const char *cgroup_v2_root_path(void);

/* "a/b/c": relative, no empty, "." or ".." component, no control character. */
bool cgroup_path_is_valid(const char *path);
/* Opens a folder beneath: openat2 with BENEATH, NO_SYMLINKS, NO_XDEV. */
int cgroup_open_folder(int dir_fd, const char *path) must_check;
/* Makes what is missing of a path and opens it; `made` is called for each folder of the path, new or not,
 * before the next one is made (to switch controllers on); it may be NULL. */
struct cgroup_visitor {
    int (*folder)(void *context, int parent_fd, int folder_fd, const char *path);
    void *context;
};
int cgroup_make_folder(int root_fd, const char *path, const struct cgroup_visitor *visitor) must_check;

/* A file's content (NUL-terminated, the last line break cut); ret_value has CGROUP_VALUE_SIZE bytes. -EFBIG.
 */
int cgroup_read_file(int folder_fd, const char *name, char *ret_value) must_check;
/* One write(2) of the whole value, as these files want it. */
int cgroup_write_file(int folder_fd, const char *name, const char *value) must_check;
/* The number in a file, or behind "KEY " on a line of it when key is not NULL; "max" is UINT64_MAX. -ENODATA:
 * no such line. */
int cgroup_read_number(int folder_fd, const char *name, const char *key, uint64_t *ret_number) must_check;
/* Whether a blank-separated list has the word. */
bool cgroup_list_has(const char *list, const char *word);

/* Calls visitor->folder for the folder and all below it, those below first; `path` is the name in parent_fd,
 * which is -EBADF for the folder itself. Stops at the first answer that is not 0 and returns it. -ELOOP: more
 * than 64 levels. */
int cgroup_walk(int folder_fd, const struct cgroup_visitor *visitor) must_check;
/* Sleeps between attempts: 1, 2, 4 .. 64 ms; false once `*waited_ms` has reached `timeout_ms`. */
bool cgroup_wait_more(uint32_t *waited_ms, uint32_t timeout_ms);
