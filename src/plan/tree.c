/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/settle.h"

#include "base/number.h"
#include "formats/mount_spec.h"
#include "formats/sysctl_spec.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define NO_EXTRAS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define SHM_SIZE_DEFAULT (64u << 20)
#define TTY_GROUP 5

static int tree_copy_map(const struct id_map *map, struct id_map **ret_copy)
{
    *ret_copy = map ? malloc(sizeof(*map)) : NULL;
    if (map && !*ret_copy)
        return -ENOMEM;
    if (map)
        **ret_copy = *map;
    return 0;
}

/* An owned copy of the strings and maps; everything else as given. */
static int tree_add(struct start_plan *plan, const struct mount_plan *mount)
{
    struct mount_plan copy = *mount;
    copy.source = mount->source ? strdup(mount->source) : NULL;
    copy.target = strdup(mount->target);
    copy.text = mount->text ? strdup(mount->text) : NULL;
    copy.uids = copy.gids = NULL;
    if (tree_copy_map(mount->uids, &copy.uids) < 0 || tree_copy_map(mount->gids, &copy.gids) < 0 ||
        !copy.target || (mount->source && !copy.source) || (mount->text && !copy.text)) {
        mount_plan_free(&copy);
        return -ENOMEM;
    }
    return start_plan_add_mount(plan, &copy);
}

static uint32_t tree_group(const struct start_plan *plan, uint32_t inside)
{
    uint32_t outside;
    return id_map_to_outside(&plan->file_gids, inside, &outside) ? outside : plan->host_group_base;
}

static uint32_t tree_user(const struct start_plan *plan, uint32_t inside)
{
    uint32_t outside;
    return id_map_to_outside(&plan->file_uids, inside, &outside) ? outside : plan->host_base;
}

static int tree_add_tmpfs(struct start_plan *plan, char *target, uint32_t mode, const struct identity *owner)
{
    struct mount_plan m = {
        .origin = MOUNT_OF_TMPFS,
        .target = target,
        .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
        .mode = mode,
        .uid = owner ? tree_user(plan, owner->uid) : plan->host_base,
        .gid = owner ? tree_group(plan, owner->gid) : plan->host_group_base,
    };
    return tree_add(plan, &m);
}

/* What shows the kernel and its namespaces. */
static int tree_add_kernel(const struct settle_input *in, struct start_plan *plan, uint64_t shm_size)
{
    bool writable = in->request->privileged;
    const struct mount_plan shm = {.origin = MOUNT_OF_TMPFS,
                                   .target = (char *)"/dev/shm",
                                   .attributes = NO_EXTRAS,
                                   .mode = 01777,
                                   .uid = plan->host_base,
                                   .gid = plan->host_group_base,
                                   .size = shm_size};
    const struct mount_plan shared_shm = {.origin = MOUNT_OF_PROCESS,
                                          .process = in->shm_of,
                                          .source = (char *)"/dev/shm",
                                          .target = (char *)"/dev/shm",
                                          .attributes = NO_EXTRAS,
                                          .uids = (struct id_map *)in->shm_uids,
                                          .gids = (struct id_map *)in->shm_gids,
                                          .idmap_optional = true}; /* tmpfs knows it since Linux 6.3 */
    const struct mount_plan mounts[] = {
        {.origin = MOUNT_OF_PROC, .target = (char *)"/proc", .attributes = NO_EXTRAS},
        {.origin = MOUNT_OF_DEVPTS,
         .target = (char *)"/dev/pts",
         .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
         .gid = tree_group(plan, TTY_GROUP)},
        in->shm_of > 0 ? shared_shm : shm,
        {.origin = MOUNT_OF_MQUEUE, .target = (char *)"/dev/mqueue", .attributes = NO_EXTRAS},
        {.origin = in->host_network ? MOUNT_OF_PATH : MOUNT_OF_SYSFS,
         .source = in->host_network ? (char *)"/sys" : NULL,
         .target = (char *)"/sys",
         .attributes = NO_EXTRAS | (writable && !in->host_network ? 0 : MOUNT_ATTR_RDONLY),
         .recursive = in->host_network},
        {.origin = MOUNT_OF_CGROUP, .target = (char *)"/sys/fs/cgroup"},
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(mounts); i++)
        r = tree_add(plan, &mounts[i]);
    return r;
}

int settle_text_file(struct start_plan *plan, const char *target, const char *text)
{
    if (!text)
        return 0;
    struct mount_plan m = {
        .origin = MOUNT_OF_TEXT,
        .target = (char *)target,
        .text = (char *)text,
        .text_size = strlen(text),
        /* Who may write an account file may become anyone: CVE-2020-10695, CVE-2025-7195. */
        .attributes =
            NO_EXTRAS | (streq(target, "/etc/passwd") || streq(target, "/etc/group") ? MOUNT_ATTR_RDONLY : 0),
        .mode = 0644,
        .uid = plan->host_base,
        .gid = plan->host_group_base,
    };
    return tree_add(plan, &m);
}

static int tree_add_files(const struct settle_input *in, struct start_plan *plan)
{
    char hostname[512];
    (void)snprintf(hostname, sizeof(hostname), "%s\n", plan->hostname ? plan->hostname : "");
    const struct {
        const char *target, *text;
    } files[] = {
        {"/etc/hostname", plan->hostname ? hostname : NULL},
        {"/etc/passwd", in->passwd},
        {"/etc/group", in->group},
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++)
        r = settle_text_file(plan, files[i].target, files[i].text);
    if (r == 0 && in->init_program) {
        struct mount_plan init = {
            .origin = MOUNT_OF_PATH,
            .source = (char *)in->init_program,
            .target = (char *)SETTLE_INIT_PATH,
            .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY,
        };
        r = tree_add(plan, &init);
    }
    return r;
}

