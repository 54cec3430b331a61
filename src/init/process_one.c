/* SPDX-License-Identifier: Apache-2.0 */
/* Runs in: the container, as process 1 or as a subreaper. Power: that of the child's user, or CAP_KILL alone.
 * Must not: execute anything after the child, poll, or end before it. */
#include "init/process_one.h"

#include "init/capabilities.h"
#include "init/children.h"
#include "init/launch.h"
#include "init/memory.h"
#include "init/terminal.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY_ID 65532u /* nonroot of distroless images; no file belongs to it */
#define ALL_SIGNALS UINT64_MAX
#define END_TIMEOUT_MS 10000 /* wait_all without a timeout of its own: what docker stop gives */

struct state {
    const struct process_one *options;
    struct terminal terminal;
    pid_t child;
    int status; /* exit status of the child once it has ended */
    bool child_ended, stopping;
    int64_t drain_at, kill_at; /* on the monotonic clock, 0: not set */
};

void process_one_init(struct process_one *ret_process_one)
{
    *ret_process_one = (struct process_one){.kill_after_ms = -1};
    for (int i = 0; i <= SIGNAL_COUNT; i++)
        ret_process_one->rewrite[i] = (uint8_t)i;
}

int process_one_add_rewrite(struct process_one *p, const char *text, struct failure *f)
{
    struct span rest = span_of(text), from = span_cut(&rest, ':');
    int incoming = signal_parse(from);
    int outgoing = rest.data && span_is(rest, "0") ? 0 : rest.data ? signal_parse(rest) : -EINVAL;
    if (incoming < 0 || outgoing < 0)
        return fail_usage(f, "\"%s\" is no rewrite: two signals, as TERM:QUIT, or TERM:0 to swallow it",
                          text);
    if (incoming == SIGCHLD || incoming == SIGKILL || incoming == SIGSTOP)
        return fail_usage(f, "%s cannot be rewritten: it is never forwarded", signal_name(incoming));
    p->rewrite[incoming] = (uint8_t)outgoing;
    return 0;
}

/* In the child, all signals still blocked: SIGTTOU must not stop it while it takes the terminal. */
static void run_child(const struct state *s, char **command, struct environment *e, pid_t parent)
{
    struct failure f = {0};
    if (s->options->own_session) {
        (void)setsid();               /* a fresh child leads no group: cannot fail */
        (void)ioctl(0, TIOCSCTTY, 0); /* no terminal, no harm */
    } else {
        (void)setpgid(0, 0); /* the parent does the same; whoever is second changes nothing */
        (void)terminal_give(&s->terminal, getpid());
    }
    if (environment_fix_listen(e, parent, getpid()) < 0)
        _exit(EXIT_SYSTEM);
    signals_reset();
    launch_command(command, e, &f);
    say("%s", f.text);
    _exit(f.exit_code);
}

/* Everything that is left, the caller aside. */
static void signal_everyone(int signal_number)
{
    if (getpid() == 1) {
        (void)kill(-1, signal_number); /* ESRCH: nobody is left */
        return;
    }
    children_signal(signal_number, 0); /* others follow as they are orphaned */
}

static void send_signal(struct state *s, int signal_number)
{
    const struct process_one *o = s->options;
    if (s->child_ended) {
        signal_everyone(signal_number);
        return;
    }
    /* The group of a session of its own is orphaned: the three stop signals would be ignored there. */
    if (o->own_session && (signal_number == SIGTSTP || signal_number == SIGTTIN || signal_number == SIGTTOU))
        signal_number = SIGSTOP;
    (void)kill(o->group || o->own_session ? -s->child : s->child, signal_number); /* it may have ended */
}

static void pass_on_stop(struct state *s, int signal_number)
{
    int64_t limit = s->options->kill_after_ms;
    s->drain_at = 0;
    s->stopping = true;
    send_signal(s, signal_number);
    if (limit < 0 && s->child_ended)
        limit = END_TIMEOUT_MS;
    if (limit >= 0 && !s->kill_at)
        s->kill_at = clock_ms() + limit;
}

static void handle_signal(struct state *s, int signal_number)
{
    int outgoing = s->options->rewrite[signal_number];
    if (outgoing == 0)
        return;
    if (signal_number != SIGTERM) {
        send_signal(s, outgoing);
    } else if (s->options->drain_ms > 0 && s->drain_at == 0 && !s->stopping && !s->child_ended) {
        s->drain_at = clock_ms() + s->options->drain_ms;
    } else {
        pass_on_stop(s, outgoing);
    }
}

static void handle_deadlines(struct state *s)
{
    int64_t now = clock_ms();
    if (s->drain_at && now >= s->drain_at)
        pass_on_stop(s, s->child_ended ? SIGTERM : s->options->rewrite[SIGTERM]);
    if (s->kill_at && now >= s->kill_at) {
        s->kill_at = now + 100; /* a process that is orphaned only now is met by the next round */
        if (s->options->wait_all)
            signal_everyone(SIGKILL);
        else
            send_signal(s, SIGKILL);
    }
}

