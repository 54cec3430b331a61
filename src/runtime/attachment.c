/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of the workspace: made detached, adjusted, attached by descriptor. */
#include "base/text.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/path.h"
#include "kernel/process.h"
#include "runtime/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>

/* Opens the place to attach on; makes it (a folder, or an empty file with the folders above it) when missing.
 */
static int attachment_open_target(struct workspace *w, const char *target, bool folder, int *ret_fd)
{
    int fd = path_open_in_root(w->root_fd, target, O_PATH);
    if (fd == -ENOENT && folder)
        fd = path_make_dirs_in_root(w->root_fd, target, 0755, NULL);
    if (fd == -ENOENT) {
        autofree char *parent = strndup(target, (size_t)(strrchr(target, '/') - target) + 1);
        if (!parent)
            return -ENOMEM;
        autoclose int made = path_make_dirs_in_root(w->root_fd, parent, 0755, NULL);
        if (made < 0)
            return made;
        autoclose int file = path_create(w->root_fd, target, O_CREAT | O_WRONLY, 0644, RESOLVE_IN_ROOT);
        if (file < 0)
            return file;
        fd = path_open_in_root(w->root_fd, target, O_PATH);
    }
    if (fd < 0)
        return fd;
    *ret_fd = fd;
    return 0;
}

int workspace_attach_fd(struct workspace *w, int mount_fd, const char *target, struct failure *failure)
{
    struct stat source, place;
    if (fstat(mount_fd, &source) < 0)
        return fail(failure, -errno, "looking at what is mounted on %s", target);
    autoclose int target_fd = -EBADF;
    int r = attachment_open_target(w, target, S_ISDIR(source.st_mode), &target_fd);
    if (r < 0)
        return fail(failure, r, "opening %s in the container", target);
    if (fstat(target_fd, &place) < 0)
        return fail(failure, -errno, "looking at %s in the container", target);
    if (S_ISDIR(source.st_mode) != S_ISDIR(place.st_mode))
        return refuse(
            failure, -ENOTDIR, "%s is a %s in the container, what is mounted on it is a %s: not a directory",
            target, S_ISDIR(place.st_mode) ? "folder" : "file", S_ISDIR(source.st_mode) ? "folder" : "file");
    r = mount_attach(mount_fd, target_fd);
    return r < 0 ? fail(failure, r, "mounting on %s", target) : 0;
}

static int attachment_make_devpts(const struct mount_plan *mount)
{
    char gid[16];
    (void)snprintf(gid, sizeof(gid), "%u", mount->gid);
    struct mount_parameter parameters[] = {{"mode", "0620"}, {"ptmxmode", "0666"}, {"gid", gid}};
    struct mount_request request = {"devpts", parameters, ARRAY_SIZE(parameters), mount->attributes, -EBADF};
    return mount_make(&request, NULL);
}

/* The child of one that entered a pid namespace is the first inside. Both share our table of descriptors, and
 * a word of memory for the number of the mount's or a negative errno. */
static void attachment_mount_proc(const struct mount_plan *mount, int pidns_fd, int32_t *answer)
{
    autoclose int pidfd = -EBADF;
    *answer = process_enter(pidns_fd, CLONE_NEWPID);
    if (*answer < 0)
        return;
    pid_t pid = process_clone(CLONE_FILES, -EBADF, &pidfd);
    if (pid == 0) {
        struct mount_request request = {"proc", NULL, 0, mount->attributes, -EBADF};
        *answer = mount_make(&request, NULL);
        _exit(0);
    }
    if (pid < 0)
        *answer = pid;
    else if (process_wait(pidfd) != 0)
        *answer = -ECHILD;
}

/* FALLBACK(linux < 6.17): proc shows the pid namespace of whoever mounts it. By a process of its own, because
 * there is no way back for an ordinary user: the pid namespace that he came from is the host's. */
static int attachment_make_proc_inside(const struct mount_plan *mount, int pidns_fd)
{
    autoclose int pidfd = -EBADF;
    int32_t *answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (answer == MAP_FAILED)
        return -errno;
    pid_t pid = process_clone(CLONE_FILES, -EBADF, &pidfd);
    if (pid == 0) {
        attachment_mount_proc(mount, pidns_fd, answer);
        _exit(0);
    }
    int status = pid < 0 ? pid : process_wait(pidfd);
    int fd = status == 0 ? *answer : status < 0 ? status : -ECHILD;
    (void)munmap(answer, sizeof(*answer));
    return fd;
}

static int attachment_make_proc(const struct workspace *w, const struct mount_plan *mount, int pidns_fd,
                                struct failure *failure)
{
    int fd = workspace_make_type("proc", mount, pidns_fd, failure);
    return fd == -EINVAL ? attachment_make_proc_inside(mount, pidns_fd) : fd;
}

