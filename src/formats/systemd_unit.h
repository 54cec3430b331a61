/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where systemd puts a container: systemd.unit(5) for names, systemd.slice(5) for the tree that they make,
 * runc docs/systemd.md for `cgroupsPath` "slice:prefix:name". */
#include "base/failure.h"

#include <stdbool.h>

#define SYSTEMD_UNIT_SIZE 256 /* systemd's limit of a unit name, with its NUL */
#define SYSTEMD_PATH_SIZE 512

struct systemd_unit {
    char name[SYSTEMD_UNIT_SIZE];  /* "PREFIX-NAME.scope", or NAME when that ends in .slice */
    char slice[SYSTEMD_UNIT_SIZE]; /* the slice that a scope is in: "system.slice" */
    bool is_slice;
};

/* `cgroups_path` of a configuration, NULL or "": "SLICE:unroot:ID" with system.slice, or user.slice for an
 * ordinary user's manager. Letters that no unit name has are escaped as systemd does ("\x2b"). -EINVAL with a
 * sentence: not of that form, '/' or a control character in it, too long, no such slice. */
int systemd_unit_parse(const char *cgroups_path, const char *id, bool of_user, struct systemd_unit *ret_unit,
                       struct failure *failure) must_check;
/* "a-b.slice" -> "a.slice/a-b.slice"; "-.slice" -> "". -EINVAL: no slice. */
int systemd_slice_expand(const char *slice, char ret_path[SYSTEMD_PATH_SIZE]) must_check;
/* The control group of a unit below the one of its manager. */
int systemd_unit_path(const struct systemd_unit *unit, char ret_path[SYSTEMD_PATH_SIZE]) must_check;
