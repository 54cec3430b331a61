/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/notify.h"

#include "base/number.h"
#include "oci/console.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define FOLDER "notify"        /* 0700: nobody on the host gets to the socket but root */
#define SOCKET_FOLDER "socket" /* 0755: what the container sees */
#define SOCKET "notify.sock"
#define INSIDE "/run/notify"
#define MESSAGE_MAX_BYTES 4096
#define BARRIER_TIMEOUT_MS 5000 /* sd_notify_barrier(3): systemd reads at once, others may never */

static const char *host_socket(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    return path && path[0] != '\0' ? path : NULL;
}

static int make_folder(int folder_fd, const char *name, mode_t mode)
{
    if (mkdirat(folder_fd, name, mode) < 0 || fchmodat(folder_fd, name, mode, 0) < 0)
        return -errno;
    int fd = openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int plan_mount(const struct container *c, struct start_plan *plan)
{
    struct mount_plan mount = {.origin = MOUNT_OF_PATH,
                               .attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                             MOUNT_ATTR_NOEXEC,
                               .target = strdup(INSIDE)};
    if (asprintf(&mount.source, "%s/%s/" FOLDER "/" SOCKET_FOLDER, c->rt->root, c->id) < 0)
        mount.source = NULL;
    if (mount.source && mount.target)
        return start_plan_add_mount(plan, &mount);
    mount_plan_free(&mount);
    return -ENOMEM;
}

int notify_prepare(const struct container *c, struct start_plan *plan, struct failure *failure)
{
    const char *host = host_socket();
    if (!host || strings_get_variable(&plan->process.environment, "NOTIFY_SOCKET"))
        return 0;
    if (host[0] != '/' && host[0] != '@')
        return refuse(failure, -EINVAL, "NOTIFY_SOCKET=%s: neither a path nor an abstract socket", host);
    autoclose int folder = make_folder(c->folder_fd, FOLDER, 0700);
    autoclose int inner = folder < 0 ? folder : make_folder(folder, SOCKET_FOLDER, 0755);
    int r = inner < 0 ? inner : plan_mount(c, plan);
    if (r == 0)
        r = strings_set_variable(&plan->process.environment, "NOTIFY_SOCKET=" INSIDE "/" SOCKET);
    return r < 0 ? fail(failure, r, "a place for the container's NOTIFY_SOCKET") : 1;
}

static int bind_socket(int folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int one = 1;
    int n = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET, folder);
    if (n < 0 || n >= (int)sizeof(address.sun_path))
        return -ENAMETOOLONG;
    autoclose int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) < 0 ||
        (unlinkat(folder, SOCKET, 0) < 0 && errno != ENOENT) ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        fchmodat(folder, SOCKET, 0666, 0) < 0)
        return -errno;
    return TAKE_FD(fd);
}

int notify_listen(const struct container *c, bool tells_pid, struct notify *n, struct failure *failure)
{
    if (!host_socket())
        return 0;
    autoclose int folder =
        openat(c->folder_fd, FOLDER "/" SOCKET_FOLDER, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0 && errno == ENOENT)
        return 0; /* created without one */
    int fd = folder < 0 ? -errno : bind_socket(folder);
    if (fd < 0)
        return fail(failure, fd, "making the container's NOTIFY_SOCKET");
    *n = (struct notify){fd, tells_pid};
    return 0;
}

static bool is_ready(const char *text)
{
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, "READY=1", 7) == 0 && (line[7] == '\n' || line[7] == '\0'))
            return true;
    return false;
}

/* Only an id of the container's: nobody else is to be in that folder, and who is says nothing. */
static bool is_of_container(const struct container *c, struct msghdr *message)
{
    uint32_t inside;
    const struct cmsghdr *h = CMSG_FIRSTHDR(message);
    struct ucred sender;
    if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_CREDENTIALS ||
        h->cmsg_len != CMSG_LEN(sizeof(sender)))
        return false;
    memcpy(&sender, CMSG_DATA(h), sizeof(sender));
    return c->record.uids.count == 0 || id_map_to_inside(&c->record.uids, sender.uid, &inside);
}