static int attachment_make_text(struct workspace *w, const struct mount_plan *mount)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "files/%u", w->files++);
    autoclose int file = openat(w->top_fd, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0)
        return -errno;
    int r = fd_write_all(file, mount->text, mount->text_size);
    if (r < 0)
        return r;
    if (fchown(file, mount->uid, mount->gid) < 0 || fchmod(file, mount->mode) < 0)
        return -errno;
    return mount_clone(w->top_fd, name, false);
}

static int attachment_make(struct workspace *w, const struct mount_plan *mount, int pidns_fd,
                           struct failure *failure)
{
    switch (mount->origin) {
    case MOUNT_OF_PATH:
        return mount_clone(AT_FDCWD, mount->source, mount->recursive);
    case MOUNT_OF_STORAGE: {
        autoclose int storage = openat(w->top_fd, "storage", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (storage < 0)
            return -errno;
        autoclose int source = path_open_beneath(storage, mount->source, O_PATH);
        return source < 0 ? source : mount_clone(source, "", false);
    }
    case MOUNT_OF_TMPFS:
        return workspace_make_tmpfs(mount, failure);
    case MOUNT_OF_PROCESS:
        return workspace_clone_other(w, mount, failure);
    case MOUNT_OF_TEXT:
        return attachment_make_text(w, mount);
    case MOUNT_OF_PROC:
        return attachment_make_proc(w, mount, pidns_fd, failure);
    case MOUNT_OF_DEVPTS: /* an OCI configuration's: creator_tree.c */
        return attachment_make_devpts(mount);
    case MOUNT_OF_SYSFS:
    case MOUNT_OF_MQUEUE: {
        const char *type = mount->origin == MOUNT_OF_SYSFS ? "sysfs" : "mqueue";
        return workspace_make_type(type, mount, -EBADF, failure);
    }
    case MOUNT_OF_FILESYSTEM:
        return workspace_make_type(mount->type, mount, -EBADF, failure);
    case MOUNT_OF_REMOUNT:
    case MOUNT_OF_CGROUP:
        break; /* not from here: creator_tree.c, kernel_mounts.c */
    }
    return -EINVAL;
}

/* What the kernel could not idmap, in words: which file system it is and what will work instead. */
static int attachment_refuse_idmap(int mount_fd, const struct mount_plan *mount, int error,
                                   struct failure *failure)
{
    static const struct {
        long magic;
        const char *name;
    } known[] = {
        {0x6969, "NFS"},       {0x65735546, "FUSE"},     {0x794c7630, "an overlay"}, {0x9fa0, "proc"},
        {0x62656572, "sysfs"}, {0xff534d42, "CIFS/SMB"}, {0x01021997, "9p"},         {0x4006, "FAT"},
    };
    struct statfs status = {0};
    const char *name = "of a kind that cannot be idmapped";
    if (fstatfs(mount_fd, &status) == 0)
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
            if ((status.f_type & 0xffffffffL) == known[i].magic)
                name = known[i].name;
    return refuse(
        failure, error,
        "volume %s: its file system is %s, so its owners cannot be mapped into the container. Use a named "
        "volume, a folder on ext4, xfs, btrfs or tmpfs, or --userns=host with a non-root --user",
        mount->source, name);
}

/* What is a slave, or is asked to be a peer, of the host's mount stays below that: only cut off when nothing
 * of the host's later mounts is to show. */
static bool attachment_follows_host(const struct mount_plan *mount)
{
    for (size_t i = 0; i < mount->propagation_count; i++)
        if (mount->origin == MOUNT_OF_PATH && (mount->propagations[i] & (MS_SLAVE | MS_SHARED)))
            return true;
    return false;
}

/* Made a moment ago with its attributes, and private as all such mounts. */
static bool attachment_is_new(const struct mount_plan *mount)
{
    return mount->cleared == 0 && (mount->origin == MOUNT_OF_TMPFS || mount->origin == MOUNT_OF_PROC ||
                                   mount->origin == MOUNT_OF_SYSFS || mount->origin == MOUNT_OF_MQUEUE);
}

static int attachment_adjust(struct workspace *w, int mount_fd, const struct mount_plan *mount,
                             struct failure *failure)
{
    struct mount_change change = {
        .set = mount->attributes,
        .clear = mount->cleared,
        .propagation = w->top_only          ? 0
                       : mount->propagation ? mount->propagation
                                            : MS_PRIVATE,
        .idmap_userns_fd = -EBADF,
    };
    bool is_new = w->top_only && attachment_is_new(mount);
    int r = is_new ? 0 : mount_change(mount_fd, &change, mount->recursive && !w->top_only);
    if (r == 0 && !is_new && w->top_only &&
        !attachment_follows_host(mount)) /* creator_tree.c says how it spreads */
        r = mount_change(mount_fd,
                         &(struct mount_change){.propagation = MS_PRIVATE, .idmap_userns_fd = -EBADF}, true);
    if (r == 0 && (mount->recursive_set != 0 || mount->recursive_cleared != 0))
        r = mount_change(mount_fd,
                         &(struct mount_change){.set = mount->recursive_set,
                                                .clear = mount->recursive_cleared,
                                                .idmap_userns_fd = -EBADF},
                         true);
    if (r < 0)
        return fail(failure, r, "setting the options of the mount on %s", mount->target);
    if (!mount->uids)
        return 0;
    int userns = workspace_open_map(w, mount->uids, mount->gids, failure);
    if (userns < 0)
        return userns;
    struct mount_change idmap = {.idmap_userns_fd = userns};
    r = mount_change(mount_fd, &idmap, mount->recursive && (!w->top_only || mount->idmap_recursive));
    if (mount->idmap_optional && (r == -EINVAL || r == -EPERM))
        return 0;
    if (r == -EINVAL)
        return attachment_refuse_idmap(mount_fd, mount, r, failure);
    return r < 0 ? fail(failure, r, "idmapping the mount on %s", mount->target) : 0;
}

int workspace_make_mount(struct workspace *w, const struct mount_plan *mount, int pidns_fd,
                         struct failure *failure)
{
    autoclose int fd = attachment_make(w, mount, pidns_fd, failure);
    if (fd < 0 && failure->error != 0)
        return fd;
    if (fd < 0)
        return fail(failure, fd, "mounting %s on %s", mount->source ? mount->source : "a file system",
                    mount->target);
    int r = attachment_adjust(w, fd, mount, failure);
    return r < 0 ? r : TAKE_FD(fd);
}

int workspace_attach(struct workspace *w, const struct mount_plan *mount, int pidns_fd,
                     struct failure *failure)
{
    autoclose int fd = workspace_make_mount(w, mount, pidns_fd, failure);
    return fd < 0 ? fd : workspace_attach_fd(w, fd, mount->target, failure);
}
int workspace_mask(struct workspace *w, const char *path, struct failure *failure)
{
    autoclose int target = path_open_in_root(w->root_fd, path, O_PATH);
    if (target == -ENOENT || target == -ENOTDIR)
        return 0;
    struct stat status;
    if (target < 0 || fstat(target, &status) < 0)
        return fail(failure, target < 0 ? target : -errno, "opening %s to mask it", path);
    autoclose int cover = mount_clone(w->top_fd, S_ISDIR(status.st_mode) ? "empty.d" : "empty", false);
    if (cover < 0)
        return fail(failure, cover, "masking %s", path);
    struct mount_change change = {.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                         MOUNT_ATTR_NOEXEC,
                                  .idmap_userns_fd = -EBADF};
    int r = mount_change(cover, &change, false);
    if (r == 0)
        r = mount_attach(cover, target);
    return r < 0 ? fail(failure, r, "masking %s", path) : 0;
}

int workspace_make_read_only(struct workspace *w, const char *path, struct failure *failure)
{
    autoclose int target = path_open_in_root(w->root_fd, path, O_PATH);
    if (target == -ENOENT || target == -ENOTDIR)
        return 0;
    if (target < 0)
        return fail(failure, target, "opening %s to make it read-only", path);
    autoclose int copy = mount_clone(target, "", true);
    if (copy < 0)
        return fail(failure, copy, "making %s read-only", path);
    struct mount_change change = {.set = MOUNT_ATTR_RDONLY, .idmap_userns_fd = -EBADF};
    int r = mount_change(copy, &change, true);
    if (r == 0)
        r = mount_attach(copy, target);
    return r < 0 ? fail(failure, r, "making %s read-only", path) : 0;
}

int workspace_attach_console(struct workspace *w, unsigned number, struct failure *failure)
{
    char path[32];
    (void)snprintf(path, sizeof(path), "/dev/pts/%u", number);
    autoclose int device = path_open_in_root(w->root_fd, path, O_PATH);
    if (device < 0)
        return fail(failure, device, "opening %s", path);
    autoclose int copy = mount_clone(device, "", false);
    if (copy < 0)
        return fail(failure, copy, "cloning %s", path);
    return workspace_attach_fd(w, copy, "/dev/console", failure);
}

int workspace_make_workdir(struct workspace *w, const struct start_plan *plan, struct failure *failure)
{
    const struct process_plan *process = &plan->process;
    uint32_t uid, gid;
    if (!process->create_workdir)
        return 0;
    unsigned made = 0;
    autoclose int fd = path_make_dirs_in_root(w->root_fd, process->workdir, 0755, &made);
    if (fd < 0)
        return fail(failure, fd, "making the working directory %s", process->workdir);
    if (made == 0 || !id_map_to_outside(&plan->uids, process->uid, &uid) ||
        !id_map_to_outside(&plan->gids, process->gid, &gid))
        return 0;
    if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
        return fail(failure, -errno, "giving %s to uid %u", process->workdir, process->uid);
    return 0;
}
