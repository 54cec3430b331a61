/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* RUN --mount=type=cache: folders that stay, ROOT/storage/caches/HEX[-N]; HEX digests the mount's id. Their
 * users hold flock(2) on them: shared, alone (locked), or on one of several (private). */
#include "build/run.h"

/* Opens, making it when it is new, and locks it: m->storage, m->lock_fd. */
int run_open_cache(struct run_step *run, struct run_mount *m) must_check;
/* run_mounts.c: the mount's source into "/mount" of a folder. */
int run_copy_source(struct run_step *run, struct run_mount *m, int folder_fd) must_check;
void run_mount_free(struct run_mount *m);
