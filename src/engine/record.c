/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

#include "engine/fields.h"
#include "formats/exit_record.h"
#include "formats/json.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define RECORD_SIZE_MAX (16u << 20)
#define RECORD_VERSION 1

#define REQUEST(kind, name, member)                                                                          \
    {                                                                                                        \
        name, kind, offsetof(struct container_request, member)                                               \
    }
static const struct field request_fields[] = {
    REQUEST(FIELD_STRING, "image", image),
    REQUEST(FIELD_STRING, "name", name),
    REQUEST(FIELD_STRING, "hostname", hostname),
    REQUEST(FIELD_STRINGS, "command", command),
    REQUEST(FIELD_STRINGS, "entrypoint", entrypoint),
    REQUEST(FIELD_BOOL, "entrypoint_set", entrypoint_set),
    REQUEST(FIELD_STRINGS, "environment", environment),
    REQUEST(FIELD_STRINGS, "labels", labels),
    REQUEST(FIELD_STRINGS, "annotations", annotations),
    REQUEST(FIELD_STRING, "workdir", workdir),
    REQUEST(FIELD_STRING, "user", user),
    REQUEST(FIELD_STRING, "umask", umask),
    REQUEST(FIELD_STRING, "stop_signal", stop_signal),
    REQUEST(FIELD_STRINGS, "group_add", group_add),
    REQUEST(FIELD_U32, "stop_timeout_seconds", stop_timeout_seconds),
    REQUEST(FIELD_BOOL, "interactive", interactive),
    REQUEST(FIELD_BOOL, "tty", tty),
    REQUEST(FIELD_BOOL, "auto_remove", auto_remove),
    REQUEST(FIELD_BOOL, "init", init),
    REQUEST(FIELD_BOOL, "read_only", read_only),
    REQUEST(FIELD_BOOL, "privileged", privileged),
    REQUEST(FIELD_BOOL, "detach", detach),
    REQUEST(FIELD_STRING, "detach_keys", detach_keys),
    REQUEST(FIELD_STRINGS, "volumes", volumes),
    REQUEST(FIELD_STRINGS, "mounts", mounts),
    REQUEST(FIELD_STRINGS, "tmpfs", tmpfs),
    REQUEST(FIELD_STRINGS, "devices", devices),
    REQUEST(FIELD_STRINGS, "secrets", secrets),
    REQUEST(FIELD_STRING, "network", network),
    REQUEST(FIELD_STRINGS, "publish", publish),
    REQUEST(FIELD_BOOL, "publish_all", publish_all),
    REQUEST(FIELD_STRINGS, "dns", dns),
    REQUEST(FIELD_STRINGS, "dns_search", dns_search),
    REQUEST(FIELD_STRINGS, "add_hosts", add_hosts),
    REQUEST(FIELD_STRING, "memory", memory),
    REQUEST(FIELD_STRING, "memory_swap", memory_swap),
    REQUEST(FIELD_STRING, "memory_reservation", memory_reservation),
    REQUEST(FIELD_STRING, "cpus", cpus),
    REQUEST(FIELD_STRING, "cpuset_cpus", cpuset_cpus),
    REQUEST(FIELD_STRING, "cpuset_mems", cpuset_mems),
    REQUEST(FIELD_STRING, "shm_size", shm_size),
    REQUEST(FIELD_U64, "cpu_shares", cpu_shares),
    REQUEST(FIELD_I64, "pids_limit", pids_limit),
    REQUEST(FIELD_U64, "cpu_period", cpu_period),
    REQUEST(FIELD_I64, "cpu_quota", cpu_quota),
    REQUEST(FIELD_U32, "blkio_weight", blkio_weight),
    REQUEST(FIELD_STRINGS, "blkio_weight_devices", blkio_weight_devices),
    REQUEST(FIELD_STRINGS, "device_read_bps", device_read_bps),
    REQUEST(FIELD_STRINGS, "device_write_bps", device_write_bps),
    REQUEST(FIELD_STRINGS, "device_read_iops", device_read_iops),
    REQUEST(FIELD_STRINGS, "device_write_iops", device_write_iops),
    REQUEST(FIELD_STRING, "memory_swappiness", memory_swappiness),
    REQUEST(FIELD_BOOL, "oom_kill_disable", oom_kill_disable),
    REQUEST(FIELD_INT, "oom_score_adj", oom_score_adj),
    REQUEST(FIELD_STRING, "cgroup_parent", cgroup_parent),
    REQUEST(FIELD_STRINGS, "ulimits", ulimits),
    REQUEST(FIELD_STRINGS, "sysctls", sysctls),
    REQUEST(FIELD_STRINGS, "cap_add", cap_add),
    REQUEST(FIELD_STRINGS, "cap_drop", cap_drop),
    REQUEST(FIELD_STRINGS, "security_opt", security_opt),
    REQUEST(FIELD_STRING, "userns", userns),
    REQUEST(FIELD_STRINGS, "uidmap", uidmap),
    REQUEST(FIELD_STRINGS, "gidmap", gidmap),
    REQUEST(FIELD_STRING, "subuidname", subuidname),
    REQUEST(FIELD_STRING, "subgidname", subgidname),
    REQUEST(FIELD_STRING, "root_mode", root_mode),
    REQUEST(FIELD_STRING, "ipc", ipc),
    REQUEST(FIELD_STRING, "pid", pid),
    REQUEST(FIELD_STRING, "log_max_size", log_max_size),
    REQUEST(FIELD_U32, "log_max_files", log_max_files),
};

