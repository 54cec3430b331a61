/* SPDX-License-Identifier: Apache-2.0 */
/* File systems by their type, with the options that a configuration names. */
#include "base/number.h"
#include "kernel/mount.h"
#include "runtime/workspace.h"

#include <errno.h>
#include <string.h>

#define PARAMETERS_MAX 64

static int parameters_add(struct mount_request *request, struct mount_parameter *list, const char *key,
                          const char *value)
{
    if (request->count >= PARAMETERS_MAX)
        return -E2BIG;
    list[request->count++] = (struct mount_parameter){key, value};
    return 0;
}

int workspace_make_type(const char *type, const struct mount_plan *mount, int pidns_fd,
                        struct failure *failure)
{
    autostrings struct strings words = {0};
    struct mount_parameter parameters[PARAMETERS_MAX];
    char message[MOUNT_MESSAGE_SIZE] = "";
    struct mount_request request = {
        .type = type,
        .parameters = parameters,
        .attributes = mount->attributes,
        .pidns_fd = pidns_fd,
    };
    int r = strings_copy(&words, &mount->data);
    if (r == 0 && mount->origin == MOUNT_OF_FILESYSTEM && mount->source)
        r = parameters_add(&request, parameters, "source", mount->source);
    if (r == 0 && mount->file_system_read_only)
        r = parameters_add(&request, parameters, "ro", NULL);
    for (size_t i = 0; r == 0 && i < mount->flags.count; i++)
        r = parameters_add(&request, parameters, mount->flags.items[i], NULL);
    for (size_t i = 0; r == 0 && i < words.count; i++) {
        char *equals = strchr(words.items[i], '=');
        if (equals)
            *equals = '\0';
        r = parameters_add(&request, parameters, words.items[i], equals ? equals + 1 : NULL);
    }
    if (r < 0)
        return fail(failure, r, "mounting %s on %s", type, mount->target);
    int fd = mount_make(&request, message);
    if (fd == -EINVAL && pidns_fd >= 0)
        return fd; /* a kernel before 6.17: the caller knows another way */
    if (fd < 0)
        return fail(failure, fd, "mounting %s on %s%s%s", type, mount->target, message[0] ? ": " : "",
                    message);
    return fd;
}

int workspace_make_tmpfs(const struct mount_plan *mount, struct failure *failure)
{
    struct mount_plan with = {.origin = MOUNT_OF_TMPFS,
                              .target = mount->target,
                              .attributes = mount->attributes,
                              .flags = mount->flags,
                              .file_system_read_only = mount->file_system_read_only};
    autostrings struct strings words = {0};
    int r = strings_addf(&words, "mode=%o", mount->mode);
    if (r == 0)
        r = strings_addf(&words, "uid=%u", mount->uid);
    if (r == 0)
        r = strings_addf(&words, "gid=%u", mount->gid);
    if (r == 0 && mount->size > 0)
        r = strings_addf(&words, "size=%llu", (unsigned long long)mount->size);
    if (r == 0 && mount->inodes > 0)
        r = strings_addf(&words, "nr_inodes=%llu", (unsigned long long)mount->inodes);
    for (size_t i = 0; r == 0 && i < mount->data.count; i++)
        r = strings_add(&words, mount->data.items[i]);
    if (r < 0)
        return fail(failure, r, "mounting tmpfs on %s", mount->target);
    with.data = words; /* lent */
    return workspace_make_type("tmpfs", &with, -EBADF, failure);
}

/* gid= counts inside; "newinstance" is what every mount of it is since Linux 4.7. */
int workspace_make_devpts(const struct mount_plan *mount, const struct id_map *gids, struct failure *failure)
{
    struct mount_plan with = {.origin = MOUNT_OF_DEVPTS,
                              .target = mount->target,
                              .attributes = mount->attributes,
                              .flags = mount->flags};
    autostrings struct strings words = {0};
    int r = 0;
    for (size_t i = 0; r == 0 && i < mount->data.count; i++) {
        const char *word = mount->data.items[i], *group = string_after(word, "gid=");
        uint32_t inside, outside;
        if (group && gids->count > 0) {
            if (number_parse_id(group, &inside) < 0 || !id_map_to_outside(gids, inside, &outside))
                return refuse(failure, -EINVAL, "devpts on %s: group %s does not exist in this container",
                              mount->target, group);
            r = strings_addf(&words, "gid=%u", outside);
        } else if (!streq(word, "newinstance"))
            r = strings_add(&words, word);
    }
    if (r < 0)
        return fail(failure, r, "mounting devpts on %s", mount->target);
    with.data = words; /* lent */
    return workspace_make_type("devpts", &with, -EBADF, failure);
}
