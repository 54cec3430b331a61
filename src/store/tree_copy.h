/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Copies a tree of stored ids with owners, modes, times, links and attributes: one unroot-unpack packs what
 * another unpacks, and neither can reach anything but its own folder. */
#include "store/store.h"

/* Both are folders (no O_PATH); what `to_fd` holds already stays unless it is replaced. Owner, mode and time
 * of the folder itself are copied too. */
int tree_copy(const struct store *s, int from_fd, int to_fd, struct failure *failure) must_check;
