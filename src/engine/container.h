/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Containers: the engine's verbs. `who` is a name, an id or a unique prefix of an id; -ENOENT when there is
 * none
 * ("no such container: web"), -EEXIST when a prefix is ambiguous. All calls: 0 or negative errno with
 * `failure` filled; -EPERM: refused by policy; exit codes 126/127 are told by -EACCES/-ENOENT in
 * start_result.payload_error. */
#include "engine/engine.h"
#include "engine/request.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define CONTAINER_ID_LENGTH 64

enum container_status {
    CONTAINER_CREATED,
    CONTAINER_RUNNING,
    CONTAINER_PAUSED,
    CONTAINER_EXITED,
};

struct container_summary {
    char id[CONTAINER_ID_LENGTH + 1];
    char *name, *image, *image_id;
    char *command; /* as one line */
    enum container_status status;
    int64_t created, started, finished; /* seconds since the epoch; 0 = never */
    uint32_t created_nanoseconds;       /* the fraction of `created`: which of two is the newer one */
    int exit_code;
    pid_t pid;                                      /* 0 unless running */
    struct strings labels, ports, mounts, networks; /* ports: "0.0.0.0:8080->80/tcp" */
    char *root_mode;                                /* "none" | "mapped" */
    char *user;                                     /* "950:950" inside */
    uint32_t host_base;                             /* first host id of its range */
};

struct container_list {
    struct container_summary *items;
    size_t count;
};

/* Everything that can be judged without the image, so before one is pulled: -EINVAL, -EPERM, -EOPNOTSUPP with
 * a sentence. */
int container_check(const struct container_request *request, struct failure *failure) must_check;
/* Validates the request against the image, takes a name, writes the record. */
int container_create(struct engine *e, const struct container_request *request,
                     char ret_id[CONTAINER_ID_LENGTH + 1], struct failure *failure) must_check;

struct start_result {
    int payload_error; /* 0, or why the payload could not be executed: -ENOENT = 127, -EACCES & co = 126 */
    int client_fd;     /* attach connection (engine/attach.h) when asked for, else -EBADF; the caller's */
    pid_t pid;
};

/* Starts a created or exited container; with `attach` the answer holds a connection that saw every byte of
 * output. */
int container_start(struct engine *e, const char *who, bool attach, struct start_result *ret_result,
                    struct failure *failure) must_check;
#define STOP_TIMEOUT_OWN INT64_MIN /* the container's: --stop-timeout, or ten seconds */

struct stop_request {
    int signal;              /* 0: the container's own, or its image's, or SIGTERM */
    int64_t timeout_seconds; /* then SIGKILL; below 0: never */
};

/* No failure if it does not run. */
int container_stop(struct engine *e, const char *who, const struct stop_request *request,
                   struct failure *failure) must_check;
/* Stops it, if it runs, and starts it again: same ids, files and log, and the same address and ports on the
 * default network unless somebody else has taken them meanwhile. A --rm container stays. -ENOENT too:
 * somebody removed it meanwhile. */
int container_restart(struct engine *e, const char *who, const struct stop_request *request,
                      struct failure *failure) must_check;
int container_kill(struct engine *e, const char *who, int signal, struct failure *failure) must_check;
int container_pause(struct engine *e, const char *who, bool pause, struct failure *failure) must_check;
/* `force` kills it first; `volumes` removes its anonymous volumes too. */
int container_remove(struct engine *e, const char *who, bool force, bool volumes,
                     struct failure *failure) must_check;
/* Waits until it is not running (for one that was removed while waiting too). */
int container_wait(struct engine *e, const char *who, int *ret_exit_code, struct failure *failure) must_check;
int container_rename(struct engine *e, const char *who, const char *name, struct failure *failure) must_check;
/* What an ended container leaves behind (cgroup, network, mounts, run folder; all of it with --rm).
 * Idempotent. */
int container_cleanup(struct engine *e, const char *who, struct failure *failure) must_check;
/* The same by the process that was its monitor and has its lock: the descriptor `lock_fd` of its folder, or
 * another one, which then counts for nothing. */
int container_cleanup_held(struct engine *e, const char *who, int lock_fd,
                           struct failure *failure) must_check;

/* Newest first. */
int container_list(struct engine *e, bool all, struct container_list *ret_list,
                   struct failure *failure) must_check;
void container_list_free(struct container_list *list);
/* docker's `inspect` document plus "Unroot": {..} with uid, gid, groups, home, their origin, ids,
 * capabilities. */
int container_inspect(struct engine *e, const char *who, struct json_object **ret_document,
                      struct failure *failure) must_check;
/* Full id; ret_id may be the only thing a caller wants. */
int container_find(struct engine *e, const char *who, char ret_id[CONTAINER_ID_LENGTH + 1],
                   struct failure *failure) must_check;
/* Removes all that do not run; the ids removed are appended to `ret_ids`. */
int container_prune(struct engine *e, struct strings *ret_ids, struct failure *failure) must_check;

/* The attach connection of a running container. */
int container_attach(struct engine *e, const char *who, int *ret_client_fd,
                     struct failure *failure) must_check;
/* Folder of the log files; the caller closes it. */
int container_open_log(struct engine *e, const char *who, int *ret_fd, struct failure *failure) must_check;

struct exec_result {
    int payload_error;
    pid_t pid; /* the child; 0 when detached */
    int pidfd;
    int tty_fd;                         /* the terminal's master side with .tty, else -EBADF */
    int stdin_fd, stdout_fd, stderr_fd; /* the engine's ends of the pipes without .tty, else -EBADF */
};

/* Runs a command in a running container; the caller relays and reaps. */
int container_exec(struct engine *e, const struct exec_request *request, struct exec_result *ret_result,
                   struct failure *failure) must_check;

struct process_row {
    pid_t pid; /* on the host */
    pid_t pid_inside;
    uint32_t uid_host, gid_host, uid_inside, gid_inside; /* effective */
    uint64_t capabilities;                               /* effective */
    bool no_new_privs;
    pid_t parent;
    int64_t started;
    uint64_t cpu_milliseconds;
    char command[256];
};

/* The processes of a running container; the caller frees *ret_rows. */
int container_top(struct engine *e, const char *who, struct process_row **ret_rows, size_t *ret_count,
                  struct failure *failure) must_check;
