/* SPDX-License-Identifier: Apache-2.0 */
/* state.json: what is kept of a container between two runs of the program. */
#include "formats/json.h"
#include "formats/timestamp.h"
#include "kernel/file.h"
#include "oci/container.h"

#include <string.h>

#define STATE_MAX_BYTES (4u << 20)

void record_free(struct record *r)
{
    free(r->id);
    free(r->bundle);
    free(r->rootfs);
    free(r->cgroup);
    free(r->unit);
    strings_free(&r->annotations);
    *r = (struct record){0};
}

static int put_map(struct json_object *object, const char *key, const struct id_map *map)
{
    char text[ID_MAP_TEXT_MAX + 1];
    if (map->count == 0)
        return 0;
    int r = id_map_to_text(map, text);
    return r < 0 ? r : json_put_string(object, key, text);
}

static int record_fill(const struct record *r, struct json_object *o)
{
    char created[TIMESTAMP_SIZE];
    int e = json_put_string(o, "id", r->id);
    if (e == 0)
        e = json_put_string(o, "bundle", r->bundle);
    if (e == 0)
        e = json_put_string(o, "rootfs", r->rootfs);
    if (e == 0)
        e = json_put_string(o, "cgroup", r->cgroup);
    if (e == 0)
        e = json_put_string(o, "unit", r->unit);
    if (e == 0)
        e = json_put_bool(o, "unitOfUser", r->unit_of_user);
    if (e == 0)
        e = json_put_i64(o, "pid", r->pid);
    if (e == 0)
        e = json_put_u64(o, "born", r->born);
    if (e == 0)
        e = json_put_string(o, "created", timestamp_write(r->created, created));
    if (e == 0)
        e = json_put_strings(o, "annotations", &r->annotations);
    if (e == 0 && r->has_range)
        e = json_put_u64(o, "rangeFirst", r->range_first);
    if (e == 0)
        e = json_put_bool(o, "hasUserNamespace", r->has_user_namespace);
    if (e == 0)
        e = json_put_bool(o, "withoutRoot", r->without_root);
    if (e == 0)
        e = json_put_bool(o, "idsJoined", r->ids_joined);
    if (e == 0 && r->listens)
        e = json_put_bool(o, "listens", true);
    if (e == 0)
        e = put_map(o, "uids", &r->uids);
    if (e == 0)
        e = put_map(o, "gids", &r->gids);
    if (e == 0)
        e = json_put_u64(o, "hooks", r->hooks);
    return e == 0 ? json_put_u64(o, "uid", r->uid) : e;
}

int record_write(struct container *c, struct failure *failure)
{
    autojson struct json_object *object = json_object_new_object();
    int r = object ? record_fill(&c->record, object) : -ENOMEM;
    autofree char *text = r == 0 ? json_write(object, false) : NULL;
    if (r == 0 && !text)
        r = -ENOMEM;
    if (r == 0)
        r = file_write_atomic(c->folder_fd, "state.json", text, strlen(text), false);
    return r < 0 ? fail(failure, r, "writing the state of container %s", c->id) : 0;
}

static int get_text(struct json_object *o, const char *key, char **ret_text)
{
    const char *text = json_get_string(o, key);
    *ret_text = text ? strdup(text) : NULL;
    return text && !*ret_text ? -ENOMEM : 0;
}

static int get_map(struct json_object *o, const char *key, struct id_map *ret_map)
{
    const char *text = json_get_string(o, key);
    return text ? id_map_from_text(text, strlen(text), ret_map) : 0;
}

static int record_take(struct json_object *o, struct record *r)
{
    uint64_t number = 0;
    int64_t pid = 0;
    const char *created = json_get_string(o, "created");
    int e = get_text(o, "id", &r->id);
    if (e == 0)
        e = get_text(o, "bundle", &r->bundle);
    if (e == 0)
        e = get_text(o, "rootfs", &r->rootfs);
    if (e == 0)
        e = get_text(o, "cgroup", &r->cgroup);
    if (e == 0)
        e = get_text(o, "unit", &r->unit);
    if (e == 0)
        e = json_get_i64(o, "pid", &pid);
    if (e == 0)
        e = json_get_u64(o, "born", &r->born);
    if (e == 0)
        e = created ? timestamp_parse(created, &r->created) : -EINVAL;
    if (e == 0)
        e = json_get_strings(o, "annotations", &r->annotations);
    r->pid = (pid_t)pid;
    r->has_range = json_get_u64(o, "rangeFirst", &number) == 0;
    r->range_first = (uint32_t)number;
    r->unit_of_user = json_get_bool(o, "unitOfUser", false);
    r->has_user_namespace = json_get_bool(o, "hasUserNamespace", false);
    r->without_root = json_get_bool(o, "withoutRoot", false);
    r->ids_joined = json_get_bool(o, "idsJoined", false);
    r->listens = json_get_bool(o, "listens", false);
    if (json_get_u64(o, "uid", &number) == 0)
        r->uid = (uint32_t)number;
    if (json_get_u64(o, "hooks", &number) == 0)
        r->hooks = (uint32_t)number;
    if (e == 0)
        e = get_map(o, "uids", &r->uids);
    return e == 0 ? get_map(o, "gids", &r->gids) : e;
}

int record_read(struct container *c, struct failure *failure)
{
    autofree char *text = NULL;
    size_t size = 0;
    autojson struct json_object *object = NULL;
    int r = file_read_all(c->folder_fd, "state.json", STATE_MAX_BYTES, &text, &size);
    if (r == -ENOENT) /* being created */
        return refuse(failure, r, "container does not exist");
    if (r == 0)
        r = json_parse("state.json", text, size, NULL, &object);
    if (r == 0)
        r = record_take(object, &c->record);
    return r < 0 ? fail(failure, r, "reading the state of container %s", c->id) : 0;
}
