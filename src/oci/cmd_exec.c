/* SPDX-License-Identifier: Apache-2.0 */
/* A process more in a running container. */
#include "oci/agent.h"
#include "oci/bundle.h"
#include "oci/commands.h"
#include "oci/console.h"
#include "oci/exec.h"
#include "oci/filter.h"
#include "oci/host.h"
#include "oci/relay.h"
#include "oci/sealed.h"
#include "runtime/exec.h"
#include "runtime/streams.h"

#include <fcntl.h>
#include <string.h>

struct execution {
    struct runtime *rt;
    const struct exec_options *options;
    struct container container;
    struct bundle bundle;
    struct oci_process process;
    struct process_plan plan;
    struct cgroup cgroup;
    struct streams streams;
    struct exec_started started;
    int process_fd, root_fd, proc_fd;
    bool has_process;
};

static void execution_free(struct execution *x)
{
    const int fds[] = {x->process_fd, x->root_fd, x->proc_fd, x->started.pidfd};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    streams_close(&x->streams);
    cgroup_close(&x->cgroup);
    process_plan_free(&x->plan);
    if (x->has_process)
        oci_process_free(&x->process);
    bundle_free(&x->bundle);
    container_close(&x->container);
}

static int execution_open(struct execution *x, const char *id, struct failure *failure)
{
    char path[64];
    int r = container_open(x->rt, id, false, &x->container, failure);
    if (r < 0)
        return r;
    enum oci_status status = container_status(&x->container);
    if (status == OCI_STATUS_STOPPED)
        return refuse(failure, -ESRCH, "cannot exec in a stopped container: container not running");
    if (status == OCI_STATUS_PAUSED && !x->options->ignore_paused)
        return refuse(failure, -EBUSY, "cannot exec in a paused container (use --ignore-paused to override)");
    x->process_fd = container_open_process(&x->container);
    if (x->process_fd < 0)
        return refuse(failure, -ESRCH, "container not running");
    x->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    (void)snprintf(path, sizeof(path), "/proc/%d/root", (int)x->container.record.pid);
    x->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (x->root_fd < 0 || x->proc_fd < 0)
        return fail(failure, -errno, "opening the root of container %s", id);
    container_open_cgroup(&x->container, &x->cgroup);
    r = exec_choose_group(&x->options->cgroups, &x->cgroup, failure);
    if (r < 0)
        return r;
    return bundle_read_kept(&x->container, &x->bundle, failure);
}

static int execution_plan(struct execution *x, struct failure *failure)
{
    struct record *record = &x->container.record;
    const struct oci_decision decision = {.without_root = record->without_root};
    const struct oci_plan_input input = {
        .config = &x->bundle.config,
        .decision = &decision,
        .id = x->container.id,
        .bundle = x->bundle.path,
        .range_first = record->range_first,
        .available_capabilities = host_capabilities(),
    };
    int r = oci_plan_process(&x->process, &input, &x->plan, failure);
    return r < 0 ? r : filter_get(x->rt, &x->bundle, &x->plan, failure);
}

static int execution_find_user(const struct execution *x, uint32_t *ret_uid, uint32_t *ret_gid,
                               struct failure *failure)
{
    const struct record *record = &x->container.record;
    *ret_uid = x->plan.uid;
    *ret_gid = x->plan.gid;
    if (record->uids.count > 0 && (!id_map_to_outside(&record->uids, x->plan.uid, ret_uid) ||
                                   !id_map_to_outside(&record->gids, x->plan.gid, ret_gid)))
        return refuse(failure, -EINVAL, "%u:%u does not exist in this container", x->plan.uid, x->plan.gid);
    return 0;
}

