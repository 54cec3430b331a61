/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/network_leases.h"

#include "base/number.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define FIRST_LINE "unroot-network 1"
#define WORDS_MAX 6
#define HOST_END ((1u << (32 - NETWORK_PREFIX_LENGTH)) - 1) /* the broadcast address */

bool network_id_is_valid(const char *id)
{
    size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
    return n > 0 && id[n] == '\0' && n < sizeof(((struct network_lease *)NULL)->id) && !streq(id, ".") &&
           !streq(id, "..");
}

void network_mac_of(uint32_t address, uint8_t ret_mac[6])
{
    const uint32_t bytes = htonl(address);
    ret_mac[0] = 0x0e; /* locally administered, unicast */
    ret_mac[1] = 0x75;
    memcpy(ret_mac + 2, &bytes, sizeof(bytes));
}

struct network_lease *network_leases_find(const struct network_leases *leases, const char *id)
{
    for (size_t i = 0; i < leases->count; i++)
        if (streq(leases->items[i].id, id))
            return &leases->items[i];
    return NULL;
}

struct network_lease *network_leases_add(struct network_leases *leases)
{
    struct network_lease *items = reallocarray(leases->items, leases->count + 1, sizeof(*items));
    if (!items)
        return NULL;
    leases->items = items;
    items[leases->count] = (struct network_lease){0};
    return &items[leases->count++];
}

void network_leases_remove(struct network_leases *leases, struct network_lease *lease)
{
    size_t behind = (size_t)(leases->items + leases->count - (lease + 1));
    free(lease->ports);
    memmove(lease, lease + 1, behind * sizeof(*lease));
    leases->count--;
}

void network_leases_free(struct network_leases *leases)
{
    for (size_t i = 0; i < leases->count; i++)
        free(leases->items[i].ports);
    free(leases->items);
    *leases = (struct network_leases){0};
}

const struct network_lease *network_leases_find_port(const struct network_leases *leases,
                                                     const struct lease_port *port)
{
    for (size_t i = 0; i < leases->count; i++) {
        const struct network_lease *lease = &leases->items[i];
        for (size_t k = 0; k < lease->port_count && lease->state == LEASE_ACTIVE; k++) {
            const struct lease_port *p = &lease->ports[k];
            if (p->protocol == port->protocol && p->host_port == port->host_port &&
                (p->address == port->address || p->address == 0 || port->address == 0))
                return lease;
        }
    }
    return NULL;
}

int network_leases_choose_address(const struct network_leases *leases, uint32_t *ret_address)
{
    const uint32_t first = NETWORK_GATEWAY_HOST + 1, end = HOST_END;
    uint8_t taken[(1u << (32 - NETWORK_PREFIX_LENGTH)) / 8] = {0};
    for (size_t i = 0; i < leases->count; i++) {
        const uint32_t host = leases->items[i].address - leases->subnet;
        if (host < end)
            taken[host / 8] |= (uint8_t)(1u << host % 8);
    }
    uint32_t host = leases->last > leases->subnet ? leases->last - leases->subnet : NETWORK_GATEWAY_HOST;
    for (uint32_t tries = first; tries < end; tries++) {
        host = host + 1 < end ? host + 1 : first;
        if (!(taken[host / 8] & 1u << host % 8)) {
            *ret_address = leases->subnet + host;
            return 0;
        }
    }
    return -ENOSPC;
}

static bool address_parse(const char *word, uint32_t *ret_address)
{
    struct in_addr a;
    if (inet_pton(AF_INET, word, &a) != 1)
        return false;
    *ret_address = ntohl(a.s_addr);
    return true;
}

bool network_leases_find_address(const struct network_leases *leases, const char *word, uint32_t *ret_address)
{
    uint32_t address;
    if (!address_parse(word, &address) || address < leases->subnet)
        return false;
    const uint32_t host = address - leases->subnet;
    if (host <= NETWORK_GATEWAY_HOST || host >= HOST_END)
        return false;
    for (size_t i = 0; i < leases->count; i++)
        if (leases->items[i].address == address)
            return false;
    *ret_address = address;
    return true;
}

static bool port_number_parse(const char *word, uint16_t *ret_port)
{
    uint64_t value;
    if (number_parse(word, UINT16_MAX, &value) < 0 || value == 0)
        return false;
    *ret_port = (uint16_t)value;
    return true;
}

static bool name_parse(const char *word, char *ret_name, size_t size)
{
    size_t n = strlen(word);
    if (n == 0 || n >= size || strchr(word, '/'))
        return false;
    memcpy(ret_name, word, n + 1);
    return true;
}

static bool subnet_parse(char *word, uint32_t *ret_subnet)
{
    char *slash = strchr(word, '/');
    if (!slash || !streq(slash, "/16"))
        return false;
    *slash = '\0';
    return address_parse(word, ret_subnet) && (*ret_subnet & 0xffff) == 0;
}

static const char *const STATES[] = {
    [LEASE_ACTIVE] = "active", [LEASE_LEAVING] = "leaving", [LEASE_CLOSED] = "closed"};

static bool state_parse(const char *word, enum lease_state *ret_state)
{
    for (size_t i = 0; i < ARRAY_SIZE(STATES); i++) {
        if (streq(word, STATES[i])) {
            *ret_state = (enum lease_state)i;
            return true;
        }
    }
    return false;
}

