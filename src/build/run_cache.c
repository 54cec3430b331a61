/* SPDX-License-Identifier: Apache-2.0 */
#include "build/run_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define PRIVATE_MAX 256 /* folders of one id that are used at once */

static int open_caches(const struct store *s)
{
    if (mkdirat(s->storage_fd, "caches", 0755) < 0) {
        if (errno != EEXIST)
            return -errno;
    } else if (fchownat(s->storage_fd, "caches", STORE_ID_BASE, STORE_ID_BASE, AT_SYMLINK_NOFOLLOW) < 0) {
        return -errno;
    }
    int fd = openat(s->storage_fd, "caches", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Made under another name and renamed: whoever sees the name sees its owner, mode and first content. */
static int make_folder(struct run_step *run, struct run_mount *m, int caches_fd, const char *name)
{
    const struct dockerfile_mount *spec = &m->spec;
    uint32_t uid = spec->uid == DOCKERFILE_ID_UNSET ? 0 : spec->uid;
    uint32_t gid = spec->gid == DOCKERFILE_ID_UNSET ? 0 : spec->gid;
    autofree char *path = NULL, *from = NULL;
    if (uid >= STORE_ID_COUNT || gid >= STORE_ID_COUNT)
        return refuse(run->stage->failure, -EINVAL, "--mount=%s: ids go up to %u", m->target,
                      STORE_ID_COUNT - 1);
    autoclose int fd = build_place_make_folder(&run->stage->place, "cache", &path, run->stage->failure);
    int r = fd;
    if (r >= 0 && m->source.what)
        r = run_copy_source(run, m, fd);
    if (r < 0)
        return r;
    if (asprintf(&from, "%s%s", path, m->source.what ? "/mount" : "") < 0) {
        from = NULL;
        return fail(run->stage->failure, -ENOMEM, "--mount");
    }
    int storage = run->stage->work->store->storage_fd;
    autoclose int folder = openat(storage, from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0 || fchown(folder, STORE_ID_BASE + uid, STORE_ID_BASE + gid) < 0 ||
        fchmod(folder, spec->mode == DOCKERFILE_ID_UNSET ? 0755 : spec->mode) < 0)
        return fail(run->stage->failure, -errno, "--mount=%s: making the cache folder", m->target);
    if (renameat2(storage, from, caches_fd, name, RENAME_NOREPLACE) < 0 && errno != EEXIST)
        return fail(run->stage->failure, -errno, "--mount=%s: making the cache folder", m->target);
    return 0;
}

/* 1: taken; 0: somebody else has it. */
static int try_folder(struct run_step *run, struct run_mount *m, int caches_fd, const char *name)
{
    static const int operations[] = {
        [DOCKERFILE_SHARED] = LOCK_SH,
        [DOCKERFILE_PRIVATE] = LOCK_EX | LOCK_NB,
        [DOCKERFILE_LOCKED] = LOCK_EX,
    };
    struct stat named, opened;
    autoclose int fd = openat(caches_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        int r = make_folder(run, m, caches_fd, name);
        if (r < 0)
            return r;
        fd = openat(caches_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd < 0)
        return fail(run->stage->failure, -errno, "--mount=%s: opening the cache folder", m->target);
    while (flock(fd, operations[m->spec.sharing]) < 0)
        if (errno == EWOULDBLOCK)
            return 0;
        else if (errno != EINTR)
            return fail(run->stage->failure, -errno, "--mount=%s: locking the cache folder", m->target);
    /* Pruned between opening and locking: the name is another one's. */
    if (fstat(fd, &opened) < 0 || fstatat(caches_fd, name, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
        named.st_ino != opened.st_ino)
        return 0;
    if (asprintf(&m->storage, "caches/%s", name) < 0) {
        m->storage = NULL;
        return fail(run->stage->failure, -ENOMEM, "--mount");
    }
    m->lock_fd = TAKE_FD(fd);
    return 1;
}

int run_open_cache(struct run_step *run, struct run_mount *m)
{
    struct build_key key;
    struct digest digest;
    build_key_begin(&key, "cache mount");
    build_key_add(&key, m->spec.id ? m->spec.id : m->target);
    build_key_end(&key, &digest);
    autoclose int caches = open_caches(run->stage->work->store);
    if (caches < 0)
        return fail(run->stage->failure, caches, "--mount=%s: opening the cache folders", m->target);
    for (unsigned i = 0; i < PRIVATE_MAX; i++) {
        char name[DIGEST_HEX_LENGTH + 16];
        if (i == 0 || m->spec.sharing != DOCKERFILE_PRIVATE)
            (void)snprintf(name, sizeof(name), "%s", digest.hex);
        else
            (void)snprintf(name, sizeof(name), "%s-%u", digest.hex, i);
        int r = try_folder(run, m, caches, name);
        if (r != 0)
            return r < 0 ? r : 0;
    }
    return refuse(run->stage->failure, -EBUSY, "--mount=%s: %u builds use this cache already", m->target,
                  PRIVATE_MAX);
}
