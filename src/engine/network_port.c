/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network_port.h"

#include "kernel/conntrack.h"
#include "kernel/route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define CHOICES_MAX 64 /* random ports that other containers have already: try again so often */

static const char *protocol_name(int protocol)
{
    return protocol == IPPROTO_UDP ? "udp" : "tcp";
}

int network_ports_check(const struct network_request *request, struct failure *f)
{
    for (size_t i = 0; i < request->port_count; i++) {
        const struct network_port *p = &request->ports[i];
        if (p->family == AF_INET6)
            return refuse(
                f, -EAFNOSUPPORT,
                "port %u/%s: publishing on an IPv6 address is not there: the private network is IPv4 "
                "only (--network host has the host's IPv6)",
                p->container_port, protocol_name(p->protocol));
        if (p->protocol != IPPROTO_TCP && p->protocol != IPPROTO_UDP)
            return refuse(f, -EPROTONOSUPPORT, "port %u: only tcp and udp can be published",
                          p->container_port);
        if (p->container_port == 0 || (p->host_port_last != 0 && p->host_port_last < p->host_port))
            return refuse(f, -EINVAL, "port %u is none", p->container_port);
    }
    return 0;
}

/* A socket bound to the port, *ret_port when it was 0. Not listening: what arrives by mistake is refused. */
static int port_bind(const struct lease_port *port, uint16_t *ret_port)
{
    const int type = port->protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port->host_port), .sin_addr.s_addr = htonl(port->address)};
    socklen_t size = sizeof(address);
    autoclose int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    const int one = 1, zero = 0;
    /* With it old connections in TIME_WAIT are not in the way; without it afterwards, the port is ours alone.
     */
    if (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
        return -errno;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    if (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &zero, sizeof(zero)) < 0)
        return -errno;
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return -errno;
    *ret_port = ntohs(address.sin_port);
    return TAKE_FD(fd);
}

struct port_search {
    const struct network_leases *leases;
    const struct network_lease *own;    /* one of them: the container that the ports are for */
    const struct network_lease *holder; /* who has the port that could not be taken, when that is known */
};

/* Binds exactly this port: a descriptor, -EADDRINUSE, or another error. */
static int port_take_exact(const struct lease_port *port, struct port_search *search)
{
    uint16_t bound;
    search->holder = network_leases_find_port(search->leases, port);
    return search->holder ? -EADDRINUSE : port_bind(port, &bound);
}

static int port_take_any(struct lease_port *port, const struct port_search *search)
{
    for (int i = 0; i < CHOICES_MAX; i++) {
        struct lease_port choice = *port;
        autoclose int fd = port_bind(port, &choice.host_port);
        if (fd < 0)
            return fd;
        if (network_leases_find_port(search->leases, &choice))
            continue;
        *port = choice;
        return TAKE_FD(fd);
    }
    return -EADDRINUSE;
}

static int say_taken(const struct lease_port *port, const struct port_search *search, int error,
                     struct failure *f)
{
    const struct in_addr a = {htonl(port->address)};
    char address[INET_ADDRSTRLEN] = "", place[64];
    (void)inet_ntop(AF_INET, &a, address, sizeof(address)); /* cannot fail: the buffer is large enough */
    (void)snprintf(place, sizeof(place), "port %s:%u/%s", address, port->host_port,
                   protocol_name(port->protocol));
    const struct network_lease *holder = search->holder;
    if (holder && holder == search->own)
        return refuse(f, error, "%s is asked for twice", place);
    if (holder)
        return refuse(f, error, "%s is already published by the container %s", place,
                      holder->name[0] ? holder->name : holder->id);
    if (error == -EADDRINUSE && port->host_port == 0)
        return refuse(f, error, "no free %s port was found on %s", protocol_name(port->protocol), address);
    if (error == -EADDRINUSE)
        return refuse(f, error, "%s is already in use by a program on this host", place);
    if (error == -EADDRNOTAVAIL)
        return refuse(f, error, "%s: no interface of this host has that address", place);
    return fail(f, error, "binding %s", place);
}

