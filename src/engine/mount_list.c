/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mount_list.h"

#include <errno.h>
#include <string.h>

void mount_list_free(struct mount_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mount_spec_free(&list->items[i]);
    free(list->items);
    *list = (struct mount_list){0};
}

/* The kernel's file systems are attached after everything else, so a mount below them would vanish under
 * them. */
static int mount_list_check(const struct mount_list *list, struct failure *failure)
{
    static const char *const ours[] = {"/proc", "/sys", "/dev/pts", "/dev/mqueue"};
    const struct mount_spec *last = &list->items[list->count - 1];
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
        const char *rest = string_after(last->target, ours[i]);
        if (rest && (*rest == '\0' || *rest == '/'))
            return refuse(failure, -EPERM,
                          "a mount on %s: %s belongs to the kernel's file systems of the container",
                          last->target, ours[i]);
    }
    if (streq(last->target, "/dev"))
        return refuse(failure, -EPERM, "a mount on /dev: add single devices with --device");
    for (size_t i = 0; i + 1 < list->count; i++)
        if (streq(list->items[i].target, last->target))
            return refuse(failure, -EINVAL, "duplicate mount point: %s", last->target);
    return 0;
}

typedef int mount_parser(const char *text, struct mount_spec *ret_mount, struct failure *f);

static int mount_list_add(struct mount_list *list, const struct strings *words, mount_parser *parse,
                          struct failure *failure)
{
    for (size_t i = 0; i < words->count; i++) {
        struct mount_spec *items = reallocarray(list->items, list->count + 1, sizeof(*items));
        if (!items)
            return fail(failure, -ENOMEM, "reading the mounts");
        list->items = items;
        int r = parse(words->items[i], &list->items[list->count], failure);
        if (r < 0)
            return r;
        list->count++;
        r = mount_list_check(list, failure);
        if (r < 0)
            return r;
    }
    return 0;
}

int mount_list_read(const struct container_request *request, struct mount_list *ret_list,
                    struct failure *failure)
{
    struct mount_list list = {0};
    int r = mount_list_add(&list, &request->volumes, mount_spec_parse_volume, failure);
    if (r == 0)
        r = mount_list_add(&list, &request->mounts, mount_spec_parse_mount, failure);
    if (r == 0)
        r = mount_list_add(&list, &request->tmpfs, mount_spec_parse_tmpfs, failure);
    if (r < 0) {
        mount_list_free(&list);
        return r;
    }
    *ret_list = list;
    return 0;
}
