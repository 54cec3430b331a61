/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What is kept of a container: record.json (what was asked for, below ROOT/containers/ID) and state.json
 * (what a running one is, below RUNROOT/containers/ID). Both are replaced by rename, so a reader sees one or
 * the other. */
#include "engine/engine.h"
#include "engine/request.h"
#include "formats/id_map.h"

#include <json-c/json.h>

#define RECORD_ID_SIZE 65

struct container_record {
    char id[RECORD_ID_SIZE];
    char *image_id;                   /* 64 hex digits of the image's config */
    int64_t created;                  /* nanoseconds since the epoch */
    uint32_t range_first;             /* its own id range; 0: none (remap, host, container:) */
    struct strings anonymous_volumes; /* names, removed with the container (rm -v, --rm) */
    struct container_request request;
};

#define autorecord __attribute__((cleanup(container_record_free)))

/* Folder of a container: ROOT/containers/ID or RUNROOT/containers/ID; -ENOENT. The caller closes it. */
int record_open_folder(const struct engine *e, const char *id) must_check;
int record_open_run_folder(const struct engine *e, const char *id, bool make) must_check;

/* `sync`: on the disk before it returns (containers that are not --rm). */
int record_write(const struct engine *e, const struct container_record *record, bool sync) must_check;
/* -ENOENT; -EBADMSG: not a record of ours. */
int record_read(const struct engine *e, const char *id, struct container_record *ret_record) must_check;
/* The text of record.json (the caller frees it) and back: -EBADMSG as record_read(). */
int record_to_text(const struct container_record *record, char **ret_text) must_check;
int record_from_text(const char *id, const char *text, size_t size,
                     struct container_record *ret_record) must_check;
/* A deep copy by way of the record's own fields. 0 or -ENOMEM. */
int container_request_copy(const struct container_request *from,
                           struct container_request *ret_copy) must_check;
void container_record_free(struct container_record *record);

struct container_state {
    pid_t pid, monitor_pid;
    int64_t started; /* nanoseconds since the epoch */
    char *cgroup;    /* path for cgroup_open(); NULL: none */
    char *root_mode; /* "none", "mapped" */
    uint32_t uid, gid;
    struct id_map uids, gids, file_uids, file_gids;
    uint64_t bounding, permitted, ambient;
    bool no_new_privs, seccomp, tty;
    char *address, *gateway, *mac;
    uint8_t prefix_length;
    struct strings ports; /* "0.0.0.0:8080->80/tcp" */
    struct strings environment, argv;
    struct strings mounts; /* "kind source target" as JSON objects, for inspect */
    char *workdir;
    struct json_object *user; /* uid, gid, groups, home and where each came from */
};

#define autostate __attribute__((cleanup(container_state_free)))

int state_write(const struct engine *e, const char *id, const struct container_state *state) must_check;
/* -ENOENT: it does not run (or never did since the host started). */
int state_read(const struct engine *e, const char *id, struct container_state *ret_state) must_check;
void container_state_free(struct container_state *state);

/* How it last ended: ROOT/containers/ID/exit.json, written by the monitor. -ENOENT. */
struct exit_record;
int exit_read(int container_fd, struct exit_record *ret_record) must_check;
int exit_write(int container_fd, const struct exit_record *record) must_check;
