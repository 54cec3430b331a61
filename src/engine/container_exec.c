/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container.h"
#include "engine/running.h"
#include "engine/seccomp.h"
#include "formats/accounts.h"
#include "formats/security_opt.h"
#include "kernel/file.h"
#include "kernel/path.h"
#include "plan/settle.h"
#include "runtime/exec.h"
#include "runtime/streams.h"
#include "store/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct exec {
    struct engine *engine;
    const struct exec_request *request;
    struct container_record record;
    struct container_state state;
    struct security_options security;
    struct process_plan process;
    struct cgroup cgroup;
    struct streams streams;
    int pidfd, root_fd;
};

static void exec_free(struct exec *x)
{
    container_record_free(&x->record);
    container_state_free(&x->state);
    security_options_free(&x->security);
    process_plan_free(&x->process);
    cgroup_close(&x->cgroup);
    streams_close(&x->streams);
    if (x->pidfd >= 0)
        (void)close(x->pidfd);
    if (x->root_fd >= 0)
        (void)close(x->root_fd);
}

static int exec_open(struct exec *x, struct failure *failure)
{
    char id[RECORD_ID_SIZE], path[64];
    int r = container_find(x->engine, x->request->container, id, failure);
    if (r == 0)
        r = running_open(x->engine, id, &x->state, &x->pidfd, failure);
    if (r < 0)
        return r;
    if (container_read_status(x->engine, id) == CONTAINER_PAUSED)
        return refuse(failure, -EBUSY, "container %.12s is paused: unpause it first", id);
    r = record_read(x->engine, id, &x->record);
    if (r < 0)
        return fail(failure, r, "reading the record of container %.12s", id);
    (void)snprintf(path, sizeof(path), "/proc/%d/root", x->state.pid);
    x->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (x->root_fd < 0)
        return fail(failure, -errno, "opening the root of container %.12s", id);
    r = security_options_parse(&x->record.request.security_opt, &x->security, failure);
    if (r == 0 && x->state.cgroup)
        r = cgroup_open(x->state.cgroup, &x->cgroup, failure);
    return r;
}