static int tree_add_devices(struct start_plan *plan)
{
    static const struct {
        const char *path;
        uint32_t major, minor;
    } nodes[] = {
        {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
        {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
        struct device_plan d = {
            .path = strdup(nodes[i].path),
            .type = S_IFCHR,
            .major = nodes[i].major,
            .minor = nodes[i].minor,
            .mode = 0666,
            .uid = plan->host_base,
            .gid = plan->host_group_base,
        };
        if (!d.path)
            return -ENOMEM;
        int r = start_plan_add_device(plan, &d);
        if (r < 0)
            return r;
    }
    return 0;
}

/* docker's and podman's lists together. */
static int tree_hide(const struct settle_input *in, struct start_plan *plan)
{
    static const char *const masked[] = {
        "/proc/acpi",
        "/proc/asound",
        "/proc/interrupts",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
        "/sys/fs/selinux",
        "/sys/dev/block",
    };
    static const char *const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                            "/proc/sysrq-trigger"};
    /* What the person asks to be masked is, whatever else is open. */
    int r = 0;
    for (size_t i = 0; r == 0 && i < in->security->mask.count; i++)
        r = strings_add(&plan->masked, in->security->mask.items[i]);
    if (in->request->privileged || in->security->unmask_all)
        return r;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(masked); i++)
        if (!strings_contain(&in->security->unmask, masked[i]))
            r = strings_add(&plan->masked, masked[i]);
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(read_only); i++)
        if (!strings_contain(&in->security->unmask, read_only[i]))
            r = strings_add(&plan->read_only_paths, read_only[i]);
    return r;
}

static int tree_add_sysctl(const struct sysctl_spec *sysctl, struct start_plan *plan)
{
    autofree char *assignment = NULL;
    if (asprintf(&assignment, "%s=%s", sysctl->path, sysctl->value) < 0)
        return -ENOMEM;
    return start_plan_add_sysctl(plan, assignment);
}

static int tree_add_sysctls(const struct settle_input *in, struct start_plan *plan, struct failure *failure)
{
    for (size_t i = 0; i < in->request->sysctls.count; i++) {
        struct sysctl_spec sysctl;
        int r = sysctl_spec_parse(in->request->sysctls.items[i], &sysctl, failure);
        if (r < 0)
            return r;
        if (sysctl.space == SYSCTL_NETWORK && in->host_network)
            r = refuse(failure, -EPERM, "--sysctl %s with --network=host would change the host", sysctl.name);
        else
            r = tree_add_sysctl(&sysctl, plan);
        sysctl_spec_free(&sysctl);
        if (r < 0)
            return failure->error ? r : fail(failure, r, "the sysctls");
    }
    return 0;
}

int settle_tmpfs(const struct mount_spec *spec, struct start_plan *plan, struct failure *failure)
{
    struct mount_plan m = {
        .origin = MOUNT_OF_TMPFS,
        .target = spec->target,
        .attributes = (spec->suid == MOUNT_SWITCH_ON ? 0 : MOUNT_ATTR_NOSUID) | MOUNT_ATTR_NODEV |
                      (spec->exec == MOUNT_SWITCH_ON ? 0 : MOUNT_ATTR_NOEXEC) |
                      (spec->read_only ? MOUNT_ATTR_RDONLY : 0),
        .mode = spec->has_tmpfs_mode ? spec->tmpfs_mode : 01777,
        .uid = tree_user(plan, spec->has_tmpfs_uid ? spec->tmpfs_uid : 0),
        .gid = tree_group(plan, spec->has_tmpfs_gid ? spec->tmpfs_gid : 0),
        .size = spec->tmpfs_size,
        .inodes = spec->tmpfs_inodes,
    };
    if (spec->dev == MOUNT_SWITCH_ON)
        return refuse(failure, -EPERM, "tmpfs on %s: device nodes are only possible below /dev: use --device",
                      m.target);
    int r = tree_add(plan, &m);
    return r < 0 ? fail(failure, r, "tmpfs on %s", m.target) : 0;
}

static int tree_add_writable(const struct settle_input *in, struct start_plan *plan)
{
    /* A read-only root with nowhere to write starts nothing: podman's --read-only-tmpfs, on by default. */
    if (!in->request->read_only)
        return 0;
    int r = tree_add_tmpfs(plan, (char *)"/run", 0755, in->user);
    if (r == 0)
        r = tree_add_tmpfs(plan, (char *)"/tmp", 01777, NULL);
    if (r == 0)
        r = tree_add_tmpfs(plan, (char *)"/var/tmp", 01777, NULL);
    return r;
}

int settle_tree(const struct settle_input *in, struct start_plan *plan, struct failure *failure)
{
    uint64_t shm_size = SHM_SIZE_DEFAULT;
    if (in->request->shm_size) {
        int r = number_parse_size(in->request->shm_size, &shm_size);
        if (r < 0)
            return refuse(failure, r, "--shm-size=%s: a size such as 64m", in->request->shm_size);
    }
    int r = tree_add_devices(plan);
    if (r == 0)
        r = tree_add_kernel(in, plan, shm_size);
    if (r == 0)
        r = tree_add_files(in, plan);
    if (r == 0)
        r = tree_add_writable(in, plan);
    if (r == 0)
        r = tree_hide(in, plan);
    if (r < 0)
        return fail(failure, r, "planning the tree");
    plan->rootfs.read_only = in->request->read_only;
    return tree_add_sysctls(in, plan, failure);
}
