/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/network_mode.h"
#include "base/strings.h"
#include "formats/reference.h"

#include <errno.h>
#include <string.h>

#define NETWORK_NAME_MAX 128

/* container:ID's ID: a name, an id or a prefix of one. */
static int take_container(const char *option, const char *id, char **ret_target, struct failure *f)
{
    if (!object_name_is_valid(id) && !(id[0] != '\0' && id[1] == '\0'))
        return refuse(f, -EINVAL, "%s container:%s: expected a container's name or id", option, id);
    char *copy = strdup(id);
    if (!copy)
        return fail(f, -ENOMEM, "%s container:%s", option, id);
    *ret_target = copy;
    return 0;
}

int network_mode_parse(const char *text, struct network_mode *ret_mode, struct failure *f)
{
    static const char *const defaults[] = {"", "default", "bridge", "private"};
    struct network_mode mode = {.kind = NETWORK_DEFAULT};
    text = text ? text : "";
    for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
        if (streq(text, defaults[i])) {
            *ret_mode = mode;
            return 0;
        }
    const char *id = string_after(text, "container:");
    int r = 0;
    if (streq(text, "none")) {
        mode.kind = NETWORK_NONE;
    } else if (streq(text, "host")) {
        mode.kind = NETWORK_HOST;
    } else if (id) {
        mode.kind = NETWORK_CONTAINER;
        r = take_container("--network", id, &mode.target, f);
    } else {
        mode.kind = NETWORK_NAMED;
        if (!object_name_is_valid(text) || strlen(text) > NETWORK_NAME_MAX)
            return refuse(f, -EINVAL,
                          "--network %s: expected none, host, default, container:ID or a network's name",
                          text);
        mode.target = strdup(text);
        r = mode.target ? 0 : fail(f, -ENOMEM, "--network %s", text);
    }
    if (r == 0)
        *ret_mode = mode;
    return r;
}

void network_mode_free(struct network_mode *m)
{
    free(m->target);
    *m = (struct network_mode){0};
}

int share_mode_parse(const char *option, const char *text, struct share_mode *ret_mode, struct failure *f)
{
    struct share_mode mode = {.kind = SHARE_PRIVATE};
    text = text ? text : "";
    const char *id = string_after(text, "container:");
    int r = 0;
    if (id) {
        mode.kind = SHARE_CONTAINER;
        r = take_container(option, id, &mode.target, f);
    } else if (streq(text, "host")) {
        mode.kind = SHARE_HOST;
    } else if (text[0] != '\0' && !streq(text, "private") &&
               !(streq(option, "--ipc") && (streq(text, "shareable") || streq(text, "none")))) {
        r = refuse(f, -EINVAL, "%s %s: expected private, host or container:ID", option, text);
    }
    if (r == 0)
        *ret_mode = mode;
    return r;
}

void share_mode_free(struct share_mode *m)
{
    free(m->target);
    *m = (struct share_mode){0};
}
