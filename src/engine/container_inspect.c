/* SPDX-License-Identifier: Apache-2.0 */
/* docker's inspect document (Engine API "ContainerInspect"), as far as there is something to tell, and
 * "Unroot". */
#include "engine/inspection.h"
#include "formats/capability.h"
#include "formats/json.h"
#include "formats/timestamp.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static int put_time(struct json_object *object, const char *key, int64_t nanoseconds)
{
    char text[TIMESTAMP_SIZE] = "0001-01-01T00:00:00Z"; /* Go's zero time: never */
    if (nanoseconds != 0)
        (void)timestamp_write((struct timespec){nanoseconds / 1000000000, nanoseconds % 1000000000}, text);
    return json_put_string(object, key, text);
}

struct json_object *inspect_put_object(struct json_object *parent, const char *key)
{
    struct json_object *child = json_object_new_object();
    return child && json_put(parent, key, child) == 0 ? child : NULL;
}

int inspect_put_array(struct json_object *object, const char *key, const struct strings *list)
{
    return list->count > 0 ? json_put_strings(object, key, list)
                           : json_put(object, key, json_object_new_array());
}

static const char *status_word(enum container_status status)
{
    switch (status) {
    case CONTAINER_CREATED:
        return "created";
    case CONTAINER_RUNNING:
        return "running";
    case CONTAINER_PAUSED:
        return "paused";
    case CONTAINER_EXITED:
        return "exited";
    }
    return "unknown";
}

static int inspect_state(const struct inspection *in, struct json_object *document)
{
    struct json_object *state = inspect_put_object(document, "State");
    int64_t finished =
        in->has_exit ? (int64_t)in->exited.finished.tv_sec * 1000000000 + in->exited.finished.tv_nsec : 0;
    if (!state)
        return -ENOMEM;
    int r = json_put_string(state, "Status", status_word(in->status));
    if (r == 0)
        r = json_put_bool(state, "Running", in->running);
    if (r == 0)
        r = json_put_bool(state, "Paused", in->status == CONTAINER_PAUSED);
    if (r == 0)
        r = json_put_bool(state, "OOMKilled", in->has_exit && in->exited.oom_killed == EXIT_OOM_YES);
    if (r == 0)
        r = json_put_i64(state, "Pid", in->running ? in->state.pid : 0);
    if (r == 0)
        r = json_put_i64(state, "ExitCode",
                         in->has_exit                     ? in->exited.exit_code
                         : in->status == CONTAINER_EXITED ? 137
                                                          : 0);
    if (r == 0)
        r = put_time(state, "StartedAt", in->state.started);
    return r < 0 ? r : put_time(state, "FinishedAt", finished);
}

static int inspect_mounts(const struct inspection *in, struct json_object *document)
{
    struct json_object *mounts = json_object_new_array();
    int r = mounts ? json_put(document, "Mounts", mounts) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < in->state.mounts.count; i++) {
        struct json_object *mount = NULL;
        r = json_parse("mount", in->state.mounts.items[i], strlen(in->state.mounts.items[i]), NULL, &mount);
        if (r == 0 && json_object_array_add(mounts, mount) < 0)
            r = -ENOMEM;
    }
    return r;
}

static int put_capabilities(struct json_object *object, const char *key, uint64_t set)
{
    autostrings struct strings names = {0};
    int r = capability_set_names(set, &names);
    return r < 0 ? r : inspect_put_array(object, key, &names);
}

static int put_map(struct json_object *object, const char *key, const struct id_map *map)
{
    char text[ID_MAP_TEXT_MAX + 1];
    if (map->count == 0)
        return 0;
    int r = id_map_to_text(map, text);
    return r < 0 ? r : json_put_string(object, key, text);
}

