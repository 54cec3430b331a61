/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/trace.h"

#include "kernel/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/* WNOWAIT: a zombie is left to its parent, which may be the tracer itself. */
static int wait_for_stop(pid_t pid, siginfo_t *ret_info)
{
    siginfo_t again;
    *ret_info = (siginfo_t){0};
    while (waitid(P_PID, (id_t)pid, ret_info, WEXITED | WSTOPPED | WNOWAIT | __WALL) < 0)
        if (errno != EINTR)
            return -errno;
    if (ret_info->si_code == CLD_TRAPPED || ret_info->si_code == CLD_STOPPED)
        (void)waitid(P_PID, (id_t)pid, &again, WSTOPPED | WNOHANG | __WALL); /* taken note of */
    return 0;
}

int trace_begin(pid_t pid)
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
    siginfo_t info;
    if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0)
        return -errno;
    if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
        return -errno;
    return wait_for_stop(pid, &info);
}

static int read_call(pid_t pid, struct trace_stop *stop)
{
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
        return -errno;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        stop->kind = TRACE_ENTERS;
        stop->number = info.entry.nr;
        memcpy(stop->arguments, info.entry.args, sizeof(stop->arguments));
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        stop->kind = TRACE_LEAVES;
        stop->result = info.exit.rval;
    }
    return 0;
}

int trace_next(pid_t pid, int signal, struct trace_stop *stop)
{
    siginfo_t info;
    stop->kind = TRACE_OTHER;
    /* -ESRCH: it has been killed meanwhile; the wait tells. */
    if (ptrace(PTRACE_SYSCALL, pid, NULL, (long)signal) < 0 && errno != ESRCH)
        return -errno;
    int r = wait_for_stop(pid, &info);
    if (r < 0)
        return r;
    if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) {
        stop->kind = TRACE_ENDED;
        return 0;
    }
    if (info.si_status == (SIGTRAP | 0x80))
        return read_call(pid, stop);
    if (info.si_status == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
        stop->kind = TRACE_EXECUTED;
    } else if (info.si_status >> 8 == 0) {
        stop->kind = TRACE_SIGNAL;
        stop->signal = info.si_status;
    }
    return 0;
}

void trace_end(pid_t pid)
{
    (void)ptrace(PTRACE_DETACH, pid, NULL, NULL); /* it may have ended */
}

void trace_kill(pid_t pid, int pidfd)
{
    siginfo_t info;
    if (process_signal(pidfd, SIGKILL) == 0)
        while (wait_for_stop(pid, &info) == 0 && (info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED))
            (void)ptrace(PTRACE_CONT, pid, NULL, NULL);
}
