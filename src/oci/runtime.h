/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What one run of `unroot-runtime` knows, and a command: a file cmd_VERB.c and one struct, listed in
 * commands.c. */
#include "base/failure.h"
#include "base/strings.h"
#include "formats/oci_log.h"
#include "formats/option.h"

#include <stdbool.h>

#define OCI_ROOT "/run/unroot-runtime"
#define ANY_NUMBER (-1)
#define EXIT_EXEC_FAILED 255 /* runc's, when exec itself fails */

struct runtime {
    const struct command *command; /* NULL until it is known */
    char **argv;                   /* as the program was called */
    char *root;                    /* absolute: a folder per container */
    const char *log;               /* file; NULL: stderr */
    enum oci_log_format log_format;
    bool debug, systemd_cgroup, no_cgroups;
    bool of_user;         /* the manager of an ordinary user is asked for control groups, not the system's */
    bool audit;           /* --policy=audit */
    struct strings notes; /* "info:sentence" or "warning:sentence": written when the command has succeeded */
};

struct command {
    const char *name;
    const char *usage;   /* what follows the name */
    const char *summary; /* one line, no full stop */
    struct option_set options;
    size_t options_size;  /* 0: none */
    const void *defaults; /* an options struct to begin with, or NULL */
    int min_args, max_args;
    int failure_code; /* 0: 1 */
    bool hidden;
    /* The exit code, or negative errno with `failure` filled. */
    int (*run)(struct runtime *rt, void *options, const struct arguments *arguments, struct failure *failure);
};

extern const struct command *const commands[]; /* NULL-terminated, in the order of the help */

/* Remembers a sentence for the log. Out of memory loses it. */
void runtime_note(struct runtime *rt, enum oci_log_level level, const char *format, ...) printf_like(3, 4);
/* Writes what was noted; after a success. */
void runtime_flush_notes(struct runtime *rt);
/* The one error line of the log, and the sentence on stderr. */
void runtime_tell_failure(const struct runtime *rt, const struct failure *failure);
