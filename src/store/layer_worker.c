/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer_worker.h"

#include "kernel/fd_message.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <time.h>

#define REPORT_MS 50
#define MEMORY_EACH                                                                                          \
    (64u << 20) /* what one layer may take, with room for its pages on the way to the disk                   \
                 */

enum message_kind { MESSAGE_PROGRESS, MESSAGE_STAGED, MESSAGE_FAILED };

/* Between a process and its own copy: the same layout on both sides. */
struct message {
    enum message_kind kind;
    uint64_t done, total;
    struct layer_result result;
    char name[STAGING_NAME_SIZE];
    bool adopted;
    struct failure failure;
};

struct reporter {
    int socket_fd;
    int64_t last_ms;
};

static int64_t clock_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void report_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct reporter *r = context;
    int64_t now = clock_ms();
    (void)what;
    if (now - r->last_ms < REPORT_MS)
        return;
    r->last_ms = now;
    const struct message m = {.kind = MESSAGE_PROGRESS, .done = done, .total = total};
    if (fd_message_send(r->socket_fd, &m, sizeof(m), -EBADF) < 0)
        _exit(1); /* nobody wants the layer any more */
}

static void run_worker(const struct store *s, const struct layer_source *source, int socket_fd)
{
    struct reporter reporter = {.socket_fd = socket_fd};
    const struct store_progress progress = {report_progress, &reporter};
    struct layer_stage stage;
    struct message m = {.kind = MESSAGE_FAILED};
    int r = layer_stage(s, source, &progress, &stage, &m.failure);
    if (r == 0) {
        m.kind = MESSAGE_STAGED;
        m.result = stage.result;
        m.adopted = stage.blob.adopted;
        memcpy(m.name, stage.name, sizeof(m.name));
        r = fd_message_send(socket_fd, &m, sizeof(m), stage.blob.fd);
        if (r < 0)
            layer_stage_close(&stage);
        _exit(r < 0 ? 1 : 0);
    }
    m.failure.error = r;
    _exit(fd_message_send(socket_fd, &m, sizeof(m), -EBADF) < 0 ? 2 : 1);
}

int layer_worker_start(const struct store *s, const struct layer_source *source,
                       struct layer_worker *ret_worker, struct failure *failure)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail(failure, -errno, "%s: starting a process for it", source->what);
    autoclose int ours = ends[0], theirs = ends[1];
    struct layer_worker w = LAYER_WORKER_NONE;
    w.store = s;
    pid_t parent = getpid(), pid = process_clone(0, -EBADF, &w.pidfd);
    if (pid < 0)
        return fail(failure, (int)pid, "%s: starting a process for it", source->what);
    if (pid == 0) {
        (void)close(ours); /* so that the end of the parent is seen */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
            _exit(125);
        run_worker(s, source, theirs);
    }
    w.socket_fd = TAKE_FD(ours);
    *ret_worker = w;
    return 0;
}

static int worker_gone(struct layer_worker *w, struct failure *failure)
{
    int status = process_wait(w->pidfd);
    (void)close(TAKE_FD(w->pidfd)); /* the process is gone */
    layer_worker_end(w);
    if (status > 128)
        return refuse(failure, -EIO, "the process that read a layer was ended by signal %d (%s)",
                      status - 128, strsignal(status - 128));
    return refuse(failure, -EIO, "the process that read a layer ended with status %d", status);
}

int layer_worker_receive(struct layer_worker *w, struct layer_stage *ret_stage, struct failure *failure)
{
    struct message m;
    autoclose int fd = -EBADF;
    ssize_t n = fd_message_receive(w->socket_fd, &m, sizeof(m), &fd);
    if (n < 0)
        return fail(failure, (int)n, "listening to the process that reads a layer");
    if (n != (ssize_t)sizeof(m))
        return worker_gone(w, failure);
    if (m.kind == MESSAGE_PROGRESS) {
        w->done = m.done;
        w->total = m.total;
        return 1;
    }
    ignore(process_wait(w->pidfd)); /* it said how it ended */
    (void)close(TAKE_FD(w->pidfd)); /* the process is gone */
    layer_worker_end(w);
    if (m.kind == MESSAGE_FAILED)
        return refuse(failure, m.failure.error, "%s", m.failure.text);
    *ret_stage = (struct layer_stage){.store = w->store, .folder_fd = -EBADF, .result = m.result};
    memcpy(ret_stage->name, m.name, sizeof(m.name));
    ret_stage->blob = (struct blob_writer){.store = w->store, .fd = TAKE_FD(fd), .adopted = m.adopted};
    return 0;
}

void layer_worker_end(struct layer_worker *w)
{
    if (w->pidfd >= 0) {
        process_end(w->pidfd);
        (void)close(w->pidfd); /* the process is gone */
    }
    if (w->socket_fd >= 0)
        (void)close(w->socket_fd); /* nobody listens any more */
    w->pidfd = w->socket_fd = -EBADF;
}

unsigned layer_worker_count(void)
{
    cpu_set_t processors;
    struct sysinfo memory;
    unsigned count =
        sched_getaffinity(0, sizeof(processors), &processors) == 0 ? (unsigned)CPU_COUNT(&processors) : 1;
    /* Two for one processor: one waits for the network or the disk while the other works. */
    count = count < 2 ? 2 : count;
    if (sysinfo(&memory) == 0) {
        uint64_t room = ((uint64_t)memory.freeram + memory.bufferram) * memory.mem_unit / MEMORY_EACH;
        count = room < count ? (unsigned)room : count;
    }
    if (count < 1)
        return 1;
    return count > LAYER_WORKERS_MAX ? LAYER_WORKERS_MAX : count;
}
