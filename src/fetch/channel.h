/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The socket to the engine. */
#include "formats/fetch_message.h"

struct channel {
    int fd;
};

/* One request that is there, with its descriptor (the caller's; -EBADF: none). 1; 0: there is none now;
 * -ENOTCONN: the engine is gone; -EBADMSG: not a request, or not with the descriptors that belong to it. */
int channel_receive(struct channel *c, struct fetch_request *ret_request, int *ret_fd) must_check;
/* 0; -EAGAIN: the engine reads too slowly. */
int channel_send(struct channel *c, const struct fetch_reply *reply) must_check;
