/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/port_spec.h"
#include "base/number.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

struct port_range {
    uint32_t first, last; /* 0 0: none given */
};

struct port_parser {
    const char *text;
    struct port_spec spec; /* what all ports of the text have in common */
    struct failure *failure;
};

static int refuse_text(const struct port_parser *p, const char *why, const char *what)
{
    return refuse(p->failure, -EINVAL, "port \"%s\": %s%s", p->text, why, what);
}

static int read_range(const struct port_parser *p, char *text, const char *what, struct port_range *ret_range)
{
    uint64_t first, last;
    char *end = strchr(text, '-');
    if (end)
        *end++ = '\0';
    if (number_parse(text, 65535, &first) < 0)
        return refuse_text(p, what, text);
    last = first;
    if (end && number_parse(end, 65535, &last) < 0)
        return refuse_text(p, what, end);
    if (last < first || (end && first == 0))
        return refuse_text(p, "not a range of ports", "");
    *ret_range = (struct port_range){(uint32_t)first, (uint32_t)last};
    return 0;
}

static int read_protocol(struct port_parser *p, char *text)
{
    char *slash = strrchr(text, '/');
    if (!slash)
        return 0;
    *slash++ = '\0';
    if (strcasecmp(slash, "tcp") != 0 && strcasecmp(slash, "udp") != 0)
        return refuse_text(p, "expected tcp or udp behind the '/', not ", slash);
    p->spec.protocol = strcasecmp(slash, "udp") == 0 ? PORT_UDP : PORT_TCP;
    return 0;
}

/* The canonical spelling, "" for all of IPv4. */
static int read_address(struct port_parser *p, const char *text, bool ipv6)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    int family = ipv6 ? AF_INET6 : AF_INET;
    if (inet_pton(family, text, bytes) != 1 ||
        !inet_ntop(family, bytes, p->spec.address, sizeof(p->spec.address)))
        return refuse_text(p, "invalid IP address: ", text);
    p->spec.ipv6 = ipv6;
    if (streq(p->spec.address, "0.0.0.0"))
        p->spec.address[0] = '\0';
    return 0;
}

/* Takes "[IPv6]:" or "IPv4:" off the front; *at is moved behind it. */
static int split_address(struct port_parser *p, char **at)
{
    char *text = *at;
    if (text[0] == '[') {
        char *close = strchr(text, ']');
        if (!close || close[1] != ':')
            return refuse_text(p, "expected [IPv6]:HOST:CONTAINER", "");
        *close = '\0';
        *at = close + 2;
        return read_address(p, text + 1, true);
    }
    char *colon = strchr(text, ':'), *second = colon ? strchr(colon + 1, ':') : NULL;
    if (!second)
        return 0;
    *colon = '\0';
    *at = colon + 1;
    return text[0] == '\0' ? 0 : read_address(p, text, false);
}

static int add_ports(const struct port_parser *p, const struct port_range *host,
                     const struct port_range *container, struct port_list *list)
{
    uint32_t count = container->last - container->first + 1, host_count = host->last - host->first + 1;
    if (host->first != 0 && count != host_count && count != 1)
        return refuse_text(p, "the ranges of host and container have different lengths", "");
    struct port_spec *items = reallocarray(list->items, list->count + count, sizeof(*items));
    if (!items)
        return fail(p->failure, -ENOMEM, "port \"%s\"", p->text);
    list->items = items;
    for (uint32_t i = 0; i < count; i++) {
        struct port_spec spec = p->spec;
        spec.container = (uint16_t)(container->first + i);
        spec.host_first = (uint16_t)(host->first == 0 ? 0 : host->first + i);
        spec.host_last = (uint16_t)(host->first == 0 ? 0 : count == 1 ? host->last : host->first + i);
        items[list->count++] = spec;
    }
    return 0;
}

static int parse(const char *text, bool exposed, struct port_list *list, struct failure *f)
{
    struct port_parser p = {.text = text, .failure = f};
    struct port_range host = {0}, container = {0};
    autofree char *copy = strdup(text);
    if (!copy)
        return fail(f, -ENOMEM, "port \"%s\"", text);
    char *at = copy;
    int r = read_protocol(&p, copy);
    if (r == 0 && !exposed)
        r = split_address(&p, &at);
    if (r < 0)
        return r;
    char *colon = exposed ? NULL : strrchr(at, ':');
    char *inside = colon ? colon + 1 : at;
    if (colon) {
        *colon = '\0';
        r = at[0] == '\0' ? 0 : read_range(&p, at, "invalid hostPort: ", &host);
    } else if (p.spec.address[0] != '\0' || p.spec.ipv6) {
        return refuse_text(&p, "expected IP:HOST:CONTAINER", "");
    }
    if (r < 0 || (r = read_range(&p, inside, "invalid containerPort: ", &container)) < 0)
        return r;
    if (container.first == 0)
        return refuse_text(&p, "invalid containerPort: ", inside);
    return add_ports(&p, &host, &container, list);
}

int port_spec_parse(const char *text, struct port_list *list, struct failure *f)
{
    return parse(text, false, list, f);
}

int port_spec_parse_exposed(const char *text, struct port_list *list, struct failure *f)
{
    return parse(text, true, list, f);
}

int port_list_check(const struct port_list *list, struct failure *f)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct port_spec *a = &list->items[i], *b = &list->items[k];
            bool fixed = a->host_first != 0 && a->host_first == a->host_last && b->host_first == b->host_last;
            if (fixed && a->host_first == b->host_first && a->protocol == b->protocol && a->ipv6 == b->ipv6 &&
                streq(a->address, b->address))
                return refuse(f, -EEXIST, "host port %u/%s is published twice", a->host_first,
                              port_protocol_name(a->protocol));
        }
    return 0;
}

void port_list_free(struct port_list *list)
{
    free(list->items);
    *list = (struct port_list){0};
}

const char *port_protocol_name(enum port_protocol protocol)
{
    return protocol == PORT_UDP ? "udp" : "tcp";
}
