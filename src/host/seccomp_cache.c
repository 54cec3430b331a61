/* SPDX-License-Identifier: Apache-2.0 */
#include "host/seccomp_cache.h"

#include "formats/digest.h"
#include "formats/seccomp_image.h"
#include "kernel/file.h"
#include "kernel/path.h"
#include "store/sha256.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define CACHE_FOLDER "cache/seccomp"
#define RUBBISH_AGE_SECONDS 3600

void seccomp_program_free(struct seccomp_program *p)
{
    free(p->filter);
    *p = (struct seccomp_program){0};
}

static int program_from_image(const char *image, size_t size, struct seccomp_program *ret_program)
{
    struct seccomp_image_header header;
    struct sock_filter *filter = NULL;
    int error = seccomp_image_read(image, size, &header, &filter);
    if (error != 0)
        return error;
    *ret_program =
        (struct seccomp_program){.filter = filter, .count = (uint16_t)header.count, .flags = header.flags};
    return 0;
}

/* Everything that the filter depends on. */
static int make_key(const struct seccomp_compilation *c, struct digest *ret_key)
{
    char head[300];
    unsigned char bytes[DIGEST_BYTES];
    int n = snprintf(head, sizeof(head), "unroot-seccomp %s %d\n%s %s\n%016llx %d %d\n", UNROOT_VERSION,
                     SECCOMP_IMAGE_VERSION, c->machine, c->kernel, (unsigned long long)c->capabilities,
                     c->allow_userns, c->name != NULL);
    struct sha256 hash;
    if (n <= 0 || (size_t)n >= sizeof(head))
        return -EIO;
    sha256_begin(&hash);
    sha256_add(&hash, head, (size_t)n);
    if (c->listener)
        sha256_add(&hash, "listener\n", 9);
    sha256_add(&hash, c->profile ? c->profile : "", c->profile_size);
    sha256_end(&hash, bytes);
    digest_from_bytes(bytes, ret_key);
    return 0;
}

static int open_made_cache(const struct seccomp_cache *cache)
{
    return path_open(cache->root_fd, CACHE_FOLDER, O_RDONLY | O_DIRECTORY,
                     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static int open_cache(const struct seccomp_cache *cache)
{
    static const char *const folders[] = {"cache", CACHE_FOLDER};
    int fd = open_made_cache(cache);
    if (fd != -ENOENT)
        return fd;
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (mkdirat(cache->root_fd, folders[i], 0700) != 0 && errno != EEXIST)
            return -errno;
    return open_made_cache(cache);
}

static int read_cached(int cache_fd, const char *key, struct seccomp_program *ret_program)
{
    autofree char *image = NULL;
    size_t size = 0;
    int error = file_read_all(cache_fd, key, SECCOMP_IMAGE_MAX, &image, &size);
    return error == 0 ? program_from_image(image, size, ret_program) : error;
}

/* Temporary files of writers that were killed. */
static void sweep_cache(int cache_fd)
{
    int copy = fcntl(cache_fd, F_DUPFD_CLOEXEC, 0);
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    if (!d) {
        if (copy >= 0)
            (void)close(copy);
        return;
    }
    rewinddir(d);
    struct stat st;
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d))
        if (entry->d_name[0] == '.' && fstatat(cache_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode) && st.st_mtime + RUBBISH_AGE_SECONDS < time(NULL))
            (void)unlinkat(cache_fd, entry->d_name, 0); /* another one may have done it */
    (void)closedir(d);                                  /* only read */
}

int seccomp_cache_compile(const struct seccomp_cache *where, const struct seccomp_compilation *c,
                          struct seccomp_program *ret_program, struct failure *f)
{
    struct digest key;
    autoclose int cache = open_cache(where);
    int error = cache < 0 ? cache : make_key(c, &key);
    if (error != 0)
        return fail(f, error, "opening %s/" CACHE_FOLDER, where->root);
    if (read_cached(cache, key.hex, ret_program) == 0) /* missing, cut or damaged: made anew */
        return 0;
    autofree char *image = NULL;
    size_t size = 0;
    error = seccomp_compiler_run(c, &image, &size, f);
    if (error != 0)
        return error;
    error = program_from_image(image, size, ret_program);
    if (error != 0)
        return fail(f, error, "reading what unroot-seccomp answered");
    ignore(file_write_atomic(cache, key.hex, image, size, false)); /* a full disk costs time, not the start */
    sweep_cache(cache);
    return 0;
}

void seccomp_kernel_version(const char *release, char ret_version[SECCOMP_KERNEL_SIZE])
{
    size_t n = strspn(release, "0123456789");
    if (release[n] == '.')
        n += 1 + strspn(release + n + 1, "0123456789");
    (void)snprintf(ret_version, SECCOMP_KERNEL_SIZE, "%.*s", (int)n, release); /* numbers are short */
}
