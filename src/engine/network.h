/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The default private network: a bridge, one pair of linked interfaces per container, published ports; IPv4.
 * Everything is done by netlink in the network namespace of the caller, which must hold CAP_NET_ADMIN,
 * CAP_SYS_ADMIN, CAP_NET_BIND_SERVICE, CAP_CHOWN and CAP_DAC_OVERRIDE there (its uid does not matter) and
 * must be single-threaded: attach enters the container's network namespace for a moment and comes back. What
 * is taken is recorded in RUNROOT/network/ before it is made, under one lock, so that a kill at any moment
 * leaves what the next call here clears away (docs/NETWORK.md). */
#include "base/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NETWORK_INTERFACE_INSIDE "eth0"

/* One published port; ranges are spelled out by the caller. */
struct network_port {
    int family;              /* AF_UNSPEC: no address was given (means 0.0.0.0), AF_INET or AF_INET6 */
    uint8_t address[16];     /* network order; the first 4 bytes for AF_INET */
    int protocol;            /* IPPROTO_TCP or IPPROTO_UDP */
    uint16_t host_port;      /* 0: a free one is chosen */
    uint16_t host_port_last; /* 0, or the end of a range: the first free one is taken */
    uint16_t container_port;
    uint16_t host_port_before; /* 0, or the one that it had: taken again where one is chosen, if it is free */
};

/* The container's network namespace and what is written into it. */
struct network_namespace {
    int netns_fd; /* lent */
    int proc_fd;  /* a procfs mount whose sys/ is writable (the host's /proc); lent */
    /* Groups that may ping (net.ipv4.ping_group_range), as the host numbers them: smallest and largest host
     * gid of the container's map. The kernel reads them in the writer's user namespace, so gids that are not
     * mapped do no harm. */
    gid_t ping_group_first, ping_group_last;
};

struct network_request {
    const char *container_id;   /* [A-Za-z0-9_.-]{1,64} */
    const char *container_name; /* said to others who want the same port; may be NULL */
    /* RUNROOT; lent. RUNROOT/containers/ID exists from before this call until network_detach() was called:
     * without that folder the container counts as gone and the next call takes its network away. */
    int run_fd;
    struct network_namespace namespace;
    const char *address_before;       /* NULL, or the address that it had: given again if it is free */
    const struct network_port *ports; /* lent */
    size_t port_count;
};

struct network_result {
    char address[16], gateway[16]; /* "10.87.0.2", "10.87.0.1" */
    uint8_t prefix_length;         /* 16 */
    char mac[18];                  /* of the interface inside */
    char bridge[16];               /* "unroot0" */
    char interface_host[16];       /* the bridge's port; NETWORK_INTERFACE_INSIDE is its other end */
    bool turned_on_forwarding;     /* net.ipv4.ip_forward was 0: it is 1 now and stays so; worth saying */
    struct network_port *ports;    /* as asked, in order, with the chosen host ports */
    /* Sockets bound (not listening) to the host ports, close-on-exec. Whoever keeps them open, by clearing
     * that flag before executing the monitor for example, makes other programs' bind(2) fail with EADDRINUSE;
     * without them the port is only checked at the start and a later program that binds it gets no traffic.
     */
    int *port_fds;
    size_t port_count;
};

/* For `--network none` and, called by network_attach, for the default network: brings "lo" up, lets every uid
 * bind low ports (net.ipv4.ip_unprivileged_port_start=0) and the groups of the map ping. 0 or negative errno.
 */
int network_set_up_loopback(const struct network_namespace *namespace, struct failure *failure) must_check;

/* Connects the container: address, default route, loopback, published ports. If an earlier start of the same
 * container left something, that is removed first. -EADDRINUSE: a port is taken (the sentence says by which
 * container, or that it is a program of the host); -EAFNOSUPPORT: a port on an IPv6 address; -ENOSPC: no free
 * address or subnet. On failure nothing is left. *ret_result is freed with network_result_free. */
int network_attach(const struct network_request *request, struct network_result *ret_result,
                   struct failure *failure) must_check;

/* Gives back what attach took, also after kill -9 of anything and when the namespace is long gone, and what
 * containers without a folder in RUNROOT/containers left. Returns as soon as that is written down: because
 * the kernel takes tens of milliseconds to remove a link or a bridge, a process "unroot-network" beside the
 * caller does it within 0.2 s, and removes bridge and rules one second after the last container. 0 also when
 * there is nothing to do. */
int network_detach(const char *container_id, int run_fd, struct failure *failure) must_check;

/* Waits until all that detach wrote down is done, bridge and rules included when no container is left. */
int network_settle(int run_fd, struct failure *failure) must_check;

void network_result_free(struct network_result *result);
