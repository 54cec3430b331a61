/* SPDX-License-Identifier: Apache-2.0 */
/* The agent role: an ssh agent asks who connects, and nobody in a container is the person. So the step talks
 * to a socket of ours, and this process passes the bytes on. runs in:  the host's namespaces, as the owner of
 * the person's agent socket power:    that user's, without capabilities must not: look at the bytes; outlive
 * the stage's process */
#include "build/run.h"
#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define CONNECTIONS_MAX 32
#define BUFFER_SIZE 16384

struct connection {
    int inside, agent;
};

static int set_address(const char *path, struct sockaddr_un *ret_address)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(ret_address->sun_path))
        return -ENAMETOOLONG;
    memcpy(ret_address->sun_path, path, strlen(path) + 1);
    return 0;
}

/* By way of the folder's descriptor: a whole path would be longer than unix(7) takes. */
static int agent_listen(const struct agent_request *request)
{
    struct sockaddr_un address;
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%.32s", request->folder_fd,
                   request->name); /* fits */
    int r = set_address(path, &address);
    if (r < 0)
        return r;
    autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || (unlinkat(request->folder_fd, request->name, 0) < 0 && errno != ENOENT) ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        fchownat(request->folder_fd, request->name, request->uid, request->gid, AT_SYMLINK_NOFOLLOW) < 0 ||
        fchmodat(request->folder_fd, request->name, request->mode, 0) < 0 || listen(fd, CONNECTIONS_MAX) < 0)
        return -errno;
    return TAKE_FD(fd);
}

static int agent_connect(const char *path)
{
    struct sockaddr_un address;
    int r = set_address(path, &address);
    if (r < 0)
        return r;
    autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return TAKE_FD(fd);
}

/* One read to one write; false: either side is done. */
static bool pass(int from, int to)
{
    char buffer[BUFFER_SIZE];
    ssize_t n = read(from, buffer, sizeof(buffer));
    return n > 0 && fd_write_all(to, buffer, (size_t)n) == 0;
}

static void agent_accept(int listen_fd, const char *agent, struct connection *connections, size_t *count)
{
    int inside = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
    int outside = inside < 0 ? -EBADF : agent_connect(agent);
    if (outside >= 0 && *count < CONNECTIONS_MAX) {
        connections[(*count)++] = (struct connection){inside, outside};
        return;
    }
    if (inside >= 0)
        (void)close(inside); /* the client sees the end */
    if (outside >= 0)
        (void)close(outside); /* one too many */
}

_Noreturn static void agent_loop(int listen_fd, const char *agent)
{
    struct connection connections[CONNECTIONS_MAX];
    size_t count = 0;
    for (;;) {
        struct pollfd polled[1 + 2 * CONNECTIONS_MAX] = {{listen_fd, POLLIN, 0}};
        for (size_t i = 0; i < count; i++) {
            polled[1 + 2 * i] = (struct pollfd){connections[i].inside, POLLIN, 0};
            polled[2 + 2 * i] = (struct pollfd){connections[i].agent, POLLIN, 0};
        }
        if (poll(polled, 1 + 2 * count, -1) < 0 && errno != EINTR)
            _exit(1);
        size_t before = count;
        for (size_t i = before; i-- > 0;) {
            bool open = !polled[1 + 2 * i].revents || pass(connections[i].inside, connections[i].agent);
            open = open && (!polled[2 + 2 * i].revents || pass(connections[i].agent, connections[i].inside));
            if (open)
                continue;
            (void)close(connections[i].inside); /* ended */
            (void)close(connections[i].agent);  /* ended */
            connections[i] = connections[--count];
        }
        if (polled[0].revents)
            agent_accept(listen_fd, agent, connections, &count);
    }
}

static int agent_drop(const struct stat *owner)
{
    const struct capability_sets none = {0};
    int r = credentials_set_groups(NULL, 0);
    r = r < 0 ? r : credentials_set_group(owner->st_gid);
    r = r < 0 ? r : credentials_set_user(owner->st_uid);
    r = r < 0 ? r : credentials_set_capabilities(&none);
    r = r < 0 ? r : credentials_no_new_privs();
    return r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : r;
}

int agent_serve(const struct agent_request *request, int *ret_pidfd, struct failure *failure)
{
    struct stat owner;
    int pidfd = -EBADF;
    if (stat(request->agent, &owner) < 0)
        return fail(failure, -errno, "--ssh: the agent's socket %s", request->agent);
    autoclose int fd = agent_listen(request);
    if (fd < 0)
        return fail(failure, fd, "--ssh: making a socket for the step");
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0) {
        (void)signal(SIGPIPE, SIG_IGN);
        if (agent_drop(&owner) < 0)
            _exit(1);
        agent_loop(fd, request->agent);
    }
    if (pid < 0)
        return fail(failure, (int)pid, "--ssh: serving the agent");
    *ret_pidfd = pidfd;
    return 0;
}
