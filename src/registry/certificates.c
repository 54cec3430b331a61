/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/places.h"

#include "base/strings.h"
#include "kernel/file.h"
#include "kernel/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#define CERTIFICATE_SIZE_MAX (1u << 20)

static const char *const folders[] = {"/etc/unroot/certs.d", "/etc/containers/certs.d",
                                      "/etc/docker/certs.d"};

/* The folder of a host, -EBADF when there is none; *ret_path, the caller's, for sentences. */
static int open_folder(size_t position, const char *domain, char **ret_path, struct failure *failure)
{
    *ret_path = NULL;
    if (domain[0] == '.' || strchr(domain, '/')) /* no host; it would be another folder */
        return -EBADF;
    if (asprintf(ret_path, "%s/%s", folders[position], domain) < 0) {
        *ret_path = NULL;
        return fail(failure, -ENOMEM, "looking for certificates");
    }
    int fd = open(*ret_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG
               ? -EBADF
               : fail(failure, -errno, "opening %s", *ret_path);
}

static int list_folder(int folder_fd, const char *path, struct strings *ret_names, struct failure *failure)
{
    int copy = fcntl(folder_fd, F_DUPFD_CLOEXEC, 3);
    int r = copy < 0 ? -errno : folder_list(copy, ret_names);
    return r < 0 ? fail(failure, r, "listing %s", path) : 0;
}

/* It may be a link, an admin's. */
static int read_file(int folder_fd, const char *folder, const char *name, char **ret_text,
                     struct failure *failure)
{
    autoclose int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int r = fd < 0 ? -errno : fd_read_whole(fd, CERTIFICATE_SIZE_MAX, ret_text, NULL);
    return r < 0 ? fail(failure, r, "reading %s/%s", folder, name) : 0;
}

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name), wanted = strlen(ending);
    return length > wanted && streq(name + length - wanted, ending);
}

/* How many certificates were added. */
static int append_folder(int folder_fd, const char *path, int output, struct failure *failure)
{
    autostrings struct strings names = {0};
    int count = 0, r = list_folder(folder_fd, path, &names, failure);
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        autofree char *data = NULL;
        if (!has_ending(names.items[i], ".crt"))
            continue;
        r = read_file(folder_fd, path, names.items[i], &data, failure);
        if (r < 0)
            return r;
        r = fd_write_all(output, data, strlen(data));
        if (r == 0)
            r = fd_write_all(output, "\n", 1);
        if (r < 0)
            return fail(failure, r, "collecting certificates");
        count++;
    }
    return r < 0 ? r : count;
}

int registry_certificates_open(const char *domain, struct failure *failure)
{
    int count = 0;
    autoclose int output = memfd_create("certificates", MFD_CLOEXEC);
    if (output < 0)
        return fail(failure, -errno, "collecting certificates");
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        autofree char *path = NULL;
        autoclose int folder = open_folder(i, domain, &path, failure);
        if (folder == -EBADF)
            continue;
        int r = folder < 0 ? folder : append_folder(folder, path, output, failure);
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

/* NAME.cert's NAME.key. */
static int read_pair(int folder_fd, const char *path, const char *name, char *ret_texts[2],
                     struct failure *failure)
{
    autofree char *certificate = NULL, *key = NULL, *key_name = NULL;
    int stem = (int)(strlen(name) - strlen(".cert"));
    if (asprintf(&key_name, "%.*s.key", stem, name) < 0) {
        key_name = NULL;
        return fail(failure, -ENOMEM, "reading %s/%s", path, name);
    }
    if (faccessat(folder_fd, key_name, F_OK, 0) < 0)
        return refuse(failure, -ENOENT, "%s/%s is a client's certificate, its key %s is not there", path,
                      name, key_name);
    int r = read_file(folder_fd, path, name, &certificate, failure);
    if (r == 0)
        r = read_file(folder_fd, path, key_name, &key, failure);
    if (r < 0)
        return r;
    ret_texts[0] = TAKE_PTR(certificate);
    ret_texts[1] = TAKE_PTR(key);
    return 0;
}

/* 1: the folder has a pair. */
static int find_pair(int folder_fd, const char *path, char *ret_texts[2], struct failure *failure)
{
    autostrings struct strings names = {0};
    const char *found = NULL;
    int r = list_folder(folder_fd, path, &names, failure);
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        if (!has_ending(names.items[i], ".cert"))
            continue;
        if (found)
            return refuse(failure, -EEXIST, "%s: both %s and %s are certificates of a client; one is shown",
                          path, found, names.items[i]);
        found = names.items[i];
    }
    if (r < 0 || !found)
        return r;
    r = read_pair(folder_fd, path, found, ret_texts, failure);
    return r < 0 ? r : 1;
}

int registry_client_certificate(const char *domain, char **ret_certificate, char **ret_key,
                                struct failure *failure)
{
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        char *texts[2] = {NULL, NULL};
        autofree char *path = NULL;
        autoclose int folder = open_folder(i, domain, &path, failure);
        if (folder == -EBADF)
            continue;
        int r = folder < 0 ? folder : find_pair(folder, path, texts, failure);
        if (r > 0) {
            *ret_certificate = texts[0];
            *ret_key = texts[1];
        }
        if (r != 0)
            return r;
    }
    return 0;
}
