/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/seccomp.h"

#include "engine/seccomp_builtin.h"
#include "formats/seccomp_image.h"
#include "host/seccomp_compiler.h"
#include "kernel/file.h"
#include "policy/seccomp_default.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define PROFILE_MAX_BYTES (1U << 20)

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
    char version[SECCOMP_KERNEL_SIZE];
    if (uname(&host) != 0)
        return fail(failure, -errno, "uname");
    seccomp_kernel_version(host.release, version);
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
    const struct seccomp_cache cache = {e->root_fd, e->root};
    return error == 0 ? seccomp_cache_compile(&cache, &c, ret_program, failure) : error;
}
