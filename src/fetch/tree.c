/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/tree.h"

#include "kernel/file.h"
#include "kernel/landlock.h"
#include "kernel/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define COPY_MAX (4u << 20)

/* What libc's resolver reads. Copies: some are links to a folder that the tree does not have. */
static const char *const resolver_files[] = {
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/host.conf",
};

/* Debian, Fedora, SUSE, Alpine and OpenBSD style. */
static const char *const certificate_files[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

const char *tree_find_certificates(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(certificate_files); i++)
        if (access(certificate_files[i], R_OK) == 0)
            return certificate_files[i];
    return NULL;
}

/* `to` is below the tree: "etc/hosts". */
static int copy_file(int tree_fd, const char *from, const char *to, struct failure *failure)
{
    autoclose int in = open(from, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (in < 0) /* an unreadable one is as good as none: its default holds */
        return errno == ENOENT || errno == EACCES || errno == ELOOP
                   ? 0
                   : fail(failure, -errno, "opening %s", from);
    struct stat status;
    if (fstat(in, &status) < 0 || !S_ISREG(status.st_mode))
        return refuse(failure, -EINVAL, "%s is no file", from);
    autofree char *data = NULL;
    size_t size;
    int r = fd_read_whole(in, COPY_MAX, &data, &size);
    if (r < 0)
        return fail(failure, r, "reading %s", from);
    autoclose int out = openat(tree_fd, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    r = out < 0 ? -errno : fd_write_all(out, data, size);
    return r < 0 ? fail(failure, r, "copying %s", from) : 0;
}

static int fill(int tree_fd, struct failure *failure)
{
    if (mkdirat(tree_fd, "etc", 0755) < 0)
        return fail(failure, -errno, "making the registry client's tree");
    for (size_t i = 0; i < ARRAY_SIZE(resolver_files); i++) {
        int r = copy_file(tree_fd, resolver_files[i], resolver_files[i] + 1, failure);
        if (r < 0)
            return r;
    }
    const char *certificates = tree_find_certificates();
    return certificates ? copy_file(tree_fd, certificates, &TREE_CA[1], failure) : 0;
}

int tree_enter(struct failure *failure)
{
    static const struct mount_parameter parameters[] = {
        {"size", "16m"}, {"nr_inodes", "64"}, {"mode", "0755"}};
    static const struct mount_request request = {
        .type = "tmpfs", .parameters = parameters, .count = ARRAY_SIZE(parameters), .pidns_fd = -EBADF};
    static const struct mount_change closed = {.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV |
                                                      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
                                               .idmap_userns_fd = -EBADF};
    autoclose int tree = mount_make(&request, NULL);
    if (tree < 0)
        return fail(failure, tree, "making the registry client's tree");
    int r = fill(tree, failure);
    if (r < 0)
        return r;
    r = mount_change(tree, &closed, false);
    if (r == 0)
        r = mount_attach_at(tree, AT_FDCWD, "/");
    if (r == 0)
        r = mount_pivot(tree);
    return r < 0 ? fail(failure, r, "entering the registry client's tree") : 0;
}

int tree_lock(struct failure *failure)
{
    const char *files[ARRAY_SIZE(resolver_files) + 1], *certificates = tree_find_certificates();
    size_t count = 0;
    for (; count < ARRAY_SIZE(resolver_files); count++)
        files[count] = resolver_files[count];
    if (certificates)
        files[count++] = certificates;
    int r = landlock_read_only(files, count);
    return r == 0 || r == -EOPNOTSUPP ? 0 : fail(failure, r, "closing the host's files");
}
