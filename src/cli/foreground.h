/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A container in the foreground: the user's terminal or pipes on one side, its monitor on the other, and the
 * exit code that comes of it. Shared by run, start --attach and attach. */
#include "cli/command.h"
#include "engine/relay.h"

struct foreground {
    const char *id;
    int client_fd;     /* container_start() or container_attach(); stays the caller's */
    bool tty;          /* the container has a terminal */
    bool in, out, err; /* which of our streams take part */
    bool sig_proxy;    /* hand signals on to the container (without tty) */
    bool from_start;   /* the connection was made before the container ran: no output may be lost for us */
    const char *detach_keys; /* NULL: the default */
};

/* -it needs a terminal at standard input: says so and returns EXIT_USAGE, else 0. */
int foreground_check_terminal(struct cli *cli, bool interactive, bool tty);
/* Refuses --detach-keys that cannot be parsed before anything is made: says so and returns EXIT_USAGE, else
 * 0. */
int foreground_check_keys(struct cli *cli, const char *text);
/* Relays until the container ends or the user leaves. The exit code, what had to be said is said. */
int foreground_run(struct cli *cli, const struct foreground *f);
/* Parses --detach-keys into the relay; what they point to must outlive it. */
struct detach_keys;
int foreground_read_keys(const char *text, struct detach_keys *ret_keys, struct relay *relay,
                         struct failure *failure) must_check;
/* Ends this process by the signal that ended the relay, as its parent expects. */
int foreground_end_by_signal(int signal);
