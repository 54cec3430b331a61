/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/listener.h"

#include "kernel/trace.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/syscall.h>

struct follower {
    const struct listener_start *start;
    struct trace_stop stop;
    bool given;        /* the filter stands and somebody has the listener */
    int execute_error; /* of the program, or of the best of its names in PATH */
    struct failure *failure;
};

int listener_hold(pid_t pid, struct failure *failure)
{
    int r = trace_begin(pid);
    if (r == -EPERM)
        return refuse(
            failure, r,
            "linux.seccomp: a listener needs CAP_SYS_PTRACE over the container's processes, and that "
            "ptrace(2) is not forbidden here (kernel.yama.ptrace_scope)");
    return r < 0 ? fail(failure, r, "taking hold of the new process") : 0;
}

static bool is_filter(const struct trace_stop *stop)
{
    return stop->number == SYS_seccomp && stop->arguments[0] == SECCOMP_SET_MODE_FILTER &&
           (stop->arguments[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER) && stop->result >= 0;
}

static int follower_give(struct follower *f)
{
    const struct listener_start *s = f->start;
    autoclose int fd = (int)syscall(SYS_pidfd_getfd, s->pidfd, (int)f->stop.result, 0);
    if (fd < 0)
        return fail(f->failure, -errno, "taking the seccomp listener from the new process");
    f->given = true;
    return s->give(s->context, s->pid, fd, f->failure);
}

/* Why none of the names could be executed; as program_execute() has it, a file that is there counts more. */
static void follower_note_execution(struct follower *f)
{
    if (f->stop.result < 0 && (f->execute_error == 0 || f->stop.result != -ENOENT))
        f->execute_error = (int)f->stop.result;
}

static int follower_ended(const struct follower *f, struct listener_end *end)
{
    end->ended_early = !f->given;
    end->execute_error = f->execute_error;
    if (f->execute_error != 0)
        return fail(f->failure, f->execute_error, "exec: \"%s\"", f->start->program);
    return refuse(f->failure, -ECHILD, "the new process ended before it executed \"%s\"", f->start->program);
}

/* 1: go on; 0: it runs; negative: it has ended or must. */
static int follower_step(struct follower *f, struct listener_end *end)
{
    bool executes = f->stop.number == SYS_execve || f->stop.number == SYS_execveat;
    switch (f->stop.kind) {
    case TRACE_LEAVES:
        if (is_filter(&f->stop)) {
            int r = follower_give(f);
            return r < 0 ? r : 1;
        }
        if (f->given && executes)
            follower_note_execution(f);
        return 1;
    case TRACE_EXECUTED:
        return 0;
    case TRACE_SIGNAL: /* its own way of saying that nothing could be executed, see program_execute_mute() */
        return f->given && f->stop.signal == SIGILL ? follower_ended(f, end) : 1;
    case TRACE_ENDED:
        return follower_ended(f, end);
    case TRACE_ENTERS:
    case TRACE_OTHER:
        break;
    }
    return 1;
}

int listener_follow(const struct listener_start *start, struct listener_end *ret_end, struct failure *failure)
{
    struct follower f = {.start = start, .failure = failure};
    *ret_end = (struct listener_end){0};
    int r;
    do {
        int signal = f.stop.kind == TRACE_SIGNAL ? f.stop.signal : 0;
        r = trace_next(start->pid, signal, &f.stop);
        r = r < 0 ? fail(failure, r, "following the new process") : follower_step(&f, ret_end);
    } while (r > 0);
    if (r == 0)
        trace_end(start->pid);
    else
        trace_kill(start->pid, start->pidfd);
    return r;
}
