/* SPDX-License-Identifier: Apache-2.0 */
/* What `inspect` tells of a running container that nobody else knows: whom it runs as and why, what is
 * mounted. */
#include "engine/start.h"
#include "formats/json.h"

#include <errno.h>

static int describe_user(struct start *s, struct json_object *user)
{
    const struct identity *identity = &s->user;
    struct json_object *groups = json_object_new_array();
    int r = groups ? json_put(user, "groups", groups) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < identity->group_count; i++) {
        struct json_object *group = json_object_new_object();
        r = group && json_object_array_add(groups, group) == 0 ? 0 : -ENOMEM;
        if (r == 0)
            r = json_put_u64(group, "gid", identity->groups[i]);
        if (r == 0)
            r = json_put_string(group, "from", identity_origin_name(identity->group_origins[i]));
    }
    const struct {
        const char *key, *value;
    } texts[] = {
        {"name", identity->name},
        {"home", identity->home},
        {"shell", identity->shell},
        {"uid_from", identity_origin_name(identity->uid_origin)},
        {"gid_from", identity_origin_name(identity->gid_origin)},
        {"home_from", identity_origin_name(identity->home_origin)},
        {"user_from", s->record.request.user ? "--user" : "image"},
    };
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++)
        r = json_put_string(user, texts[i].key, texts[i].value);
    if (r == 0)
        r = json_put_u64(user, "uid", identity->uid);
    return r < 0 ? r : json_put_u64(user, "gid", identity->gid);
}

static int describe_mount(struct start *s, const struct mount_spec *spec)
{
    autojson struct json_object *mount = json_object_new_object();
    int r = mount ? json_put_string(mount, "Type", mount_kind_name(spec->kind)) : -ENOMEM;
    if (r == 0)
        r = json_put_string(mount, spec->kind == MOUNT_KIND_VOLUME ? "Name" : "Source", spec->source);
    if (r == 0)
        r = json_put_string(mount, "Destination", spec->target);
    if (r == 0)
        r = json_put_bool(mount, "RW", !spec->read_only);
    autofree char *text = r == 0 ? json_write(mount, false) : NULL;
    return text ? strings_add(&s->state.mounts, text) : -ENOMEM;
}

int start_describe(struct start *s)
{
    struct json_object *user = json_object_new_object();
    s->state.user = user;
    int r = user ? describe_user(s, user) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < s->mounts.count; i++)
        r = describe_mount(s, &s->mounts.items[i]);
    return r;
}
