/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Numeric addresses: no resolver is linked. */
#include "init/span.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
    };
    socklen_t size;
};

/* "80", "127.0.0.1:80", "[::1]:80" into host and port 1..65535; a host that is not given stays as it is.
 * -EINVAL, also for a host that is no numeric address. */
int address_split(struct span text, char *host, size_t host_size, uint16_t *ret_port)
    __attribute__((warn_unused_result));
/* -EINVAL when `host` is no numeric address. */
int address_make(const char *host, uint16_t port, struct address *ret_address)
    __attribute__((warn_unused_result));
/* An abstract name ("unroot-init/..", without its leading NUL), or a path when it begins with '/' or '.'.
 * -ENAMETOOLONG. */
int address_make_local(const char *name, struct address *ret_address) __attribute__((warn_unused_result));
