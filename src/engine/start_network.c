/* SPDX-License-Identifier: Apache-2.0 */
/* The network of a start, and the files that depend on its address. */
#include "base/number.h"
#include "base/text.h"
#include "engine/start.h"
#include "formats/accounts.h"
#include "formats/resolver.h"
#include "kernel/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#define RESOLVER_FILE_MAX (1u << 20)

/* The host's file, or NULL. */
static char *network_read_host_file(const char *path)
{
    char *text = NULL;
    return file_read_all(AT_FDCWD, path, RESOLVER_FILE_MAX, &text, NULL) < 0 ? NULL : text;
}

static int network_add_files(struct start *s, struct failure *failure)
{
    const struct container_request *request = &s->record.request;
    autotext struct text resolv = {0}, hosts = {0};
    autofree char *host_resolv = network_read_host_file("/etc/resolv.conf");
    autofree char *upstream = network_read_host_file("/run/systemd/resolve/resolv.conf");
    autofree char *host_hosts = s->plan.namespaces.host_network ? network_read_host_file("/etc/hosts") : NULL;
    struct resolver_request servers_question = {
        .host_resolv_conf = host_resolv,
        .upstream_resolv_conf = upstream,
        .host_network = s->plan.namespaces.host_network,
        .dns = &request->dns,
        .dns_search = &request->dns_search,
    };
    struct hosts_request hosts_question = {
        .hostname = s->plan.hostname,
        .name = request->name,
        .address = s->state.address,
        .gateway = s->state.gateway,
        .host_hosts = host_hosts,
        .add_hosts = &request->add_hosts,
    };
    size_t servers = 0;
    int r = resolver_write(&servers_question, &resolv, &servers, failure);
    if (r == 0)
        r = hosts_write(&hosts_question, &hosts, failure);
    if (r < 0)
        return r;
    if (servers == 0 && s->network.kind == NETWORK_DEFAULT)
        engine_say(s->engine,
                   "the host's resolv.conf names no server that a container can reach: add --dns ADDRESS");
    r = settle_text_file(&s->plan, "/etc/resolv.conf", text_peek(&resolv));
    if (r == 0)
        r = settle_text_file(&s->plan, "/etc/hosts", text_peek(&hosts));
    return r < 0 ? fail(failure, r, "planning /etc/hosts") : 0;
}

static int network_read_port(const struct port_spec *spec, struct network_port *ret_port)
{
    *ret_port = (struct network_port){
        .family = AF_UNSPEC,
        .protocol = spec->protocol == PORT_UDP ? IPPROTO_UDP : IPPROTO_TCP,
        .host_port = spec->host_first,
        .host_port_last = spec->host_last,
        .container_port = spec->container,
    };
    if (spec->address[0] == '\0')
        return 0;
    ret_port->family = spec->ipv6 ? AF_INET6 : AF_INET;
    return inet_pton(ret_port->family, spec->address, ret_port->address) == 1 ? 0 : -EINVAL;
}

/* The host port of "0.0.0.0:8080->80/tcp" where it was for this port; else 0. */
static uint16_t network_port_before(const char *text, const struct network_port *port)
{
    char end[24];
    const char *arrow = strstr(text, "->"), *colon = arrow;
    uint64_t number = 0;
    (void)snprintf(end, sizeof(end), "->%u/%s", port->container_port,
                   port->protocol == IPPROTO_UDP ? "udp" : "tcp"); /* fits */
    while (colon && colon > text && *colon != ':')
        colon--;
    if (!streq(arrow, end) || *colon != ':')
        return 0;
    autofree char *digits = strndup(colon + 1, (size_t)(arrow - colon - 1));
    return digits && number_parse(digits, UINT16_MAX, &number) == 0 ? (uint16_t)number : 0;
}

/* As docker's ps shows it: "127.0.0.1:8080->80/tcp". */
static int network_note_port(struct start *s, const struct network_port *port)
{
    char address[INET6_ADDRSTRLEN] = "0.0.0.0";
    if (port->family != AF_UNSPEC && !inet_ntop(port->family, port->address, address, sizeof(address)))
        return -errno;
    return strings_addf(&s->state.ports, "%s:%u->%u/%s", address, port->host_port, port->container_port,
                        port->protocol == IPPROTO_UDP ? "udp" : "tcp");
}

static int network_note(struct start *s, const struct network_result *result, struct failure *failure)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < result->port_count; i++)
        r = network_note_port(s, &result->ports[i]);
    s->state.address = strdup(result->address);
    s->state.gateway = strdup(result->gateway);
    s->state.mac = strdup(result->mac);
    s->state.prefix_length = result->prefix_length;
    if (result->turned_on_forwarding)
        engine_say(s->engine, "turned on net.ipv4.ip_forward: the default network needs it, and it stays on");
    return r < 0 || !s->state.address || !s->state.gateway || !s->state.mac
               ? fail(failure, -ENOMEM, "noting the network")
               : 0;
}

static int network_connect(struct start *s, const struct network_namespace *namespace,
                           struct failure *failure)
{
    autofree struct network_port *ports = calloc(s->ports.count + 1, sizeof(*ports));
    struct network_result result = {0};
    if (!ports)
        return fail(failure, -ENOMEM, "reading the ports");
    for (size_t i = 0; i < s->ports.count; i++) {
        int r = network_read_port(&s->ports.items[i], &ports[i]);
        if (r < 0)
            return fail(failure, r, "the address %s", s->ports.items[i].address);
        if (s->before && s->before->ports.count == s->ports.count)
            ports[i].host_port_before = network_port_before(s->before->ports.items[i], &ports[i]);
    }
    struct network_request request = {
        .container_id = s->record.id,
        .container_name = s->record.request.name,
        .run_fd = s->engine->run_fd,
        .namespace = *namespace,
        .address_before = s->before ? s->before->address : NULL,
        .ports = ports,
        .port_count = s->ports.count,
    };
    int r = network_attach(&request, &result, failure);
    if (r < 0)
        return r;
    r = network_note(s, &result, failure);
    network_result_free(&result);
    return r;
}

/* The groups that may ping: all that the container has. */
static void network_ping_groups(const struct start *s, struct network_namespace *namespace)
{
    const struct id_map *gids = &s->plan.gids;
    namespace->ping_group_first = namespace->ping_group_last = gids->extents[0].outside;
    for (size_t i = 0; i < gids->count; i++) {
        uint32_t first = gids->extents[i].outside, last = first + gids->extents[i].count - 1;
        if (first < namespace->ping_group_first)
        namespace->ping_group_first = first;
        if (last > namespace->ping_group_last)
        namespace->ping_group_last = last;
    }
}

int start_attach_network(void *context, int netns_fd, int proc_fd, struct failure *failure)
{
    struct start *s = context;
    struct network_namespace namespace = {.netns_fd = netns_fd, .proc_fd = proc_fd};
    int r = 0;
    if (netns_fd >= 0) {
        network_ping_groups(s, &namespace);
        r = s->network.kind == NETWORK_DEFAULT ? network_connect(s, &namespace, failure)
                                               : network_set_up_loopback(&namespace, failure);
    }
    return r < 0 ? r : network_add_files(s, failure);
}
