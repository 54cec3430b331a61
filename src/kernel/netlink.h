/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Netlink messages: built in a growing buffer, sent in one call, answered at once (netlink(7)). The kernel
 * works on a request while sendmsg(2) runs, so every answer is there when it returns; nothing here waits for
 * a peer. */
#include "base/ownership.h"

#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;
struct nlattr;

/* Several messages, one behind the other. Running out of memory, or a message over 64 KiB, is remembered in
 * `error` and said by netlink_send(); all zero is empty. */
struct netlink_batch {
    char *data;
    size_t length, capacity;
    size_t message; /* offset of the message being built */
    uint32_t count; /* messages so far; a message's sequence number is its place from 1 */
    int error;
};

#define autobatch __attribute__((cleanup(netlink_batch_free)))

/* What the kernel said no to. */
struct netlink_refusal {
    uint32_t message; /* its place in the batch from 1; 0: the whole batch */
    char text[120];   /* the kernel's sentence (NETLINK_EXT_ACK), "" when it gave none */
};

/* A socket in the caller's network namespace (close-on-exec); `protocol` NETLINK_ROUTE or NETLINK_NETFILTER.
 */
int netlink_open(int protocol) must_check;

/* Begins a message; `header` is the protocol's own header (ifinfomsg, nfgenmsg ..) of `size` bytes.
 * NLM_F_REQUEST and the sequence number are added. The message ends where the next one begins. */
void netlink_begin(struct netlink_batch *b, uint16_t type, uint16_t flags, const void *header, size_t size);
/* Attributes of the message begun last. */
void netlink_put(struct netlink_batch *b, uint16_t type, const void *data, size_t size);
void netlink_put_u8(struct netlink_batch *b, uint16_t type, uint8_t value);
void netlink_put_u16(struct netlink_batch *b, uint16_t type, uint16_t value);
void netlink_put_u32(struct netlink_batch *b, uint16_t type, uint32_t value);
/* As netfilter wants numbers: big endian. */
void netlink_put_be32(struct netlink_batch *b, uint16_t type, uint32_t value);
/* With its terminating NUL. */
void netlink_put_string(struct netlink_batch *b, uint16_t type, const char *value);
/* What is put until netlink_nest_end() lies inside; gives the place to end it with. */
size_t netlink_nest_begin(struct netlink_batch *b, uint16_t type);
void netlink_nest_end(struct netlink_batch *b, size_t nest);
/* Bytes without an attribute header, padded to four: the header inside VETH_INFO_PEER. */
void netlink_put_raw(struct netlink_batch *b, const void *data, size_t size);
/* Empties the batch, keeping its memory. */
void netlink_batch_reset(struct netlink_batch *b);
void netlink_batch_free(struct netlink_batch *b);

/* Sends all messages in one call and reads the answers; the first refusal is returned as negative errno and
 * described in *ret_refusal (may be NULL). Messages need NLM_F_ACK only if success must be told from silence:
 * an error is always answered. The batch stays as it is. */
int netlink_send(int fd, const struct netlink_batch *b, struct netlink_refusal *ret_refusal) must_check;

/* Sends one request and gives every message of the answer to `take` (negative errno from it ends the walk and
 * is returned). For NLM_F_DUMP too: reads until the end; -EINTR when the kernel's list changed meanwhile. */
int netlink_query(int fd, const struct netlink_batch *b,
                  int (*take)(const struct nlmsghdr *message, void *context), void *context) must_check;

/* Attributes of a message whose protocol header has `header_size` bytes, into table[0..max]; unknown types
 * are left out, the last of a type wins. -EBADMSG when they are malformed. */
int netlink_parse(const struct nlmsghdr *message, size_t header_size, const struct nlattr **table,
                  size_t max) must_check;
/* The payload of an attribute when it has exactly `size` bytes, else NULL (also for NULL). */
const void *netlink_get(const struct nlattr *attribute, size_t size);
/* A NUL-terminated string inside the attribute, else NULL. */
const char *netlink_get_string(const struct nlattr *attribute);