static int host_address(const char *host, int *ret_folder, struct sockaddr_un *ret_address,
                        socklen_t *ret_size)
{
    *ret_size = sizeof(*ret_address);
    if (host[0] != '@')
        return socket_address(host, ret_folder, ret_address);
    size_t length = strlen(host);
    if (length >= sizeof(ret_address->sun_path))
        return -ENAMETOOLONG;
    ret_address->sun_family = AF_UNIX;
    memcpy(ret_address->sun_path, host, length);
    ret_address->sun_path[0] = '\0';
    *ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return 0;
}

/* Who goes right after its message may be gone before it is asked whose it was: sd_notify_barrier(3). */
static void wait_for_barrier(int channel)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    autoclose int in = ends[0];
    if (socket_send_descriptor(channel, ends[1], "BARRIER=1") == 0) {
        (void)close(ends[1]);
        struct pollfd closed = {.fd = in};
        (void)poll(&closed, 1, BARRIER_TIMEOUT_MS); /* what is not read in time is not waited for */
    } else {
        (void)close(ends[1]);
    }
}

static int tell_host(const struct notify *n, const struct container *c, struct failure *failure)
{
    const char *host = host_socket();
    struct sockaddr_un address = {0};
    socklen_t size = 0;
    char text[64];
    autoclose int folder = -EBADF;
    int r = host ? host_address(host, &folder, &address, &size) : -ENOENT;
    autoclose int channel = r < 0 ? r : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (channel < 0 || connect(channel, (const struct sockaddr *)&address, size) < 0)
        return fail(failure, r < 0 ? r : -errno, "connecting to NOTIFY_SOCKET %s", host);
    int length = n->tells_pid ? snprintf(text, sizeof(text), "MAINPID=%d\nREADY=1", (int)c->record.pid)
                              : snprintf(text, sizeof(text), "READY=1");
    if (send(channel, text, (size_t)length, MSG_NOSIGNAL) < 0)
        return fail(failure, -errno, "sending to NOTIFY_SOCKET %s", host);
    if (n->tells_pid)
        wait_for_barrier(channel);
    return 0;
}

int notify_take(struct notify *n, const struct container *c, struct failure *failure)
{
    char text[MESSAGE_MAX_BYTES + 1];
    struct iovec data = {text, MESSAGE_MAX_BYTES};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct ucred))]; /* and none for descriptors */
    } control = {0};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control.room)};
    ssize_t size = recvmsg(n->socket_fd, &message, MSG_CMSG_CLOEXEC);
    if (size < 0)
        return errno == EAGAIN || errno == EINTR
                   ? 0
                   : fail(failure, -errno, "reading the container's NOTIFY_SOCKET");
    if ((message.msg_flags & MSG_TRUNC) || memchr(text, '\0', (size_t)size) || !is_of_container(c, &message))
        return 0;
    text[size] = '\0';
    if (!is_ready(text))
        return 0;
    int r = tell_host(n, c, failure);
    return r < 0 ? r : 1;
}

int notify_wait(struct notify *n, const struct container *c, struct failure *failure)
{
    if (n->socket_fd < 0)
        return 0;
    autoclose int process = container_open_process(c);
    int r = 0;
    while (r == 0 && process >= 0) {
        struct pollfd fds[] = {{.fd = n->socket_fd, .events = POLLIN}, {.fd = process, .events = POLLIN}};
        if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
            return fail(failure, -errno, "waiting for the container to be ready");
        if (fds[0].revents)
            r = notify_take(n, c, failure); /* what it said before its end too */
        else if (fds[1].revents)
            break;
    }
    return r < 0 ? r : 0;
}

void notify_close(struct notify *n)
{
    if (n->socket_fd >= 0)
        (void)close(n->socket_fd);
    n->socket_fd = -EBADF;
}
