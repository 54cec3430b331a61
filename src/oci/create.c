/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/create.h"

#include "base/number.h"
#include "host/id_ledger.h"
#include "kernel/file.h"
#include "oci/bundle.h"
#include "oci/console.h"
#include "oci/filter.h"
#include "oci/limits.h"
#include "oci/notify.h"
#include "oci/pod.h"
#include "oci/scope.h"
#include "oci/sealed.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

struct creation {
    struct runtime *rt;
    const struct create_options *options;
    struct created *created;
    struct bundle *bundle; /* created's */
    struct creator_request request;
    struct limits_extra extra;
    struct pod pod;
    char *anchor; /* of the workspace, where it is not the container's folder */
    struct scope scope;
    char group[CGROUP_PATH_MAX]; /* that systemd made */
    int start_fd, answer_fd, reason_fd;
    bool has_process;
    struct failure *failure;
};

/* How hooks see it. */
static char *creation_describe(void *context, pid_t pid, const char *status)
{
    const struct creation *c = context;
    char *text = NULL;
    const struct oci_state state = {
        .id = c->created->container.id,
        .bundle = c->bundle->path,
        .status = streq(status, "created") ? OCI_STATUS_CREATED : OCI_STATUS_CREATING,
        .pid = pid,
        .annotations = &c->bundle->config.annotations,
    };
    return oci_state_write(&state, false, &text) < 0 ? NULL : text;
}

static int creation_open_fifo(struct creation *c, const char *name, int *ret_fd)
{
    int folder = c->created->container.folder_fd;
    if (mkfifoat(folder, name, 0600) < 0)
        return -errno;
    *ret_fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    return *ret_fd < 0 ? -errno : 0;
}

