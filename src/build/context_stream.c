/* SPDX-License-Identifier: Apache-2.0 */
#include "build/context_stream.h"

#include "base/text.h"
#include "build/tar_sniff.h"
#include "kernel/file.h"
#include "store/decompressor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#define CHUNK (1u << 18)
#define DOCKERFILE_SIZE_MAX (8u << 20)

/* The stream is read here, once, and passed on: its first bytes say what it is. */
struct stream {
    const struct build_context_request *request;
    struct build_context *context;
    char *buffer; /* CHUNK bytes */
    size_t size;  /* of what is in it */
    struct unpacker decompress, extract;
    int out_fd;
    struct failure *failure;
};

static int start_role(struct stream *s, const char *role, int output_fd, int tree_fd)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(s->failure, -errno, "unpacking %s", s->request->what);
    autoclose int input = ends[0], ours = ends[1];
    (void)fcntl(ours, F_SETPIPE_SZ, CHUNK); /* only speed */
    const struct unpacker_job job = {
        .role = role, .input_fd = input, .output_fd = output_fd, .tree_fd = tree_fd};
    int r = unpacker_start(s->context->store, &job, tree_fd >= 0 ? &s->extract : &s->decompress, s->failure);
    if (r == 0)
        s->out_fd = TAKE_FD(ours);
    return r;
}

static int start_roles(struct stream *s, enum layer_compression compression)
{
    int r = start_role(s, "extract-context", -EBADF, s->context->folder_fd);
    if (r < 0 || compression == LAYER_TAR)
        return r;
    autoclose int next = TAKE_FD(s->out_fd);
    return start_role(s, decompressor_role(compression), next, -EBADF);
}

/* -EPIPE: a reader has ended, and knows why. */
static int pass_on(struct stream *s)
{
    while (s->size > 0) {
        int r = fd_write_all(s->out_fd, s->buffer, s->size);
        if (r < 0)
            return r == -EPIPE ? r : fail(s->failure, r, "unpacking %s", s->request->what);
        ssize_t n = fd_read_all(s->request->stream_fd, s->buffer, CHUNK);
        if (n < 0)
            return fail(s->failure, (int)n, "reading %s", s->request->what);
        s->size = (size_t)n;
    }
    return 0;
}

static int finish(struct stream *s, struct unpacker *u)
{
    struct unpack_report report;
    if (u->pidfd < 0)
        return 0;
    int r = unpacker_finish(u, &report, NULL, s->failure);
    if (r < 0)
        return fail_within(s->failure, "unpacking %s", s->request->what);
    if (report.error == -EPIPE)
        return 0; /* the reader ended, and says why */
    return report.error != 0
               ? refuse(s->failure, report.error, "unpacking %s: %s", s->request->what, report.text)
               : 0;
}

static int unpack(struct stream *s, enum layer_compression compression)
{
    struct sigaction before;
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignored, &before) < 0)
        return fail(s->failure, -errno, "unpacking %s", s->request->what);
    int r = start_roles(s, compression);
    if (r == 0)
        r = pass_on(s);
    if (s->out_fd >= 0)
        (void)close(TAKE_FD(s->out_fd)); /* the reader's end of file */
    if (r == 0 || r == -EPIPE) {
        r = finish(s, &s->decompress);
        if (r == 0)
            r = finish(s, &s->extract);
    }
    unpacker_end(&s->decompress);
    unpacker_end(&s->extract);
    (void)sigaction(SIGPIPE, &before, NULL); /* as it was */
    return r;
}

static int unpack_to_staging(struct stream *s, enum layer_compression compression)
{
    struct build_context *c = s->context;
    c->folder_fd = staging_make(c->store, c->staging);
    if (c->folder_fd < 0)
        return fail(s->failure, c->folder_fd, "making a folder for %s", s->request->what);
    return unpack(s, compression);
}

static int take_dockerfile(struct stream *s, char **ret_dockerfile)
{
    autotext struct text text = {0};
    while (s->size > 0) {
        text_append_n(&text, s->buffer, s->size);
        if (text.length > DOCKERFILE_SIZE_MAX)
            return refuse(s->failure, -EFBIG, "%s: neither an archive nor a Dockerfile", s->request->what);
        ssize_t n = fd_read_all(s->request->stream_fd, s->buffer, CHUNK);
        if (n < 0)
            return fail(s->failure, (int)n, "reading %s", s->request->what);
        s->size = (size_t)n;
    }
    if (memchr(text_peek(&text), '\0', text.length))
        return refuse(s->failure, -EINVAL, "%s: neither an archive nor a Dockerfile", s->request->what);
    char *taken = text.length > 0 ? text_take(&text) : strdup("");
    if (!taken)
        return fail(s->failure, -ENOMEM, "reading %s", s->request->what);
    *ret_dockerfile = taken;
    return 0;
}

int context_stream_read(const struct build_context_request *request, struct build_context *context,
                        char **ret_dockerfile, struct failure *failure)
{
    autofree char *buffer = calloc(1, CHUNK);
    struct stream s = {.request = request,
                       .context = context,
                       .buffer = buffer,
                       .decompress = UNPACKER_NONE,
                       .extract = UNPACKER_NONE,
                       .out_fd = -EBADF,
                       .failure = failure};
    if (!buffer)
        return fail(failure, -ENOMEM, "reading %s", request->what);
    ssize_t n = fd_read_all(request->stream_fd, buffer, CHUNK);
    if (n < 0)
        return fail(failure, (int)n, "reading %s", request->what);
    s.size = (size_t)n;
    enum layer_compression compression = layer_sniff(buffer, s.size);
    if (compression == LAYER_TAR && !tar_sniff_header(buffer, s.size))
        return take_dockerfile(&s, ret_dockerfile);
    return unpack_to_staging(&s, compression);
}
