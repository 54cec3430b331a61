/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/input.h"

#include <errno.h>
#include <string.h>

void input_close(struct input *in, struct client *clients)
{
    if (in->fd >= 0 && !in->is_tty)
        (void)close(in->fd); /* the reader sees the end; nothing else can come of it */
    in->fd = -EBADF;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        clients[i].has_input = false;
        if (clients[i].fd >= 0 && clients[i].greeted && (clients[i].wants & MONITOR_WANTS_STDIN))
            clients[i].owes |= OWES_CLOSED;
    }
}

void input_take(struct input *in, struct client *clients, size_t index, const struct monitor_message *m)
{
    if (in->fd < 0) {
        clients[index].owes |= OWES_CLOSED;
        return;
    }
    memcpy(in->pieces[index].bytes, m->data, m->size);
    in->size[index] = (uint16_t)m->size;
    in->done[index] = 0;
    clients[index].has_input = true;
    input_feed(in, clients);
}

void input_end(struct input *in, struct client *clients, size_t index)
{
    struct client *c = &clients[index];
    if (!in->once || in->is_tty || in->fd < 0)
        return;
    if (c->has_input)
        c->input_ends = true;
    else
        input_close(in, clients);
}

bool input_is_waiting(const struct input *in, const struct client *clients)
{
    for (size_t i = 0; i < CLIENTS_MAX && in->fd >= 0; i++)
        if (clients[i].has_input)
            return true;
    return false;
}

/* 0: written, -EAGAIN, or the payload takes no more. */
static int write_piece(struct input *in, size_t index)
{
    while (in->done[index] < in->size[index]) {
        ssize_t n = write(in->fd, in->pieces[index].bytes + in->done[index],
                          (size_t)(in->size[index] - in->done[index]));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? -EAGAIN : -errno;
        in->done[index] = (uint16_t)(in->done[index] + n);
    }
    return 0;
}

void input_feed(struct input *in, struct client *clients)
{
    for (size_t i = 0; i < CLIENTS_MAX && in->fd >= 0; i++) {
        struct client *c = &clients[i];
        if (!c->has_input)
            continue;
        int r = write_piece(in, i);
        if (r == -EAGAIN)
            return;
        if (r < 0 && !in->is_tty) {
            input_close(in, clients);
            return;
        }
        c->has_input =
            false; /* a terminal that nobody has open now may be opened again: only this piece is lost */
        if (c->fd >= 0)
            c->owes |= OWES_READY;
        if (c->input_ends)
            input_close(in, clients);
    }
}
