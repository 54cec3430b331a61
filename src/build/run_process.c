/* SPDX-License-Identifier: Apache-2.0 */
/* A RUN as a container: started by the same supervisor as every container, from this process. */
#include "build/run.h"
#include "engine/start.h"
#include "formats/userns_mode.h"
#include "host/id_ledger.h"
#include "kernel/process.h"
#include "plan/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define HOSTNAME "buildkitsandbox" /* as BuildKit's, so that what a program writes down of it is the same */
#define OUTPUT_BUFFER 65536
#define STOP_CHECK_MS 200 /* a signal may come just before poll(2) */

struct process {
    struct run_step *run;
    struct start start;
    char *storage;
};

/* Where the container's mounts are attached, so that none of these places comes into the layer: the lowest of
 * all layers. The folder is ours alone and new: names are made one below the other without a look at links.
 */
static int skeleton_add(int root_fd, const char *path, bool file)
{
    char name[256];
    autoclose int at = fcntl(root_fd, F_DUPFD_CLOEXEC, 3);
    if (at < 0)
        return -errno;
    while (*path) {
        path += strspn(path, "/");
        size_t length = strcspn(path, "/");
        if (length >= sizeof(name))
            return -ENAMETOOLONG;
        if (length == 0)
            break;
        memcpy(name, path, length);
        name[length] = '\0';
        path += length;
        bool leaf_file = file && path[strspn(path, "/")] == '\0';
        int next = -1;
        if (leaf_file || mkdirat(at, name, 0755) == 0 || errno == EEXIST)
            next = openat(at, name,
                          leaf_file ? O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC
                                    : O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                          0644);
        if (next < 0 || fchown(next, STORAGE_BASE, STORAGE_BASE) < 0) {
            int error =
                next < 0 && errno == ENOTDIR ? 0 : -errno; /* a file's name is a folder of another mount */
            if (next >= 0)
                (void)close(next); /* only made */
            return error;
        }
        (void)close(at); /* a folder */
        at = next;
    }
    return 0;
}

static int make_skeleton(struct run_step *run, char **ret_path)
{
    static const struct {
        const char *path;
        bool file;
    } usual[] = {
        {"/dev", false},      {"/proc", false},           {"/sys", false},
        {"/etc/hosts", true}, {"/etc/resolv.conf", true}, {"/etc/hostname", true},
    };
    struct failure *failure = run->stage->failure;
    autoclose int fd = build_place_make_folder(&run->stage->place, "skeleton", ret_path, failure);
    if (fd < 0)
        return fd;
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(usual); i++)
        r = skeleton_add(fd, usual[i].path, usual[i].file);
    for (size_t i = 0; r == 0 && i < run->mount_count; i++)
        if (run->mounts[i].target && !run->mounts[i].left_out)
            r = skeleton_add(fd, run->mounts[i].target, run->mounts[i].file);
    return r < 0 ? fail(failure, r, "making the places of the step's mounts") : 0;
}

static int fill_request(struct process *p)
{
    struct container_request *request = &p->start.record.request;
    const struct build_request *wanted = p->run->stage->work->request;
    static const char *const networks[] = {[NETWORK_NONE] = "none", [NETWORK_HOST] = "host"};
    const char *network = p->run->network == NETWORK_DEFAULT ? NULL : networks[p->run->network];
    request->hostname = strdup(HOSTNAME);
    request->root_mode = strdup("mapped");
    request->network = network ? strdup(network) : NULL;
    request->shm_size = wanted->shm_size ? strdup(wanted->shm_size) : NULL;
    request->entrypoint_set = true;
    request->auto_remove = true;
    if (!request->hostname || !request->root_mode || (network && !request->network) ||
        (wanted->shm_size && !request->shm_size))
        return -ENOMEM;
    /* What sudo and su need, as in docker's builds: root inside is nobody on the host. */
    int r = strings_add(&request->security_opt, "no-new-privileges=false");
    if (r == 0)
        r = strings_copy(&request->entrypoint, &p->run->argv);
    if (r == 0)
        r = strings_copy(&request->environment, &p->run->arguments);
    return r < 0 ? r : strings_copy(&request->add_hosts, &wanted->add_hosts);
}

static int plan_ids(struct process *p, struct failure *failure)
{
    struct start *s = &p->start;
    const struct ids_question question = {
        .mode = &s->userns,
        .range_first = p->run->stage->place.record.range_first,
        .uidmap = &s->record.request.uidmap,
        .gidmap = &s->record.request.gidmap,
    };
    int r = userns_mode_parse(NULL, &s->userns, failure);
    return r < 0 ? r : ids_plan_files(&question, &s->plan, failure);
}

