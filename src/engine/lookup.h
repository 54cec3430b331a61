/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Names, ids and the lock of a container. A container is alive while somebody holds the lock (flock(2)) on
 * its folder ROOT/containers/ID: whoever starts it, then its monitor, to the end. */
#include "engine/container.h"
#include "engine/record.h"

/* -EINVAL with the rule for names of containers. */
int name_check(const char *name, struct failure *failure) must_check;

/* Takes a name (one symlinkat(2)); a name whose container is gone is free. -EEXIST with who has it; -EINVAL:
 * no name. */
int name_take(const struct engine *e, const char *name, const char *id, struct failure *failure) must_check;
void name_release(const struct engine *e, const char *name, const char *id);

/* Opens the folder and takes the lock: without `wait` -EWOULDBLOCK when it is held. The caller closes it,
 * which unlocks. */
int container_lock(const struct engine *e, const char *id, bool wait, int *ret_folder_fd) must_check;
/* Waits for the lock while the run that began at `started` (0: none) ends. -EALREADY: another one is under
 * way, which may hold the lock for days; -ENOENT: the container is gone. */
int container_lock_ended(const struct engine *e, const char *id, int64_t started,
                         int *ret_folder_fd) must_check;
/* Takes the turn to change its record. */
int record_begin(const struct engine *e, const char *id, int *ret_turn_fd) must_check;
/* Takes the turn to restart the container, waiting for whoever has it: until *ret_turn_fd is closed, a --rm
 * container that has ended is not removed. */
int restart_begin(const struct engine *e, const char *id, int *ret_turn_fd) must_check;
/* Whether somebody is about to start it again. */
bool restart_is_under_way(const struct engine *e, const char *id);
/* Whether somebody holds the lock. */
bool container_is_locked(const struct engine *e, const char *id);
enum container_status container_read_status(const struct engine *e, const char *id);

/* Ids of all containers that have a record, in no order. */
int container_enumerate(const struct engine *e, struct strings *ret_ids) must_check;
/* What was begun and must be finished or undone by the next command if its process is killed:
 * ROOT/pending/ID. */
int pending_add(const struct engine *e, const char *id) must_check;
/* The same for a container that nobody can lock yet: the entry is locked from its birth to the close of
 * *ret_fd. */
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
/* That, and the container itself if it is a --rm one that is not about to start again. */
int container_clean_up(struct engine *e, const char *id, struct failure *failure) must_check;
