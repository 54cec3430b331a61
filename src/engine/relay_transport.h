/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The payload's side of a relay: over a monitor's connection, or over the descriptors of a child. One
 * interface. */
#include "engine/relay.h"
#include "formats/monitor_protocol.h"

#include <poll.h>

#define TRANSPORT_FDS 4

enum transport_event_kind {
    TRANSPORT_NOTHING,
    TRANSPORT_OUTPUT,       /* stream, bytes, size: lent until the next call */
    TRANSPORT_LOST_OUTPUT,  /* size */
    TRANSPORT_STDIN_CLOSED, /* the payload takes no more input */
    TRANSPORT_EXITED,       /* after the last output: exit_code, signal, cleanup_is_yours */
    TRANSPORT_GONE,         /* the other side has vanished */
};

struct transport_event {
    enum transport_event_kind kind;
    enum monitor_stream stream;
    const char *bytes;
    uint64_t size;
    int exit_code, signal;
    bool cleanup_is_yours;
};

struct transport {
    const struct transport_operations *do_;
    struct relay *relay;
    bool wants_output; /* there is room for output, and for the end that comes behind it */
    bool stdin_ready;  /* write_stdin() may be called */
    bool stdin_open;
    /* a child's */
    int output_fds[2]; /* lent; -EBADF: ended */
    bool exited;
    struct transport_event end;
    int64_t retry_at_ms, quiet_by_ms;
    char buffer[MONITOR_MESSAGE_MAX];
};

struct transport_operations {
    /* Fills the slots to poll(2); without .wants_output only what else there is. Returns their number. */
    size_t (*watch)(const struct transport *t, struct pollfd slots[TRANSPORT_FDS]);
    /* Milliseconds after which next() is to be called anyway; -1: none. */
    int (*timeout)(const struct transport *t);
    /* What has happened, one thing a call; no output and no end without .wants_output. 0 or negative errno.
     */
    int (*next)(struct transport *t, const struct pollfd *slots, size_t count,
                struct transport_event *ret_event);
    /* Takes some of the bytes: how many, -EAGAIN, or -EPIPE when no more is taken. */
    ssize_t (*write_stdin)(struct transport *t, const void *bytes, size_t size);
    void (*end_stdin)(struct transport *t);
    void (*resize)(struct transport *t, uint16_t rows, uint16_t columns);
    void (*detach)(struct transport *t);
};

/* Over relay->client_fd, or over the child's descriptors. 0 or negative errno. */
int transport_init(struct transport *t, struct relay *relay) must_check;

int transport_monitor_init(struct transport *t) must_check;
int transport_child_init(struct transport *t) must_check;
