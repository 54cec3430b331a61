/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The vocabulary for paths that an image, a container or a config can influence: openat2(2) and descriptors.
 * Every descriptor is close-on-exec and the caller's; failures are negative errno. */
#include "base/ownership.h"

#include <linux/openat2.h>
#include <stdint.h>
#include <sys/types.h>

/* openat2(2) with O_CLOEXEC added; `resolve` is RESOLVE_*. RESOLVE_NO_MAGICLINKS is always
 * added. Repeats what the kernel answers with EAGAIN (a rename raced with ".."), at most 128 times. */
int path_open(int dirfd, const char *path, uint64_t flags, uint64_t resolve) must_check;
/* As path_open with O_CREAT: a new file gets `mode`. */
int path_create(int dirfd, const char *path, uint64_t flags, mode_t mode, uint64_t resolve) must_check;

/* `rootfd` is "/" for absolute paths, ".." and links, as chroot(2) would have it, without a race. */
int path_open_in_root(int rootfd, const char *path, uint64_t flags) must_check;
/* Leaving `dirfd` by whatever means is -EXDEV. */
int path_open_beneath(int dirfd, const char *path, uint64_t flags) must_check;

/* Makes what is missing of a folder path in the root and opens it (O_PATH | O_DIRECTORY). Links that lead
 * nowhere are followed and made too (/var/run -> /run), as the container would see them. New folders get
 * `mode` and the caller's fsuid and fsgid. ret_made (may be NULL): how many folders were made. -ENOTDIR:
 * something else is in the way. */
int path_make_dirs_in_root(int rootfd, const char *path, mode_t mode, unsigned *ret_made) must_check;

/* Opens the folder that holds the last component of `path` in the root (O_PATH); *ret_name is a copy of that
 * component, the caller's. -EINVAL when there is none ("/", "..", "a/."). */
int path_open_parent_in_root(int rootfd, const char *path, char **ret_name) must_check;