static int plan_rootfs(struct process *p, const char *upper, const char *skeleton)
{
    struct rootfs_plan *rootfs = &p->start.plan.rootfs;
    const char *id = p->run->stage->place.record.id;
    int storage = p->start.engine->storage_fd;
    if (asprintf(&rootfs->upper, "layers/%s", upper) < 0) {
        rootfs->upper = NULL;
        return -ENOMEM;
    }
    if (asprintf(&rootfs->work, "containers/%s/work-%u", id, p->run->stage->place.count++) < 0) {
        rootfs->work = NULL;
        return -ENOMEM;
    }
    if (mkdirat(storage, rootfs->work, 0700) < 0 ||
        fchownat(storage, rootfs->work, STORAGE_BASE, STORAGE_BASE, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    rootfs->is_volatile = true;
    rootfs->self_contained = true;
    int r = build_snapshot_folders(&p->run->stage->snapshot, &rootfs->layers);
    return r < 0 ? r : strings_add(&rootfs->layers, skeleton);
}

static int prepare(struct process *p, const char *upper)
{
    struct start *s = &p->start;
    const struct build_stage *stage = p->run->stage;
    struct failure *failure = stage->failure;
    autofree char *skeleton = NULL;
    s->engine = stage->work->engine;
    s->build_step = true;
    memcpy(s->record.id, stage->place.record.id, RECORD_ID_SIZE);
    s->run_fd = record_open_run_folder(s->engine, s->record.id, true);
    if (s->run_fd < 0)
        return fail(failure, s->run_fd, "making the run folder");
    int r = fill_request(p);
    if (r == 0)
        r = image_config_copy(&stage->snapshot.config, &s->image.config);
    if (r < 0)
        return fail(failure, r, "planning the step");
    r = run_mount_variables(p->run, &s->record.request.environment);
    if (r == 0)
        r = security_options_parse(&s->record.request.security_opt, &s->security, failure);
    if (r == 0)
        r = network_mode_parse(s->record.request.network, &s->network, failure);
    if (r == 0)
        r = plan_ids(p, failure);
    if (r == 0)
        r = make_skeleton(p->run, &skeleton);
    if (r < 0)
        return r;
    s->plan.namespaces.host_network = s->network.kind == NETWORK_HOST;
    s->plan.id = strdup(s->record.id);
    s->plan.hostname = strdup(HOSTNAME);
    r = s->plan.id && s->plan.hostname ? plan_rootfs(p, upper, skeleton) : -ENOMEM;
    return r < 0 ? fail(failure, r, "planning the step") : 0;
}

static int process_settle(void *context, int root_fd, struct start_plan *plan, struct failure *failure)
{
    struct process *p = context;
    int r = start_settle(&p->start, root_fd, plan, failure);
    return r < 0 ? r : run_plan_mounts(p->run, plan, failure);
}

static int process_attach_network(void *context, int netns_fd, int proc_fd, struct failure *failure)
{
    struct process *p = context;
    return start_attach_network(&p->start, netns_fd, proc_fd, failure);
}

/* false: the stream has ended. */
static bool relay(struct run_step *run, int fd, int stream)
{
    char buffer[OUTPUT_BUFFER];
    struct build_sink sink = stage_sink(run->stage);
    ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    if (n > 0)
        sink.write(sink.context, stream, buffer, (size_t)n);
    return n > 0;
}

/* Until process 1 has ended: with it everything in its pid namespace has. */
static void relay_all(struct run_step *run, const struct supervisor_result *result)
{
    struct pollfd polled[3] = {
        {result->stdout_fd, POLLIN, 0}, {result->stderr_fd, POLLIN, 0}, {result->pidfd, POLLIN, 0}};
    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
        if (stage_is_stopped())
            ignore(process_signal(result->pidfd, SIGKILL)); /* it may have ended */
        if (poll(polled, ARRAY_SIZE(polled), STOP_CHECK_MS) < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        for (int i = 0; i < 2; i++)
            if (polled[i].fd >= 0 && polled[i].revents && !relay(run, polled[i].fd, i + 1))
                polled[i].fd = -1;
        if (polled[2].revents)
            polled[2].fd = -1; /* what is in the pipes is read to their end */
    }
}

static void result_close(struct supervisor_result *result)
{
    const int fds[] = {result->pidfd, result->tty_fd, result->stdin_fd, result->stdout_fd, result->stderr_fd};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]); /* pipes */
    cgroup_close(&result->cgroup);
}

static int start_and_wait(struct process *p, int *ret_status)
{
    const struct build_stage *stage = p->run->stage;
    struct supervisor_result result = {.pidfd = -EBADF};
    struct supervisor_request request = {
        .plan = &p->start.plan,
        .anchor = p->start.engine->runroot,
        .storage = p->storage,
        .cgroup = {.id = p->start.record.id},
        .hooks = {.context = p, .settle = process_settle, .attach_network = process_attach_network},
    };
    int r = supervisor_run(&request, &result, stage->failure);
    ignore(stage_end_with_main(stage)); /* it could be done when the stage began */
    if (r < 0) {
        if (!result.payload_failed)
            return r;
        /* What cannot be executed is the step's failure, as a shell tells it. */
        build_sink_say(stage_sink(p->run->stage), stage->failure->text);
        *ret_status = result.error == -ENOENT ? 127 : 126;
        *stage->failure = (struct failure){0};
        return 0;
    }
    relay_all(p->run, &result);
    r = process_wait(result.pidfd);
    result_close(&result);
    if (r < 0)
        return fail(stage->failure, r, "waiting for the step");
    *ret_status = r;
    return 0;
}

int run_process(struct run_step *run, const char *upper, int *ret_status)
{
    struct process p = {.run = run, .start = START_EMPTY};
    const struct engine *e = run->stage->work->engine;
    struct failure unheard = {0};
    /* Back from the container's mounts, this process stands in the root: relative paths of the person's come
     * later too. */
    autoclose int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (here < 0)
        return fail(run->stage->failure, -errno, "opening the working directory");
    if (asprintf(&p.storage, "%s/storage", e->root) < 0) {
        p.storage = NULL;
        return fail(run->stage->failure, -ENOMEM, "planning the step");
    }
    int r = prepare(&p, upper);
    if (r == 0)
        r = start_and_wait(&p, ret_status);
    if (fchdir(here) < 0 && r == 0)
        r = fail(run->stage->failure, -errno, "going back to the working directory");
    int cleared = container_clear_run(run->stage->work->engine, run->stage->place.record.id, &unheard);
    if (r == 0 && cleared < 0)
        r = fail(run->stage->failure, cleared, "cleaning up after the step: %s", unheard.text);
    start_free(&p.start);
    free(p.storage);
    return r;
}
