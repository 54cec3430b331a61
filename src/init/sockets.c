/* SPDX-License-Identifier: Apache-2.0 */
#include "init/sockets.h"

#include "init/address.h"
#include "init/files.h"
#include "init/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

static int open_bound(const struct listen_rule *rule, const char *host)
{
    struct address address;
    int on = 1, off = 0;
    int r = rule->path ? address_make_local(rule->path, &address) : address_make(host, rule->port, &address);
    if (r < 0)
        return r;
    int fd = socket(address.any.sa_family, (rule->datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (!rule->path && !rule->datagram)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
                         sizeof(on)); /* without it only a quick restart suffers */
    if (address.any.sa_family == AF_INET6 && !rule->host[0])
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)); /* then it is IPv6 alone */
    if (bind(fd, &address.any, address.size) < 0 || (!rule->datagram && listen(fd, BACKLOG) < 0)) {
        r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

/* Only a socket with one name, opened without following, changes its owner. */
static int give_socket(int folder, const char *name, uint32_t uid, uint32_t gid)
{
    struct stat st;
    autoclose int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISSOCK(st.st_mode) || st.st_nlink != 1)
        return -EEXIST;
    return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 && errno != EPERM ? -errno : 0;
}

/* In the current folder, which is the socket's: bind(2) knows no other way to say "this very folder". */
static int open_here(const struct listen_rule *rule, int folder, const char *name)
{
    struct stat st;
    struct listen_rule here = *rule;
    char relative[110];
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode))
        (void)unlinkat(folder, name, 0); /* bind says it if it is still there */
    format_text(relative, sizeof(relative), "./%s", name);
    here.path = relative;
    mode_t old = umask(0117);
    int fd = open_bound(&here, "");
    umask(old);
    return fd;
}

/* The folder may be the application's: it is opened without following a link, and nothing outside of it is
 * touched. */
static int open_path(const struct listen_rule *rule, uint32_t uid, uint32_t gid)
{
    char parent[128];
    const char *slash = strrchr(rule->path, '/');
    struct span above = {rule->path, slash > rule->path ? (size_t)(slash - rule->path) : 1};
    if (slash[1] == '\0' || !span_copy(above, parent, sizeof(parent)))
        return -EINVAL;
    autoclose int before = open(".", O_PATH | O_CLOEXEC);
    autoclose int folder = tree_open_top(parent);
    if (before < 0 || folder < 0)
        return before < 0 ? -errno : folder;
    int fd = fchdir(folder) < 0 ? -errno : open_here(rule, folder, slash + 1);
    if (fchdir(before) < 0)
        return -errno;
    int r = fd < 0 ? fd : give_socket(folder, slash + 1, uid, gid);
    if (r < 0 && fd >= 0)
        close(fd);
    return r < 0 ? r : fd;
}

int socket_listen(const struct listen_rule *rule, uint32_t uid, uint32_t gid, struct failure *f)
{
    int fd;
    if (rule->path)
        fd = open_path(rule, uid, gid);
    else if (rule->host[0])
        fd = open_bound(rule, rule->host);
    else
        fd = open_bound(rule, "::");
    if (fd == -EAFNOSUPPORT || (fd == -EADDRNOTAVAIL && !rule->path && !rule->host[0]))
        fd = open_bound(rule, "0.0.0.0");
    if (fd == -EACCES)
        return fail_system(f, fd,
                           "listening on %s (a low port wants CAP_NET_BIND_SERVICE, or "
                           "net.ipv4.ip_unprivileged_port_start=0)",
                           rule->text);
    return fd < 0 ? fail_system(f, fd, "listening on %s", rule->text) : fd;
}
