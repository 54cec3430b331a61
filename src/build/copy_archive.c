/* SPDX-License-Identifier: Apache-2.0 */
#include "build/copy_plan.h"
#include "build/tar_sniff.h"
#include "kernel/file.h"
#include "kernel/path.h"
#include "store/decompressor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* ADD of an archive: the first block says whether it is one, with or without compression around it. All of it
 * is read by unroot-unpack. */
struct archive {
    int fd;
    const char *name;
    enum layer_compression compression;
};

/* The plain stream, or negative errno. */
static int start_decompress(const struct copy_plan *p, const struct archive *a, struct unpacker *u)
{
    if (lseek(a->fd, 0, SEEK_SET) < 0)
        return fail(p->failure, -errno, "reading %s", a->name);
    return decompressor_start(p->step->store, a->compression, a->fd, u, p->failure);
}

/* 1: an archive; 0: a file like any other. */
static int sniff(const struct copy_plan *p, struct archive *a)
{
    unsigned char block[TAR_BLOCK] = {0};
    ssize_t n = fd_read_all(a->fd, block, sizeof(block));
    if (n < 0)
        return fail(p->failure, (int)n, "reading %s", a->name);
    a->compression = layer_sniff(block, (size_t)n);
    if (a->compression == LAYER_TAR)
        return tar_sniff_header(block, (size_t)n);
    struct unpacker u = UNPACKER_NONE;
    autoclose int stream = start_decompress(p, a, &u);
    if (stream < 0)
        return stream;
    n = fd_read_all(stream, block, sizeof(block));
    struct unpack_report report;
    struct failure unused = {0};
    if (n == 0 && unpacker_finish(&u, &report, NULL, &unused) == 0 && report.error == -ENOMEM)
        return refuse(p->failure, -ENOMEM, "%s: %s", a->name, report.text);
    unpacker_end(&u); /* what is damaged further on is told when it is unpacked */
    return n > 0 && tar_sniff_header(block, (size_t)n);
}

static int finish(const struct copy_plan *p, const struct archive *a, struct unpacker *u)
{
    struct unpack_report report;
    int r = unpacker_finish(u, &report, NULL, p->failure);
    if (r < 0)
        return fail_within(p->failure, "%s", a->name);
    if (report.skipped_devices > 0)
        build_step_say(p->step, "%s: %llu devices were left out", a->name,
                       (unsigned long long)report.skipped_devices);
    if (report.error == -EPIPE)
        return 0; /* the reader ended, and says why */
    return report.error != 0 ? refuse(p->failure, report.error, "%s: %s", a->name, report.text) : 0;
}

static int unpack(struct copy_plan *p, struct archive *a)
{
    struct unpacker decompress = UNPACKER_NONE, extract = UNPACKER_NONE;
    char owner[32];
    (void)snprintf(owner, sizeof(owner), "%u:%u", p->owner.uid, p->owner.gid); /* fits */
    autoclose int folder = tree_path_open(p->step->root_fd, p->destination.path, O_RDONLY | O_DIRECTORY);
    autoclose int stream = -EBADF;
    if (folder < 0)
        return fail(p->failure, folder, "the destination %s", p->copy->destination);
    int r = 0;
    if (a->compression != LAYER_TAR) {
        stream = start_decompress(p, a, &decompress);
        r = stream < 0 ? stream : 0;
    }
    if (r == 0 && a->compression == LAYER_TAR && lseek(a->fd, 0, SEEK_SET) < 0)
        r = fail(p->failure, -errno, "reading %s", a->name);
    if (r == 0) {
        const struct unpacker_job job = {.role = "extract-add",
                                         .name = p->has_owner ? owner : NULL,
                                         .input_fd = stream >= 0 ? stream : a->fd,
                                         .output_fd = -EBADF,
                                         .tree_fd = folder};
        r = unpacker_start(p->step->store, &job, &extract, p->failure);
    }
    if (stream >= 0)
        (void)close(TAKE_FD(stream)); /* so that the writer sees a reader that is gone */
    if (r == 0 && decompress.pidfd >= 0)
        r = finish(p, a, &decompress);
    if (r == 0)
        r = finish(p, a, &extract);
    unpacker_end(&decompress);
    unpacker_end(&extract);
    return r;
}

static int check_unchanged(const struct copy_plan *p, const struct copy_entry *e, int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_ino == e->inode &&
        (uint64_t)st.st_size == e->size && st.st_ctim.tv_sec == e->ctime.tv_sec &&
        st.st_ctim.tv_nsec == e->ctime.tv_nsec)
        return 0;
    return refuse(p->failure, -ESTALE, "%s: /%s was changed while the build was reading it",
                  p->copy->source.what, e->source);
}

int copy_archive_add(struct copy_plan *p, const struct copy_item *item)
{
    const struct copy_entry *e = &p->selection->entries[item->first];
    if (!S_ISREG(e->mode))
        return 0;
    autoclose int fd = tree_path_open(copy_source_fd(p->copy), e->source, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return fail(p->failure, fd, "%s: opening /%s", p->copy->source.what, e->source);
    struct archive a = {.fd = fd, .name = item->name};
    int r = check_unchanged(p, e, fd);
    if (r == 0)
        r = sniff(p, &a);
    if (r <= 0)
        return r;
    r = copy_plan_need_folder(p);
    if (r == 0)
        r = copy_plan_flush(p);
    if (r == 0)
        r = unpack(p, &a);
    if (r == 0)
        r = check_unchanged(p, e, fd);
    return r < 0 ? r : 1;
}
