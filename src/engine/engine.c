/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include "host/id_ledger.h"
#include "host/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define STORAGE_OWNER 2147352576u

void engine_say(const struct engine *e, const char *format, ...)
{
    char sentence[1024];
    va_list args;
    if (!e->say)
        return;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    e->say(e->say_context, sentence);
}

/* Makes the folder with all above it and opens it. */
static int engine_open_folder(const char *path, mode_t mode, struct failure *failure)
{
    char partial[PATH_MAX];
    if (path[0] != '/' || snprintf(partial, sizeof(partial), "%s", path) >= (int)sizeof(partial))
        return refuse(failure, -EINVAL, "%s: an absolute path is needed", path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(partial, 0755) < 0 && errno != EEXIST)
            return fail(failure, -errno, "making %s", partial);
        *slash = '/';
    }
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return fail(failure, -errno, "making %s", path);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? fail(failure, -errno, "opening %s", path) : fd;
}

static int engine_make_below(int dirfd, const char *name, mode_t mode, uid_t owner, struct failure *failure)
{
    if (mkdirat(dirfd, name, mode) < 0)
        return errno == EEXIST ? 0 : fail(failure, -errno, "making %s", name);
    if (owner != 0 && fchownat(dirfd, name, owner, owner, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(failure, -errno, "giving %s to the storage", name);
    return 0;
}

static int engine_make_layout(struct engine *e, struct failure *failure)
{
    static const struct {
        const char *name;
        mode_t mode;
        uid_t owner;
    } folders[] = {
        {"containers", 0700, 0},
        {"names", 0700, 0},
        {"storage", 0700, STORAGE_OWNER},
        {"storage/containers", 0755, STORAGE_OWNER},
        {"storage/layers", 0755, STORAGE_OWNER},
        {"storage/volumes", 0755, STORAGE_OWNER},
    };
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        int r = engine_make_below(e->root_fd, folders[i].name, folders[i].mode, folders[i].owner, failure);
        if (r < 0)
            return r;
    }
    int r = engine_make_below(e->run_fd, "containers", 0700, 0, failure);
    if (r < 0)
        return r;
    e->storage_fd = openat(e->root_fd, "storage", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return e->storage_fd < 0 ? fail(failure, -errno, "opening %s/storage", e->root) : 0;
}

static int engine_find_programs(struct engine *e, struct failure *failure)
{
    int r = programs_own_path(&e->program);
    if (r == 0)
        r = programs_find("unroot-monitor", &e->program_dir);
    return r < 0 ? fail(failure, r, "finding the helper programs") : 0;
}

/* Both have a folder `containers`, and what lies in RUNROOT's is deleted when a container ends. */
static int engine_check_apart(const struct engine *e, struct failure *failure)
{
    struct stat root, run;
    if (fstat(e->root_fd, &root) < 0 || fstat(e->run_fd, &run) < 0)
        return fail(failure, -errno, "looking at %s and %s", e->root, e->runroot);
    if (root.st_dev == run.st_dev && root.st_ino == run.st_ino)
        return refuse(failure, -EINVAL,
                      "--root and --runroot are the same folder, %s: each needs a folder of its own",
                      e->root);
    return 0;
}

int engine_open(struct engine *e, const struct engine_options *options, struct failure *failure)
{
    void (*say)(void *, const char *) = e->say;
    void *context = e->say_context;
    *e = (struct engine){.root_fd = -EBADF,
                         .storage_fd = -EBADF,
                         .run_fd = -EBADF,
                         .held_fd = -EBADF,
                         .say = say,
                         .say_context = context};
    if (geteuid() != 0)
        return refuse(
            failure, -EPERM,
            "the engine needs root for id ranges and mounts (its containers do not get it): start it "
            "with sudo. An engine for ordinary users is not there yet");
    e->root = strdup(options->root ? options->root : ENGINE_ROOT);
    e->runroot = strdup(options->runroot ? options->runroot : ENGINE_RUNROOT);
    if (!e->root || !e->runroot)
        return fail(failure, -ENOMEM, "opening the engine");
    e->root_fd = engine_open_folder(e->root, 0700, failure);
    if (e->root_fd < 0)
        return e->root_fd;
    e->run_fd = engine_open_folder(e->runroot, 0700, failure);
    if (e->run_fd < 0)
        return e->run_fd;
    int r = engine_check_apart(e, failure);
    if (r == 0)
        r = engine_make_layout(e, failure);
    return r < 0 ? r : engine_find_programs(e, failure);
}

void engine_close(struct engine *e)
{
    const int fds[] = {e->root_fd, e->storage_fd, e->run_fd, e->held_fd};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    free(e->root);
    free(e->runroot);
    free(e->program);
    free(e->program_dir);
    e->root_fd = e->storage_fd = e->run_fd = e->held_fd = -EBADF;
    e->root = e->runroot = e->program = e->program_dir = NULL;
}
