/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree_copy.h"

#include "store/unpacker.h"

#include <errno.h>
#include <fcntl.h>

static int start_both(const struct store *s, int from_fd, int to_fd, struct unpacker jobs[2],
                      struct failure *failure)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, -errno, "copying");
    autoclose int read_end = ends[0], write_end = ends[1];
    const struct unpacker_job extract = {
        .role = "extract-tree", .input_fd = read_end, .output_fd = -EBADF, .tree_fd = to_fd};
    const struct unpacker_job pack = {
        .role = "pack-tree", .input_fd = -EBADF, .output_fd = write_end, .tree_fd = from_fd};
    int r = unpacker_start(s, &extract, &jobs[0], failure);
    return r < 0 ? r : unpacker_start(s, &pack, &jobs[1], failure);
}

/* The reader's reason is the better one: the writer only sees its pipe broken. */
static int finish_both(struct unpacker jobs[2], struct failure *failure)
{
    struct unpack_report extracted, packed;
    int r = unpacker_finish(&jobs[1], &packed, NULL, failure);
    if (r < 0)
        return r;
    if (packed.error != 0 && packed.error != -EPIPE)
        return refuse(failure, packed.error, "%s", packed.text);
    r = unpacker_finish(&jobs[0], &extracted, NULL, failure);
    if (r < 0)
        return r;
    if (extracted.error != 0)
        return refuse(failure, extracted.error, "%s", extracted.text);
    if (packed.error != 0)
        return refuse(failure, packed.error, "%s", packed.text);
    return 0;
}

int tree_copy(const struct store *s, int from_fd, int to_fd, struct failure *failure)
{
    struct unpacker jobs[2] = {UNPACKER_NONE, UNPACKER_NONE};
    int r = start_both(s, from_fd, to_fd, jobs, failure);
    if (r == 0)
        r = finish_both(jobs, failure);
    unpacker_end(&jobs[0]);
    unpacker_end(&jobs[1]);
    return r;
}
