/* SPDX-License-Identifier: Apache-2.0 */
#include "init/address.h"

#include <arpa/inet.h>
#include <errno.h>

int address_split(struct span text, char *host, size_t host_size, uint16_t *ret_port)
{
    struct address address;
    struct span place = {NULL, 0}, port = text;
    uint64_t number;
    for (size_t i = text.length; i > 0; i--)
        if (text.data[i - 1] == ':') {
            place = (struct span){text.data, i - 1};
            port = (struct span){text.data + i, text.length - i};
            break;
        }
    if (span_number(port, 65535, &number) < 0 || number == 0)
        return -EINVAL;
    *ret_port = (uint16_t)number;
    if (!place.data)
        return 0;
    if (place.length > 2 && place.data[0] == '[' && place.data[place.length - 1] == ']')
        place = (struct span){place.data + 1, place.length - 2};
    else if (span_contains(place, ':'))
        return -EINVAL; /* "::1:80" could be read in two ways */
    return span_copy(place, host, host_size) ? address_make(host, *ret_port, &address) : -EINVAL;
}

int address_make(const char *host, uint16_t port, struct address *ret_address)
{
    struct address a = {0};
    if (inet_pton(AF_INET, host, &a.v4.sin_addr) == 1) {
        a.v4.sin_family = AF_INET;
        a.v4.sin_port = htons(port);
        a.size = sizeof(a.v4);
    } else if (inet_pton(AF_INET6, host, &a.v6.sin6_addr) == 1) {
        a.v6.sin6_family = AF_INET6;
        a.v6.sin6_port = htons(port);
        a.size = sizeof(a.v6);
    } else {
        return -EINVAL;
    }
    *ret_address = a;
    return 0;
}

int address_make_local(const char *name, struct address *ret_address)
{
    struct address a = {0};
    size_t length = strlen(name), offset = name[0] == '/' || name[0] == '.' ? 0 : 1;
    if (offset + length >= sizeof(a.local.sun_path))
        return -ENAMETOOLONG;
    a.local.sun_family = AF_UNIX;
    memcpy(a.local.sun_path + offset, name, length);
    a.size =
        (socklen_t)(__builtin_offsetof(struct sockaddr_un, sun_path) + offset + length + (offset ? 0 : 1));
    *ret_address = a;
    return 0;
}
