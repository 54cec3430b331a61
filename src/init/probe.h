/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Is a service there? One attempt at a time, without blocking. */
#include "init/environment.h"

#include <poll.h>
#include <sys/types.h>

enum probe_kind {
    PROBE_NONE,   /* ready as soon as it runs */
    PROBE_FD,     /* a newline on a descriptor */
    PROBE_NOTIFY, /* sd_notify(3) */
    PROBE_TCP,
    PROBE_HTTP, /* a status of 200 to 399 */
    PROBE_FILE,
    PROBE_EXEC,
};

struct probe {
    enum probe_kind kind;
    int fd;        /* PROBE_FD: the number that the service writes to, 3 to 99 */
    char host[46]; /* PROBE_TCP, PROBE_HTTP: a numeric address, "127.0.0.1" unless given */
    uint16_t port;
    const char *path; /* PROBE_HTTP: from the '/' on; PROBE_FILE */
    char **command;   /* PROBE_EXEC */
};

/* "tcp:6379", "tcp:10.0.0.1:80", "tcp:[::1]:80", "http:8080/path", "file:/path", "fd:3", "notify",
 * "exec:PROGRAM": the first word; exec's arguments are the words behind it, which the caller puts into
 * `command`. -EINVAL when it is none. */
int probe_parse(const char *word, struct probe *ret_probe) must_check;

enum probe_outcome { PROBE_PENDING, PROBE_GOOD, PROBE_BAD };

/* One attempt at TCP, HTTP, FILE or EXEC. */
struct probe_run {
    const struct probe *probe;
    int fd; /* to be polled for `events`; -1: nothing to poll */
    short events;
    pid_t pid; /* PROBE_EXEC: the caller reaps it and tells probe_reaped() */
    bool running, sent;
    char answer[16];
    size_t answer_length;
};

enum probe_outcome probe_begin(struct probe_run *r, const struct probe *p, struct environment *e);
/* After poll(2) said something about fd. */
enum probe_outcome probe_step(struct probe_run *r);
enum probe_outcome probe_reaped(struct probe_run *r, int status);
/* Gives the attempt up: closes, kills. Safe when nothing runs. */
void probe_cancel(struct probe_run *r);
/* The whole attempt, waiting at most timeout_ms. For `unroot-init check`. */
bool probe_wait(const struct probe *p, struct environment *e, int64_t timeout_ms);
