/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/places.h"

#include "base/strings.h"
#include "kernel/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#define CERTIFICATE_SIZE_MAX (1u << 20)

static int append_file(int dirfd, const char *name, const char *folder, int output, struct failure *failure)
{
    autofree char *data = NULL;
    size_t size;
    autoclose int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* may be a link, an admin's */
    int r = fd < 0 ? -errno : fd_read_whole(fd, CERTIFICATE_SIZE_MAX, &data, &size);
    if (r == 0)
        r = fd_write_all(output, data, size);
    if (r == 0)
        r = fd_write_all(output, "\n", 1);
    return r < 0 ? fail(failure, r, "reading %s/%s", folder, name) : 0;
}

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name), wanted = strlen(ending);
    return length > wanted && streq(name + length - wanted, ending);
}

/* How many certificates were added. */
static int append_folder(const char *path, int output, struct failure *failure)
{
    DIR *d = opendir(path);
    int r = 0, count = 0;
    if (!d)
        return errno == ENOENT || errno == ENOTDIR ? 0 : fail(failure, -errno, "opening %s", path);
    for (struct dirent *e = readdir(d); e && r == 0; e = readdir(d)) {
        if (has_ending(e->d_name, ".cert") || has_ending(e->d_name, ".key"))
            r = refuse(failure, -ENOTSUP, "%s/%s: certificates of a client are not there yet", path,
                       e->d_name);
        else if (has_ending(e->d_name, ".crt")) {
            r = append_file(dirfd(d), e->d_name, path, output, failure);
            count++;
        }
    }
    (void)closedir(d); /* only read from */
    return r < 0 ? r : count;
}

int registry_certificates_open(const char *domain, struct failure *failure)
{
    static const char *const folders[] = {"/etc/unroot/certs.d", "/etc/containers/certs.d",
                                          "/etc/docker/certs.d"};
    int count = 0;
    if (domain[0] == '.' || strchr(domain, '/')) /* no host; it would be another folder */
        return -ENOENT;
    autoclose int output = memfd_create("certificates", MFD_CLOEXEC);
    if (output < 0)
        return fail(failure, -errno, "collecting certificates");
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        char path[512];
        if (snprintf(path, sizeof(path), "%s/%s", folders[i], domain) >= (int)sizeof(path))
            return -ENOENT;
        int r = append_folder(path, output, failure);
        if (r < 0)
            return r;
        count += r;
    }
    if (count == 0)
        return -ENOENT;
    if (lseek(output, 0, SEEK_SET) < 0)
        return fail(failure, -errno, "collecting certificates");
    return TAKE_FD(output);
}
