/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The manager (systemd) of the system or of a user, over D-Bus: org.freedesktop.systemd1(5). */
#include "base/failure.h"

#include <stdbool.h>
#include <systemd/sd-bus.h>

struct manager {
    sd_bus *bus;
    const char *sender; /* whose signals are believed; NULL: a connection to systemd alone */
    char job[256];      /* what is waited for; "": nothing */
    char result[32];    /* how it ended; "": not yet */
};

/* A unit that is to be made or changed; properties as formats/systemd_property.h writes them. */
struct manager_unit {
    const char *name;
    char *const *properties;
    int property_count;
};

/* Connects, by the bus or, where none answers, by systemd's own socket. A time limit is the caller's. */
int manager_open(struct manager *m, bool of_user, struct failure *failure) must_check;
void manager_close(struct manager *m);

/* Starts the unit with this process in it (a slice: without), waits until it stands and reads its control
 * group. A unit of that name that has failed, or is about to go, is taken away first. -EEXIST: there is one.
 */
int manager_start(struct manager *m, const struct manager_unit *unit, char **ret_group,
                  struct failure *failure) must_check;
/* Changes properties until it goes. */
int manager_set(struct manager *m, const struct manager_unit *unit, struct failure *failure) must_check;
/* Stops it, waits, and has it forgotten. No such unit is success. */
int manager_stop(struct manager *m, const char *name, struct failure *failure) must_check;
