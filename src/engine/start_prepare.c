/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/start.h"

#include "base/number.h"
#include "formats/accounts.h"
#include "host/id_ledger.h"
#include "kernel/file.h"
#include "plan/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define JOINED_MAX 32 /* containers behind each other */

void start_free(struct start *s)
{
    const int fds[] = {s->folder_fd, s->run_fd, s->listen_fd, s->monitor_client_fd};
    container_record_free(&s->record);
    image_free(&s->image);
    mount_list_free(&s->mounts);
    security_options_free(&s->security);
    userns_mode_free(&s->userns);
    network_mode_free(&s->network);
    port_list_free(&s->ports);
    start_plan_free(&s->plan);
    identity_free(&s->user);
    container_state_free(&s->state);
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

static int prepare_options(struct start *s, struct failure *failure)
{
    const struct container_request *request = &s->record.request;
    int r = mount_list_read(request, &s->mounts, failure);
    if (r == 0)
        r = security_options_parse(&request->security_opt, &s->security, failure);
    if (r == 0)
        r = userns_mode_parse(request->userns, &s->userns, failure);
    if (r == 0)
        r = network_mode_parse(request->network, &s->network, failure);
    for (size_t i = 0; r == 0 && i < request->publish.count; i++)
        r = port_spec_parse(request->publish.items[i], &s->ports, failure);
    for (size_t i = 0; r == 0 && request->publish_all && i < s->image.config.ports.count; i++)
        r = port_spec_parse_exposed(s->image.config.ports.items[i], &s->ports, failure);
    return r;
}

static int prepare_rootfs(struct start *s, struct failure *failure)
{
    struct rootfs_plan *rootfs = &s->plan.rootfs;
    int r = image_layer_folders(&s->image, &rootfs->layers);
    if (r < 0)
        return fail(failure, r, "naming the layers of the image");
    /* Each start has a work folder of its own: the last one's mount may not be gone yet. */
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    char work[RECORD_ID_SIZE + 64];
    (void)snprintf(work, sizeof(work), "containers/%s/work-%lld%09ld", s->record.id, (long long)now.tv_sec,
                   now.tv_nsec);
    if (mkdirat(s->engine->storage_fd, work, 0700) < 0 ||
        fchownat(s->engine->storage_fd, work, STORAGE_BASE, STORAGE_BASE, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(failure, -errno, "making a work folder");
    rootfs->work = strdup(work);
    if (asprintf(&rootfs->upper, "containers/%s/upper", s->record.id) < 0)
        rootfs->upper = NULL;
    rootfs->is_volatile = s->record.request.auto_remove;
    rootfs->nosuid = security_no_new_privileges(&s->security, s->record.request.privileged);
    return rootfs->upper && rootfs->work ? 0 : fail(failure, -ENOMEM, "planning the root file system");
}

/* The ranges of a name in /etc/subuid and /etc/subgid, counted from 0. */
static int prepare_subordinate(const char *file, const char *name, struct id_map *ret_map,
                               struct failure *failure)
{
    autofree char *text = NULL;
    size_t size;
    struct subordinate_user user = {.name = name};
    int r = file_read_all(AT_FDCWD, file, ACCOUNTS_SIZE_MAX, &text, &size);
    if (r == 0)
        r = id_map_read_subordinate(text, size, &user, ret_map);
    if (r == -ENOENT)
        return refuse(failure, r, "%s has no range for %s: add a line %s:FIRST:65536", file, name, name);
    return r < 0 ? fail(failure, r, "reading %s", file) : 0;
}

/* The state of the running container that container:ID of an option means. */
static int prepare_joined(struct start *s, const char *option, const char *who,
                          struct container_state *ret_state, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    int r = container_find(s->engine, who, id, failure);
    if (r == 0 && container_read_status(s->engine, id) != CONTAINER_RUNNING)
        r = refuse(failure, -ESRCH, "--%s=container:%s: it is not running", option, who);
    if (r < 0)
        return r;
    r = state_read(s->engine, id, ret_state);
    return r < 0 ? fail(failure, r, "reading the state of %s", who) : 0;
}

/* The ids of another running container, whose user namespace is joined. */
static int prepare_joined_ids(struct start *s, const char *who, struct failure *failure)
{
    autostate struct container_state state = {0};
    int r = prepare_joined(s, "userns", who, &state, failure);
    if (r < 0)
        return r;
    s->plan.file_uids = state.file_uids;
    s->plan.file_gids = state.file_gids;
    s->plan.namespaces.user_of = state.pid;
    return id_map_to_outside(&state.file_uids, 0, &s->plan.host_base) &&
                   id_map_to_outside(&state.file_gids, 0, &s->plan.host_group_base)
               ? 0
               : refuse(failure, -EINVAL, "--userns=container:%s: it has no id 0 for files", who);
}

static uint32_t prepare_caller(const char *variable)
{
    const char *text =
        getenv(variable); /* sudo(8) sets it; the caller is root and could lie only to itself */
    uint32_t id;
    return text && number_parse_id(text, &id) == 0 ? id : 0;
}

static int prepare_ids(struct start *s, struct failure *failure)
{
    const struct container_request *request = &s->record.request;
    struct id_map uids = {0}, gids = {0};
    const char *uid_name = request->subuidname ? request->subuidname : request->subgidname;
    const char *gid_name = request->subgidname ? request->subgidname : request->subuidname;
    if (s->userns.kind == USERNS_CONTAINER)
        return prepare_joined_ids(s, s->userns.target, failure);
    if (s->userns.kind == USERNS_REMAP) {
        uid_name = s->userns.target && !streq(s->userns.target, "default") ? s->userns.target : "dockremap";
        gid_name = uid_name;
    }
    int r = 0;
    if (uid_name)
        r = prepare_subordinate("/etc/subuid", uid_name, &uids, failure);
    if (r == 0 && gid_name)
        r = prepare_subordinate("/etc/subgid", gid_name, &gids, failure);
    if (r < 0)
        return r;
    struct ids_question question = {
        .mode = &s->userns,
        .range_first = s->record.range_first,
        .subordinate_uids = uid_name ? &uids : NULL,
        .subordinate_gids = gid_name ? &gids : NULL,
        .uidmap = &request->uidmap,
        .gidmap = &request->gidmap,
        .caller_uid = prepare_caller("SUDO_UID"),
        .caller_gid = prepare_caller("SUDO_GID"),
    };
    return ids_plan_files(&question, &s->plan, failure);
}

static int prepare_process(struct start *s, const char *option, const char *who, pid_t *ret_pid,
                           struct failure *failure)
{
    autostate struct container_state state = {0};
    int r = prepare_joined(s, option, who, &state, failure);
    if (r == 0)
        *ret_pid = state.pid;
    return r;
}

/* Whose /dev/shm it is: the joined container's, or the one's that that one joined. */
static int find_shm(struct start *s, const char *who, char ret_id[RECORD_ID_SIZE], struct failure *failure)
{
    autofree char *next = strdup(who);
    for (int i = 0; next && i < JOINED_MAX; i++) {
        autorecord struct container_record record = {0};
        int r = container_find(s->engine, next, ret_id, failure);
        if (r < 0)
            return r;
        r = record_read(s->engine, ret_id, &record);
        if (r < 0)
            return fail(failure, r, "reading the record of %s", next);
        const char *further = record.request.ipc ? string_after(record.request.ipc, "container:") : NULL;
        if (!further)
            return 0;
        free(next);
        next = strdup(further);
    }
    return next ? refuse(failure, -ELOOP, "--ipc=container:%s: containers that join each other", who)
                : fail(failure, -ENOMEM, "--ipc=container:%s", who);
}

/* POSIX shared memory is files in /dev/shm, so that is shared as well. */
static int prepare_shm(struct start *s, const char *who, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autostate struct container_state state = {0};
    if (s->record.request.shm_size)
        return refuse(failure, -EINVAL, "--shm-size: with --ipc=container:%s /dev/shm is that container's",
                      who);
    int r = prepare_process(s, "ipc", who, &s->plan.namespaces.ipc_of, failure);
    if (r == 0)
        r = find_shm(s, who, id, failure);
    if (r == 0)
        r = prepare_joined(s, "ipc", id, &state, failure);
    if (r < 0)
        return r;
    s->shm_of = state.pid;
    s->shm_mapped = !id_map_equal(&state.file_uids, &s->plan.file_uids) ||
                    !id_map_equal(&state.file_gids, &s->plan.file_gids);
    if (s->shm_mapped)
        r = id_map_translate(&state.file_uids, &s->plan.file_uids, &s->shm_uids);
    if (r == 0 && s->shm_mapped)
        r = id_map_translate(&state.file_gids, &s->plan.file_gids, &s->shm_gids);
    return r < 0 ? fail(failure, r, "--ipc=container:%s: the ids of its /dev/shm", who) : 0;
}

static int prepare_namespaces(struct start *s, struct failure *failure)
{
    const struct container_request *request = &s->record.request;
    struct namespace_plan *n = &s->plan.namespaces;
    const char *ipc = request->ipc ? string_after(request->ipc, "container:") : NULL;
    const char *pid = request->pid ? string_after(request->pid, "container:") : NULL;
    int r = 0;
    n->host_network = s->network.kind == NETWORK_HOST;
    if (s->network.kind == NETWORK_CONTAINER)
        r = prepare_process(s, "network", s->network.target, &n->network_of, failure);
    if (r == 0 && ipc)
        r = prepare_shm(s, ipc, failure);
    if (r == 0 && pid)
        r = prepare_process(s, "pid", pid, &n->pid_of, failure);
    return r;
}

int start_prepare(struct start *s, struct failure *failure)
{
    struct store store = {0};
    int r = store_open(&store, s->engine->root_fd, s->engine->program_dir, failure);
    if (r == 0)
        r = image_find(&store, s->record.image_id, &s->image, failure);
    if (r == 0)
        r = image_prepare(&store, &s->image, NULL, failure);
    store_close(&store);
    if (r == 0)
        r = prepare_options(s, failure);
    if (r == 0)
        r = prepare_ids(s, failure);
    if (r == 0)
        r = prepare_namespaces(s, failure);
    if (r == 0)
        r = prepare_rootfs(s, failure);
    if (r < 0)
        return r;
    const char *hostname = s->record.request.hostname;
    s->plan.id = strdup(s->record.id);
    s->plan.hostname = hostname ? strdup(hostname) : strndup(s->record.id, 12);
    return s->plan.id && s->plan.hostname ? 0 : fail(failure, -ENOMEM, "planning the start");
}
