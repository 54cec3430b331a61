/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One attached client: what it wants, and what it is still owed because its socket was full. Nothing is
 * buffered here but its socket's own buffer: a client that falls behind loses output and is told how much,
 * unless it asked for all. */
#include "formats/monitor_protocol.h"

#include <stdbool.h>
#include <stddef.h>

/* In the order in which they are paid. */
enum client_debt {
    OWES_ACCEPTED = 1,
    OWES_CHUNK = 2, /* the chunk of output that the monitor holds for it */
    OWES_LOST = 4,
    OWES_READY = 8,
    OWES_CLOSED = 16,
    OWES_EXITED = 32,
};

/* Output on its way from the payload to the clients. */
struct chunk {
    enum monitor_stream stream;
    size_t size;
    const char *bytes;
};

/* What the messages that are owed say. */
struct client_news {
    unsigned facts; /* enum monitor_fact */
    const struct chunk *chunk;
    int exit_code, signal;
};

struct client {
    int fd;         /* -EBADF: free, unless input is left */
    bool greeted;   /* has said HELLO */
    bool deaf;      /* it reads no more; what it wrote before is still to be read */
    unsigned wants; /* enum monitor_hello_flag */
    unsigned owes;  /* enum client_debt */
    uint64_t lost;
    bool cleanup_is_its;
    bool has_input;  /* some of its standard input is not written yet (input.h) */
    bool input_ends; /* after that */
};

/* Takes over a connected socket. -EPERM: the peer is not this process's user (SO_PEERCRED). */
int client_init(struct client *c, int fd) must_check;
/* Closes the connection; input that is left stays. */
void client_drop(struct client *c);
/* One packet, or -EAGAIN; anything else negative: drop it (-ENOTCONN: it has gone away). `buffer` has
 * MONITOR_HEADER_SIZE + MONITOR_STDIN_MAX + 1 bytes; the message lends it. */
int client_receive(const struct client *c, void *buffer, struct monitor_message *ret_message) must_check;
/* Sends what is owed as far as there is room; to one that reads no more nothing is owed. */
void client_settle(struct client *c, const struct client_news *news);
/* Gives it the chunk, or notes what it missed. */
void client_offer(struct client *c, const struct client_news *news);
/* Makes room that serving it never used, so that EXITED fits behind whatever it has not read. */
void client_make_room(const struct client *c);
