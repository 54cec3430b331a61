/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/volume.h"

#include "base/hex.h"
#include "engine/usage.h"
#include "formats/json.h"
#include "formats/reference.h"
#include "formats/timestamp.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define ANONYMOUS_BYTES 32

static int choose_name(char **ret_name)
{
    unsigned char bytes[ANONYMOUS_BYTES];
    char name[2 * ANONYMOUS_BYTES + 1];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return -EIO;
    hex_encode(bytes, sizeof(bytes), name);
    *ret_name = strdup(name);
    return *ret_name ? 0 : -ENOMEM;
}

static int make_volume(const struct store *s, const struct volume_request *request, struct volume *v,
                       struct failure *failure)
{
    v->anonymous = !request->name;
    v->fresh = true;
    int r = clock_gettime(CLOCK_REALTIME, &v->created) < 0 ? -errno : 0;
    if (r == 0)
        r = strings_copy(&v->labels, &request->labels);
    if (r == 0 && request->name)
        r = (v->name = strdup(request->name)) ? 0 : -ENOMEM;
    else if (r == 0)
        r = choose_name(&v->name);
    if (r == 0)
        r = volume_record_create(s, v);
    if (r < 0 && r != -EEXIST)
        return fail(failure, r, "making the volume %s", v->name ? v->name : "");
    return r;
}

int volume_create(struct engine *e, const struct volume_request *request, struct volume *ret_volume,
                  struct failure *failure)
{
    autostore struct store s = {0};
    autovolume struct volume v = {0};
    if (request->name && !object_name_is_valid(request->name))
        return refuse(failure, -EINVAL,
                      "%s: a volume's name is two or more of letters, digits, \"_\", \".\" and \"-\", a "
                      "letter or digit "
                      "first",
                      request->name);
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r == 0)
        r = make_volume(&s, request, &v, failure);
    if (r == -EEXIST) {
        volume_free(&v);
        r = volume_record_read(&s, request->name, &v);
        if (r < 0)
            (void)fail(failure, r, "reading the volume %s", request->name); /* r is returned */
    }
    if (r < 0)
        return r;
    *ret_volume = v;
    v = (struct volume){0};
    return 0;
}

static int refuse_missing(struct failure *failure, int error, const char *name)
{
    if (error == -ENOENT)
        return refuse(failure, error, "no such volume: %s", name);
    return fail(failure, error, "reading the volume %s", name);
}

int volume_get(struct engine *e, const char *name, struct volume *ret_volume, struct failure *failure)
{
    autostore struct store s = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    r = volume_record_read(&s, name, ret_volume);
    return r < 0 ? refuse_missing(failure, r, name) : 0;
}

int volume_open(struct engine *e, const char *name, int *ret_fd, struct failure *failure)
{
    autostore struct store s = {0};
    autovolume struct volume v = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    r = volume_record_read(&s, name, &v);
    int fd = r < 0 ? r : volume_record_open(&s, name);
    if (fd < 0)
        return refuse_missing(failure, fd, name);
    *ret_fd = fd;
    return 0;
}

static int read_all(const struct store *s, const struct strings *names, struct volume_list *list)
{
    list->items = calloc(names->count ? names->count : 1, sizeof(*list->items));
    if (!list->items)
        return -ENOMEM;
    for (size_t i = 0; i < names->count; i++) {
        int r = volume_record_read(s, names->items[i], &list->items[list->count]);
        if (r == 0)
            list->count++;
        else if (r != -ENOENT) /* removed meanwhile */
            return r;
    }
    return 0;
}

int volume_list(struct engine *e, struct volume_list *ret_list, struct failure *failure)
{
    autostore struct store s = {0};
    autostrings struct strings names = {0};
    struct volume_list list = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    r = volume_record_list(&s, &names);
    if (r == 0)
        r = read_all(&s, &names, &list);
    if (r < 0) {
        volume_list_free(&list);
        return fail(failure, r, "listing volumes");
    }
    *ret_list = list;
    return 0;
}

void volume_list_free(struct volume_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        volume_free(&list->items[i]);
    free(list->items);
    *list = (struct volume_list){0};
}

static int put_labels(struct json_object *document, const struct strings *labels)
{
    autojson struct json_object *map = json_object_new_object();
    if (!map)
        return -ENOMEM;
    for (size_t i = 0; i < labels->count; i++) {
        const char *item = labels->items[i], *equals = strchr(item, '=');
        autofree char *name = strndup(item, equals ? (size_t)(equals - item) : strlen(item));
        if (!name || json_put_string(map, name, equals ? equals + 1 : "") < 0)
            return -ENOMEM;
    }
    return json_put(document, "Labels", TAKE_PTR(map));
}

int volume_inspect(struct engine *e, const char *name, struct json_object **ret_document,
                   struct failure *failure)
{
    autovolume struct volume v = {0};
    autofree char *folder = NULL;
    char created[TIMESTAMP_SIZE];
    int r = volume_get(e, name, &v, failure);
    if (r < 0)
        return r;
    autojson struct json_object *document = json_object_new_object();
    if (asprintf(&folder, "%s/storage/volumes/%s", e->root, v.name) < 0)
        folder = NULL;
    if (!document || !folder ||
        json_put_string(document, "CreatedAt", timestamp_write(v.created, created)) < 0 ||
        json_put_string(document, "Driver", "local") < 0 || put_labels(document, &v.labels) < 0 ||
        json_put_string(document, "Mountpoint", folder) < 0 ||
        json_put_string(document, "Name", v.name) < 0 ||
        json_object_object_add(document, "Options", NULL) < 0 ||
        json_put_string(document, "Scope", "local") < 0 ||
        json_put_bool(document, "Anonymous", v.anonymous) < 0)
        return fail(failure, -ENOMEM, "inspecting %s", name);
    *ret_document = TAKE_PTR(document);
    return 0;
}
