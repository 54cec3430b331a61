/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define OCI_LAYOUT "{\"imageLayoutVersion\":\"1.0.0\"}"

/* One folder of the store: made with this mode and owner when it is missing, opened in any case. */
struct store_folder {
    const char *path;
    mode_t mode;
    uid_t owner;
    size_t member; /* offset of the descriptor in struct store; SIZE_MAX: not kept */
};

static const struct store_folder folders[] = {
    {"images", 0755, 0, offsetof(struct store, images_fd)},
    {"images/blobs", 0755, 0, SIZE_MAX},
    {"images/blobs/sha256", 0755, 0, offsetof(struct store, blobs_fd)},
    {"storage", 0700, STORE_ID_BASE, offsetof(struct store, storage_fd)},
    {"storage/layers", 0755, STORE_ID_BASE, offsetof(struct store, layers_fd)},
    {"storage/volumes", 0755, STORE_ID_BASE, offsetof(struct store, volumes_fd)},
    {"storage/containers", 0755, STORE_ID_BASE, SIZE_MAX},
    {"volumes", 0700, 0, offsetof(struct store, records_fd)},
    {"partial", 0700, 0, offsetof(struct store, partial_fd)},
};

static int open_folder(int root_fd, const struct store_folder *folder)
{
    int fd = openat(root_fd, folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int make_folder(int root_fd, const struct store_folder *folder)
{
    if (mkdirat(root_fd, folder->path, 0700) < 0 && errno != EEXIST)
        return -errno;
    autoclose int fd = open_folder(root_fd, folder);
    if (fd < 0)
        return fd;
    if (fchown(fd, folder->owner, folder->owner) < 0 || fchmod(fd, folder->mode) < 0)
        return -errno;
    return TAKE_FD(fd);
}

static int open_folders(struct store *s, struct failure *failure)
{
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        autoclose int fd = open_folder(s->root_fd, &folders[i]);
        if (fd == -ENOENT)
            fd = make_folder(s->root_fd, &folders[i]);
        if (fd < 0)
            return fail(failure, fd, "opening the store's folder %s", folders[i].path);
        if (folders[i].member != SIZE_MAX)
            *(int *)((char *)s + folders[i].member) = TAKE_FD(fd);
    }
    return 0;
}

static int make_layout_file(const struct store *s)
{
    if (faccessat(s->images_fd, "oci-layout", F_OK, 0) == 0)
        return 0;
    return file_write_atomic(s->images_fd, "oci-layout", OCI_LAYOUT, sizeof(OCI_LAYOUT) - 1, false);
}

int store_open(struct store *s, int root_fd, const char *program_dir, struct failure *failure)
{
    *s = (struct store){-EBADF, -EBADF, -EBADF, -EBADF, -EBADF, -EBADF, -EBADF, -EBADF, NULL};
    if (asprintf(&s->program, "%s/unroot-unpack", program_dir) < 0) {
        s->program = NULL;
        return fail(failure, -ENOMEM, "opening the store");
    }
    int r = 0;
    s->root_fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 3);
    if (s->root_fd < 0)
        r = fail(failure, -errno, "opening the store");
    if (r == 0)
        r = open_folders(s, failure);
    if (r == 0) {
        r = make_layout_file(s);
        if (r < 0)
            (void)fail(failure, r, "writing the image layout's version"); /* returns r */
    }
    if (r < 0)
        store_close(s);
    return r;
}

void store_close(struct store *s)
{
    int *descriptors[] = {&s->root_fd,   &s->images_fd,  &s->blobs_fd,   &s->storage_fd,
                          &s->layers_fd, &s->volumes_fd, &s->records_fd, &s->partial_fd};
    if (!s->program) /* all zero: never opened */
        return;
    for (size_t i = 0; i < ARRAY_SIZE(descriptors); i++) {
        if (*descriptors[i] >= 0)
            (void)close(*descriptors[i]); /* folders, only read */
        *descriptors[i] = -EBADF;
    }
    free(s->program);
    s->program = NULL;
}

int store_open_cache(const struct store *s, const char *name)
{
    const struct store_folder all = {"cache", 0700, 0, SIZE_MAX}, one = {name, 0700, 0, SIZE_MAX};
    autoclose int cache = open_folder(s->root_fd, &all);
    if (cache == -ENOENT)
        cache = make_folder(s->root_fd, &all);
    if (cache < 0)
        return cache;
    int fd = open_folder(cache, &one);
    return fd == -ENOENT ? make_folder(cache, &one) : fd;
}

int store_lock(const struct store *s, enum store_lock lock)
{
    static const struct {
        const char *name;
        int operation;
    } locks[] = {
        [STORE_LOCK_INDEX] = {".index.lock", LOCK_EX},
        [STORE_LOCK_ADD] = {".content.lock", LOCK_SH},
        [STORE_LOCK_COLLECT] = {".content.lock", LOCK_EX | LOCK_NB},
    };
    autoclose int fd = openat(s->root_fd, locks[lock].name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    while (flock(fd, locks[lock].operation) < 0)
        if (errno != EINTR)
            return -errno;
    return TAKE_FD(fd);
}
