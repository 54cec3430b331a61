/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer_adopt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

int layer_adoption_make_blob(const struct store *s, char ret_name[STAGING_NAME_SIZE])
{
    uint64_t random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -EIO;
    (void)snprintf(ret_name, STAGING_NAME_SIZE, ".new-%016llx",
                   (unsigned long long)random); /* 21 characters; cleaned like any staging name */
    int fd = openat(s->layers_fd, ret_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    return fd < 0 ? -errno : fd;
}

static int publish_blob(const struct store *s, struct layer_adoption *a)
{
    if (!a->blob[0])
        return 0;
    if (renameat2(s->layers_fd, a->blob, s->blobs_fd, a->result.digest.hex, RENAME_NOREPLACE) < 0) {
        if (errno != EEXIST || unlinkat(s->layers_fd, a->blob, 0) < 0)
            return -errno;
    }
    a->blob[0] = '\0';
    return 0;
}

static int publish_folder(const struct store *s, struct layer_adoption *a)
{
    if (!a->folder[0])
        return 0;
    int r = staging_rename(s, a->folder, a->result.diffid.hex);
    if (r == -EEXIST)
        r = staging_remove(s, a->folder);
    if (r == 0)
        a->folder[0] = '\0';
    return r;
}

/* The layer's size stands on its folder, as on one that was unpacked. */
static int mark_folder(const struct store *s, const struct layer_adoption *a)
{
    if (!a->folder[0])
        return 0;
    autoclose int fd = openat(s->layers_fd, a->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : layer_set_size(fd, a->result.unpacked_size);
}

int layer_adoptions_publish(const struct store *s, struct layer_adoption *adoptions, size_t count,
                            struct failure *failure)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = mark_folder(s, &adoptions[i]);
    if (r == 0 && count > 0 && syncfs(s->layers_fd) < 0)
        r = -errno;
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = publish_blob(s, &adoptions[i]);
        if (r == 0)
            r = publish_folder(s, &adoptions[i]);
    }
    return r < 0 ? fail(failure, r, "storing the new layers") : 0;
}

void layer_adoption_discard(const struct store *s, struct layer_adoption *a)
{
    if (a->blob[0])
        (void)unlinkat(s->layers_fd, a->blob, 0); /* what stays is rubbish for the next command */
    if (a->folder[0] && staging_remove(s, a->folder) < 0)
        a->folder[0] = '\0'; /* the same */
    *a = (struct layer_adoption){0};
}
