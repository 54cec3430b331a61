/* SPDX-License-Identifier: Apache-2.0 */
/* runs in:  a user namespace of its own that maps `0 S 65536`, a child of the engine; no file open but these:
 *           0 the stream in, 1 the stream out, 3 the report (a file of memory), 4 the tree.
 * power:    the stored ids below the tree, and nothing on the host.
 * must not: hold anything else when it reads the first byte. */
#include "base/number.h"
#include "base/strings.h"
#include "kernel/file.h"
#include "unpack/compress.h"
#include "unpack/decompress.h"
#include "unpack/extract.h"
#include "unpack/pack.h"
#include "unpack/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { INPUT_FD = 0, OUTPUT_FD = 1, REPORT_FD = 3, TREE_FD = 4 };

/* Zero, or a value that tells the engine that not even a report could be written. */
static int write_report(struct unpack_report *report, const char *paths, const struct failure *failure)
{
    report->magic = UNPACK_REPORT_MAGIC;
    report->error = failure->error;
    memcpy(report->text, failure->text, sizeof(report->text));
    if (failure->error != 0)
        report->opaque_count = report->opaque_size = 0;
    int r = fd_write_all(REPORT_FD, report, sizeof(*report));
    if (r == 0)
        r = fd_write_all(REPORT_FD, paths, report->opaque_size);
    return r < 0 ? 125 : failure->error != 0;
}

/* "UID:GID" of ADD --chown, from the engine. */
static int read_owner(struct extract *x)
{
    char uid[16];
    const char *colon = strchr(x->name, ':');
    size_t length = colon ? (size_t)(colon - x->name) : 0;
    if (length == 0 || length >= sizeof(uid))
        return -EINVAL;
    memcpy(uid, x->name, length);
    uid[length] = '\0';
    x->has_owner = true;
    x->name = NULL;
    int r = number_parse_id(uid, &x->uid);
    return r < 0 ? r : number_parse_id(colon + 1, &x->gid);
}

static int run_extract(enum extract_mode mode, const char *name)
{
    struct failure failure = {0};
    struct extract x = {.input_fd = INPUT_FD, .root_fd = TREE_FD, .mode = mode, .name = name};
    int r = mode == EXTRACT_ADD && name ? read_owner(&x) : 0;
    if (r < 0)
        (void)fail(&failure, r, "the owner of what is added"); /* told by the report */
    if (r == 0)
        r = sandbox_enter(SANDBOX_TREE, TREE_FD, &failure);
    if (r == 0)
        r = extract_run(&x, &failure);
    (void)r; /* is failure.error */
    r = write_report(&x.report, x.opaque, &failure);
    extract_free(&x);
    return r;
}

enum pack_source { PACK_ALL, PACK_PLAIN, PACK_LIST, PACK_COPY };

/* `clamp`: the latest time that a file may have, as digits; NULL: any. */
static int run_pack(enum pack_source source, const char *clamp)
{
    struct failure failure = {0};
    struct pack p = {.root_fd = TREE_FD, .plain = source == PACK_PLAIN, .tar = {.fd = OUTPUT_FD}};
    uint64_t seconds = 0;
    p.clamped = clamp && number_parse(clamp, INT64_MAX, &seconds) == 0;
    p.clamp = (int64_t)seconds;
    int r = sandbox_enter(SANDBOX_TREE, TREE_FD, &failure);
    if (r == 0)
        r = source == PACK_LIST   ? pack_list_run(&p, INPUT_FD, &failure)
            : source == PACK_COPY ? pack_copy_run(&p, INPUT_FD, &failure)
                                  : pack_run(&p, &failure);
    (void)r;                /* is failure.error */
    (void)close(OUTPUT_FD); /* the reader's end of file; it counts what came */
    r = write_report(&p.report, NULL, &failure);
    pack_free(&p);
    return r;
}

static int run_decompress(enum decompress_kind kind)
{
    struct failure failure = {0};
    struct unpack_report report = {0};
    struct decompress d = {.input_fd = INPUT_FD, .output_fd = OUTPUT_FD, .kind = kind, .report = &report};
    int r = decompress_open(&d);
    if (r < 0)
        (void)fail(&failure, r, "decompressing"); /* told by the report */
    if (r == 0)
        r = sandbox_enter(SANDBOX_STREAM, -EBADF, &failure);
    if (r == 0)
        r = decompress_run(&d, &failure);
    (void)close(OUTPUT_FD); /* the reader's end of file; what was written is hashed, not assumed */
    r = write_report(&report, NULL, &failure);
    decompress_close(&d);
    return r;
}

static int run_compress(enum compress_kind kind, const char *level)
{
    struct failure failure = {0};
    struct unpack_report report = {0};
    struct compress c = {.input_fd = INPUT_FD, .output_fd = OUTPUT_FD, .kind = kind, .report = &report};
    uint64_t number = 0;
    int r = level ? number_parse(level, 99, &number) : -EINVAL;
    c.level = (int)number;
    if (r == 0)
        r = compress_open(&c);
    if (r < 0)
        (void)fail(&failure, r, "compressing"); /* told by the report */
    if (r == 0)
        r = sandbox_enter(SANDBOX_STREAM, -EBADF, &failure);
    if (r == 0)
        r = compress_run(&c, &failure);
    r = write_report(&report, NULL, &failure);
    compress_close(&c);
    return r;
}

static const struct {
    const char *role;
    enum extract_mode mode;
} extract_roles[] = {
    {"extract-layer", EXTRACT_LAYER}, {"extract-tree", EXTRACT_TREE},
    {"extract-copy", EXTRACT_COPY},   {"extract-build", EXTRACT_BUILD},
    {"extract-add", EXTRACT_ADD},     {"extract-context", EXTRACT_CONTEXT},
    {"extract-host", EXTRACT_HOST},   {"extract-host-owners", EXTRACT_HOST_OWNERS},
    {"extract-plain", EXTRACT_PLAIN},
};

static const char *const decompress_roles[] = {
    [DECOMPRESS_GZIP] = "decompress-gzip",
    [DECOMPRESS_ZSTD] = "decompress-zstd",
    [DECOMPRESS_XZ] = "decompress-xz",
    [DECOMPRESS_BZIP2] = "decompress-bzip2",
};

static int run_role(const char *role, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(extract_roles); i++)
        if (streq(role, extract_roles[i].role))
            return run_extract(extract_roles[i].mode, name);
    if (streq(role, "pack-tree"))
        return run_pack(PACK_ALL, NULL);
    if (streq(role, "pack-list"))
        return run_pack(PACK_LIST, name);
    if (streq(role, "pack-copy"))
        return run_pack(PACK_COPY, NULL);
    if (streq(role, "pack-plain"))
        return run_pack(PACK_PLAIN, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(decompress_roles); i++)
        if (streq(role, decompress_roles[i]))
            return run_decompress((enum decompress_kind)i);
    if (streq(role, "compress-gzip"))
        return run_compress(COMPRESS_GZIP, name);
    if (streq(role, "compress-zstd"))
        return run_compress(COMPRESS_ZSTD, name);
    (void)fprintf(stderr,
                  "unroot-unpack: started by unroot for itself: nothing here is for a command line\n");
    return 2;
}

int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that has failed says so itself */
    /* Without exit handlers: what a sanitizer does there, the seccomp filter forbids. */
    _exit(run_role(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : NULL));
}