static int creation_fill_folder(struct creation *c)
{
    int r = file_write_atomic(c->created->container.folder_fd, "config.json", c->bundle->config_text,
                              c->bundle->config_size, false);
    if (r == 0)
        r = creation_open_fifo(c, "start", &c->start_fd);
    if (r == 0)
        r = creation_open_fifo(c, "answer", &c->answer_fd);
    if (r == 0) {
        c->reason_fd = openat(c->created->container.folder_fd, CONTAINER_REASON,
                              O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        r = c->reason_fd < 0 ? -errno : 0;
    }
    return r < 0 ? fail(c->failure, r, "filling the folder of container %s", c->created->container.id) : 0;
}

/* Ids of its own, kept until it is deleted: the ledger's entry points at the container's folder. */
static int creation_take_range(struct creation *c, const char *folder)
{
    struct record *record = &c->created->container.record;
    struct id_pool pool;
    bool pool_is_new = false;
    if (c->bundle->decision.ids != OCI_IDS_RANGE)
        return 0;
    int r = id_pool_prepare(&pool, &pool_is_new, c->failure);
    if (r == 0)
        r = pod_find(&(struct pod_question){c->rt, &c->bundle->config, &c->bundle->decision, &pool}, &c->pod,
                     c->failure);
    if (r == 0 && c->pod.found) {
        record->range_first = c->pod.range_first;
        r = id_range_share(&pool, record->range_first, folder, c->failure);
        c->pod.found = r == 0;
        if (r != -ENOENT) {
            record->has_range = r == 0;
            if (r == 0)
                runtime_note(c->rt, OCI_LOG_INFO,
                             "the ids from %u on are shared with whose namespaces are joined",
                             record->range_first);
            return r;
        }
        r = 0; /* deleted meanwhile */
    }
    if (r == 0)
        r = id_range_take(&pool, c->created->container.id, folder, &record->range_first, c->failure);
    record->has_range = r == 0;
    return r;
}

static int creation_take_text(char **ret_text, const char *text)
{
    *ret_text = text ? strdup(text) : NULL;
    return text && !*ret_text ? -ENOMEM : 0;
}

static int creation_fill_record(struct creation *c)
{
    struct record *record = &c->created->container.record;
    const struct oci_plan *plan = &c->bundle->plan;
    int r = creation_take_text(&record->id, c->created->container.id);
    if (r == 0)
        r = creation_take_text(&record->bundle, c->bundle->path);
    if (r == 0)
        r = creation_take_text(&record->rootfs, plan->root);
    if (r == 0)
        r = strings_copy(&record->annotations, &c->bundle->config.annotations);
    if (r < 0)
        return fail(c->failure, r, "the state of container %s", c->created->container.id);
    (void)clock_gettime(CLOCK_REALTIME, &record->created);
    record->uid = getuid();
    record->has_user_namespace =
        c->bundle->decision.ids != OCI_IDS_HOST && c->bundle->decision.ids != OCI_IDS_INHERITED;
    record->ids_joined = c->bundle->decision.ids == OCI_IDS_JOINED;
    record->without_root = c->bundle->decision.without_root;
    for (int kind = 0; kind < OCI_HOOK_COUNT; kind++)
        record->hooks |= c->bundle->config.hooks[kind].count > 0 ? UINT32_C(1) << kind : 0;
    record->uids = plan->start.uids;
    record->gids = plan->start.gids;
    return 0;
}

/* LISTEN_FDS of systemd's socket activation: descriptors from 3 on, for process 1. sd_listen_fds(3) */
static int creation_preserve(struct creation *c)
{
    struct strings *environment = &c->bundle->plan.start.process.environment;
    const char *listen = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
    uint64_t activated = 0;
    autofree char *assignment = NULL;
    c->request.preserve_fds = c->options->preserve_fds;
    if (!listen || number_parse(listen, 1000, &activated) < 0)
        return 0;
    c->request.preserve_fds += (unsigned)activated;
    if (asprintf(&assignment, "LISTEN_FDS=%s", listen) < 0)
        return -ENOMEM;
    int r = strings_set_variable(environment, assignment);
    if (r == 0)
        r = strings_set_variable(environment, "LISTEN_PID=1");
    autofree char *named = NULL;
    if (r == 0 && names)
        r = asprintf(&named, "LISTEN_FDNAMES=%s", names) < 0 ? -ENOMEM
                                                             : strings_set_variable(environment, named);
    return r;
}

static int creation_check_options(struct creation *c)
{
    bool wanted = c->bundle->config.process.terminal, socket = c->options->console_socket != NULL;
    if (wanted && !socket && !c->options->console)
        return refuse(c->failure, -EINVAL,
                      "cannot allocate tty if runc will detach without setting console socket");
    if (!wanted && socket)
        return refuse(c->failure, -EINVAL,
                      "cannot use console socket if runc will not detach or allocate tty");
    if (c->options->no_pivot)
        runtime_note(c->rt, OCI_LOG_INFO,
                     "--no-pivot: the root is pivoted to all the same: nothing else hides the host's");
    return 0;
}

/* What is about to be made, so that it can be taken away when this process is killed. */
static int creation_announce(struct creation *c)
{
    struct record *record = &c->created->container.record;
    const struct cgroup_spec *spec = &c->request.cgroup;
    char path[CGROUP_PATH_MAX];
    int r = spec->none || spec->managed ? 0 : cgroup_find_path(spec, path, c->failure);
    if (r == 0 && spec->managed) {
        r = creation_take_text(&record->unit, c->scope.unit.name);
        record->unit_of_user = c->scope.of_user;
    } else if (r == 0 && !spec->none) {
        r = creation_take_text(&record->cgroup, path);
    }
    if (r == -ENOMEM)
        r = fail(c->failure, r, "the state");
    return r == 0 ? record_write(&c->created->container, c->failure) : r;
}

/* The workspace's mount covers its anchor: with a socket below the container's folder that is another one. */
static int creation_prepare_notify(struct creation *c)
{
    if (c->bundle->plan.places[OCI_NAMESPACE_MOUNT] == OCI_PLACE_JOIN)
        return 0; /* nothing is put there */
    int r = notify_prepare(&c->created->container, &c->bundle->plan.start, c->failure);
    if (r <= 0)
        return r;
    if (mkdirat(c->created->container.folder_fd, "work", 0700) < 0 ||
        asprintf(&c->anchor, "%s/work", c->request.anchor) < 0)
        return fail(c->failure, -errno, "filling the folder of container %s", c->created->container.id);
    c->request.anchor = c->anchor;
    return 0;
}

static int creation_prepare(struct creation *c, const char *folder)
{
    int r = creation_fill_folder(c);
    if (r == 0)
        r = creation_take_range(c, folder);
    if (r == 0)
        r = bundle_plan(c->rt, c->bundle, c->created->container.id, c->created->container.record.range_first,
                        c->failure);
    if (r == 0 && pod_join(&c->pod, &c->bundle->plan))
        c->request.user_fd = c->pod.user_fd;
    if (r == 0)
        r = creation_fill_record(c);
    if (r == 0)
        r = filter_get(c->rt, c->bundle, &c->bundle->plan.start.process, c->failure);
    c->created->container.record.listens = c->bundle->plan.start.process.listens;
    if (r == 0 && creation_preserve(c) < 0)
        r = fail(c->failure, -ENOMEM, "the environment");
    if (r == 0)
        r = creation_prepare_notify(c);
    if (r == 0)
        r = limits_place(c->rt, c->bundle, &c->extra, &c->request.cgroup, c->failure);
    if (r == 0 && c->rt->systemd_cgroup && !c->rt->no_cgroups)
        r = scope_plan(c->rt, c->bundle, &c->request.cgroup, &c->scope, c->failure);
    return r == 0 ? creation_announce(c) : r;
}

/* What the engine waits for, before anything could run. */
static int creation_hand_over(struct creation *c)
{
    struct creator_result *p = &c->created->process;
    const struct create_options *o = c->options;
    struct record *record = &c->created->container.record;
    bool zombie;
    int r = 0;
    if (p->tty_fd >= 0 && c->options->console)
        *o->console = TAKE_FD(p->tty_fd);
    else if (p->tty_fd >= 0)
        r = descriptor_send(o->console_socket, p->tty_fd, "/dev/pts/ptmx", c->failure);
    if (r == 0 && o->pidfd_socket)
        r = descriptor_send(o->pidfd_socket, p->pidfd, "pidfd", c->failure);
    record->pid = p->pid;
    if (r == 0 && process_born(p->pid, &record->born, &zombie) < 0)
        r = refuse(c->failure, -ESRCH, "the container's process ended");
    if (r == 0)
        r = record_write(&c->created->container, c->failure);
    if (r == 0 && o->pid_file)
        r = pid_file_write(o->pid_file, p->pid, c->failure);
    return r == 0 ? creator_commit(p, c->failure) : r;
}

/* A control group that systemd makes stands before the process that is born in it. */
static int creation_make_process(struct creation *c)
{
    struct record *record = &c->created->container.record;
    int r = 0;
    if (c->request.cgroup.managed) {
        r = scope_start(&c->scope, c->group, c->failure);
        c->request.cgroup.path = c->group;
        if (r == 0 && creation_take_text(&record->cgroup, c->group) < 0)
            r = fail(c->failure, -ENOMEM, "the state");
    }
    if (r == 0)
        r = creator_run(&c->request, &c->created->process, c->failure);
    c->has_process = r == 0;
    return r < 0 || !c->request.cgroup.managed ? r : scope_settle(&c->scope, c->failure);
}

static int creation_run(struct creation *c)
{
    char folder[PATH_MAX];
    int n = snprintf(folder, sizeof(folder), "%s/%s", c->rt->root, c->created->container.id);
    if (n < 0 || n >= (int)sizeof(folder))
        return fail(c->failure, -ENAMETOOLONG, "%s", c->rt->root);
    c->request = (struct creator_request){
        .plan = &c->bundle->plan,
        .anchor = folder,
        .user_fd = -EBADF,
        .new_keyring = !c->options->no_new_keyring,
        .context = c,
        .describe = creation_describe,
    };
    int r = creation_prepare(c, folder);
    c->request.start_fd = c->start_fd;
    c->request.answer_fd = c->answer_fd;
    c->request.reason_fd = c->reason_fd;
    if (r == 0)
        r = creation_make_process(c);
    if (r < 0)
        limits_locate(&c->extra, "config.json", c->bundle->config_text, c->bundle->config_size, c->failure);
    return r == 0 ? creation_hand_over(c) : r;
}

static void creation_undo(struct creation *c)
{
    struct failure ignored = {0};
    struct record *record = &c->created->container.record;
    char folder[PATH_MAX];
    if (c->has_process)
        creator_abandon(&c->created->process);
    scope_undo(&c->scope);
    if (record->has_range) {
        struct id_pool pool;
        bool pool_is_new;
        (void)snprintf(folder, sizeof(folder), "%s/%s", c->rt->root, c->created->container.id);
        if (id_pool_prepare(&pool, &pool_is_new, &ignored) == 0)
            id_range_release(&pool, record->range_first, folder);
    }
    ignore(container_remove_folder(&c->created->container, &ignored)); /* the failure to tell is the first */
}

static void creation_close(const struct creation *c)
{
    const int fds[] = {c->start_fd, c->answer_fd, c->reason_fd};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

int create_container(struct runtime *rt, const char *id, const struct create_options *options,
                     struct created *ret_created, struct failure *failure)
{
    /* In place: with its id maps it is 36 KiB, and every page that is copied costs as much as five calls. */
    *ret_created = (struct created){
        .container = CONTAINER_EMPTY,
        .process = {.pidfd = -EBADF, .tty_fd = -EBADF, .sync_fd = -EBADF, .cgroup = CGROUP_EMPTY}};
    struct creation c = {
        .rt = rt,
        .options = options,
        .created = ret_created,
        .bundle = &ret_created->bundle,
        .pod = POD_EMPTY,
        .scope = SCOPE_EMPTY,
        .start_fd = -EBADF,
        .answer_fd = -EBADF,
        .reason_fd = -EBADF,
        .failure = failure,
    };
    int r = container_check_id(id, failure);
    if (r == 0)
        r = bundle_read(rt, options->bundle, c.bundle, failure);
    if (r == 0 && !c.bundle->config.has_process)
        r = refuse(failure, -EINVAL, "config.json: process: is needed to create a container");
    if (r == 0)
        r = creation_check_options(&c);
    if (r == 0)
        r = bundle_judge(rt, c.bundle, failure);
    if (r == 0)
        r = sealed_before_create(rt, &c.bundle->decision, failure);
    if (r == 0)
        r = container_make(rt, id, &c.created->container, failure);
    if (r == 0) {
        r = creation_run(&c);
        if (r < 0)
            creation_undo(&c);
    }
    creation_close(&c);
    limits_extra_free(&c.extra);
    pod_close(&c.pod);
    scope_close(&c.scope);
    free(c.anchor);
    if (r < 0) {
        bundle_free(c.bundle);
        container_close(&c.created->container);
        return c.created->process.payload_failed
                   ? fail_within(failure, "runc create failed: unable to start container process")
                   : r;
    }
    return 0;
}

void created_relax(struct created *c)
{
    bundle_free(&c->bundle);
    cgroup_close(&c->process.cgroup);
}

void created_close(struct created *c)
{
    created_relax(c);
    const int fds[] = {c->process.pidfd, c->process.tty_fd, c->process.sync_fd};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    container_close(&c->container);
}
