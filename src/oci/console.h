/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What is handed to the engine: descriptors through its sockets, the pid in its file. */
#include "base/failure.h"

#include <stdint.h>
#include <sys/types.h>

struct sockaddr_un;

/* The address of a socket by its path. A path that is too long for one is reached through its folder, which
 * *ret_folder (the caller's) holds open. */
int socket_address(const char *path, int *ret_folder, struct sockaddr_un *ret_address) must_check;
/* A connection to a stream socket, the caller's; connecting and sending take `timeout_ms` at most (0: no
 * limit). */
int socket_connect(const char *path, uint32_t timeout_ms, struct failure *failure) must_check;
/* One message of this text with exactly one descriptor. */
int socket_send_descriptor(int channel, int fd, const char *text) must_check;
/* Connects to the stream socket and sends one message with exactly one descriptor (go-runc recvFd). `name` is
 * the message. */
int descriptor_send(const char *socket_path, int fd, const char *name, struct failure *failure) must_check;
/* The number without a line end, in one rename: containerd and BuildKit read it with strconv.Atoi. */
int pid_file_write(const char *path, pid_t pid, struct failure *failure) must_check;