/* Fills in the host port as asked for; the socket bound to it. */
static int port_take(const struct network_port *wanted, struct port_search *search, struct lease_port *port,
                     struct failure *f)
{
    const unsigned int last = wanted->host_port_last ? wanted->host_port_last : wanted->host_port;
    search->holder = NULL;
    if (wanted->host_port_before != 0 && (wanted->host_port == 0 || wanted->host_port_last != 0)) {
        port->host_port = wanted->host_port_before;
        int again = port_take_exact(port, search);
        if (again >= 0)
            return again;
        search->holder = NULL;
        port->host_port = 0;
    }
    int fd = wanted->host_port == 0 ? port_take_any(port, search) : -EADDRINUSE;
    for (unsigned int number = wanted->host_port; number != 0 && number <= last && fd == -EADDRINUSE;
         number++) {
        port->host_port = (uint16_t)number;
        fd = port_take_exact(port, search);
    }
    return fd < 0 ? say_taken(port, search, fd, f) : fd;
}

static struct lease_port port_of(const struct network_port *wanted)
{
    struct lease_port port = {.protocol = (uint8_t)wanted->protocol,
                              .container_port = wanted->container_port};
    if (wanted->family == AF_INET)
        memcpy(&port.address, wanted->address, sizeof(port.address));
    port.address = ntohl(port.address);
    return port;
}

int network_ports_take(const struct network_request *request, const struct network_leases *leases,
                       struct network_lease *lease, struct network_result *ret_result, struct failure *f)
{
    struct port_search search = {.leases = leases, .own = lease};
    const size_t room = request->port_count + 1; /* never an allocation of nothing */
    lease->ports = calloc(room, sizeof(*lease->ports));
    ret_result->ports = calloc(room, sizeof(*ret_result->ports));
    ret_result->port_fds = calloc(room, sizeof(*ret_result->port_fds));
    if (!lease->ports || !ret_result->ports || !ret_result->port_fds)
        return fail(f, -ENOMEM, "publishing ports");
    for (size_t i = 0; i < request->port_count; i++) {
        struct lease_port port = port_of(&request->ports[i]);
        int fd = port_take(&request->ports[i], &search, &port, f);
        if (fd < 0)
            return fd;
        lease->ports[lease->port_count++] = port;
        ret_result->port_fds[i] = fd;
        ret_result->ports[i] = request->ports[i];
        ret_result->ports[i].host_port = port.host_port;
        ret_result->port_count = i + 1;
    }
    return 0;
}

struct redirection {
    int rtnl;
    uint32_t subnet;
    const struct lease_port *port;
};

/* To a container that was, or to a program of this host. */
static bool flow_is_stale(const struct conntrack_flow *flow, void *context)
{
    const struct redirection *r = context;
    if (r->port->address != 0 && r->port->address != flow->destination)
        return false;
    if (flow->answerer != flow->destination)
        return flow->answerer >> 16 == r->subnet >> 16;
    return route_is_local(r->rtnl, flow->destination) == 1;
}

int network_ports_redirect(int rtnl, int nft, const struct network_leases *leases,
                           const struct network_lease *lease, struct failure *f)
{
    for (size_t i = 0; i < lease->port_count; i++) {
        struct redirection redirection = {.rtnl = rtnl, .subnet = leases->subnet, .port = &lease->ports[i]};
        if (lease->ports[i].protocol != IPPROTO_UDP)
            continue;
        int r = conntrack_forget(nft, IPPROTO_UDP, lease->ports[i].host_port, flow_is_stale, &redirection);
        /* A kernel that cannot do it, or a list that changes all the time: new conversations work all the
         * same. */
        if (r < 0 && r != -EOPNOTSUPP && r != -EINTR)
            return fail(f, r, "redirecting udp port %u", lease->ports[i].host_port);
    }
    return 0;
}