#define RECORD(kind, name, member)                                                                           \
    {                                                                                                        \
        name, kind, offsetof(struct container_record, member)                                                \
    }
static const struct field record_fields[] = {
    RECORD(FIELD_STRING, "image_id", image_id),
    RECORD(FIELD_I64, "created", created),
    RECORD(FIELD_U32, "range_first", range_first),
    RECORD(FIELD_STRINGS, "anonymous_volumes", anonymous_volumes),
};

#define STATE(kind, name, member)                                                                            \
    {                                                                                                        \
        name, kind, offsetof(struct container_state, member)                                                 \
    }
static const struct field state_fields[] = {
    STATE(FIELD_INT, "pid", pid),
    STATE(FIELD_INT, "monitor_pid", monitor_pid),
    STATE(FIELD_I64, "started", started),
    STATE(FIELD_STRING, "cgroup", cgroup),
    STATE(FIELD_STRING, "root_mode", root_mode),
    STATE(FIELD_U32, "uid", uid),
    STATE(FIELD_U32, "gid", gid),
    STATE(FIELD_IDS, "uids", uids),
    STATE(FIELD_IDS, "gids", gids),
    STATE(FIELD_IDS, "file_uids", file_uids),
    STATE(FIELD_IDS, "file_gids", file_gids),
    STATE(FIELD_U64, "bounding", bounding),
    STATE(FIELD_U64, "permitted", permitted),
    STATE(FIELD_U64, "ambient", ambient),
    STATE(FIELD_BOOL, "no_new_privs", no_new_privs),
    STATE(FIELD_BOOL, "seccomp", seccomp),
    STATE(FIELD_BOOL, "tty", tty),
    STATE(FIELD_STRING, "address", address),
    STATE(FIELD_STRING, "gateway", gateway),
    STATE(FIELD_STRING, "mac", mac),
    STATE(FIELD_U8, "prefix_length", prefix_length),
    STATE(FIELD_STRINGS, "ports", ports),
    STATE(FIELD_STRINGS, "environment", environment),
    STATE(FIELD_STRINGS, "argv", argv),
    STATE(FIELD_STRINGS, "mounts", mounts),
    STATE(FIELD_STRING, "workdir", workdir),
};

int record_open_folder(const struct engine *e, const char *id)
{
    autoclose int all = path_open_beneath(e->root_fd, "containers", O_PATH | O_DIRECTORY);
    return all < 0 ? all : path_open_beneath(all, id, O_RDONLY | O_DIRECTORY);
}

int record_open_run_folder(const struct engine *e, const char *id, bool make)
{
    autoclose int all = path_open_beneath(e->run_fd, "containers", O_PATH | O_DIRECTORY);
    if (all < 0)
        return all;
    if (make && mkdirat(all, id, 0700) < 0 && errno != EEXIST)
        return -errno;
    return path_open_beneath(all, id, O_RDONLY | O_DIRECTORY);
}

static int document_write(int dirfd, const char *name, struct json_object *document, bool sync)
{
    autofree char *text = json_write(document, false);
    return text ? file_write_atomic(dirfd, name, text, strlen(text), sync) : -ENOMEM;
}

static int document_read(int dirfd, const char *name, struct json_object **ret_document)
{
    autofree char *text = NULL;
    size_t size;
    int r = file_read_all(dirfd, name, RECORD_SIZE_MAX, &text, &size);
    if (r < 0)
        return r;
    struct json_object *document = NULL;
    r = json_parse(name, text, size, NULL, &document);
    if (r < 0)
        return r == -ENOMEM ? r : -EBADMSG;
    *ret_document = document;
    return 0;
}

int record_to_text(const struct container_record *record, char **ret_text)
{
    autojson struct json_object *document = json_object_new_object();
    struct json_object *request = json_object_new_object();
    if (!document || !request)
        return -ENOMEM;
    int r = json_put(document, "request", request);
    if (r == 0)
        r = json_put_u64(document, "version", RECORD_VERSION);
    if (r == 0)
        r = fields_write(document, record_fields, ARRAY_SIZE(record_fields), record);
    if (r == 0)
        r = fields_write(request, request_fields, ARRAY_SIZE(request_fields), &record->request);
    *ret_text = r < 0 ? NULL : json_write(document, false);
    return r < 0 ? r : *ret_text ? 0 : -ENOMEM;
}

