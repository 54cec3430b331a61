/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The engine's end of unroot-fetch (formats/fetch_message.h): starts it, sends requests, hears answers. What
 * it says is a stranger's word. */
#include "base/failure.h"
#include "formats/fetch_message.h"

struct registry_client {
    int pidfd, socket_fd; /* -EBADF: not running */
    uint32_t last_id, last_session;
    char *buffer; /* for one datagram */
};

#define REGISTRY_CLIENT_NONE ((struct registry_client){.pidfd = -EBADF, .socket_fd = -EBADF})

/* Starts PROGRAM_DIR/unroot-fetch and waits until its sandbox stands. registry_client_end() must follow. */
int registry_client_start(struct registry_client *client, const char *program_dir,
                          struct failure *failure) must_check;
/* Ends it, whatever it does. */
void registry_client_end(struct registry_client *client);
/* Sends a request with the descriptor it needs (lent; -EBADF: none). The id is filled in. */
int registry_client_send(struct registry_client *client, struct fetch_request *request, int fd,
                         struct failure *failure) must_check;
/* The next thing it says; waits for it. -EIO: it ended. */
int registry_client_receive(struct registry_client *client, struct fetch_reply *ret_reply,
                            struct failure *failure) must_check;
/* Sends the request and waits for its answer, whatever it is; nothing else may be under way. Progress is
 * passed over. */
int registry_client_ask(struct registry_client *client, struct fetch_request *request, int fd,
                        struct fetch_reply *ret_answer, struct failure *failure) must_check;
