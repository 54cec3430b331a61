/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define SOCKET_NAME "attach.sock"
#define BACKLOG 128

/* A socket's address holds 108 bytes, which a folder's path may exceed: it goes by the descriptor. */
static int socket_address(int folder_fd, struct sockaddr_un *ret_address)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int n = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET_NAME, folder_fd);
    if (n < 0 || (size_t)n >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    *ret_address = address;
    return 0;
}

int attach_listen(int container_run_fd, int *ret_fd)
{
    struct sockaddr_un address;
    int r = socket_address(container_run_fd, &address);
    if (r < 0)
        return r;
    if (unlinkat(container_run_fd, SOCKET_NAME, 0) < 0 && errno != ENOENT)
        return -errno;
    autoclose int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    /* bind(2) makes the file with the mode of the socket's inode; nobody can connect before listen(2). */
    if (fchmod(fd, 0600) < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    if (listen(fd, BACKLOG) < 0)
        return -errno;
    *ret_fd = TAKE_FD(fd);
    return 0;
}

int attach_pair(int *ret_monitor_fd, int *ret_client_fd)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    *ret_monitor_fd = ends[0];
    *ret_client_fd = ends[1];
    return 0;
}

/* Any error that says: nobody serves this socket. */
static int connect_error(int error)
{
    return error == ENOENT || error == ECONNREFUSED || error == ENOTDIR ? -ENOTCONN : -error;
}

int attach_connect(int run_fd, const char *id, int *ret_client_fd)
{
    char path[sizeof("containers/") + NAME_MAX];
    int n = snprintf(path, sizeof(path), "containers/%s", id);
    if (n < 0 || (size_t)n >= sizeof(path) || strchr(id, '/') || id[0] == '.' || id[0] == '\0')
        return -EINVAL;
    autoclose int folder = openat(run_fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return connect_error(errno);
    struct sockaddr_un address;
    int r = socket_address(folder, &address);
    if (r < 0)
        return r;
    autoclose int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return connect_error(errno);
    *ret_client_fd = TAKE_FD(fd);
    return 0;
}

static int send_message(int client_fd, const struct monitor_message *m)
{
    uint8_t bytes[2 * MONITOR_HEADER_SIZE];
    int n = monitor_message_encode(m, bytes);
    if (n < 0)
        return n;
    for (;;) {
        if (send(client_fd, bytes, (size_t)n, MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return errno == EPIPE || errno == ECONNRESET ? -ENOTCONN : -errno;
    }
}

int attach_hello(int client_fd, unsigned flags)
{
    const struct monitor_message hello = {
        .type = MONITOR_HELLO, .flags = flags, .version = MONITOR_PROTOCOL_VERSION};
    return send_message(client_fd, &hello);
}

int attach_cleanup_done(int client_fd)
{
    const struct monitor_message done = {.type = MONITOR_CLEANUP_DONE};
    return send_message(client_fd, &done);
}

int attach_wait(int client_fd, struct monitor_message *ret_exited)
{
    for (;;) {
        uint8_t packet[2 * MONITOR_HEADER_SIZE];
        struct monitor_message message;
        ssize_t n = recv(client_fd, packet, sizeof(packet), 0);
        if (n < 0 && (errno == EINTR || errno == ECONNRESET))
            continue; /* ECONNRESET comes once; what was said before it is still to be read */
        if (n <= 0)
            return n == 0 ? -ENOTCONN : -errno;
        int r = monitor_message_decode(packet, (size_t)n, &message);
        if (r < 0)
            return r;
        if (message.type == MONITOR_EXITED) {
            *ret_exited = message;
            return 0;
        }
    }
}