static int lease_parse(struct network_leases *leases, char **words)
{
    struct network_lease lease = {0};
    if (!network_id_is_valid(words[1]) || network_leases_find(leases, words[1]) ||
        !state_parse(words[5], &lease.state) || !address_parse(words[3], &lease.address) ||
        !name_parse(words[1], lease.id, sizeof(lease.id)) ||
        !name_parse(words[2], lease.name, sizeof(lease.name)) ||
        !name_parse(words[4], lease.interface, sizeof(lease.interface)))
        return -EINVAL;
    if (leases->subnet == 0 || lease.address >> 16 != leases->subnet >> 16 ||
        (lease.address & 0xffff) <= NETWORK_GATEWAY_HOST)
        return -EINVAL;
    if (streq(lease.name, "-"))
        lease.name[0] = '\0';
    struct network_lease *place = network_leases_add(leases);
    if (!place)
        return -ENOMEM;
    *place = lease;
    return 0;
}

static int port_parse(struct network_leases *leases, char **words)
{
    struct lease_port port = {.protocol = streq(words[2], "udp") ? IPPROTO_UDP : IPPROTO_TCP};
    if (leases->count == 0 || (port.protocol == IPPROTO_TCP && !streq(words[2], "tcp")) ||
        !address_parse(words[1], &port.address) || !port_number_parse(words[3], &port.host_port) ||
        !port_number_parse(words[4], &port.container_port))
        return -EINVAL;
    struct network_lease *lease = &leases->items[leases->count - 1];
    struct lease_port *ports = reallocarray(lease->ports, lease->port_count + 1, sizeof(*ports));
    if (!ports)
        return -ENOMEM;
    lease->ports = ports;
    ports[lease->port_count++] = port;
    return 0;
}

/* One line, already split. -EINVAL: it is not one of ours. */
static int words_parse(struct network_leases *leases, char **words, size_t count)
{
    bool ok = false;
    if (count == 6 && streq(words[0], "lease"))
        return lease_parse(leases, words);
    if (count == 5 && streq(words[0], "port"))
        return port_parse(leases, words);
    if (count == 2 && streq(words[0], "bridge") && leases->bridge[0] == '\0')
        ok = name_parse(words[1], leases->bridge, sizeof(leases->bridge));
    else if (count == 2 && streq(words[0], "subnet") && leases->subnet == 0)
        ok = subnet_parse(words[1], &leases->subnet);
    else if (count == 2 && streq(words[0], "last") && leases->last == 0)
        ok = address_parse(words[1], &leases->last);
    return ok ? 0 : -EINVAL;
}

static size_t line_split(char *line, char **words, size_t max)
{
    size_t count = 0;
    for (char *rest = line; rest;) {
        if (count == max)
            return max + 1;
        words[count++] = strsep(&rest, " ");
    }
    return count;
}

int network_leases_parse(const char *name, const char *data, size_t size, struct report *report,
                         struct network_leases *ret_leases)
{
    autoleases struct network_leases leases = {0};
    autofree char *copy = strndup(data, size);
    if (!copy)
        return -ENOMEM;
    if (size > 0 && (strlen(copy) != size || copy[size - 1] != '\n'))
        return report_add(report, name, "network/cut", "the file does not end with a line, or holds a NUL");
    size_t number = 0;
    for (char *rest = copy, *line; (line = strsep(&rest, "\n")) && rest;) {
        number++;
        if (number == 1 && streq(line, FIRST_LINE))
            continue;
        char *words[WORDS_MAX], place[256];
        size_t count = line_split(line, words, WORDS_MAX);
        int r = number > 1 ? words_parse(&leases, words, count) : -EINVAL;
        if (r == -ENOMEM)
            return r;
        if (r < 0) {
            (void)snprintf(place, sizeof(place), "%s:%zu", name, number); /* a cut place is still a place */
            return report_add(report, place, "network/line", "not a line of this file");
        }
    }
    *ret_leases = leases;
    leases = (struct network_leases){0};
    return 0;
}

static void write_address(struct text *text, uint32_t address)
{
    text_printf(text, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

void network_leases_write(const struct network_leases *leases, struct text *text)
{
    text_printf(text, FIRST_LINE "\nbridge %s\nsubnet ", leases->bridge);
    write_address(text, leases->subnet);
    text_append(text, "/16\nlast ");
    write_address(text, leases->last);
    text_append_char(text, '\n');
    for (size_t i = 0; i < leases->count; i++) {
        const struct network_lease *lease = &leases->items[i];
        text_printf(text, "lease %s %s ", lease->id, lease->name[0] ? lease->name : "-");
        write_address(text, lease->address);
        text_printf(text, " %s %s\n", lease->interface, STATES[lease->state]);
        for (size_t k = 0; k < lease->port_count; k++) {
            const struct lease_port *port = &lease->ports[k];
            text_append(text, "port ");
            write_address(text, port->address);
            text_printf(text, " %s %u %u\n", port->protocol == IPPROTO_UDP ? "udp" : "tcp", port->host_port,
                        port->container_port);
        }
    }
}
