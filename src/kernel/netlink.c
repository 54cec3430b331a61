/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/netlink.h"
#include "kernel/netlink_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGE_MAX 65535u /* nla_len has 16 bits */
#define SEND_BUFFER_DEFAULT (200u * 1024)
#define RECEIVE_SIZE (32u * 1024) /* what the kernel fills at most in one dump answer */

int netlink_open(int protocol)
{
    autoclose int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        return -errno;
    const int one = 1;
    /* Both only make answers better (a sentence) and smaller (no copy of the request): all kernels from 4.12.
     */
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
    return TAKE_FD(fd);
}

/* Room for `size` more bytes, zeroed; NULL (and an error kept) when there is none. */
static char *batch_extend(struct netlink_batch *b, size_t size)
{
    size = NLMSG_ALIGN(size);
    if (b->error != 0)
        return NULL;
    if (b->length - b->message + size > MESSAGE_MAX) {
        b->error = -EMSGSIZE;
        return NULL;
    }
    if (b->length + size > b->capacity) {
        size_t capacity = (b->capacity + size) * 2 + 1024;
        char *data = realloc(b->data, capacity);
        if (!data) {
            b->error = -ENOMEM;
            return NULL;
        }
        b->data = data;
        b->capacity = capacity;
    }
    char *place = b->data + b->length;
    memset(place, 0, size);
    b->length += size;
    return place;
}

static void message_close(struct netlink_batch *b)
{
    if (b->error == 0 && b->count > 0)
        ((struct nlmsghdr *)(void *)(b->data + b->message))->nlmsg_len = (uint32_t)(b->length - b->message);
}

void netlink_begin(struct netlink_batch *b, uint16_t type, uint16_t flags, const void *header, size_t size)
{
    b->message = b->length;
    char *place = batch_extend(b, (size_t)NLMSG_HDRLEN + size);
    if (!place)
        return;
    b->count++;
    const struct nlmsghdr h = {
        .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = b->count};
    memcpy(place, &h, sizeof(h));
    memcpy(place + (size_t)NLMSG_HDRLEN, header, size);
    message_close(b);
}

void netlink_put(struct netlink_batch *b, uint16_t type, const void *data, size_t size)
{
    char *place = batch_extend(b, (size_t)NLA_HDRLEN + size);
    if (!place)
        return;
    const struct nlattr a = {.nla_len = (uint16_t)((size_t)NLA_HDRLEN + size), .nla_type = type};
    memcpy(place, &a, sizeof(a));
    if (size > 0)
        memcpy(place + (size_t)NLA_HDRLEN, data, size);
    message_close(b);
}

void netlink_put_raw(struct netlink_batch *b, const void *data, size_t size)
{
    char *place = batch_extend(b, size);
    if (!place)
        return;
    memcpy(place, data, size);
    message_close(b);
}

void netlink_put_u8(struct netlink_batch *b, uint16_t type, uint8_t value)
{
    netlink_put(b, type, &value, sizeof(value));
}

void netlink_put_u16(struct netlink_batch *b, uint16_t type, uint16_t value)
{
    netlink_put(b, type, &value, sizeof(value));
}

void netlink_put_u32(struct netlink_batch *b, uint16_t type, uint32_t value)
{
    netlink_put(b, type, &value, sizeof(value));
}

void netlink_put_be32(struct netlink_batch *b, uint16_t type, uint32_t value)
{
    netlink_put_u32(b, type, htonl(value));
}

void netlink_put_string(struct netlink_batch *b, uint16_t type, const char *value)
{
    netlink_put(b, type, value, strlen(value) + 1);
}

size_t netlink_nest_begin(struct netlink_batch *b, uint16_t type)
{
    size_t nest = b->length;
    netlink_put(b, type | NLA_F_NESTED, NULL, 0);
    return nest;
}

void netlink_nest_end(struct netlink_batch *b, size_t nest)
{
    if (b->error == 0)
        ((struct nlattr *)(void *)(b->data + nest))->nla_len = (uint16_t)(b->length - nest);
}

void netlink_batch_reset(struct netlink_batch *b)
{
    b->length = b->message = b->count = 0;
    b->error = 0;
}

void netlink_batch_free(struct netlink_batch *b)
{
    free(b->data);
    *b = (struct netlink_batch){0};
}

static int batch_transmit(int fd, const struct netlink_batch *b)
{
    if (b->error != 0)
        return b->error;
    if (b->length > SEND_BUFFER_DEFAULT) {
        /* A netfilter transaction must arrive in one piece, however large. */
        const int size = (int)(b->length + 64 * 1024);
        if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
            return -errno;
    }
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t n = sendto(fd, b->data, b->length, 0, (const struct sockaddr *)&kernel, sizeof(kernel));
    if (n < 0)
        return -errno;
    return (size_t)n == b->length ? 0 : -EIO;
}