/* Whom it runs as, on both sides, and what that user may do. */
static int inspect_unroot(const struct inspection *in, struct json_object *document)
{
    const struct container_state *state = &in->state;
    struct json_object *unroot = inspect_put_object(document, "Unroot");
    uint32_t host;
    if (!unroot)
        return -ENOMEM;
    int r = json_put_u64(unroot, "IdRange", in->record.range_first);
    if (r < 0 || !in->running)
        return r;
    r = json_put_string(unroot, "RootMode", state->root_mode);
    if (r == 0 && state->user)
        r = json_put(unroot, "User", json_object_get(state->user));
    if (r == 0 && id_map_to_outside(&state->uids, state->uid, &host))
        r = json_put_u64(unroot, "HostUid", host);
    if (r == 0 && id_map_to_outside(&state->gids, state->gid, &host))
        r = json_put_u64(unroot, "HostGid", host);
    if (r == 0)
        r = put_map(unroot, "UidMap", &state->uids);
    if (r == 0)
        r = put_map(unroot, "GidMap", &state->gids);
    if (r == 0)
        r = put_capabilities(unroot, "BoundingCaps", state->bounding);
    if (r == 0)
        r = put_capabilities(unroot, "EffectiveCaps", state->permitted);
    if (r == 0)
        r = put_capabilities(unroot, "AmbientCaps", state->ambient);
    if (r == 0)
        r = json_put_bool(unroot, "NoNewPrivileges", state->no_new_privs);
    if (r == 0)
        r = json_put_bool(unroot, "Seccomp", state->seccomp);
    return r < 0 ? r : json_put_string(unroot, "Cgroup", state->cgroup);
}

static int inspect_write(const struct inspection *in, struct json_object *document)
{
    const struct container_request *request = &in->record.request;
    autofree char *name = NULL, *image = NULL;
    if (asprintf(&name, "/%s", request->name ? request->name : "") < 0 ||
        asprintf(&image, "sha256:%s", in->record.image_id) < 0)
        return -ENOMEM;
    int r = json_put_string(document, "Id", in->record.id);
    if (r == 0)
        r = put_time(document, "Created", in->record.created);
    if (r == 0)
        r = inspect_state(in, document);
    if (r == 0)
        r = json_put_string(document, "Image", image);
    if (r == 0)
        r = json_put_string(document, "Name", name);
    if (r == 0)
        r = json_put_u64(document, "RestartCount", 0);
    if (r == 0)
        r = inspect_mounts(in, document);
    if (r == 0)
        r = inspect_config(in, document);
    if (r == 0)
        r = inspect_host_config(in, document);
    if (r == 0)
        r = inspect_network(in, document);
    return r < 0 ? r : inspect_unroot(in, document);
}

/* An image that is gone (removed by force) says nothing more. */
static void inspect_read_image(struct inspection *in)
{
    autostore struct store store = {0};
    struct failure ignored = {0};
    if (store_open(&store, in->engine->root_fd, in->engine->program_dir, &ignored) == 0)
        ignore(image_find(&store, in->record.image_id, &in->image, &ignored));
}

static int inspect_read(struct inspection *in, const char *id, struct failure *failure)
{
    autoclose int folder = record_open_folder(in->engine, id);
    int r = record_read(in->engine, id, &in->record);
    if (r < 0)
        return fail(failure, r, "reading the record of container %.12s", id);
    inspect_read_image(in);
    in->status = container_read_status(in->engine, id);
    in->running = in->status == CONTAINER_RUNNING || in->status == CONTAINER_PAUSED;
    in->has_exit = folder >= 0 && exit_read(folder, &in->exited) == 0;
    r = state_read(in->engine, id, &in->state);
    return r < 0 && r != -ENOENT ? fail(failure, r, "reading the state of container %.12s", id) : 0;
}

int container_inspect(struct engine *e, const char *who, struct json_object **ret_document,
                      struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    struct inspection in = {.engine = e};
    struct json_object *document = json_object_new_object();
    int r = container_find(e, who, id, failure);
    if (r == 0)
        r = inspect_read(&in, id, failure);
    if (r == 0 && (!document || inspect_write(&in, document) < 0))
        r = fail(failure, -ENOMEM, "inspecting container %.12s", id);
    container_record_free(&in.record);
    container_state_free(&in.state);
    image_free(&in.image);
    if (r < 0)
        json_object_put(document);
    else
        *ret_document = document;
    return r;
}
