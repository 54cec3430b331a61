/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The text of a container's /etc/resolv.conf (resolv.conf(5)) and /etc/hosts (hosts(5)). */
#include "base/failure.h"
#include "base/strings.h"
#include "base/text.h"

#include <stdbool.h>

struct resolver_request {
    const char *host_resolv_conf; /* the host's file; NULL when it has none */
    /* systemd-resolved's /run/systemd/resolve/resolv.conf, used when the host's file names no server but ones
     * on its own loopback; NULL when there is none. */
    const char *upstream_resolv_conf;
    bool host_network; /* the host's loopback and IPv6 are the container's too: all servers are kept */
    const struct strings *dns;        /* addresses; not empty: instead of the host's servers */
    const struct strings *dns_search; /* domains; not empty: instead of the host's; "." alone: none */
};

/* Appends to `text`. Servers that the container cannot reach are left out: those on 127.0.0.0/8 and ::1, and
 * IPv6 ones (the private network is IPv4). *ret_servers: how many are left; with 0 names are not resolved,
 * which is worth saying (no public server is put in instead). -EINVAL: something of `dns` or `dns_search` is
 * no address or domain; -ENOMEM. */
int resolver_write(const struct resolver_request *request, struct text *text, size_t *ret_servers,
                   struct failure *f) must_check;

struct hosts_request {
    const char *hostname;
    const char *name;    /* the container's name, for its own line; NULL or the same as hostname: left out */
    const char *address; /* its own; NULL without a network: 127.0.1.1 */
    const char *gateway; /* what "host-gateway" in add_hosts means; NULL: it is refused */
    const char *host_hosts; /* with the host's network: the host's file, to begin with instead; else NULL */
    const struct strings *add_hosts; /* NAME:ADDRESS or NAME=ADDRESS, [v6] in brackets or not; may be NULL */
};

/* Appends to `text`. -EINVAL with a sentence: a name or address in add_hosts is none. -ENOMEM. */
int hosts_write(const struct hosts_request *request, struct text *text, struct failure *f) must_check;