int record_write(const struct engine *e, const struct container_record *record, bool sync)
{
    autofree char *text = NULL;
    autoclose int folder = record_open_folder(e, record->id);
    int r = record_to_text(record, &text);
    if (r < 0 || folder < 0)
        return r < 0 ? r : folder;
    return file_write_atomic(folder, "record.json", text, strlen(text), sync);
}

static int record_from_document(const char *id, struct json_object *document,
                                struct container_record *ret_record)
{
    struct container_record record = {0};
    int r;
    (void)snprintf(record.id, sizeof(record.id), "%s", id);
    r = fields_read(document, record_fields, ARRAY_SIZE(record_fields), &record);
    if (r == 0)
        r = fields_read(json_get_object(document, "request"), request_fields, ARRAY_SIZE(request_fields),
                        &record.request);
    if (r == 0 && (!record.image_id || !record.request.image))
        r = -EBADMSG;
    if (r < 0) {
        container_record_free(&record);
        return r;
    }
    *ret_record = record;
    return 0;
}

int record_from_text(const char *id, const char *text, size_t size, struct container_record *ret_record)
{
    autojson struct json_object *document = NULL;
    int r = json_parse("record.json", text, size, NULL, &document);
    if (r < 0)
        return r == -ENOMEM ? r : -EBADMSG;
    return record_from_document(id, document, ret_record);
}

int record_read(const struct engine *e, const char *id, struct container_record *ret_record)
{
    autojson struct json_object *document = NULL;
    autoclose int folder = record_open_folder(e, id);
    if (folder < 0)
        return folder;
    int r = document_read(folder, "record.json", &document);
    return r < 0 ? r : record_from_document(id, document, ret_record);
}

int container_request_copy(const struct container_request *from, struct container_request *ret_copy)
{
    autojson struct json_object *document = json_object_new_object();
    struct container_request copy = {0};
    int r = document ? fields_write(document, request_fields, ARRAY_SIZE(request_fields), from) : -ENOMEM;
    if (r == 0)
        r = fields_read(document, request_fields, ARRAY_SIZE(request_fields), &copy);
    if (r < 0) {
        container_request_free(&copy);
        return r;
    }
    *ret_copy = copy;
    return 0;
}

void container_record_free(struct container_record *record)
{
    free(record->image_id);
    strings_free(&record->anonymous_volumes);
    container_request_free(&record->request);
    *record = (struct container_record){0};
}

int state_write(const struct engine *e, const char *id, const struct container_state *state)
{
    autojson struct json_object *document = json_object_new_object();
    autoclose int folder = record_open_run_folder(e, id, true);
    if (folder < 0)
        return folder;
    int r = document ? fields_write(document, state_fields, ARRAY_SIZE(state_fields), state) : -ENOMEM;
    if (r == 0 && state->user)
        r = json_put(document, "user", json_object_get(state->user));
    return r < 0 ? r : document_write(folder, "state.json", document, false);
}

int state_read(const struct engine *e, const char *id, struct container_state *ret_state)
{
    struct container_state state = {0};
    autojson struct json_object *document = NULL;
    autoclose int folder = record_open_run_folder(e, id, false);
    if (folder < 0)
        return folder;
    int r = document_read(folder, "state.json", &document);
    if (r < 0)
        return r;
    r = fields_read(document, state_fields, ARRAY_SIZE(state_fields), &state);
    if (r < 0) {
        container_state_free(&state);
        return r;
    }
    state.user = json_object_get(json_get_object(document, "user"));
    *ret_state = state;
    return 0;
}

void container_state_free(struct container_state *state)
{
    free(state->cgroup);
    free(state->root_mode);
    free(state->address);
    free(state->gateway);
    free(state->mac);
    free(state->workdir);
    strings_free(&state->ports);
    strings_free(&state->environment);
    strings_free(&state->argv);
    strings_free(&state->mounts);
    json_object_put(state->user);
    *state = (struct container_state){0};
}

int exit_read(int container_fd, struct exit_record *ret_record)
{
    autofree char *text = NULL;
    size_t size;
    int r = file_read_all(container_fd, "exit.json", EXIT_RECORD_MAX, &text, &size);
    return r < 0 ? r : exit_record_decode(text, size, ret_record);
}

int exit_write(int container_fd, const struct exit_record *record)
{
    char text[EXIT_RECORD_MAX];
    size_t size = exit_record_encode(record, text);
    return file_write_atomic(container_fd, "exit.json", text, size, false);
}
