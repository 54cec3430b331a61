/* SPDX-License-Identifier: Apache-2.0 */
#include "build/copy_plan.h"
#include "kernel/file.h"
#include "store/unpacker.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

int copy_source_fd(const struct build_copy *copy)
{
    switch (copy->source.kind) {
    case BUILD_SOURCE_CONTEXT:
        return copy->source.context->folder_fd;
    case BUILD_SOURCE_TREE:
        return copy->source.tree_fd;
    case BUILD_SOURCE_NONE:
        break;
    }
    return -EBADF;
}

/* Files of the host are read with the host's ids, all others with the store's. */
const char *copy_source_map(const struct build_copy *copy)
{
    return copy->source.kind == BUILD_SOURCE_CONTEXT && !copy->source.context->staging[0] ? UNPACKER_HOST_MAP
                                                                                          : NULL;
}

static int make_list(const struct copy_plan *p)
{
    autoclose int fd = memfd_create("copy", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fd_write_all(fd, text_peek(&p->list), p->list.length);
    return r < 0 ? r : lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(fd);
}

static int start_both(const struct copy_plan *p, struct unpacker *pack, struct unpacker *extract)
{
    int ends[2];
    autoclose int list = make_list(p);
    if (list < 0)
        return fail(p->failure, list, "copying");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(p->failure, -errno, "copying");
    autoclose int read_end = ends[0], write_end = ends[1];
    (void)fcntl(write_end, F_SETPIPE_SZ, 1 << 20); /* only speed */
    int source = copy_source_fd(p->copy);
    const struct unpacker_job to = {
        .role = "extract-build", .input_fd = read_end, .output_fd = -EBADF, .tree_fd = p->step->root_fd};
    const struct unpacker_job from = {.role = "pack-copy",
                                      .input_fd = list,
                                      .output_fd = write_end,
                                      .tree_fd = source >= 0 ? source : p->step->root_fd,
                                      .map = copy_source_map(p->copy)};
    int r = unpacker_start(p->step->store, &to, extract, p->failure);
    return r < 0 ? r : unpacker_start(p->step->store, &from, pack, p->failure);
}

/* The reader's reason is the better one: the writer only sees its pipe broken. */
static int finish_both(const struct copy_plan *p, struct unpacker *pack, struct unpacker *extract)
{
    struct unpack_report packed, extracted;
    int r = unpacker_finish(pack, &packed, NULL, p->failure);
    if (r < 0)
        return fail_within(p->failure, "reading %s", p->copy->source.what);
    if (packed.error != 0 && packed.error != -EPIPE)
        return refuse(p->failure, packed.error, "%s: %s", p->copy->source.what, packed.text);
    r = unpacker_finish(extract, &extracted, NULL, p->failure);
    if (r < 0)
        return fail_within(p->failure, "writing the copy");
    if (extracted.error == -EISDIR || extracted.error == -ENOTDIR)
        return refuse(p->failure, extracted.error,
                      "/%s (a copy replaces no folder by a file and no file or link by a folder)",
                      extracted.text);
    if (extracted.error != 0)
        return refuse(p->failure, extracted.error, "/%s", extracted.text);
    return packed.error != 0 ? refuse(p->failure, packed.error, "%s", packed.text) : 0;
}

int copy_plan_flush(struct copy_plan *p)
{
    struct unpacker pack = UNPACKER_NONE, extract = UNPACKER_NONE;
    if (text_error(&p->list) < 0)
        return fail(p->failure, -ENOMEM, "copying");
    if (p->list.length == 0)
        return 0;
    int r = start_both(p, &pack, &extract);
    if (r == 0)
        r = finish_both(p, &pack, &extract);
    unpacker_end(&pack);
    unpacker_end(&extract);
    text_free(&p->list);
    p->list = (struct text){0};
    return r;
}
