/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network.h"

#include "base/strings.h"
#include "engine/network_bridge.h"
#include "engine/network_firewall.h"
#include "engine/network_forward.h"
#include "engine/network_link.h"
#include "engine/network_port.h"
#include "engine/network_reaper.h"
#include "engine/network_state.h"
#include "kernel/netlink.h"
#include "kernel/network_namespace.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/random.h>

#define CHOICES_MAX 16

/* One attach under way. */
struct attachment {
    const struct network_request *request;
    struct network_state *state;
    int rtnl, nft;
    struct network_lease *lease; /* the last of the state's; NULL as long as there is none */
    struct failure *failure;
};

static int request_check(const struct network_request *request, struct failure *f)
{
    if (!network_id_is_valid(request->container_id))
        return refuse(f, -EINVAL, "%s cannot be the id of a container", request->container_id);
    return network_ports_check(request, f);
}

/* An earlier start of this container, starts that were killed, and what a killed reaper left. */
static int remains_release(struct attachment *a)
{
    struct network_leases *leases = &a->state->leases;
    bool reaped = false, checked = false;
    for (size_t i = leases->count; i > 0; i--) {
        struct network_lease *lease = &leases->items[i - 1];
        int gone = streq(lease->id, a->request->container_id) ? 1 : network_state_is_stale(a->state, lease);
        if (gone < 0)
            return fail(a->failure, gone, "looking for the container %s", lease->id);
        if (lease->state != LEASE_ACTIVE && !streq(lease->id, a->request->container_id)) {
            if (!checked)
                reaped = network_reaper_is_running(a->state);
            checked = true;
            gone = !reaped;
        }
        int r = gone ? network_release(a->state, lease, a->failure) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* NAME-xxxxxx: random, because a link of an ended container keeps its name until its namespace has died. */
static int interface_choose(const struct network_leases *leases, char ret_name[NETWORK_INTERFACE_SIZE])
{
    for (int i = 0; i < CHOICES_MAX; i++) {
        uint32_t number;
        char name[NETWORK_INTERFACE_SIZE + 16];
        bool taken = false;
        if (getrandom(&number, sizeof(number), 0) < 0)
            return -errno;
        (void)snprintf(name, sizeof(name), "%.8s-%06x", leases->bridge, number & 0xffffff); /* fits */
        for (size_t k = 0; k < leases->count; k++)
            taken |= streq(leases->items[k].interface, name);
        if (!taken) {
            memcpy(ret_name, name, NETWORK_INTERFACE_SIZE);
            ret_name[NETWORK_INTERFACE_SIZE - 1] = '\0';
            return 0;
        }
    }
    return -EAGAIN;
}

/* Decides everything and writes it down; nothing is made yet. */
static int lease_take(struct attachment *a, struct network_result *result)
{
    struct network_leases *leases = &a->state->leases;
    struct failure *f = a->failure;
    int r = leases->bridge[0] == '\0' ? bridge_choose(a->rtnl, leases, f) : 0;
    if (r < 0)
        return r;
    uint32_t address;
    bool again = a->request->address_before &&
                 network_leases_find_address(leases, a->request->address_before, &address);
    r = again ? 0 : network_leases_choose_address(leases, &address);
    if (r < 0)
        return fail(f, r, "the private network has no free address");
    struct network_lease *lease = network_leases_add(leases);
    if (!lease)
        return fail(f, -ENOMEM, "adding to the network's leases");
    a->lease = lease;
    (void)snprintf(lease->id, sizeof(lease->id), "%s", a->request->container_id);
    if (a->request->container_name && network_id_is_valid(a->request->container_name))
        (void)snprintf(lease->name, sizeof(lease->name), "%s", a->request->container_name);
    lease->address = address;
    if (!again)
        leases->last = address;
    r = interface_choose(leases, lease->interface);
    if (r < 0)
        return fail(f, r, "choosing a name for the container's network link");
    r = network_ports_take(a->request, leases, lease, result, f);
    return r < 0 ? r : network_state_save(a->state, f);
}

static int forwarding_turn_on(struct attachment *a, bool *ret_turned_on)
{
    static const char NAME[] = "ipv4/ip_forward";
    const int proc_fd = a->request->namespace.proc_fd;
    char value[16];
    int r = network_sysctl_read(proc_fd, NAME, value, sizeof(value));
    *ret_turned_on = r == 0 && streq(value, "0");
    if (*ret_turned_on)
        r = network_sysctl_write(proc_fd, NAME, "1");
    return r < 0 ? fail(a->failure, r, "turning on net.ipv4.ip_forward") : 0;
}

static int firewall_open(struct attachment *a, bool fresh)
{
    int r = fresh ? -ENOENT : firewall_add(a->nft, &a->state->leases, a->lease, a->failure);
    return r == -ENOENT || r == -EEXIST ? firewall_build(a->nft, &a->state->leases, a->failure) : r;
}

static int connection_make(struct attachment *a, struct network_result *result)
{
    struct network_link link = {
        .leases = &a->state->leases, .lease = a->lease, .namespace = &a->request->namespace};
    bool fresh = false;
    int r = bridge_ensure(a->rtnl, &a->state->leases, &link.bridge, &fresh, a->failure);
    if (r == -EEXIST)
        return fail(a->failure, r, "making the bridge %s", a->state->leases.bridge);
    if (r == 0)
        r = forwarding_turn_on(a, &result->turned_on_forwarding);
    if (r == 0)
        r = network_link_make(a->rtnl, &link, a->failure);
    if (r == 0)
        r = firewall_open(a, fresh);
    if (r == 0)
        r = network_ports_redirect(a->rtnl, a->nft, &a->state->leases, a->lease, a->failure);
    return r < 0 ? r : forward_allow(a->nft, &a->state->leases, a->failure);
}

/* What a failed attach made or wrote down. Its own failure is the one to tell: what cannot be removed now
 * stays in the leases' file, and the next call takes it away. */
static void attachment_undo(struct attachment *a)
{
    struct failure ignored = {0};
    int r = a->lease ? network_release(a->state, a->lease, &ignored) : 0;
    if (r == 0 && a->state->leases.count == 0 && !network_reaper_is_running(a->state))
        r = network_settle_state(a->state, &ignored);
    (void)r;
}

static void address_write(uint32_t address, char *ret_text, size_t size)
{
    (void)snprintf(ret_text, size, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
                   address & 255);
}

static void result_fill(const struct attachment *a, struct network_result *result)
{
    const struct network_leases *leases = &a->state->leases;
    uint8_t mac[6];
    network_mac_of(a->lease->address, mac);
    address_write(a->lease->address, result->address, sizeof(result->address));
    address_write(leases->subnet + NETWORK_GATEWAY_HOST, result->gateway, sizeof(result->gateway));
    result->prefix_length = NETWORK_PREFIX_LENGTH;
    (void)snprintf(result->mac, sizeof(result->mac), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
                   mac[3], mac[4], mac[5]);
    memcpy(result->bridge, leases->bridge, sizeof(result->bridge));
    memcpy(result->interface_host, a->lease->interface, sizeof(result->interface_host));
}

int network_attach(const struct network_request *request, struct network_result *ret_result,
                   struct failure *failure)
{
    autonetwork struct network_state state = NETWORK_STATE_EMPTY;
    struct network_result result = {0};
    int r = request_check(request, failure);
    if (r == 0)
        r = network_state_open(&state, request->run_fd, failure);
    if (r < 0)
        return r;
    autoclose int rtnl = netlink_open(NETLINK_ROUTE), nft = netlink_open(NETLINK_NETFILTER);
    if (rtnl < 0 || nft < 0)
        return fail(failure, rtnl < 0 ? rtnl : nft, "opening a netlink socket");
    struct attachment a = {.request = request, .state = &state, .rtnl = rtnl, .nft = nft, .failure = failure};
    /* Two RUNROOTs must not choose the same bridge: until it is made, one at a time. */
    autoclose int choice = state.leases.bridge[0] == '\0' ? network_namespace_lock(rtnl) : -EBADF;
    if (choice < 0 && choice != -EBADF)
        return fail(failure, choice, "locking the network namespace");
    r = remains_release(&a);
    if (r == 0)
        r = lease_take(&a, &result);
    if (r == 0)
        r = connection_make(&a, &result);
    if (r < 0) {
        attachment_undo(&a);
        network_result_free(&result);
        return fail_within(failure, "network");
    }
    result_fill(&a, &result);
    *ret_result = result;
    network_socket_hold(&state, nft);
    network_state_unlock(&state); /* before anything is closed that takes time */
    return 0;
}

/* The container's lease, or one whose container is gone. Published ports go at once; for the rest the reaper
 * has time. */
static int lease_leave(struct network_state *state, struct network_lease *lease, int *nft, struct failure *f)
{
    lease->state = LEASE_LEAVING;
    if (lease->port_count == 0)
        return 0;
    if (*nft < 0)
        *nft = netlink_open(NETLINK_NETFILTER);
    if (*nft < 0)
        return fail(f, *nft, "opening a netlink socket");
    int r = firewall_remove(*nft, &state->leases, lease, f);
    if (r == 0)
        lease->state = LEASE_CLOSED;
    return r;
}

static int leases_leave(struct network_state *state, const char *container_id, int *nft, struct failure *f)
{
    bool changed = false;
    for (size_t i = 0; i < state->leases.count; i++) {
        struct network_lease *lease = &state->leases.items[i];
        if (lease->state != LEASE_ACTIVE)
            continue;
        int gone = streq(lease->id, container_id) ? 1 : network_state_is_stale(state, lease);
        if (gone < 0)
            return fail(f, gone, "looking for the container %s", lease->id);
        int r = gone ? lease_leave(state, lease, nft, f) : 0;
        if (r < 0)
            return r;
        changed |= gone != 0;
    }
    return changed ? network_state_save(state, f) : 0;
}

int network_detach(const char *container_id, int run_fd, struct failure *failure)
{
    autonetwork struct network_state state = NETWORK_STATE_EMPTY;
    autoclose int nft = -EBADF;
    int r = network_state_open_existing(&state, run_fd, failure);
    if (r < 0 || state.leases.bridge[0] == '\0')
        return r == -ENOENT ? 0 : r;
    r = leases_leave(&state, container_id, &nft, failure);
    bool leaving = state.leases.count == 0;
    for (size_t i = 0; i < state.leases.count; i++)
        leaving |= state.leases.items[i].state != LEASE_ACTIVE;
    if (r < 0 || !leaving || network_reaper_start(&state, run_fd, nft) == 0)
        return r;
    return network_settle_state(&state, failure); /* no process to be had: then here and now */
}

int network_settle(int run_fd, struct failure *failure)
{
    autonetwork struct network_state state = NETWORK_STATE_EMPTY;
    int r = network_state_open_existing(&state, run_fd, failure);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    return network_settle_state(&state, failure);
}

void network_result_free(struct network_result *result)
{
    for (size_t i = 0; i < result->port_count; i++)
        if (result->port_fds[i] >= 0)
            (void)close(result->port_fds[i]); /* never written to */
    free(result->ports);
    free(result->port_fds);
    *result = (struct network_result){0};
}
