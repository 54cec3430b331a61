/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/console.h"

#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int socket_address(const char *path, int *ret_folder, struct sockaddr_un *ret_address)
{
    char folder[PATH_MAX];
    ret_address->sun_family = AF_UNIX;
    size_t room = sizeof(ret_address->sun_path);
    if (strlen(path) < room) {
        memcpy(ret_address->sun_path, path, strlen(path) + 1);
        return 0;
    }
    const char *slash = strrchr(path, '/');
    int n = slash ? snprintf(folder, sizeof(folder), "%.*s/", (int)(slash - path), path) : -1;
    if (n < 0 || n >= (int)sizeof(folder))
        return -ENAMETOOLONG;
    *ret_folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*ret_folder < 0)
        return -errno;
    n = snprintf(ret_address->sun_path, room, "/proc/self/fd/%d/%s", *ret_folder, slash + 1);
    return n < 0 || (size_t)n >= room ? -ENAMETOOLONG : 0;
}

int socket_connect(const char *path, uint32_t timeout_ms, struct failure *failure)
{
    struct sockaddr_un address = {0};
    const struct timeval limit = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
    autoclose int folder = -EBADF;
    int r = socket_address(path, &folder, &address);
    autoclose int channel = r < 0 ? r : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (channel < 0 || setsockopt(channel, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
        connect(channel, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return fail(failure, r < 0 ? r : -errno, "connecting to %s", path);
    return TAKE_FD(channel);
}

int socket_send_descriptor(int channel, int fd, const char *text)
{
    struct iovec data = {(void *)(uintptr_t)text, strlen(text)};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control.room)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
    ssize_t n = sendmsg(channel, &message, MSG_NOSIGNAL);
    return n == (ssize_t)data.iov_len ? 0 : n < 0 ? -errno : -EIO;
}

int descriptor_send(const char *socket_path, int fd, const char *name, struct failure *failure)
{
    autoclose int channel = socket_connect(socket_path, 0, failure);
    int r = channel < 0 ? 0 : socket_send_descriptor(channel, fd, name);
    if (channel < 0)
        return channel;
    return r < 0 ? fail(failure, r, "sending to %s", socket_path) : 0;
}

int pid_file_write(const char *path, pid_t pid, struct failure *failure)
{
    char text[16], folder_path[PATH_MAX];
    const char *slash = strrchr(path, '/');
    (void)snprintf(text, sizeof(text), "%d", (int)pid);
    int n = slash ? snprintf(folder_path, sizeof(folder_path), "%.*s/", (int)(slash - path), path) : 0;
    if (n < 0 || n >= (int)sizeof(folder_path))
        return fail(failure, -ENAMETOOLONG, "pid file %s", path);
    autoclose int folder = open(slash ? folder_path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r =
        folder < 0 ? -errno : file_write_atomic(folder, slash ? slash + 1 : path, text, strlen(text), false);
    return r < 0 ? fail(failure, r, "writing the pid file %s", path) : 0;
}
