/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/filter.h"

#include "formats/json_slice.h"
#include "host/programs.h"
#include "host/seccomp_cache.h"
#include "oci/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* The cache is the engine's: both compile the same profiles. */
#define CACHE_ROOT "/var/lib/unroot"

static int open_folder(const char *path)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return -errno;
    if (access(path, W_OK) < 0)
        return -errno;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* An ordinary user's filters are kept beside his containers. *ret_path is the caller's. */
static int open_cache_root(const struct runtime *rt, char **ret_path, struct failure *failure)
{
    int fd = open_folder(CACHE_ROOT), length;
    if (fd == -EACCES || fd == -EPERM || fd == -EROFS) {
        length = asprintf(ret_path, "%s.filters", rt->root);
        fd = length < 0 ? -ENOMEM : open_folder(*ret_path);
    } else {
        length = asprintf(ret_path, "%s", CACHE_ROOT);
    }
    if (length < 0)
        *ret_path = NULL;
    return fd < 0 || length < 0
               ? fail(failure, fd < 0 ? fd : -ENOMEM, "opening the folder of compiled filters")
               : fd;
}

static bool profile_asks(const struct seccomp_profile *profile)
{
    for (size_t i = 0; i < profile->rule_count; i++)
        if (profile->rules[i].action == SECCOMP_NOTIFY)
            return true;
    return false;
}

int filter_get(struct runtime *rt, const struct bundle *b, struct process_plan *process,
               struct failure *failure)
{
    static const char *const names[] = {"linux", "seccomp", NULL};
    struct utsname host;
    char version[SECCOMP_KERNEL_SIZE];
    if (!b->config.platform.has_seccomp)
        return 0;
    struct seccomp_compilation compilation = {.name = "config.json: linux.seccomp",
                                              .machine = host.machine,
                                              .kernel = version,
                                              .capabilities = process->bounding,
                                              .listener = profile_asks(&b->config.platform.seccomp)};
    struct seccomp_program program = {0};
    autofree char *programs = NULL;
    int r =
        json_slice(b->config_text, b->config_size, names, &compilation.profile, &compilation.profile_size);
    if (r < 0 || uname(&host) < 0)
        return fail(failure, r < 0 ? r : -errno, "linux.seccomp");
    seccomp_kernel_version(host.release, version);
    r = programs_find("unroot-seccomp", &programs);
    if (r < 0)
        return fail(failure, r, "finding unroot-seccomp");
    compilation.program_dir = programs;
    autofree char *folder = NULL;
    autoclose int root = open_cache_root(rt, &folder, failure);
    if (root < 0)
        return root;
    const struct seccomp_cache cache = {root, folder};
    r = seccomp_cache_compile(&cache, &compilation, &program, failure);
    if (r < 0)
        return r;
    process->filter = program.filter;
    process->filter_count = program.count;
    process->filter_flags = program.flags;
    process->listens = program.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER;
    return process->listens ? agent_check(&b->config.platform.seccomp, failure) : 0;
}
