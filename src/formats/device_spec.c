/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/device_spec.h"
#include "formats/path_text.h"

#include <errno.h>
#include <string.h>

static bool access_is_valid(const char *access)
{
    return access[0] != '\0' && access[strspn(access, "rwm")] == '\0' && strlen(access) <= 3;
}

static int take_path(const char *text, const char *path, char **ret_path, struct failure *f)
{
    int r = path_text_clean(path, ret_path);
    if (r == -ENOMEM)
        return fail(f, r, "--device %s", text);
    return r < 0 ? refuse(f, -EINVAL, "--device %s: \"%s\" is not an absolute path", text, path) : 0;
}

int device_spec_parse(const char *text, struct device_spec *ret_device, struct failure *f)
{
    autofree char *copy = strdup(text), *host_path = NULL, *inside_path = NULL;
    if (!copy)
        return fail(f, -ENOMEM, "--device %s", text);
    char *rest = copy, *host = strsep(&rest, ":"), *inside = strsep(&rest, ":"), *access = strsep(&rest, ":");
    if (rest)
        return refuse(f, -EINVAL, "--device %s: expected HOST[:CONTAINER[:rwm]]", text);
    if (inside && !access && access_is_valid(inside)) { /* HOST:rwm */
        access = inside;
        inside = NULL;
    }
    if (access && !access_is_valid(access))
        return refuse(f, -EINVAL, "--device %s: invalid device mode: %s (r, w and m are there)", text,
                      access);
    access = access ? access : "rwm";
    int r = take_path(text, host, &host_path, f);
    if (r < 0 || (r = take_path(text, inside ? inside : host, &inside_path, f)) < 0)
        return r;
    *ret_device = (struct device_spec){
        .host = TAKE_PTR(host_path),
        .inside = TAKE_PTR(inside_path),
        .read = strchr(access, 'r') != NULL,
        .write = strchr(access, 'w') != NULL,
        .mknod = strchr(access, 'm') != NULL,
    };
    return 0;
}

void device_spec_free(struct device_spec *d)
{
    free(d->host);
    free(d->inside);
    *d = (struct device_spec){0};
}
