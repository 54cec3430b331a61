/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/commands.h"
#include "oci/create.h"
#include "oci/notify.h"
#include "oci/relay.h"

struct readiness {
    struct notify notify;
    const struct container *container;
};

static int take_readiness(void *context, struct failure *failure)
{
    struct readiness *r = context;
    return notify_take(&r->notify, r->container, failure);
}

/* The program's end; what it says of being ready is passed on meanwhile. */
static int run_relayed(struct created *c, int signals, int tty_fd, struct failure *failure)
{
    struct readiness readiness = {.notify = NOTIFY_EMPTY, .container = &c->container};
    struct relay_watch watch = {.take = take_readiness, .context = &readiness};
    int status = notify_listen(&c->container, false, &readiness.notify, failure);
    if (status == 0)
        status = start_created(&c->container, failure);
    created_relax(c);
    watch.fd = readiness.notify.socket_fd;
    if (status == 0)
        status =
            relay_run_watching(signals, c->process.pidfd, tty_fd, watch.fd >= 0 ? &watch : NULL, failure);
    notify_close(&readiness.notify);
    return status;
}

static int run_detached(struct created *c, struct failure *failure)
{
    struct notify notify = NOTIFY_EMPTY;
    int r = notify_listen(&c->container, true, &notify, failure);
    if (r == 0)
        r = start_created(&c->container, failure);
    if (r < 0) {
        struct failure second = {0};
        ignore(delete_container(&c->container, &second)); /* the failure to tell is the first */
    } else {
        container_unlock(&c->container);
        r = notify_wait(&notify, &c->container, failure);
    }
    notify_close(&notify);
    return r;
}

/* Create, start, wait, delete. */
static int run_attached(struct created *c, int signals, int tty_fd, const struct create_options *o,
                        struct failure *failure)
{
    int status = run_relayed(c, signals, tty_fd, failure);
    if (o->keep && status >= 0)
        return status;
    struct failure second = {0};
    if (delete_container(&c->container, &second) < 0 && status >= 0) {
        *failure = second;
        return second.error;
    }
    return status;
}

static int run_run(struct runtime *rt, void *options, const struct arguments *arguments,
                   struct failure *failure)
{
    struct create_options *o = options;
    struct created created;
    int tty_fd = -EBADF, signals_fd = -EBADF;
    o->console = o->detach || o->console_socket ? NULL : &tty_fd;
    int r = o->detach ? 0 : relay_begin(&signals_fd, failure);
    autoclose int signals = signals_fd;
    if (r == 0)
        r = create_container(rt, arguments->items[0], o, &created, failure);
    autoclose int tty = tty_fd;
    if (r < 0)
        return r;
    r = o->detach ? run_detached(&created, failure) : run_attached(&created, signals, tty, o, failure);
    created_close(&created);
    return r;
}

#define ROW(member) OPTION(struct create_options, member)
static const struct option rows[] = {
    {"detach", 'd', OPTION_BOOL, ROW(detach), NULL, "Return when it runs"},
    {"keep", 0, OPTION_BOOL, ROW(keep), NULL, "Leave the ended container"},
    {"no-subreaper", 0, OPTION_BOOL, ROW(no_subreaper), NULL, "Taken for runc's sake: there is none"},
    {NULL},
};
static const struct option *const tables[] = {create_rows, rows, NULL};

const struct command cmd_run = {
    .name = "run",
    .usage = "[OPTIONS] ID",
    .summary = "Create and start a container, wait for it and delete it",
    .options = {.tables = tables, .single_dash_names = true},
    .options_size = sizeof(struct create_options),
    .min_args = 1,
    .max_args = 1,
    .run = run_run,
};
