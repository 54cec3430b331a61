/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the supervisor tells unroot-monitor, as its argument list: `unroot-monitor id=.. pid=.. pidfd=5 .. --
 * CLEANUP..`. One spelling only: every key once, in the order of the table in monitor_settings.c, decimal
 * numbers without leading zeros, "-" for a descriptor that is not there; so encoding what was decoded gives
 * the same list. Nothing here allocates.
 *
 * The supervisor: is the parent of `pid`, has no other child and left SIGCHLD at its default; clears
 * FD_CLOEXEC of the descriptors named in `fds` (the monitor sets it again); executes as root with
 * SECBIT_NOROOT and no_new_privs unset (the capabilities that the monitor gives up come back with the
 * clean-up command), in the host's mount namespace. Everything else (other descriptors, 0-2, session,
 * signals, death signal, umask, capabilities) the monitor puts right itself. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MONITOR_ID_SIZE_MAX 64
#define MONITOR_CLEANUP_MAX 16
#define MONITOR_LOG_FILES_MAX 1000
#define MONITOR_WORDS (MONITOR_FD_COUNT + 5)

/* Descriptors, each 3 or more and none twice; -EBADF = not there. */
enum monitor_fd {
    MONITOR_FD_PID,       /* pidfd of the payload's process 1; required */
    MONITOR_FD_TTY,       /* master side of its terminal; excludes the three pipes */
    MONITOR_FD_STDIN,     /* write end of its standard input; absent when that is /dev/null */
    MONITOR_FD_STDOUT,    /* read end of its standard output */
    MONITOR_FD_STDERR,    /* read end of its standard error */
    MONITOR_FD_LOG,       /* folder of the log files; absent: no log is kept */
    MONITOR_FD_CONTAINER, /* ROOT/containers/ID: where exit.json is written; required */
    MONITOR_FD_RUN,       /* RUNROOT/containers/ID: where attach.sock is unlinked; required with LISTEN */
    MONITOR_FD_LISTEN,    /* listening SOCK_SEQPACKET socket (engine/attach.h attach_listen()) */
    MONITOR_FD_CLIENT,    /* first client, one end of socketpair(AF_UNIX, SOCK_SEQPACKET) */
    MONITOR_FD_COUNT,
};

struct monitor_settings {
    const char *id; /* container id: lower-case hexadecimal, 1..64 digits; only shown (ps) */
    pid_t pid;      /* of process 1 on the host, above 1; only shown, all is done by pidfd */
    int fds[MONITOR_FD_COUNT];
    uint64_t log_max_bytes; /* a log file is full at this size; 0 = never */
    uint32_t log_max_files; /* 1..MONITOR_LOG_FILES_MAX, the current one counted */
    bool stdin_once; /* docker's StdinOnce: standard input ends with the first client that sends some */
    /* Executed at the end, NULL-terminated, 1..MONITOR_CLEANUP_MAX words, the first an absolute path; lent.
     */
    const char *const *cleanup;
};

/* The argument list, in room of its own. */
struct monitor_arguments {
    const char *argv[1 + MONITOR_WORDS + 1 + MONITOR_CLEANUP_MAX + 1]; /* NULL-terminated, for execve(2) */
    char text[768];
};

/* All descriptors absent, 10 MiB x 5 files. */
void monitor_settings_init(struct monitor_settings *s);
/* -EINVAL when a rule above is broken. The list lends s->id and s->cleanup's words. */
int monitor_settings_encode(const struct monitor_settings *s,
                            struct monitor_arguments *ret_arguments) must_check;
/* argv[0] is the program's name. -EINVAL for anything but what encode writes. The settings lend argv's words.
 */
int monitor_settings_decode(const char *const *argv, struct monitor_settings *ret_settings) must_check;
