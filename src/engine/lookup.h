/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Names, ids and the lock of a container. A container is alive while somebody holds the lock (flock(2)) on
 * its folder ROOT/containers/ID: whoever starts it, then its monitor, to the end. */
#include "engine/container.h"
#include "engine/record.h"

/* Takes a name (one symlinkat(2)); a name whose container is gone is free. -EEXIST with who has it; -EINVAL:
 * no name. */
int name_take(const struct engine *e, const char *name, const char *id, struct failure *failure) must_check;
void name_release(const struct engine *e, const char *name, const char *id);

/* Opens the folder and takes the lock: without `wait` -EWOULDBLOCK when it is held. The caller closes it,
 * which unlocks. */
int container_lock(const struct engine *e, const char *id, bool wait, int *ret_folder_fd) must_check;
/* Whether somebody holds the lock. */
bool container_is_locked(const struct engine *e, const char *id);
enum container_status container_read_status(const struct engine *e, const char *id);

/* Ids of all containers that have a record, in no order. */
int container_enumerate(const struct engine *e, struct strings *ret_ids) must_check;
/* What was begun and must be finished or undone by the next command if its process is killed:
 * ROOT/pending/ID. */
int pending_add(const struct engine *e, const char *id) must_check;
/* The same for a container that nobody can lock yet: the entry is locked from its birth to the close of *ret_fd. */
int pending_begin(const struct engine *e, const char *id, int *ret_fd) must_check;
void pending_remove(const struct engine *e, const char *id);
/* Finishes or undoes what killed commands left half done. Cheap when there is nothing. */
void pending_finish(struct engine *e);
/* Removes everything of a container but its named volumes; the caller holds its lock. Idempotent. */
void container_discard(struct engine *e, const struct container_record *record);
/* Its anonymous volumes too. */
void container_discard_all(struct engine *e, const struct container_record *record);
/* What a run leaves on the host: processes, cgroup, network, run folder, work folder. exit.json says 137 when
 * nobody could tell. The caller holds the lock, or the container's monitor does for it. Idempotent. */
int container_clear_run(struct engine *e, const char *id, struct failure *failure) must_check;
