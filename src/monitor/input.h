/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The payload's standard input: one unwritten piece for each client, written when the payload takes it. */
#include "monitor/client.h"

#define CLIENTS_MAX 32

struct input_piece {
    _Alignas(4096) uint8_t bytes[MONITOR_STDIN_MAX]; /* a page that no client uses costs nothing */
};

struct input {
    int fd; /* pipe or terminal, lent; -EBADF: closed */
    bool is_tty;
    bool once; /* ends with the first client that wanted it */
    uint16_t size[CLIENTS_MAX], done[CLIENTS_MAX];
    struct input_piece pieces[CLIENTS_MAX];
};

/* Takes a piece of client `index`, which has none unwritten. */
void input_take(struct input *in, struct client *clients, size_t index, const struct monitor_message *m);
/* A client says that its input ends, or it has gone away without having detached. */
void input_end(struct input *in, struct client *clients, size_t index);
/* Whether it waits for the payload to take more. */
bool input_is_waiting(const struct input *in, const struct client *clients);
/* Writes what the payload takes; clients whose piece is written, or cannot be any more, are owed the news. */
void input_feed(struct input *in, struct client *clients);
/* Closes it (a pipe; a terminal is only no longer written to) and drops what is left. */
void input_close(struct input *in, struct client *clients);
