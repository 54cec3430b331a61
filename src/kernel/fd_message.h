/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Datagrams on a connected unix(7) socket (SOCK_SEQPACKET), with at most one descriptor beside each. */
#include "base/ownership.h"

#include <stddef.h>
#include <sys/types.h>

/* `fd` -EBADF: none; lent. 0 or negative errno, -EPIPE when nobody is there any more (no signal). */
int fd_message_send(int socket_fd, const void *data, size_t size, int fd) must_check;
/* The datagram's length, 0 at the end of the socket; -EMSGSIZE: it is longer than `size`. *ret_fd is the
 * caller's, -EBADF when none came. -EAGAIN for a socket that does not wait. */
ssize_t fd_message_receive(int socket_fd, void *data, size_t size, int *ret_fd) must_check;
