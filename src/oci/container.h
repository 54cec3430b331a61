/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A container's folder ROOT/ID: state.json, config.json as it was when it was created, the FIFOs `start` and
 * `answer`, the file `failure`. The folder itself is the lock: flock(2). */
#include "formats/id_map.h"
#include "formats/oci_state.h"
#include "kernel/cgroup.h"
#include "oci/runtime.h"

#include <errno.h>
#include <stdint.h>

#define CONTAINER_ID_MAX 1024
#define CONFIG_MAX_BYTES (8u << 20)
#define CONTAINER_REASON "failure" /* in the folder: why a created process ended; empty when it did not */

/* state.json. */
struct record {
    char *id, *bundle, *rootfs;
    char *cgroup; /* its path as cgroup_open() takes it; NULL: none */
    char *unit;   /* of systemd's, which made the group; NULL: we did */
    bool unit_of_user;
    pid_t pid;
    uint64_t
        born; /* start time of the pid in ticks since boot, proc(5): another process may get the number */
    struct timespec created;
    struct strings annotations;
    bool has_range;
    uint32_t range_first;
    bool has_user_namespace, without_root, ids_joined;
    bool listens;             /* the filter of process 1 asks a listener */
    struct id_map uids, gids; /* of its user namespace: inside -> host; without one: count 0 */
    uint32_t uid;             /* the caller's */
    uint32_t hooks;           /* 1 << enum oci_hook_kind of those that there are */
};

struct container {
    struct runtime *rt;
    char id[CONTAINER_ID_MAX];
    int root_fd, folder_fd;
    struct record record;
};

#define CONTAINER_EMPTY                                                                                      \
    {                                                                                                        \
        .root_fd = -EBADF, .folder_fd = -EBADF                                                               \
    }
#define autocontainer __attribute__((cleanup(container_close)))

/* runc's and crun's rule: [a-zA-Z0-9_+-][a-zA-Z0-9_+.-]*. -EINVAL. */
int container_check_id(const char *id, struct failure *failure) must_check;
/* Opens ROOT/ID and reads state.json. -ENOENT: "container does not exist". With `lock` nobody else changes it
 * until it is closed. */
int container_open(struct runtime *rt, const char *id, bool lock, struct container *ret_container,
                   struct failure *failure) must_check;
/* Makes ROOT/ID, locked. -EEXIST. */
int container_make(struct runtime *rt, const char *id, struct container *ret_container,
                   struct failure *failure) must_check;
/* Others may change it again. */
void container_unlock(const struct container *c);
/* Deletes the folder: the id is free. */
int container_remove_folder(struct container *c, struct failure *failure) must_check;
void container_close(struct container *c);

/* state.json, atomically. -ENOENT when it is not written yet. */
int record_read(struct container *c, struct failure *failure) must_check;
int record_write(struct container *c, struct failure *failure) must_check;
void record_free(struct record *r);

/* A descriptor of process 1, the caller's; -ESRCH when it is gone or a zombie. */
int container_open_process(const struct container *c) must_check;
/* What a process of ours said last, as a struct failure in `fd`: 1 with *ret_said, 0: nothing, or -EPROTO. */
int container_read_said(int fd, struct failure *ret_said) must_check;
/* Why the created process failed instead of executing its program, when it has: otherwise false. */
bool container_find_reason(const struct container *c, struct failure *ret_reason);
/* What it does now, as the kernel says. */
enum oci_status container_status(const struct container *c);
/* As `state` prints it; what it points to is lent by the container. */
void container_describe(const struct container *c, enum oci_status status, struct oci_state *ret_state);
/* Its control group; an empty one when it has none or that is gone. */
void container_open_cgroup(const struct container *c, struct cgroup *ret_cgroup);
/* After SIGKILL: a frozen process of version 1 ends when it is thawed. */
void container_let_end(const struct container *c);
/* Lets the engine's view of the root file system and the container's see what was changed through the other
 * one (engine_rootfs.h): the engine's next `cp` or look at /etc/passwd reads what the container wrote. */
void container_refresh(const struct container *c);
/* Takes away what a start left beside the engine's layers. */
void container_forget_rootfs(const struct container *c);
/* Start time of a process, proc(5) field 22; *ret_zombie: it has ended. -ESRCH. */
int process_born(pid_t pid, uint64_t *ret_born, bool *ret_zombie) must_check;
