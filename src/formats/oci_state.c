/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_state.h"
#include "formats/json_section.h"
#include "formats/oci_version.h"
#include "formats/timestamp.h"

#include <errno.h>

const char *oci_status_name(enum oci_status status)
{
    static const char *const names[] = {
        [OCI_STATUS_CREATING] = "creating", [OCI_STATUS_CREATED] = "created",
        [OCI_STATUS_RUNNING] = "running",   [OCI_STATUS_PAUSED] = "paused",
        [OCI_STATUS_STOPPED] = "stopped",
    };
    return names[status];
}

static int put_members(struct json_object *object, const struct oci_state *s)
{
    char created[TIMESTAMP_SIZE];
    int r = json_put_string(object, "ociVersion", OCI_VERSION);
    if (r == 0)
        r = json_put_string(object, "id", s->id);
    if (r == 0)
        r = json_put_i64(object, "pid", s->pid);
    if (r == 0)
        r = json_put_string(object, "status", oci_status_name(s->status));
    if (r == 0)
        r = json_put_string(object, "bundle", s->bundle);
    if (r == 0)
        r = json_put_string(object, "rootfs", s->rootfs);
    if (r == 0 && s->created.tv_sec != 0)
        r = json_put_string(object, "created", timestamp_write(s->created, created));
    if (r == 0 && s->annotations)
        r = json_put_map(object, "annotations", s->annotations);
    return r == 0 ? json_put_string(object, "owner", s->owner) : r;
}

static int make_object(const struct oci_state *state, struct json_object **ret_object)
{
    autojson struct json_object *object = json_object_new_object();
    int r = object ? put_members(object, state) : -ENOMEM;
    if (r == 0)
        *ret_object = TAKE_PTR(object);
    return r;
}

static int write_text(struct json_object *object, bool pretty, char **ret_text)
{
    *ret_text = json_write(object, pretty);
    return *ret_text ? 0 : -ENOMEM;
}

int oci_state_write(const struct oci_state *state, bool pretty, char **ret_text)
{
    autojson struct json_object *object = NULL;
    int r = make_object(state, &object);
    return r < 0 ? r : write_text(object, pretty, ret_text);
}

int oci_process_state_write(const struct oci_process_state *process, char **ret_text)
{
    autojson struct json_object *object = json_object_new_object();
    autostrings struct strings fds = {0};
    struct json_object *state = NULL;
    int r = object ? json_put_string(object, "ociVersion", OCI_VERSION) : -ENOMEM;
    if (r == 0)
        r = strings_add(&fds, "seccompFd");
    if (r == 0)
        r = json_put_strings(object, "fds", &fds);
    if (r == 0)
        r = json_put_i64(object, "pid", process->pid);
    if (r == 0)
        r = json_put_string(object, "metadata", process->metadata);
    if (r == 0)
        r = make_object(process->state, &state);
    if (r == 0)
        r = json_put(object, "state", state);
    return r < 0 ? r : write_text(object, false, ret_text);
}

int oci_state_write_list(const struct oci_state *states, size_t count, char **ret_text)
{
    if (count == 0)
        return write_text(NULL, false, ret_text);
    autojson struct json_object *array = json_object_new_array();
    if (!array)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        struct json_object *object = NULL;
        int r = make_object(&states[i], &object);
        if (r == 0 && json_object_array_add(array, object) < 0) {
            json_object_put(object);
            r = -ENOMEM;
        }
        if (r < 0)
            return r;
    }
    return write_text(array, false, ret_text);
}
