/* SPDX-License-Identifier: Apache-2.0 */
/* Property: every accepted port is a port, and written out in full it is read as the same. */
#include "formats/port_spec.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_port(const struct port_spec *p)
{
    char address[PORT_ADDRESS_SIZE + 2], text[PORT_ADDRESS_SIZE + 40];
    if (p->container == 0 || p->host_last < p->host_first)
        abort();
    snprintf(address, sizeof(address), p->ipv6 ? "[%s]" : "%s", p->address);
    if (p->host_first == 0)
        snprintf(text, sizeof(text), "%s::%u/%s", address, p->container, port_protocol_name(p->protocol));
    else
        snprintf(text, sizeof(text), "%s:%u-%u:%u/%s", address, p->host_first, p->host_last, p->container,
                 port_protocol_name(p->protocol));
    autoports struct port_list again = {0};
    struct failure f = {0};
    if (port_spec_parse(text, &again, &f) < 0 || again.count != 1)
        abort();
    const struct port_spec *q = &again.items[0];
    if (strcmp(p->address, q->address) != 0 || p->ipv6 != q->ipv6 || p->host_first != q->host_first ||
        p->host_last != q->host_last || p->container != q->container || p->protocol != q->protocol)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    autoports struct port_list list = {0};
    struct failure f = {0}, g = {0};
    if (!text)
        return 0;
    if (port_spec_parse(text, &list, &f) < 0) {
        if (f.text[0] == '\0' || list.count != 0)
            abort();
        return 0;
    }
    if (list.count == 0 || list.count > 65535)
        abort();
    for (size_t i = 0; i < list.count; i += 1 + list.count / 64)
        check_port(&list.items[i]);
    if (list.count < 200 && port_list_check(&list, &g) < 0)
        abort(); /* one specification does not publish a port twice */
    return 0;
}
