/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* -p [IP:][HOST[-END]:]CONTAINER[-END][/tcp|udp]; "[::1]:80:80" for IPv6 (docker/go-connections nat). */
#include "base/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_ADDRESS_SIZE 46

enum port_protocol { PORT_TCP, PORT_UDP };

struct port_spec {
    char address[PORT_ADDRESS_SIZE]; /* canonical text; "" = all of IPv4 */
    bool ipv6;
    uint16_t host_first, host_last; /* 0: any free port; first < last: the first free one of the range */
    uint16_t container;             /* 1..65535 */
    enum port_protocol protocol;
};

struct port_list {
    struct port_spec *items; /* one for each container port */
    size_t count;
};

#define autoports __attribute__((cleanup(port_list_free)))

/* Appends. -EINVAL with a sentence (not a port, ranges of different length, bad address), -ENOMEM. */
int port_spec_parse(const char *text, struct port_list *list, struct failure *f) must_check;
/* An image's EXPOSE / --expose: CONTAINER[-END][/tcp|udp]; appends with host ports 0. */
int port_spec_parse_exposed(const char *text, struct port_list *list, struct failure *f) must_check;
/* Two entries that want the same host address, port and protocol: -EEXIST with a sentence. */
int port_list_check(const struct port_list *list, struct failure *f) must_check;
void port_list_free(struct port_list *list);
const char *port_protocol_name(enum port_protocol protocol);