static int exec_read_accounts(struct exec *x, const char *path, char **ret_text, size_t *ret_size)
{
    struct stat status;
    autoclose int fd = path_open_in_root(x->root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return 0; /* no such file is an empty one */
    return fd_read_whole(fd, ACCOUNTS_SIZE_MAX, ret_text, ret_size);
}

static int exec_resolve_user(struct exec *x, struct identity *ret_user, struct failure *failure)
{
    autofree char *passwd = NULL, *group = NULL, *own = NULL;
    size_t passwd_size = 0, group_size = 0;
    int r = exec_read_accounts(x, "/etc/passwd", &passwd, &passwd_size);
    if (r == 0)
        r = exec_read_accounts(x, "/etc/group", &group, &group_size);
    if (r < 0)
        return fail(failure, r, "reading the container's account files");
    /* Without --user it is whom the container runs as, as it was resolved then. */
    if (!x->request->user && asprintf(&own, "%u:%u", x->state.uid, x->state.gid) < 0)
        return fail(failure, -ENOMEM, "the user");
    struct user_spec_input input = {
        .rules = own ? USER_RULES_OCI : USER_RULES_ENGINE,
        .spec = own ? own : x->request->user,
        .accounts = {passwd, group, passwd_size, group_size},
        .group_add = &x->record.request.group_add,
    };
    r = user_spec_resolve(&input, ret_user, failure);
    if (r < 0)
        return r;
    enum root_mode mode = streq(x->state.root_mode, "none") ? ROOT_MODE_NONE : ROOT_MODE_MAPPED;
    return root_mode_allow_exec(mode, ret_user->uid, failure);
}

/* The image's environment stands in the state already; only what --user and -e change is put on top. */
static int exec_set_environment(struct exec *x, const struct identity *user, struct failure *failure)
{
    struct strings *environment = &x->process.environment;
    int r = strings_copy(environment, &x->state.environment);
    autofree char *home = NULL;
    if (asprintf(&home, "HOME=%s", user->home) < 0)
        return fail(failure, -ENOMEM, "the environment");
    if (r == 0 && user->uid != x->state.uid)
        r = strings_set_variable(environment, home);
    if (r == 0 && x->request->tty && !strings_get_variable(environment, "TERM"))
        r = strings_add(environment, "TERM=xterm");
    for (size_t i = 0; r == 0 && i < x->request->environment.count; i++)
        r = strings_set_variable(environment, x->request->environment.items[i]);
    return r < 0 ? fail(failure, r, "the environment") : 0;
}

static int exec_set_filter(struct exec *x, struct failure *failure)
{
    bool unconfined = x->request->privileged || x->record.request.privileged;
    struct seccomp_request request = {
        .profile = unconfined || x->security.seccomp == SECCOMP_UNCONFINED ? "unconfined"
                   : x->security.seccomp == SECCOMP_FILE                   ? x->security.seccomp_file
                                                                           : NULL,
        .capabilities = x->process.bounding,
        .allow_userns = x->security.allow_userns,
    };
    struct seccomp_program program = {0};
    int r = seccomp_get(x->engine, &request, &program, failure);
    if (r < 0)
        return r;
    x->process.filter = program.filter;
    x->process.filter_count = program.count;
    x->process.filter_flags = program.flags;
    return 0;
}

static int exec_make_process(struct exec *x, struct failure *failure)
{
    autoidentity struct identity user = {0};
    struct container_request request = {
        .command = x->request->command,
        .entrypoint_set = true,
        .cap_add = x->record.request.cap_add,
        .cap_drop = x->record.request.cap_drop,
        .ulimits = x->record.request.ulimits,
        .umask = x->record.request.umask,
        .workdir = x->request->workdir ? x->request->workdir : x->state.workdir,
        .tty = x->request->tty,
        .privileged = x->request->privileged || x->record.request.privileged,
    }; /* lent: nothing of it is freed */
    struct image_config none = {0};
    int r = exec_resolve_user(x, &user, failure);
    if (r < 0)
        return r;
    struct settle_input input = {
        .request = &request,
        .image = &none,
        .user = &user,
        .security = &x->security,
        .root_mode = streq(x->state.root_mode, "none") ? ROOT_MODE_NONE : ROOT_MODE_MAPPED,
        .available_capabilities = CAPABILITY_ALL,
    };
    struct start_plan plan = {0};
    r = settle_process(&input, &plan, failure);
    x->process = plan.process;
    if (r < 0)
        return r;
    strings_free(&x->process.environment);
    r = exec_set_environment(x, &user, failure);
    return r < 0 ? r : exec_set_filter(x, failure);
}

static int exec_make_streams(struct exec *x, uint32_t uid, uint32_t gid, struct failure *failure)
{
    if (x->request->tty)
        return streams_open_exec_terminal(&x->streams, x->root_fd, uid, failure);
    if (!x->request->detach)
        return streams_make_pipes(&x->streams, x->request->interactive, uid, gid, failure);
    for (int i = 1; i < 3; i++) {
        x->streams.payload[i] = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (x->streams.payload[i] < 0)
            return fail(failure, -errno, "opening /dev/null");
    }
    return 0;
}

static int exec_start(struct exec *x, struct exec_result *result, struct failure *failure)
{
    struct exec_plan plan = {.process = &x->process, .pidfd = x->pidfd, .cgroup = &x->cgroup};
    struct exec_started started;
    if (!id_map_to_outside(&x->state.uids, x->process.uid, &plan.uid) ||
        !id_map_to_outside(&x->state.gids, x->process.gid, &plan.gid))
        return refuse(failure, -EINVAL, "%u:%u does not exist in this container", x->process.uid,
                      x->process.gid);
    int r = exec_make_streams(x, plan.uid, plan.gid, failure);
    if (r < 0)
        return r;
    memcpy(plan.streams, x->streams.payload, sizeof(plan.streams));
    r = exec_run(&plan, &started, failure);
    if (r < 0) {
        result->payload_error = started.payload_failed ? started.error : 0;
        return r;
    }
    result->pid = x->request->detach ? 0 : started.pid;
    result->pidfd = started.pidfd;
    result->tty_fd = TAKE_FD(x->streams.tty_fd);
    result->stdin_fd = TAKE_FD(x->streams.ours[0]);
    result->stdout_fd = TAKE_FD(x->streams.ours[1]);
    result->stderr_fd = TAKE_FD(x->streams.ours[2]);
    return 0;
}

int container_exec(struct engine *e, const struct exec_request *request, struct exec_result *ret_result,
                   struct failure *failure)
{
    struct exec x = {
        .engine = e,
        .request = request,
        .cgroup = CGROUP_EMPTY,
        .streams = STREAMS_EMPTY,
        .pidfd = -EBADF,
        .root_fd = -EBADF,
    };
    struct exec_result result = {
        .pidfd = -EBADF, .tty_fd = -EBADF, .stdin_fd = -EBADF, .stdout_fd = -EBADF, .stderr_fd = -EBADF};
    int r = request->command.count == 0 ? refuse(failure, -EINVAL, "exec needs a command")
                                        : exec_open(&x, failure);
    if (r == 0)
        r = exec_make_process(&x, failure);
    if (r == 0)
        r = exec_start(&x, &result, failure);
    exec_free(&x);
    *ret_result = result;
    return r;
}
