/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Removing what nobody uses; shared by container, image, volume and system prune. */
#include "cli/command.h"

#include <stdint.h>

/* Each prints what it removed under a title. 0 or negative errno with `failure` filled. */
int prune_containers(struct cli *cli, struct failure *failure) must_check;
int prune_images(struct cli *cli, bool all, uint64_t *ret_freed_bytes, struct failure *failure) must_check;
int prune_volumes(struct cli *cli, bool all, uint64_t *ret_freed_bytes, struct failure *failure) must_check;
void print_freed(uint64_t bytes);
