/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/seccomp.h"

#include "engine/seccomp_builtin.h"
#include "engine/seccomp_compiler.h"
#include "formats/digest.h"
#include "formats/seccomp_image.h"
#include "kernel/file.h"
#include "kernel/path.h"
#include "policy/seccomp_default.h"
#include "store/sha256.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#define CACHE_FOLDER "cache/seccomp"
#define PROFILE_MAX_BYTES (1U << 20)
#define RUBBISH_AGE_SECONDS 3600

void seccomp_program_free(struct seccomp_program *p)
{
    free(p->filter);
    *p = (struct seccomp_program){0};
}

static int program_copy(const struct sock_filter *filter, uint16_t count, uint32_t flags,
                        struct seccomp_program *ret_program)
{
    struct sock_filter *copy = calloc(count, sizeof(*copy));
    if (!copy)
        return -ENOMEM;
    memcpy(copy, filter, count * sizeof(*copy));
    *ret_program = (struct seccomp_program){.filter = copy, .count = count, .flags = flags};
    return 0;
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

static const struct seccomp_builtin *find_builtin(uint64_t capabilities)
{
    for (size_t i = 0; i < seccomp_builtin_count; i++)
        if (seccomp_builtins[i].capabilities == capabilities)
            return &seccomp_builtins[i];
    return NULL;
}

static int read_profile(const char *path, char **ret_profile, size_t *ret_size, struct failure *f)
{
    /* O_NONBLOCK: a pipe without a writer must not hold us; it is refused below. */
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return fail(f, -errno, "seccomp profile %s", path);
    if (!S_ISREG(st.st_mode))
        return refuse(f, -EINVAL, "seccomp profile %s: not a file", path);
    int error = fd_read_whole(fd, PROFILE_MAX_BYTES, ret_profile, ret_size);
    if (error == -EFBIG)
        return refuse(f, error, "seccomp profile %s: more than 1 MiB", path);
    return error == 0 ? 0 : fail(f, error, "seccomp profile %s", path);
}

/* "6.18" of "6.18.44-generic" */
static void kernel_version(const struct utsname *u, char ret_version[32])
{
    size_t n = strspn(u->release, "0123456789");
    if (u->release[n] == '.')
        n += 1 + strspn(u->release + n + 1, "0123456789");
    (void)snprintf(ret_version, 32, "%.*s", (int)n, u->release); /* numbers are short */
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
    sha256_add(&hash, c->profile ? c->profile : "", c->profile_size);
    sha256_end(&hash, bytes);
    digest_from_bytes(bytes, ret_key);
    return 0;
}

static int open_cache(struct engine *e)
{
    static const char *const folders[] = {"cache", CACHE_FOLDER};
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (mkdirat(e->root_fd, folders[i], 0700) != 0 && errno != EEXIST)
            return -errno;
    return path_open(e->root_fd, CACHE_FOLDER, O_RDONLY | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
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

static int compile(struct engine *e, const struct seccomp_compilation *c, struct seccomp_program *ret_program,
                   struct failure *f)
{
    struct digest key;
    autoclose int cache = open_cache(e);
    int error = cache < 0 ? cache : make_key(c, &key);
    if (error != 0)
        return fail(f, error, "opening %s/" CACHE_FOLDER, e->root);
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

int seccomp_get(struct engine *e, const struct seccomp_request *request, struct seccomp_program *ret_program,
                struct failure *failure)
{
    if (streq(request->profile, "unconfined")) {
        *ret_program = (struct seccomp_program){0};
        return 0;
    }
    bool builtin = !request->profile || streq(request->profile, "builtin");
    if (!builtin && request->allow_userns)
        return refuse(
            failure, -EINVAL,
            "seccomp profile %s: userns=allow changes the builtin profile only; let the profile itself allow "
            "clone, clone3 and unshare",
            request->profile);
    uint64_t capabilities = request->capabilities & (builtin ? seccomp_default_capabilities() : UINT64_MAX);
    const struct seccomp_builtin *ready =
        builtin && !request->allow_userns ? find_builtin(capabilities) : NULL;
    if (ready) {
        int error = program_copy(ready->filter, ready->count, ready->flags, ret_program);
        return error == 0 ? 0 : fail(failure, error, "taking the builtin seccomp profile");
    }
    struct utsname host;
    char version[32];
    if (uname(&host) != 0)
        return fail(failure, -errno, "uname");
    kernel_version(&host, version);
    struct seccomp_compilation c = {
        .program_dir = e->program_dir,
        .name = builtin ? NULL : request->profile,
        .machine = host.machine,
        .kernel = version,
        .capabilities = capabilities,
        .allow_userns = request->allow_userns,
    };
    autofree char *profile = NULL;
    int error = builtin ? 0 : read_profile(request->profile, &profile, &c.profile_size, failure);
    c.profile = profile;
    return error == 0 ? compile(e, &c, ret_program, failure) : error;
}
