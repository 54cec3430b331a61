/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `unroot-init up` does before nobody is root, and what `explain` says that it would do. */
#include "init/config.h"
#include "init/drop.h"
#include "init/settings.h"

struct root_phase_identities {
    struct identity started_as;
    struct identity owner; /* the `user` of the file */
    struct identity services[SERVICES_MAX];
};

struct root_phase {
    struct config config;
    struct power power;
    struct settings settings;
    struct accounts accounts;
    struct environment environment;
    struct root_phase_identities *who; /* freed once everybody has become somebody */
    bool has_owner;
    int listens[LISTENS_MAX];
    bool privileged; /* users, ownership and low ports are ours to settle */
};

/* Reads the file (it must belong to root and be writable by nobody else; unprivileged callers may also bring
 * their own), the environment and the accounts, and settles who is who. Changes nothing in the system. */
own_frame int root_phase_read(const char *file, char *const *environment, struct root_phase *p,
                              struct failure *f) must_check;
/* passwd and group, ownership, listening sockets, in this order. `only_say` changes nothing: explain. */
own_frame int root_phase_prepare(struct root_phase *p, bool only_say, struct failure *f) must_check;
/* The environment of one service: HOME and friends, its env lines, LISTEN_FDS. */
int root_phase_environment(const struct root_phase *p, size_t service, struct environment *ret_environment,
                           struct failure *f) must_check;
