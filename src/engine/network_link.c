/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network_link.h"

#include "kernel/link.h"
#include "kernel/network_namespace.h"
#include "kernel/route.h"

#include <errno.h>
#include <linux/netlink.h>

static int send_all(int rtnl, const struct netlink_batch *b, struct failure *f, const char *what)
{
    struct netlink_refusal refusal;
    int r = netlink_send(rtnl, b, &refusal);
    if (r < 0)
        return fail(f, r, "%s (message %u)%s%s", what, refusal.message, refusal.text[0] ? ": " : "",
                    refusal.text);
    return 0;
}

static int silence_link_local(int rtnl, const char *name, struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    link_put_no_link_local(&b, name);
    int r = netlink_send(rtnl, &b, NULL);
    return r < 0 && r != -EAFNOSUPPORT && r != -EOPNOTSUPP ? fail(f, r, "keeping IPv6 off %s", name) : 0;
}

/* Inside the namespace, by a socket of it. */
static int configure_loopback(int rtnl, const struct network_namespace *namespace, struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    char groups[32];
    link_put_up(&b, "lo");
    int r = send_all(rtnl, &b, f, "bringing up lo");
    if (r < 0)
        return r;
    r = network_sysctl_write(namespace->proc_fd, "ipv4/ip_unprivileged_port_start", "0");
    if (r < 0)
        return fail(f, r, "opening low ports to every user (net.ipv4.ip_unprivileged_port_start)");
    (void)snprintf(groups, sizeof(groups), "%u %u", namespace->ping_group_first, namespace->ping_group_last);
    r = network_sysctl_write(namespace->proc_fd, "ipv4/ping_group_range", groups);
    return r < 0 ? fail(f, r, "letting groups %s ping (net.ipv4.ping_group_range)", groups) : 0;
}

static int configure_inside(int rtnl, const struct network_link *link, struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    struct link_facts facts;
    int r = link_find(rtnl, NETWORK_INTERFACE_INSIDE, &facts);
    if (r < 0)
        return fail(f, r, "looking for %s in the container", NETWORK_INTERFACE_INSIDE);
    r = silence_link_local(rtnl, NETWORK_INTERFACE_INSIDE, f);
    if (r < 0)
        return r;
    link_put_up(&b, NETWORK_INTERFACE_INSIDE);
    route_put_address(&b, facts.index, link->lease->address, NETWORK_PREFIX_LENGTH);
    route_put_default(&b, facts.index, link->leases->subnet + NETWORK_GATEWAY_HOST);
    r = send_all(rtnl, &b, f, "giving the container its address");
    return r < 0 ? r : configure_loopback(rtnl, link->namespace, f);
}

/* Runs in the container's network namespace; with `link`, its address too. */
static int work_inside(const struct network_namespace *namespace, const struct network_link *link,
                       struct failure *f)
{
    autoclose int rtnl = netlink_open(NETLINK_ROUTE);
    if (rtnl < 0)
        return fail(f, rtnl, "opening a netlink socket in the container");
    return link ? configure_inside(rtnl, link, f) : configure_loopback(rtnl, namespace, f);
}

static int enter_and_work(int socket_fd, const struct network_namespace *namespace,
                          const struct network_link *link, struct failure *f)
{
    autoclose int home = -EBADF;
    int r = network_namespace_enter(namespace->netns_fd, socket_fd, &home);
    if (r < 0)
        return fail(f, r, "entering the container's network namespace");
    r = work_inside(namespace, link, f);
    int back = network_namespace_return(home);
    if (back < 0)
        return fail(f, back, "leaving the container's network namespace");
    return r;
}

int network_link_make(int rtnl, const struct network_link *link, struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    uint8_t mac_outside[6], mac_inside[6];
    network_mac_of(link->lease->address, mac_inside);
    network_mac_of(link->lease->address, mac_outside);
    mac_outside[0] =
        0x0a; /* unlike the inner one; fixed too, so that no link policy of the host changes it later */
    const struct link_pair pair = {.name = link->lease->interface,
                                   .mac = mac_outside,
                                   .bridge = link->bridge,
                                   .peer_name = NETWORK_INTERFACE_INSIDE,
                                   .peer_mac = mac_inside,
                                   .peer_netns_fd = link->namespace->netns_fd};
    link_put_pair(&b, &pair);
    link_put_hairpin(&b, pair.name);
    int r = send_all(rtnl, &b, f, "making the container's network link");
    if (r == 0)
        r = silence_link_local(rtnl, pair.name, f);
    /* The inner end first: the bridge takes a port at once when it comes up with its carrier there. */
    if (r == 0)
        r = enter_and_work(rtnl, link->namespace, link, f);
    if (r < 0)
        return r;
    netlink_batch_reset(&b);
    link_put_up(&b, pair.name);
    return send_all(rtnl, &b, f, "bringing up the container's network link");
}

int network_link_remove(int rtnl, const struct network_lease *lease, struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    link_put_delete(&b, lease->interface);
    int r = netlink_send(rtnl, &b, NULL);
    return r < 0 && r != -ENODEV ? fail(f, r, "removing the interface %s", lease->interface) : 0;
}

int network_set_up_loopback(const struct network_namespace *namespace, struct failure *failure)
{
    autoclose int rtnl = netlink_open(NETLINK_ROUTE);
    if (rtnl < 0)
        return fail(failure, rtnl, "opening a netlink socket");
    return enter_and_work(rtnl, namespace, NULL, failure);
}
