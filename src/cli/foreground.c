/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/foreground.h"

#include "cli/say.h"
#include "engine/attach.h"
#include "engine/container.h"
#include "formats/detach_keys.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

struct proxy {
    struct cli *cli;
    const char *id;
};

int foreground_check_terminal(struct cli *cli, bool interactive, bool tty)
{
    if (!interactive || !tty || isatty(STDIN_FILENO))
        return 0;
    return say_usage(cli, "-it needs a terminal, but standard input is none: leave -t away");
}

int foreground_read_keys(const char *text, struct detach_keys *ret_keys, struct relay *relay,
                         struct failure *failure)
{
    int r = detach_keys_parse(text, ret_keys, failure);
    if (r < 0)
        return r;
    relay->detach_keys = ret_keys->bytes;
    relay->detach_keys_size = ret_keys->count;
    return 0;
}

int foreground_check_keys(struct cli *cli, const char *text)
{
    struct detach_keys keys;
    struct failure failure = {0};
    return detach_keys_parse(text, &keys, &failure) < 0 ? say_usage(cli, "%s", failure.text) : 0;
}

static int hand_signal_on(void *context, int signal)
{
    const struct proxy *proxy = context;
    struct failure failure = {0};
    return container_kill(proxy->cli->engine, proxy->id, signal, &failure);
}

int foreground_end_by_signal(int number)
{
    (void)signal(number, SIG_DFL); /* fails for no signal that can have reached us */
    (void)raise(number);
    return 128 + number;
}

/* The monitor said nothing more: what is on disk tells the exit code. */
static int ask_exit_code(struct cli *cli, const char *id)
{
    struct failure failure = {0};
    int code;
    int r = container_wait(cli->engine, id, &code, &failure);
    return r < 0 ? say_failure(cli, &failure) : code;
}

static int end_exited(struct cli *cli, const struct foreground *f, const struct relay_outcome *outcome)
{
    struct failure failure = {0};
    if (outcome->lost_bytes > 0)
        say(cli, "%llu bytes of output were not shown: this reader was too slow; unroot logs has them",
            (unsigned long long)outcome->lost_bytes);
    if (!outcome->cleanup_is_yours)
        return outcome->exit_code;
    int r = container_cleanup(cli->engine, f->id, &failure);
    if (r == 0)
        r = attach_cleanup_done(f->client_fd);
    if (r < 0 && failure.error != 0)
        (void)say_failure(cli, &failure); /* the payload's code is what the caller waits for */
    return outcome->exit_code;
}

static int end_relay(struct cli *cli, const struct foreground *f, const struct relay_outcome *outcome)
{
    switch (outcome->end) {
    case RELAY_EXITED:
        return end_exited(cli, f, outcome);
    case RELAY_DETACHED:
        say(cli, "detached: the container runs on");
        return 0;
    case RELAY_LOST:
        return ask_exit_code(cli, f->id);
    case RELAY_OUTPUT_CLOSED:
        return foreground_end_by_signal(SIGPIPE);
    case RELAY_SIGNALLED:
        break;
    }
    return foreground_end_by_signal(outcome->signal);
}

static unsigned hello_flags(const struct foreground *f)
{
    unsigned flags = 0;
    if (f->out || f->err)
        flags |= MONITOR_WANTS_OUTPUT;
    if (f->in)
        flags |= MONITOR_WANTS_STDIN;
    if (f->from_start)
        flags |= MONITOR_WANTS_CLEANUP | (f->out || f->err ? MONITOR_WANTS_ALL : 0);
    return flags;
}

int foreground_run(struct cli *cli, const struct foreground *f)
{
    struct failure failure = {0};
    struct detach_keys keys;
    struct proxy proxy = {cli, f->id};
    struct relay relay;
    struct relay_outcome outcome;
    relay_init(&relay);
    int r = foreground_read_keys(f->detach_keys, &keys, &relay, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    relay.client_fd = f->client_fd;
    relay.user_stdin = f->in ? STDIN_FILENO : -EBADF;
    relay.user_stdout = f->out ? STDOUT_FILENO : -EBADF;
    relay.user_stderr = f->err ? STDERR_FILENO : -EBADF;
    relay.tty = f->tty;
    if (f->sig_proxy && !f->tty) {
        relay.proxy_signal = hand_signal_on;
        relay.proxy_context = &proxy;
    }
    r = attach_hello(f->client_fd, hello_flags(f));
    if (r == 0)
        r = relay_run(&relay, &outcome);
    if (r == -ENOTCONN || r == -EPIPE)
        return ask_exit_code(cli, f->id);
    if (r < 0) {
        fail(&failure, r, "relaying %s", f->id);
        return say_failure(cli, &failure);
    }
    return end_relay(cli, f, &outcome);
}
