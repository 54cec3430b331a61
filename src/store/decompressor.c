/* SPDX-License-Identifier: Apache-2.0 */
#include "store/decompressor.h"

#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PEEK_SIZE 512

static const struct {
    const char *name, *role, *magic;
    size_t magic_size;
} forms[] = {
    [LAYER_TAR] = {"none", NULL, NULL, 0},
    [LAYER_GZIP] = {"gzip", "decompress-gzip", "\x1f\x8b", 2},
    [LAYER_ZSTD] = {"zstd", "decompress-zstd", "\x28\xb5\x2f\xfd", 4},
    [LAYER_XZ] = {"xz", "decompress-xz", "\xfd\x37zXZ\0", 6},
    [LAYER_BZIP2] = {"bzip2", "decompress-bzip2", "BZh", 3},
};

enum layer_compression layer_sniff(const void *data, size_t size)
{
    const unsigned char *b = data;
    for (size_t i = LAYER_GZIP; i < ARRAY_SIZE(forms); i++)
        if (size > forms[i].magic_size && memcmp(b, forms[i].magic, forms[i].magic_size) == 0 &&
            (i != LAYER_BZIP2 || (b[3] >= '1' && b[3] <= '9')))
            return (enum layer_compression)i;
    /* A skippable frame of zstd (RFC 8878 3.1.2) may come first. */
    if (size >= 4 && (b[0] & 0xf0) == 0x50 && b[1] == 0x2a && b[2] == 0x4d && b[3] == 0x18)
        return LAYER_ZSTD;
    return LAYER_TAR;
}

/* tee(2) copies what is in a pipe and leaves it there. */
static ssize_t peek_pipe(int fd, void *data, size_t size)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    autoclose int out = ends[0], in = ends[1];
    ssize_t n = tee(fd, in, size, 0);
    return n > 0 ? read(out, data, size) : n;
}

enum layer_compression decompressor_peek(int fd)
{
    unsigned char data[PEEK_SIZE];
    struct stat st;
    ssize_t n = -1;
    if (fstat(fd, &st) < 0)
        return LAYER_TAR; /* whoever reads it says why that fails */
    if (S_ISREG(st.st_mode))
        n = pread(fd, data, sizeof(data), lseek(fd, 0, SEEK_CUR));
    else if (S_ISFIFO(st.st_mode))
        n = peek_pipe(fd, data, sizeof(data));
    return n > 0 ? layer_sniff(data, (size_t)n) : LAYER_TAR;
}

const char *decompressor_name(enum layer_compression compression)
{
    return forms[compression].name;
}

const char *decompressor_role(enum layer_compression compression)
{
    return forms[compression].role;
}

int decompressor_start(const struct store *s, enum layer_compression compression, int input_fd,
                       struct unpacker *ret_unpacker, struct failure *failure)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, -errno, "decompressing");
    autoclose int read_end = ends[0], write_end = ends[1];
    (void)fcntl(write_end, F_SETPIPE_SZ, 1 << 20); /* only speed; an unprivileged limit may forbid it */
    const struct unpacker_job job = {.role = decompressor_role(compression),
                                     .input_fd = input_fd,
                                     .output_fd = write_end,
                                     .tree_fd = -EBADF};
    int r = unpacker_start(s, &job, ret_unpacker, failure);
    return r < 0 ? r : TAKE_FD(read_end);
}
