/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Merging compose files (compose-spec 13-merge) and putting variables in, as trees: every node keeps the file
 * and line that it came from. */
#include "formats/compose_variables.h"
#include "formats/yaml.h"

/* `over` laid on `base` (either may be NULL): maps are merged, lists joined, except that command, entrypoint
 * and healthcheck.test are replaced, volumes and tmpfs and devices are one a target, and !reset and !override
 * do what they say. NULL: no memory, or both were NULL. */
struct yaml_node *compose_merge(struct arena *arena, struct yaml_node *base,
                                struct yaml_node *over) must_check;
/* A copy of the tree with every scalar expanded; keys stay. Findings for what is not valid: then that value
 * stays as it is, marked by the tag COMPOSE_INVALID. A value that a variable without a value went into has
 * the tag COMPOSE_UNSET. */
struct yaml_node *compose_interpolate(struct arena *arena, const struct yaml_node *node,
                                      const struct strings *environment, struct report *report) must_check;

#define COMPOSE_INVALID "!unroot-invalid"
#define COMPOSE_UNSET "!unroot-unset"
