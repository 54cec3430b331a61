/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* An interface of one network namespace becomes one of another, with the addresses that a person gave it:
 * runtime-spec config-linux.md "Network Devices". rtnetlink(7) */
#include "kernel/link.h"

/* A network namespace: itself, and an rtnetlink socket in it; both lent. */
struct link_place {
    int netns_fd, socket_fd;
};

struct link_address; /* of one interface, as the kernel gave it */

/* What was moved, as far as it is needed to undo that. */
struct moved_link {
    char before[LINK_NAME_SIZE], name[LINK_NAME_SIZE]; /* there, and here; name "": it was not moved */
    bool was_up;
    struct link_address *addresses; /* permanent ones of global scope: the others belong to where it was */
    size_t address_count;
};

/* Moves `before`, names it `name` ("eth%d": the first free number), gives it its addresses back and brings it
 * up. *ret_moved is filled even when a step behind the move fails, and is the caller's to free. -ENODEV:
 * there is none of this name; -EEXIST: the name is taken there; -EINVAL: the kernel moves no such interface
 * (lo). */
int link_move(const struct link_place *from, const struct link_place *to, const char *before,
              const char *name, struct moved_link *ret_moved) must_check;
/* The other way round: under its old name, up if it was, with its addresses. */
int link_move_back(const struct link_place *from, const struct link_place *to,
                   struct moved_link *moved) must_check;
void moved_link_free(struct moved_link *moved);
