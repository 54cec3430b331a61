/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/overlay.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define SETTINGS_MAX 16

/* Lower layers one by one ("lowerdir+", Linux 6.8): no length limit on the whole, no quoting. */
static int layers_mount_new(const struct overlay_layers *layers, uint64_t attributes, char *ret_message)
{
    size_t data = layers->data ? layers->data->count : 0, n = 0;
    if (layers->lower->count + data > OVERLAY_LAYERS_MAX || layers->setting_count > SETTINGS_MAX)
        return -E2BIG;
    struct mount_parameter parameters[OVERLAY_LAYERS_MAX + SETTINGS_MAX + 2];
    for (size_t i = 0; i < layers->lower->count; i++)
        parameters[n++] = (struct mount_parameter){"lowerdir+", layers->lower->items[i]};
    for (size_t i = 0; i < data; i++)
        parameters[n++] = (struct mount_parameter){"datadir+", layers->data->items[i]};
    if (layers->upper) {
        parameters[n++] = (struct mount_parameter){"upperdir", layers->upper};
        parameters[n++] = (struct mount_parameter){"workdir", layers->work};
    }
    for (size_t i = 0; i < layers->setting_count; i++)
        parameters[n++] = layers->settings[i];
    struct mount_request request = {
        .type = "overlay",
        .parameters = parameters,
        .count = n,
        .attributes = attributes,
        .pidns_fd = -EBADF,
    };
    return mount_make(&request, ret_message);
}

static void text_append_quoted(struct text *t, const char *name, const char *special)
{
    for (const char *p = name; *p; p++) {
        for (const char *s = special; *s; s++)
            if (*p == *s)
                text_append_char(t, '\\');
        text_append_char(t, *p);
    }
}

/* FALLBACK(linux < 6.8): mount(2) cuts its options at a page without a word, so the length is ours to check.
 */
static int layers_mount_old(const struct overlay_layers *layers, unsigned long flags, const char *folder)
{
    autotext struct text options = {0};
    if (layers->data && layers->data->count > 0)
        return -EOPNOTSUPP;
    for (size_t i = 0; i < layers->lower->count; i++) {
        text_append(&options, i == 0 ? "lowerdir=" : ":");
        text_append_quoted(&options, layers->lower->items[i], "\\:,");
    }
    if (layers->upper) {
        text_append(&options, ",upperdir=");
        text_append_quoted(&options, layers->upper, "\\,");
        text_append(&options, ",workdir=");
        text_append_quoted(&options, layers->work, "\\,");
    }
    for (size_t i = 0; i < layers->setting_count; i++) {
        text_printf(&options, ",%s", layers->settings[i].key);
        if (layers->settings[i].value)
            text_printf(&options, "=%s", layers->settings[i].value);
    }
    int r = text_error(&options);
    if (r < 0)
        return r;
    if (options.length >= 4095)
        return -E2BIG;
    if (mount("overlay", folder, "overlay", flags, text_peek(&options)) < 0)
        return -errno;
    int fd = mount_clone(AT_FDCWD, folder, false);
    r = mount_detach(folder);
    if (r < 0 && fd >= 0) {
        (void)close(fd);
        fd = r;
    }
    return fd;
}

int overlay_mount(const struct overlay_layers *layers, uint64_t attributes, const char *folder,
                  char *ret_message)
{
    unsigned long flags =
        (attributes & MOUNT_ATTR_NODEV ? MS_NODEV : 0) | (attributes & MOUNT_ATTR_NOSUID ? MS_NOSUID : 0);
    if (ret_message)
        ret_message[0] = '\0';
    if (attributes & ~(uint64_t)(MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID))
        return -EINVAL;
    /* An older kernel would refuse too, but with a line in its log at every start. */
    autoclose int fd = kernel_is_before(6, 8) ? -EINVAL : layers_mount_new(layers, attributes, ret_message);
    if (fd == -EINVAL)
        fd = layers_mount_old(layers, flags, folder);
    if (fd < 0 || !layers->upper)
        return TAKE_FD(fd);
    struct statvfs status;
    if (fstatvfs(fd, &status) < 0)
        return -errno;
    return status.f_flag & ST_RDONLY ? -EROFS : TAKE_FD(fd);
}

int overlay_is(int fd)
{
    struct statfs status;
    if (fstatfs(fd, &status) < 0)
        return -errno;
    return (uint64_t)status.f_type == OVERLAY_MAGIC;
}

/* reconfigure_super() in fs/super.c shrinks the dcache of the file system before it looks at what is changed.
 */
int overlay_forget_names(int root_fd)
{
    autoclose int fs_fd = fspick(root_fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH | FSPICK_NO_AUTOMOUNT);
    if (fs_fd < 0)
        return -errno;
    return fsconfig(fs_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0 ? -errno : 0;
}
