/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The standard streams of a payload: three pipes or a terminal, owned by the user inside. */
#include "base/failure.h"

#include <stdbool.h>
#include <sys/types.h>

struct streams {
    int payload[3]; /* -EBADF: none (stdin becomes /dev/null) */
    int ours[3];    /* stdin: write end; stdout, stderr: read ends */
    int tty_fd;     /* master side */
    unsigned tty_number;
};

#define STREAMS_EMPTY                                                                                        \
    {                                                                                                        \
        {-EBADF, -EBADF, -EBADF}, {-EBADF, -EBADF, -EBADF}, -EBADF, 0                                        \
    }

/* Pipes for stdout, stderr and, with `interactive`, stdin. They are made writable for every user inside, so
 * that /dev/stdout can be opened again after a change of user. All close-on-exec. */
int streams_make_pipes(struct streams *s, bool interactive, uid_t uid, gid_t gid,
                       struct failure *failure) must_check;
/* A terminal from the container's own devpts, found through root_fd; the device belongs to uid (a host id).
 */
int streams_open_terminal(struct streams *s, int root_fd, uid_t uid, struct failure *failure) must_check;
/* The same for a process that is added (exec): the device becomes all three of its streams. */
int streams_open_exec_terminal(struct streams *s, int root_fd, uid_t uid, struct failure *failure) must_check;
void streams_close_payload(struct streams *s);
void streams_close(struct streams *s);
