/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_view.h"

#include "base/text.h"
#include "kernel/fd_message.h"
#include "kernel/mount.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#define VIEW_LAYERS_MAX 500   /* as overlay(5) */
#define OLD_OPTIONS_MAX 4095u /* mount(2) cuts off what is longer without a word */

static int view_mount_new(const struct tree_view *view)
{
    size_t count = 0;
    autofree struct mount_parameter *parameters = calloc(view->folders.count + 5, sizeof(*parameters));
    if (!parameters)
        return -ENOMEM;
    for (size_t i = 0; i < view->folders.count; i++)
        parameters[count++] = (struct mount_parameter){"lowerdir+", view->folders.items[i]};
    if (view->upper) {
        parameters[count++] = (struct mount_parameter){"upperdir", view->upper};
        parameters[count++] = (struct mount_parameter){"workdir", view->work};
        parameters[count++] = (struct mount_parameter){"volatile", NULL};
    }
    const char *refers = view->self_contained ? "off" : "on";
    parameters[count++] = (struct mount_parameter){"redirect_dir", refers};
    parameters[count++] = (struct mount_parameter){"metacopy", refers};
    const struct mount_request request = {
        .type = "overlay",
        .parameters = parameters,
        .count = count,
        .attributes =
            MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | (view->upper ? 0 : MOUNT_ATTR_RDONLY),
        .pidns_fd = -EBADF,
    };
    return mount_make(&request, NULL);
}

/* In a mount namespace of its own, over a folder that nobody else sees covered. */
static int view_child(const struct store *s, const char *options, bool writable, int socket, int mount_ns)
{
    unsigned long flags = MS_NODEV | MS_NOSUID | MS_NOEXEC | (writable ? 0 : MS_RDONLY);
    if (mount_ns >= 0) {
        int entered = process_enter(mount_ns, CLONE_NEWNS);
        if (entered < 0)
            return -entered;
    }
    if (fchdir(s->storage_fd) < 0)
        return errno;
    int r = process_unshare(CLONE_NEWNS);
    if (r == 0)
        r = mount_make_private();
    if (r < 0)
        return -r;
    if (mount("overlay", "volumes", "overlay", flags, options) < 0)
        return errno;
    autoclose int fd = open("volumes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r = fd < 0 ? -errno : fd_message_send(socket, "", 1, fd);
    return -r;
}

/* FALLBACK(linux < 6.8): no "lowerdir+", and fsconfig(2) takes no string over 255 bytes; so mount(2), by a
 * child in a mount namespace of its own that sends the descriptor. */
static int view_by_child(const struct store *s, const struct tree_view *view, int mount_ns)
{
    autotext struct text options = {0};
    for (size_t i = 0; i < view->folders.count; i++)
        text_printf(&options, "%s%s", i == 0 ? "lowerdir=" : ":", view->folders.items[i]);
    if (view->upper)
        text_printf(&options, ",upperdir=%s,workdir=%s,volatile", view->upper, view->work);
    const char *refers = view->self_contained ? "off" : "on";
    text_printf(&options, ",redirect_dir=%s,metacopy=%s", refers, refers);
    if (text_error(&options) < 0)
        return -ENOMEM;
    if (options.length > OLD_OPTIONS_MAX)
        return -E2BIG;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    autoclose int ours = ends[0], theirs = ends[1], pidfd = -EBADF;
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid < 0)
        return (int)pid;
    if (pid == 0)
        _exit(view_child(s, text_peek(&options), view->upper, theirs, mount_ns));
    (void)close(TAKE_FD(theirs)); /* so that a dead child is seen */
    char byte;
    int fd = -EBADF;
    ssize_t n = fd_message_receive(ours, &byte, 1, &fd);
    if (fd < 0)
        fd = n < 0 ? (int)n : -EIO;
    int status = process_wait(pidfd);
    if (fd < 0 && status > 0 && status < 128)
        return -status;
    return fd;
}

/* A container's supervisor has left the mount namespace that the store was opened in, and the kernel takes
 * only layers of the caller's own: the command that it came from is there still. */
int tree_view_open_old(const struct store *s, const struct tree_view *view)
{
    int fd = view_by_child(s, view, -EBADF);
    if (fd != -EINVAL)
        return fd;
    autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    autoclose int mount_ns = proc < 0 ? -EBADF : process_open_namespace(proc, getppid(), "mnt");
    return mount_ns < 0 ? fd : view_by_child(s, view, mount_ns);
}

/* Names are relative to storage_fd: that is where this process goes for the moment. */
static int view_mount(const struct store *s, const struct tree_view *view)
{
    autoclose int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (before < 0 || fchdir(s->storage_fd) < 0)
        return -errno;
    autoclose int mount_fd = view_mount_new(view);
    if (fchdir(before) < 0)
        return -errno;
    if (mount_fd == -EINVAL)
        return tree_view_open_old(s, view);
    if (mount_fd < 0)
        return TAKE_FD(mount_fd);
    int fd = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int view_open(const struct store *s, const struct tree_view *view, struct failure *failure)
{
    if (view->folders.count == 0)
        return refuse(failure, -ENOENT, "the image has no layer");
    if (view->folders.count > VIEW_LAYERS_MAX)
        return refuse(failure, -E2BIG, "more than %d layers", VIEW_LAYERS_MAX);
    int fd;
    if (view->folders.count > 1 || view->upper) {
        fd = view_mount(s, view);
    } else { /* overlay wants two */
        fd = openat(s->storage_fd, view->folders.items[0], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        fd = fd < 0 ? -errno : fd;
    }
    return fd < 0 ? fail(failure, fd, "opening the files of the layers") : fd;
}

int tree_view_open(const struct store *s, const struct strings *folders, struct failure *failure)
{
    const struct tree_view view = {.folders = *folders};
    return view_open(s, &view, failure);
}

int tree_view_open_writable(const struct store *s, const struct tree_view *view, struct failure *failure)
{
    return view_open(s, view, failure);
}

int image_view_open(const struct store *s, const struct image *image, struct failure *failure)
{
    autostrings struct strings folders = {0};
    int r = image_layer_folders(image, &folders);
    return r < 0 ? fail(failure, r, "opening the image's files") : tree_view_open(s, &folders, failure);
}
