/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Reading the frames of netlink(7): messages in a datagram, attributes in a message (linux/netlink.h). What
 * is lent points into the datagram. */
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether a whole message begins at `m`, of which `left` bytes were received. */
static inline bool message_is_whole(const struct nlmsghdr *m, size_t left)
{
    return left >= sizeof(*m) && m->nlmsg_len >= sizeof(*m) && m->nlmsg_len <= left;
}

/* The next message, which need not be whole; *left shrinks by this one. */
static inline const struct nlmsghdr *message_next(const struct nlmsghdr *m, size_t *left)
{
    size_t size = NLMSG_ALIGN(m->nlmsg_len);
    *left = size < *left ? *left - size : 0;
    return (const void *)((const char *)m + size);
}

/* The protocol's own header; message_has() says whether it is all there. */
static inline const void *message_payload(const struct nlmsghdr *m)
{
    return (const char *)m + NLMSG_HDRLEN;
}

static inline bool message_has(const struct nlmsghdr *m, size_t payload_size)
{
    return m->nlmsg_len >= NLMSG_HDRLEN + payload_size;
}

static inline uint16_t attribute_type(const struct nlattr *a)
{
    return a->nla_type & NLA_TYPE_MASK;
}

static inline const void *attribute_payload(const struct nlattr *a)
{
    return (const char *)a + NLA_HDRLEN;
}

static inline size_t attribute_size(const struct nlattr *a)
{
    return a->nla_len - (size_t)NLA_HDRLEN;
}

/* A string with its NUL, or NULL. */
static inline const char *attribute_string(const struct nlattr *a)
{
    size_t n = attribute_size(a);
    const char *text = attribute_payload(a);
    return n > 0 && text[n - 1] == '\0' ? text : NULL;
}

/* Attributes one behind the other: the first whole one in `left` bytes at `place`, or NULL. */
static inline const struct nlattr *attribute_first(const void *place, size_t left)
{
    const struct nlattr *a = place;
    return left >= sizeof(*a) && a->nla_len >= sizeof(*a) && a->nla_len <= left ? a : NULL;
}

/* The one behind `a`, which ends before `end`, or NULL. */
static inline const struct nlattr *attribute_next(const struct nlattr *a, const void *end)
{
    const char *place = (const char *)a + NLA_ALIGN(a->nla_len);
    return place < (const char *)end ? attribute_first(place, (size_t)((const char *)end - place)) : NULL;
}

/* The first of those inside an attribute. */
static inline const struct nlattr *attribute_nested(const struct nlattr *nest)
{
    return attribute_first(attribute_payload(nest), attribute_size(nest));
}
