/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer_pump.h"

#include "kernel/file.h"
#include "store/decompressor.h"
#include "store/opaque.h"
#include "store/unpacker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define PUMP_BUFFER (1u << 20)
#define WRITEBACK_STEP (16u << 20)

struct pump {
    struct layer_stage *stage;
    const struct layer_source *source;
    const struct store_progress *progress;
    struct unpacker decompress, extract;
    int out_fd; /* the first of them reads this; -EBADF: nobody does */
    char *buffer;
    uint64_t total;
    bool started; /* the roles run, as far as they are needed */
    struct sigaction old_pipe;
};

static int make_pipe(int *ret_read, int *ret_write)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    (void)fcntl(ends[1], F_SETPIPE_SZ, PUMP_BUFFER); /* only speed; an unprivileged limit may forbid it */
    *ret_read = ends[0];
    *ret_write = ends[1];
    return 0;
}

static int start_role(struct pump *p, const char *role, int output_fd, int tree_fd, struct failure *failure)
{
    autoclose int input = -EBADF, ours = -EBADF;
    int r = make_pipe(&input, &ours);
    if (r < 0)
        return fail(failure, r, "starting unroot-unpack");
    const struct unpacker_job job = {
        .role = role, .input_fd = input, .output_fd = output_fd, .tree_fd = tree_fd};
    r = unpacker_start(p->stage->store, &job, tree_fd >= 0 ? &p->extract : &p->decompress, failure);
    if (r == 0)
        p->out_fd = TAKE_FD(ours);
    return r;
}

static int start_roles(struct pump *p, struct failure *failure)
{
    enum layer_compression compression = p->stage->result.compression;
    int r = 0;
    if (!p->stage->archive && compression > LAYER_ZSTD)
        return refuse(failure, -EOPNOTSUPP, "%s: a layer with %s; layers are plain, gzip or zstd",
                      p->source->what, decompressor_name(compression));
    if (p->stage->folder_fd >= 0)
        r = start_role(p, p->stage->archive ? "extract-plain" : "extract-layer", -EBADF, p->stage->folder_fd,
                       failure);
    if (r < 0 || compression == LAYER_TAR || (p->stage->folder_fd < 0 && p->source->diffid))
        return r;
    autoclose int next = TAKE_FD(p->out_fd);
    return start_role(p, decompressor_role(compression), next, -EBADF, failure);
}

/* The disk is busy while the processor is, instead of all at the end. */
static void begin_writeback(const struct pump *p, uint64_t before)
{
    const struct blob_writer *b = &p->stage->blob;
    if (b->fd >= 0 && !b->adopted && before / WRITEBACK_STEP != b->size / WRITEBACK_STEP)
        (void)sync_file_range(b->fd, 0, 0,
                              SYNC_FILE_RANGE_WRITE); /* a hint: the sync that counts comes later */
}

static int pump_bytes(struct pump *p, size_t size, struct failure *failure)
{
    uint64_t before = p->stage->blob.size;
    int r = 0;
    if (p->stage->blob.hashing)
        r = blob_writer_add(&p->stage->blob, p->buffer, size);
    else
        p->stage->blob.size += size;
    if (r < 0)
        return fail(failure, r, "%s: storing it", p->source->what);
    begin_writeback(p, before);
    r = p->out_fd >= 0 ? fd_write_all(p->out_fd, p->buffer, size) : 0;
    if (r == -EPIPE)
        return r; /* the reason is in the reader's report */
    if (r < 0)
        return fail(failure, r, "%s: passing it on", p->source->what);
    if (p->progress && p->progress->report)
        p->progress->report(p->progress->context, p->source->what, p->stage->blob.size, p->total);
    return 0;
}

static int pump_buffer(struct pump *p, size_t size, struct failure *failure)
{
    int r = 0;
    if (!p->started) {
        p->stage->result.compression = layer_sniff(p->buffer, size);
        r = start_roles(p, failure);
    }
    p->started = true;
    return r == 0 && size > 0 ? pump_bytes(p, size, failure) : r;
}

/* What an earlier download left. */
static int pump_partial(struct pump *p, const struct blob_partial *partial, struct failure *failure)
{
    for (uint64_t at = 0; at < partial->size;) {
        uint64_t left = partial->size - at;
        ssize_t n = pread(partial->fd, p->buffer, left < PUMP_BUFFER ? left : PUMP_BUFFER, (off_t)at);
        if (n <= 0)
            return fail(failure, n < 0 ? -errno : -EIO, "%s: reading what is there of it", p->source->what);
        int r = pump_buffer(p, (size_t)n, failure);
        if (r < 0)
            return r;
        at += (uint64_t)n;
    }
    int r = blob_writer_append(&p->stage->blob);
    return r < 0 ? fail(failure, r, "%s: storing it", p->source->what) : 0;
}

