/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* linux.netDevices: interfaces of the runtime's network namespace that become the container's. */
#include "base/failure.h"
#include "formats/oci_config.h"
#include "kernel/link_move.h"

#include <errno.h>

struct net_devices {
    struct moved_link *items;
    size_t count;
    int home_socket, there_socket, there_fd;
};

#define NET_DEVICES_EMPTY                                                                                    \
    {                                                                                                        \
        .home_socket = -EBADF, .there_socket = -EBADF, .there_fd = -EBADF                                    \
    }

/* Moves them all; the caller has CAP_NET_ADMIN in both namespaces, is single-threaded, and is in `home_fd`
 * (lent), before and after. `there_fd` (its own now) is the container's. What was moved when one of them
 * fails is for net_devices_return(). */
int net_devices_move(struct net_devices *d, const struct oci_linux *config, int home_fd, int there_fd,
                     struct failure *failure) must_check;
/* Gives back what was moved, as it was: the container does not come to be. */
void net_devices_return(struct net_devices *d, int home_fd);
void net_devices_close(struct net_devices *d);