/* The attributes that begin `offset` bytes behind the message's own header. */
static const struct nlattr *message_attributes(const struct nlmsghdr *message, size_t offset)
{
    size_t before = (size_t)NLMSG_HDRLEN + NLMSG_ALIGN(offset);
    return before < message->nlmsg_len
               ? attribute_first((const char *)message + before, message->nlmsg_len - before)
               : NULL;
}

static const void *message_end(const struct nlmsghdr *message)
{
    return (const char *)message + message->nlmsg_len;
}

static void remember_sentence(const struct nlattr *attribute, struct netlink_refusal *refusal)
{
    const char *text = attribute_type(attribute) == NLMSGERR_ATTR_MSG ? attribute_string(attribute) : NULL;
    if (text)
        (void)snprintf(refusal->text, sizeof(refusal->text), "%s", text); /* may be cut */
}

/* The errno of an NLMSG_ERROR message (0: an acknowledgement); fills *ret_refusal for an error. */
static int answer_read(const struct nlmsghdr *message, struct netlink_refusal *ret_refusal)
{
    if (!message_has(message, sizeof(struct nlmsgerr)))
        return -EBADMSG;
    const struct nlmsgerr *e = message_payload(message);
    if (e->error >= 0 || !ret_refusal)
        return e->error >= 0 ? 0 : e->error;
    *ret_refusal = (struct netlink_refusal){.message = message->nlmsg_seq};
    if (message->nlmsg_flags & NLM_F_ACK_TLVS) {
        size_t offset = sizeof(*e);
        if (!(message->nlmsg_flags & NLM_F_CAPPED))
            offset += NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(struct nlmsghdr);
        const struct nlattr *a = message_attributes(message, offset);
        for (; a; a = attribute_next(a, message_end(message)))
            remember_sentence(a, ret_refusal);
    }
    return e->error;
}

/* One datagram; its size, 0 when nothing is queued. */
static ssize_t datagram_receive(int fd, char *buffer)
{
    ssize_t n;
    do
        n = recv(fd, buffer, RECEIVE_SIZE, MSG_DONTWAIT | MSG_TRUNC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -errno;
    return (size_t)n <= RECEIVE_SIZE ? n : -EMSGSIZE;
}

int netlink_send(int fd, const struct netlink_batch *b, struct netlink_refusal *ret_refusal)
{
    if (ret_refusal)
        *ret_refusal = (struct netlink_refusal){0};
    int first = batch_transmit(fd, b);
    if (first < 0)
        return first;
    autofree char *buffer = malloc(RECEIVE_SIZE);
    if (!buffer)
        return -ENOMEM;
    for (;;) {
        ssize_t n = datagram_receive(fd, buffer);
        if (n <= 0)
            return first < 0 ? first : (int)n;
        size_t left = (size_t)n;
        for (const struct nlmsghdr *m = (void *)buffer; message_is_whole(m, left); m = message_next(m, &left))
            if (m->nlmsg_type == NLMSG_ERROR && first == 0)
                first = answer_read(m, ret_refusal);
    }
}

/* Gives one datagram's messages away. 1: the answer is complete. */
static int datagram_walk(const char *buffer, size_t left,
                         int (*take)(const struct nlmsghdr *message, void *context), void *context)
{
    for (const struct nlmsghdr *m = (const void *)buffer; message_is_whole(m, left);
         m = message_next(m, &left)) {
        if (m->nlmsg_flags & NLM_F_DUMP_INTR)
            return -EINTR;
        if (m->nlmsg_type == NLMSG_DONE)
            return 1;
        int r = m->nlmsg_type == NLMSG_ERROR ? answer_read(m, NULL) : take(m, context);
        if (r < 0)
            return r;
    }
    return 0;
}

int netlink_query(int fd, const struct netlink_batch *b,
                  int (*take)(const struct nlmsghdr *message, void *context), void *context)
{
    int r = batch_transmit(fd, b);
    if (r < 0)
        return r;
    autofree char *buffer = malloc(RECEIVE_SIZE);
    if (!buffer)
        return -ENOMEM;
    int result = 0;
    for (;;) {
        ssize_t n = datagram_receive(fd, buffer);
        if (n <= 0) /* a refusal must not leave the rest of the answer to the next request: read it all */
            return result < 0 ? result : (int)n;
        if (result < 0)
            continue;
        result = datagram_walk(buffer, (size_t)n, take, context);
        if (result == 1)
            return 0;
    }
}

int netlink_parse(const struct nlmsghdr *message, size_t header_size, const struct nlattr **table, size_t max)
{
    memset(table, 0, (max + 1) * sizeof(*table));
    if (!message_has(message, header_size))
        return -EBADMSG;
    const struct nlattr *a = message_attributes(message, header_size);
    for (; a; a = attribute_next(a, message_end(message)))
        if (attribute_type(a) <= max)
            table[attribute_type(a)] = a;
    return 0;
}

const void *netlink_get(const struct nlattr *attribute, size_t size)
{
    return attribute && attribute_size(attribute) == size ? attribute_payload(attribute) : NULL;
}

const char *netlink_get_string(const struct nlattr *attribute)
{
    return attribute ? attribute_string(attribute) : NULL;
}