static int execution_start(struct execution *x, struct failure *failure)
{
    const struct payload_oci oci = {
        .process = &x->process,
        .personality = x->bundle.config.platform.personality,
        .memory_policy = &x->bundle.config.platform.memory_policy,
        .preserve_fds = x->options->preserve_fds,
        .proc_fd = x->proc_fd,
        .start_fd = -EBADF,
        .answer_fd = -EBADF,
        .reason_fd = -EBADF,
    };
    struct exec_plan plan = {.process = &x->plan,
                             .pidfd = x->process_fd,
                             .cgroup = &x->cgroup,
                             .oci = &oci,
                             .no_user_namespace = !x->container.record.has_user_namespace,
                             .streams = {-EBADF, -EBADF, -EBADF}};
    struct agent agent = {.profile = &x->bundle.config.platform.seccomp,
                          .container = &x->container,
                          .status = OCI_STATUS_RUNNING};
    const struct listener_start listener = {
        .program = x->plan.argv.items[0], .context = &agent, .give = agent_give};
    plan.listener = &listener;
    int r = execution_find_user(x, &plan.uid, &plan.gid, failure);
    if (r == 0 && x->plan.tty) {
        r = streams_open_exec_terminal(&x->streams, x->root_fd, plan.uid, failure);
        memcpy(plan.streams, x->streams.payload, sizeof(plan.streams));
    }
    if (r == 0)
        r = exec_run(&plan, &x->started, failure);
    streams_close_payload(&x->streams);
    if (r < 0 && x->started.payload_failed)
        return fail_within(failure, "exec failed: unable to start container process");
    return r < 0 ? fail_within(failure, "exec failed") : 0;
}

static int execution_hand_over(struct execution *x, struct failure *failure)
{
    const struct exec_options *o = x->options;
    int r = 0;
    if (o->console_socket && x->streams.tty_fd >= 0)
        r = descriptor_send(o->console_socket, x->streams.tty_fd, "/dev/pts/ptmx", failure);
    if (r == 0 && o->pidfd_socket)
        r = descriptor_send(o->pidfd_socket, x->started.pidfd, "pidfd", failure);
    if (r == 0 && o->pid_file)
        r = pid_file_write(o->pid_file, x->started.pid, failure);
    return r;
}

static int run_exec(struct runtime *rt, void *options, const struct arguments *arguments,
                    struct failure *failure)
{
    struct execution x = {.rt = rt,
                          .options = options,
                          .container = CONTAINER_EMPTY,
                          .cgroup = CGROUP_EMPTY,
                          .streams = STREAMS_EMPTY,
                          .started = {.pidfd = -EBADF},
                          .process_fd = -EBADF,
                          .root_fd = -EBADF,
                          .proc_fd = -EBADF};
    int signals_fd = -EBADF;
    int r = execution_open(&x, arguments->items[0], failure);
    if (r == 0)
        r = sealed_before_exec(rt, &x.container.record, failure);
    if (r == 0)
        r = exec_read_process(x.options, arguments, &x.bundle.config.process, &x.process, failure);
    x.has_process = r == 0;
    if (r == 0 && x.process.terminal && x.options->detach && !x.options->console_socket)
        r = refuse(failure, -EINVAL,
                   "cannot allocate tty if runc will detach without setting console socket");
    if (r == 0)
        r = execution_plan(&x, failure);
    if (r == 0 && !x.options->detach)
        r = relay_begin(&signals_fd, failure);
    autoclose int signals = signals_fd;
    if (r == 0)
        r = execution_start(&x, failure);
    if (r == 0)
        r = execution_hand_over(&x, failure);
    if (r == 0 && !x.options->detach)
        r = relay_run(signals, x.started.pidfd, x.options->console_socket ? -EBADF : x.streams.tty_fd,
                      failure);
    execution_free(&x);
    return r;
}

static const struct option *const tables[] = {exec_rows, NULL};

const struct command cmd_exec = {
    .name = "exec",
    .usage = "[OPTIONS] ID [COMMAND [ARG...]]",
    .summary = "Run a process more in a container",
    .options = {.tables = tables, .single_dash_names = true, .stop_at_positional = true},
    .options_size = sizeof(struct exec_options),
    .min_args = 1,
    .max_args = ANY_NUMBER,
    .failure_code = EXIT_EXEC_FAILED,
    .run = run_exec,
};
