/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The program's environment: a list of our own, so that nothing reads or writes the global one by accident.
 */
#include "init/identity.h"

struct environment {
    char **items; /* NULL-terminated; the strings are not freed */
    size_t count, capacity;
};

int environment_copy(char *const *from, struct environment *ret_environment) must_check;
/* VALUE of NAME, or NULL; lent. */
const char *environment_get(char *const *items, const char *name);
/* NAME=VALUE, replacing. 0 or -ENOMEM. */
int environment_set(struct environment *e, const char *name, const char *value) must_check;
void environment_unset(struct environment *e, const char *name);

/* HOME, USER and LOGNAME for `identity` when the process was `started_as` before. An explicit value stays:
 * one that is neither missing nor what belongs to the account before (HOME also "/root" and "/", which
 * engines set for uid 0). HOME is "/" when the identity has none. USER and LOGNAME are unset for a uid
 * without a name. */
int environment_set_account(struct environment *e, const struct identity *identity,
                            const struct identity *started_as) must_check;
/* As setpriv --reset-env: only TERM survives; HOME, USER, LOGNAME, SHELL and PATH are set. */
int environment_reset(struct environment *e, const struct identity *identity) must_check;

/* Secrets by file: FILE__X=PATH becomes X=content; so does X_FILE=PATH when PATH lies below /run/secrets or
 * /var/run/secrets (other variables of that form, SSL_CERT_FILE, are no secrets). Newlines at the end of the
 * content are cut. X set as well, no readable regular file, above 64 KiB or a NUL byte: fails. */
int environment_read_secrets(struct environment *e, struct failure *f) must_check;

/* Called in the process that executes the program: LISTEN_PID names that process when it named `old_pid`
 * before (sd_listen_fds(3)); when it named another one the descriptors are not for it and all LISTEN_* go. */
int environment_fix_listen(struct environment *e, long old_pid, long new_pid) must_check;
