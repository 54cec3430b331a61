/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/net_devices.h"

#include "kernel/network_namespace.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/stat.h>

/* A socket belongs to the namespace that it was made in. */
static int open_there(struct net_devices *d)
{
    int home = -EBADF;
    int r = network_namespace_enter(d->there_fd, d->home_socket, &home);
    if (r < 0)
        return r;
    autoclose int way_back = home;
    d->there_socket = netlink_open(NETLINK_ROUTE);
    r = network_namespace_return(way_back);
    return d->there_socket < 0 ? d->there_socket : r;
}

static int open_places(struct net_devices *d, int home_fd, struct failure *failure)
{
    struct stat home, there;
    if (fstat(home_fd, &home) < 0 || fstat(d->there_fd, &there) < 0)
        return fail(failure, -errno, "linux.netDevices: looking at the network namespaces");
    if (home.st_ino == there.st_ino && home.st_dev == there.st_dev)
        return refuse(
            failure, -EINVAL,
            "linux.netDevices: the container's network namespace is the host's: they are there already");
    d->home_socket = netlink_open(NETLINK_ROUTE);
    int r = d->home_socket < 0 ? d->home_socket : open_there(d);
    return r < 0 ? fail(failure, r, "linux.netDevices: entering the container's network namespace") : 0;
}

static int explain(int error, const struct oci_net_device *device, const char *name, struct failure *failure)
{
    if (error == -ENODEV)
        return refuse(failure, error, "linux.netDevices: this host has no interface %s", device->host_name);
    if (error == -EEXIST)
        return refuse(failure, error, "linux.netDevices.%s: the container has an interface %s already",
                      device->host_name, name);
    return fail(failure, error, "linux.netDevices: moving %s into the container as %s", device->host_name,
                name);
}

int net_devices_move(struct net_devices *d, const struct oci_linux *config, int home_fd, int there_fd,
                     struct failure *failure)
{
    d->there_fd = there_fd;
    d->items = calloc(config->net_device_count, sizeof(*d->items));
    if (!d->items)
        return fail(failure, -ENOMEM, "linux.netDevices");
    int r = open_places(d, home_fd, failure);
    if (r < 0)
        return r;
    const struct link_place home = {home_fd, d->home_socket}, there = {d->there_fd, d->there_socket};
    for (size_t i = 0; i < config->net_device_count; i++) {
        const struct oci_net_device *device = &config->net_devices[i];
        const char *name = device->name && device->name[0] != '\0' ? device->name : device->host_name;
        d->count++;
        r = link_move(&home, &there, device->host_name, name, &d->items[i]);
        if (r < 0)
            return explain(r, device, name, failure);
    }
    return 0;
}

void net_devices_return(struct net_devices *d, int home_fd)
{
    const struct link_place home = {home_fd, d->home_socket}, there = {d->there_fd, d->there_socket};
    for (size_t i = d->count; i > 0; i--)
        ignore(link_move_back(&home, &there, &d->items[i - 1])); /* the failure to tell is the first */
}

void net_devices_close(struct net_devices *d)
{
    const int fds[] = {d->home_socket, d->there_socket, d->there_fd};
    for (size_t i = 0; i < d->count; i++)
        moved_link_free(&d->items[i]);
    free(d->items);
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    *d = (struct net_devices)NET_DEVICES_EMPTY;
}