static int pump_all(struct pump *p, struct failure *failure)
{
    if (p->stage->blob.fd >= 0 && p->source->partial) {
        int r = pump_partial(p, p->source->partial, failure);
        if (r < 0)
            return r;
    }
    for (;;) {
        ssize_t n = fd_read_all(p->source->fd, p->buffer, PUMP_BUFFER);
        if (n < 0)
            return fail(failure, (int)n, "%s: reading it", p->source->what);
        int r = pump_buffer(p, (size_t)n, failure);
        if (r < 0 || n < (ssize_t)PUMP_BUFFER)
            return r;
        if (p->source->size > 0 && p->stage->blob.size > p->source->size)
            return refuse(failure, -EBADMSG, "%s: more than the %llu bytes that were promised",
                          p->source->what, (unsigned long long)p->source->size);
    }
}

static int finish_decompress(struct pump *p, struct failure *failure)
{
    struct unpack_report report;
    int r = unpacker_finish(&p->decompress, &report, NULL, failure);
    if (r < 0)
        return fail_within(failure, "%s", p->source->what);
    if (report.error != 0 && report.error != -EPIPE)
        return refuse(failure, report.error, "%s: %s", p->source->what, report.text);
    digest_from_bytes(report.sha256, &p->stage->result.diffid);
    return report.error;
}

static int finish_extract(struct pump *p, struct failure *failure)
{
    struct unpack_report report;
    autofree char *paths = NULL;
    int r = unpacker_finish(&p->extract, &report, &paths, failure);
    if (r < 0)
        return fail_within(failure, "%s", p->source->what);
    if (report.error != 0)
        return refuse(failure, report.error, "%s: %s", p->source->what, report.text);
    struct layer_result *result = &p->stage->result;
    result->entries = report.entries;
    result->unpacked_size = report.bytes;
    result->skipped_devices = report.skipped_devices;
    result->skipped_xattrs = report.skipped_xattrs;
    r = opaque_mark(p->stage->folder_fd, paths, report.opaque_count);
    return r < 0 ? fail(failure, r, "%s: marking opaque folders", p->source->what) : 0;
}

/* `r` is how pumping ended; a reader that failed first (-EPIPE) is the one that knows why. */
static int finish_roles(struct pump *p, int r, struct failure *failure)
{
    bool running = p->decompress.pidfd >= 0 || p->extract.pidfd >= 0;
    if (r < 0 && (r != -EPIPE || !running)) {
        unpacker_end(&p->decompress);
        unpacker_end(&p->extract);
        return r;
    }
    if (p->out_fd >= 0)
        (void)close(TAKE_FD(p->out_fd)); /* a pipe: the reader's end of file */
    if (p->decompress.pidfd >= 0) {
        r = finish_decompress(p, failure);
        if (r < 0 && r != -EPIPE) {
            unpacker_end(&p->extract);
            return r;
        }
    }
    if (p->extract.pidfd >= 0) {
        int extracted = finish_extract(p, failure);
        if (extracted < 0)
            return extracted;
    }
    return r == -EPIPE ? refuse(failure, -EIO, "%s: unroot-unpack stopped reading", p->source->what) : r;
}

static int tell_digests(struct pump *p, struct failure *failure)
{
    struct layer_result *result = &p->stage->result;
    result->size = p->stage->blob.size;
    int r = blob_writer_finish(&p->stage->blob, &result->digest);
    if (r < 0)
        return fail(failure, r, "%s: hashing it", p->source->what);
    if (result->compression == LAYER_TAR)
        result->diffid = result->digest;
    else if (result->diffid.hex[0] == '\0')
        result->diffid = *p->source->diffid; /* unpacked before; then its name was verified */
    return 0;
}

int layer_pump(struct layer_stage *stage, const struct layer_source *source,
               const struct store_progress *progress, struct failure *failure)
{
    struct pump p = {.stage = stage,
                     .source = source,
                     .progress = progress,
                     .decompress = UNPACKER_NONE,
                     .extract = UNPACKER_NONE,
                     .out_fd = -EBADF,
                     .total = source->size};
    struct stat st;
    if (p.total == 0 && fstat(source->fd, &st) == 0 && S_ISREG(st.st_mode))
        p.total = (uint64_t)st.st_size;
    p.buffer = malloc(PUMP_BUFFER);
    if (!p.buffer)
        return fail(failure, -ENOMEM, "%s", source->what);
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignore, &p.old_pipe) < 0)
        p.old_pipe = (struct sigaction){.sa_handler = SIG_DFL};
    int r = pump_all(&p, failure);
    r = finish_roles(&p, r, failure);
    if (r == 0 && !stage->archive)
        r = tell_digests(&p, failure);
    if (p.out_fd >= 0)
        (void)close(p.out_fd); /* after a failure; the readers are gone */
    free(p.buffer);
    (void)sigaction(SIGPIPE, &p.old_pipe, NULL); /* as it was */
    return r;
}
