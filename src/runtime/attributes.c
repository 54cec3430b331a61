/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/attributes.h"

#include "base/strings.h"
#include "formats/cpu_list.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#define PROC_MAGIC 0x9fa0
#define SELINUX "/sys/fs/selinux/enforce"

/* linux/sched/types.h has it, but also what sched.h defines. sched_setattr(2) */
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static int set_scheduler(const struct oci_scheduler *s, pid_t pid, struct failure *failure)
{
    struct scheduling attr = {
        .size = sizeof(attr),
        .policy = s->policy,
        .flags = s->flags,
        .nice = s->nice,
        .priority = (uint32_t)s->priority,
        .runtime = s->runtime_ns,
        .deadline = s->deadline_ns,
        .period = s->period_ns,
    };
    if (s->given && syscall(SYS_sched_setattr, pid, &attr, 0) < 0)
        return fail(failure, -errno, "process.scheduler");
    return 0;
}

int attributes_set_processors(const char *list, struct failure *failure)
{
    uint64_t set[CPU_LIST_WORDS];
    if (!list)
        return 0;
    int r = cpu_list_parse(list, set);
    /* The C library's wrapper takes a set of its own size; the kernel one of any. */
    if (r == 0 && syscall(SYS_sched_setaffinity, 0, sizeof(set), set) < 0)
        r = -errno;
    return r < 0 ? fail(failure, r, "process.execCPUAffinity %s", list) : 0;
}

bool attributes_has_scheduling(const struct oci_process *process)
{
    return process->scheduler.given || process->io_priority.given;
}

int attributes_set_scheduling(const struct oci_process *process, pid_t pid, struct failure *failure)
{
    int r = set_scheduler(&process->scheduler, pid, failure);
    const struct oci_io_priority *io = &process->io_priority;
    if (r == 0 && io->given &&
        syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, IOPRIO_PRIO_VALUE(io->ioclass, io->priority)) < 0)
        return fail(failure, -errno, "process.ioPriority");
    return r;
}

struct attribute_label attributes_apparmor(const struct oci_process *process)
{
    return (struct attribute_label){"process.apparmorProfile", "/sys/module/apparmor/parameters/enabled",
                                    "thread-self/attr/apparmor/exec", "exec ", process->apparmor_profile};
}

struct attribute_label attributes_selinux(const struct oci_process *process)
{
    return (struct attribute_label){"process.selinuxLabel", SELINUX, "thread-self/attr/exec", "",
                                    process->selinux_label};
}

int attributes_label_text(const struct attribute_label *label, char ret_text[ATTRIBUTE_TEXT_SIZE])
{
    int n = snprintf(ret_text, ATTRIBUTE_TEXT_SIZE, "%s%s", label->prefix, label->value);
    return n < 0 || n >= ATTRIBUTE_TEXT_SIZE ? -E2BIG : n;
}

/* AppArmor: Y or N; SELinux: 1 or 0, and only when it runs. */
static bool module_runs(const char *module)
{
    char first;
    autoclose int fd = open(module, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, &first, 1) == 1 && first != 'N';
}

/* What is so without a module too. */
static bool label_is_nothing(const struct attribute_label *label)
{
    return !label->value || streq(label->value, "unconfined");
}

static int label_check(const struct attribute_label *label, struct failure *failure)
{
    if (label_is_nothing(label) || module_runs(label->module))
        return 0;
    return refuse(failure, -EOPNOTSUPP, "%s is \"%s\", but this kernel runs without it", label->member,
                  label->value);
}

int attributes_check_labels(const struct oci_process *process, struct failure *failure)
{
    const struct attribute_label apparmor = attributes_apparmor(process),
                                 selinux = attributes_selinux(process);
    int r = label_check(&apparmor, failure);
    return r == 0 ? label_check(&selinux, failure) : r;
}

static int label_write(const struct attribute_label *label, int proc_fd, struct failure *failure)
{
    struct statfs status;
    char text[ATTRIBUTE_TEXT_SIZE];
    autoclose int fd = path_open(proc_fd, label->file, O_WRONLY, RESOLVE_BENEATH);
    if (fd == -ENOENT && label_is_nothing(label))
        return 0;
    if (fd < 0 || fstatfs(fd, &status) < 0)
        return fail(failure, fd < 0 ? fd : -errno, "opening `/proc/%s`", label->file);
    if (status.f_type != PROC_MAGIC)
        return refuse(failure, -ENOTTY, "/proc/%s is not of proc", label->file);
    int n = attributes_label_text(label, text);
    if (n >= 0 && write(fd, text, (size_t)n) == n)
        return 0;
    if (n >= 0 && errno == EINVAL && label_is_nothing(label))
        return 0; /* the module does not run */
    if (n >= 0 && errno == ENOENT)
        return refuse(failure, -ENOENT, "%s: the kernel has no profile \"%s\" (apparmor_parser(8) loads it)",
                      label->member, label->value);
    return fail(failure, n < 0 ? n : -errno, "%s: writing \"%s\" to `/proc/%s`", label->member, label->value,
                label->file);
}

int attributes_set_labels(const struct oci_process *process, int proc_fd, struct failure *failure)
{
    const struct attribute_label apparmor = attributes_apparmor(process),
                                 selinux = attributes_selinux(process);
    int r = apparmor.value ? label_write(&apparmor, proc_fd, failure) : 0;
    return r == 0 && selinux.value ? label_write(&selinux, proc_fd, failure) : r;
}

int attributes_check_mount_label(const char *label, struct failure *failure)
{
    if (!label || label[0] == '\0' || module_runs(SELINUX))
        return 0;
    return refuse(failure, -EOPNOTSUPP, "linux.mountLabel is \"%s\", but this kernel runs without it", label);
}

int attributes_set_memory_policy(const struct oci_memory_policy *policy, struct failure *failure)
{
    uint64_t nodes[CPU_LIST_WORDS];
    if (!policy->given)
        return 0;
    int r = policy->nodes ? cpu_list_parse(policy->nodes, nodes) : 0;
    if (r == 0 && syscall(SYS_set_mempolicy, policy->mode | (int)policy->flags, policy->nodes ? nodes : NULL,
                          policy->nodes ? CPU_LIST_MAX + 1UL : 0UL) < 0)
        r = -errno;
    if (r == -ENOSYS)
        return refuse(failure, r, "linux.memoryPolicy: this kernel has no memory policies (CONFIG_NUMA)");
    if (r == -EINVAL)
        return refuse(
            failure, r,
            "linux.memoryPolicy: the kernel refuses this mode, or no memory node of \"%s\" is there",
            policy->nodes ? policy->nodes : "");
    return r < 0 ? fail(failure, r, "linux.memoryPolicy") : 0;
}

int attributes_set_personality(uint32_t persona, struct failure *failure)
{
    return personality(persona) < 0 ? fail(failure, -errno, "linux.personality") : 0;
}

void attributes_forget_keys(void)
{
    (void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING,
                  NULL); /* a quota that is used up is no reason to end */
}