/* The child was stopped. Process 1 cannot stop with it and nobody could wake it: it goes on, in the
 * foreground. Elsewhere we stop as well, so that the shell that started us gets its terminal back. */
static void handle_stop(struct state *s, int signal_number)
{
    if (signal_number == SIGSTOP || s->terminal.fd < 0)
        return;
    if (getpid() != 1) {
        (void)terminal_give(&s->terminal, getpgrp());
        (void)kill(getpid(), SIGSTOP); /* returns after SIGCONT */
    }
    if (terminal_give(&s->terminal, s->child))
        (void)kill(-s->child, SIGCONT);
}

static void end_of_child(struct state *s, int status)
{
    int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    s->child_ended = true;
    s->status = s->options->to_zero[code & 0xff] ? 0 : code;
    s->drain_at = 0;
    if (s->options->end_group)
        (void)kill(-s->child, SIGTERM);
    if (s->options->wait_all && s->options->drain_ms > 0 && !s->stopping)
        s->drain_at = clock_ms() + s->options->drain_ms;
    else if (s->options->wait_all)
        pass_on_stop(s, SIGTERM);
}

/* False when nobody is left to wait for. */
static bool reap(struct state *s)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED);
        if (pid <= 0)
            return pid == 0;
        if (pid == s->child && WIFSTOPPED(status))
            handle_stop(s, WSTOPSIG(status));
        else if (pid == s->child)
            end_of_child(s, status);
        else if (s->options->warn && !WIFSTOPPED(status))
            say("reaped the orphan %d", pid);
        else if (s->child_ended && s->stopping && getpid() != 1)
            signal_everyone(SIGTERM); /* what it left behind came to us just now */
    }
}

static int64_t time_left(const struct state *s)
{
    int64_t next = s->drain_at && (!s->kill_at || s->drain_at < s->kill_at) ? s->drain_at : s->kill_at;
    if (!next)
        return -1;
    int64_t left = next - clock_ms();
    return left > 0 ? left : 0;
}

/* Best effort in this order; what cannot be given up is no more than what we came with. */
static void give_up_root(void)
{
    struct capability_sets sets;
    uint64_t kill_bit = UINT64_C(1) << CAP_KILL;
    bool may_kill = capabilities_read(&sets) == 0 && (sets.permitted & kill_bit);
    if (may_kill && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0) {
        (void)!syscall(SYS_setgroups, 0, NULL);
        (void)!syscall(SYS_setresgid, NOBODY_ID, NOBODY_ID, NOBODY_ID);
        (void)!syscall(SYS_setresuid, NOBODY_ID, NOBODY_ID, NOBODY_ID);
    }
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)!capabilities_keep(kill_bit);
}

static int start_child(struct state *s, char **command, struct environment *e, struct failure *f)
{
    pid_t self = getpid();
    signals_set_mask(ALL_SIGNALS);
    if (s->options->own_session && terminal_release()) {
        siginfo_t info; /* the two that letting go of the terminal sends */
        while (signals_wait(signal_bit(SIGHUP) | signal_bit(SIGCONT), 0, &info) > 0)
            ;
    } else if (!s->options->own_session) {
        s->terminal = terminal_find();
    }
    s->child = fork();
    if (s->child < 0)
        return fail_system(f, -errno, "fork");
    if (s->child == 0)
        run_child(s, command, e, self);
    if (!s->options->own_session) {
        (void)setpgid(s->child, s->child); /* EACCES: it has executed already, and did it by itself */
        (void)terminal_give(&s->terminal, s->child);
    }
    return 0;
}

int process_one_run(const struct process_one *p, char **command, struct environment *e, struct failure *f)
{
    struct state s = {.options = p, .terminal = {-1}};
    if ((p->subreaper || p->wait_all) && getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return fail_system(f, -errno, "becoming a subreaper");
    int r = start_child(&s, command, e, f);
    if (r < 0)
        return r;
    if (p->give_up_root)
        give_up_root();
    memory_settle();
    for (;;) {
        siginfo_t info;
        int signal_number = signals_wait(ALL_SIGNALS, time_left(&s), &info);
        bool left = true;
        if (signal_number == SIGCHLD)
            left = reap(&s);
        else if (signal_number > 0)
            handle_signal(&s, signal_number);
        handle_deadlines(&s);
        if (s.child_ended && (!p->wait_all || !left))
            return s.status;
    }
}

int process_one_pause(void)
{
    signals_set_mask(ALL_SIGNALS);
    for (;;) {
        siginfo_t info;
        int signal_number = signals_wait(ALL_SIGNALS, -1, &info);
        if (signal_number == SIGTERM || signal_number == SIGINT)
            return 0;
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}
