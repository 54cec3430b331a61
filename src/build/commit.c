/* SPDX-License-Identifier: Apache-2.0 */
#include "build/commit.h"

#include "engine/changes_tree.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "store/unpacker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define PACK_BUFFER (256u << 10)

/* What a packer tells, through a pipe; without it, it failed. */
struct packer_answer {
    struct layer_result result;
    struct failure failure;
};

struct packer {
    const struct build_commit_request *request;
    struct changes_tree *tree;
    int blob_fd;
};

/* Each byte once: from the pipe into the hash and the file. */
static int pack_stream(const struct packer *p, int stream, struct packer_answer *answer)
{
    struct failure *failure = &answer->failure;
    struct blob_writer hash;
    autofree char *buffer = malloc(PACK_BUFFER);
    if (!buffer)
        return fail(failure, -ENOMEM, "packing a layer");
    int r = blob_writer_open(&hash, p->request->store, false);
    for (ssize_t n = 1; r == 0 && n > 0;) {
        n = fd_read_all(stream, buffer, PACK_BUFFER);
        r = n < 0 ? (int)n : blob_writer_add(&hash, buffer, (size_t)n);
        if (r == 0)
            r = fd_write_all(p->blob_fd, buffer, (size_t)n);
    }
    if (r == 0)
        r = blob_writer_finish(&hash, &answer->result.digest);
    answer->result.diffid = answer->result.digest;
    answer->result.size = hash.size;
    blob_writer_close(&hash);
    return r < 0 ? fail(failure, r, "packing a layer") : 0;
}

static int pack_all(const struct packer *p, struct packer_answer *answer)
{
    struct unpacker u = UNPACKER_NONE;
    struct unpack_report report;
    autoclose int stream = -EBADF;
    struct failure *failure = &answer->failure;
    int r = changes_tree_pack(p->tree, p->request->epoch, &u, &stream, failure);
    if (r == 0)
        r = pack_stream(p, stream, answer);
    if (r < 0) {
        unpacker_end(&u);
        return r;
    }
    r = unpacker_finish(&u, &report, NULL, failure);
    if (r == 0 && report.error != 0)
        r = refuse(failure, report.error, "packing a layer: %s", report.text);
    answer->result.unpacked_size = report.bytes;
    answer->result.entries = report.entries;
    /* The disk is busy while the next step runs, instead of all at the end. */
    (void)sync_file_range(p->blob_fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    return r;
}

_Noreturn static void packer_run(const struct packer *p, int answer_fd)
{
    struct packer_answer answer = {0};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        _exit(125);
    int r = pack_all(p, &answer);
    if (r < 0 && answer.failure.error == 0)
        answer.failure.error = r;
    _exit(fd_write_all(answer_fd, &answer, sizeof(answer)) < 0 ? 125 : 0);
}

static int packer_start(struct packer *p, struct build_layer *layer, struct failure *failure)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, -errno, "packing a layer");
    autoclose int ours = ends[0], theirs = ends[1];
    int pidfd = -EBADF;
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0)
        packer_run(p, theirs);
    if (pid < 0)
        return fail(failure, (int)pid, "packing a layer");
    layer->packer = pid;
    layer->packer_pidfd = pidfd;
    layer->packer_fd = TAKE_FD(ours);
    return 0;
}

static int commit_tree(struct packer *p, const char *folder, struct build_layer *layer,
                       struct failure *failure)
{
    int r = changes_tree_read(p->tree, failure);
    if (r < 0 || p->tree->pack.count == 0)
        return r;
    autoclose int blob = layer_adoption_make_blob(p->request->store, layer->layer.blob);
    if (blob < 0)
        return fail(failure, blob, "packing a layer");
    p->blob_fd = blob;
    (void)snprintf(layer->layer.folder, sizeof(layer->layer.folder), "%s", folder);
    r = packer_start(p, layer, failure);
    return r < 0 ? r : 1;
}

int build_commit(const struct build_commit_request *request, const char *folder,
                 struct build_layer *ret_layer, struct failure *failure)
{
    struct changes_tree tree;
    struct build_layer layer = {0};
    struct packer p = {.request = request, .tree = &tree, .blob_fd = -EBADF};
    char upper[LAYER_FOLDER_SIZE];
    (void)snprintf(upper, sizeof(upper), "layers/%s", folder); /* fits */
    int r = changes_tree_open_folders(&tree, request->store, upper, request->below, failure);
    if (r == 0)
        r = commit_tree(&p, folder, &layer, failure);
    changes_tree_close(&tree);
    if (r == 1) {
        *ret_layer = layer;
        return 1;
    }
    (void)snprintf(layer.layer.folder, sizeof(layer.layer.folder), "%s", folder);
    layer_adoption_discard(request->store, &layer.layer);
    return r;
}

int build_commit_wait(const struct store *s, struct build_layer *layer, struct failure *failure)
{
    struct packer_answer answer;
    if (layer->packer == 0)
        return 0;
    autoclose int pidfd = layer->packer_pidfd, fd = layer->packer_fd;
    layer->packer = 0;
    ssize_t n = fd_read_all(fd, &answer, sizeof(answer));
    int status = process_wait(pidfd);
    int r = 0;
    if (n != (ssize_t)sizeof(answer))
        r = refuse(failure, -EIO, "the process that packs a layer ended with status %d", status);
    else if (answer.failure.error < 0) {
        *failure = answer.failure;
        r = answer.failure.error;
    }
    if (r < 0) {
        layer_adoption_discard(s, &layer->layer);
        return r;
    }
    layer->layer.result = answer.result;
    return 0;
}
