/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Paths of the host that were given relative to the folder a person stands in: a container's record must not
 * depend on it. docker's rule: what begins with "./" or "../" or is "." or ".." is such a path, anything else
 * is a name. */
#include "base/failure.h"
#include "base/strings.h"

/* -v ./site:/srv */
int volumes_make_absolute(struct strings *volumes, struct failure *failure) must_check;
/* --mount type=bind,src=./site,.. and --secret src=./file,..: the fields src and source. */
int fields_make_absolute(struct strings *mounts, struct failure *failure) must_check;
/* --security-opt seccomp=profile.json: any path that is not absolute. */
int profiles_make_absolute(struct strings *options, struct failure *failure) must_check;
