/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The unit of a container whose control group systemd makes (--systemd-cgroup), by the program
 * unroot-systemd. That is the unit's first process, because systemd makes no empty scope, and leaves when the
 * container's has been born in the group. It ends when this program does, and the empty unit with it. */
#include "formats/systemd_unit.h"
#include "kernel/cgroup.h"
#include "oci/bundle.h"

struct scope {
    struct systemd_unit unit;
    struct strings properties;
    bool of_user;   /* of an ordinary user's manager */
    bool started;   /* the unit is there */
    int holder_fd;  /* unroot-systemd */
    int release_fd; /* it ends when this is closed */
    bool one_task;  /* of which the holder would be one: the limit is set when it has gone */
};

#define SCOPE_EMPTY                                                                                          \
    {                                                                                                        \
        .holder_fd = -EBADF, .release_fd = -EBADF                                                            \
    }
#define autoscope __attribute__((cleanup(scope_close)))

/* Whether this program was built with it. */
bool scope_is_supported(void);
/* What will be asked of systemd for this bundle; `spec` is prepared for a group that systemd makes. */
int scope_plan(const struct runtime *rt, const struct bundle *b, struct cgroup_spec *spec,
               struct scope *ret_scope, struct failure *failure) must_check;
/* Has it made; *ret_path: its control group, as cgroup_open() takes it. */
int scope_start(struct scope *s, char ret_path[CGROUP_PATH_MAX], struct failure *failure) must_check;
/* The container's process is in it. */
int scope_settle(struct scope *s, struct failure *failure) must_check;
/* The start has failed: stops the unit. */
void scope_undo(struct scope *s);
void scope_close(struct scope *s);

/* Of a container that has a unit (else nothing): what changes of its limits, and its end. */
int scope_update(const struct container *c, const struct oci_resources *resources,
                 struct failure *failure) must_check;
int scope_stop(const struct container *c, struct failure *failure) must_check;
