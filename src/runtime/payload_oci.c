/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of an OCI engine's container: from its namespaces to the byte that starts it. */
#include "formats/accounts.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "runtime/attributes.h"
#include "runtime/hook.h"
#include "runtime/payload_role.h"
#include "runtime/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* An exec: who has the rights to sets scheduler, priority and processors of this process. */
int payload_wait_for_scheduling(void *role)
{
    struct payload *p = role;
    const struct payload_oci *oci = p->start->oci;
    return oci && attributes_has_scheduling(oci->process)
               ? sync_wait(p->sync_fd, SYNC_SCHEDULED, NULL, &p->failure)
               : 0;
}

int payload_set_attributes(void *role)
{
    struct payload *p = role;
    const struct payload_oci *oci = p->start->oci;
    if (!oci)
        return 0;
    if (oci->new_keyring)
        attributes_forget_keys();
    int r = attributes_set_labels(oci->process, oci->proc_fd, &p->failure);
    if (r == 0)
        r = attributes_set_memory_policy(oci->memory_policy, &p->failure);
    return r == 0 && oci->personality.given ? attributes_set_personality(oci->personality.value, &p->failure)
                                            : r;
}

int payload_join_mounts(struct payload *p)
{
    int r = process_enter(p->start->mount_fd, CLONE_NEWNS); /* at its root, which nothing is above of */
    return r < 0 ? fail(&p->failure, r, "joining the mount namespace")
                 : sync_send(p->sync_fd, SYNC_LOCKED, 0, &p->failure);
}

int payload_keep_descriptors(struct payload *p, unsigned preserved)
{
    int *const ours[] = {&p->sync_fd, &p->start_fd, &p->answer_fd, &p->reason_fd};
    const int lowest = 3 + (int)preserved;
    int next = lowest;
    /* Out of the way first, then one behind the other. */
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
        if (*ours[i] >= 0) {
            int fd = fcntl(*ours[i], F_DUPFD_CLOEXEC, lowest + (int)ARRAY_SIZE(ours));
            if (fd < 0)
                return fail(&p->failure, -errno, "moving a channel");
            *ours[i] = fd;
        }
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
        if (*ours[i] >= 0) {
            if (dup3(*ours[i], next, O_CLOEXEC) < 0)
                return fail(&p->failure, -errno, "moving a channel");
            *ours[i] = next++;
        }
    for (int fd = 3; fd < lowest; fd++)
        if (fcntl(fd, F_SETFD, 0) < 0)
            return fail(&p->failure, -errno, "descriptor %d is to be preserved", fd);
    int r = process_close_from((unsigned)next);
    return r < 0 ? fail(&p->failure, r, "closing descriptors") : 0;
}

/* The home of the uid by the container's own passwd; "/" without a line, or without a file that can be read.
 */
static int read_home(uint32_t uid, char **ret_home, struct failure *failure)
{
    autofree char *text = NULL;
    autoaccounts struct accounts accounts = {0};
    struct accounts_text files = {0};
    struct stat status;
    autoclose int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
        fd_read_whole(fd, ACCOUNTS_SIZE_MAX, &text, &files.passwd_size) == 0)
        files.passwd = text;
    int r = accounts_read(&files, &accounts, failure);
    if (r < 0)
        return r;
    const struct account *account = accounts_find_uid(&accounts, uid);
    *ret_home = strdup(account && account->home[0] == '/' ? account->home : "/");
    return *ret_home ? 0 : fail(failure, -ENOMEM, "HOME");
}

/* Engines leave HOME to the runtime, as runc has always set it. */
int payload_find_home(void *role)
{
    struct payload *p = role;
    const struct process_plan *process = &p->plan->process;
    autofree char *home = NULL;
    if (!p->start->oci || strings_get_variable(&process->environment, "HOME"))
        return 0;
    int r = read_home(process->uid, &home, &p->failure);
    if (r < 0)
        return r;
    r = strings_copy(&p->environment, &process->environment);
    if (r == 0)
        r = strings_addf(&p->environment, "HOME=%s", home);
    return r < 0 ? fail(&p->failure, r, "HOME") : 0;
}

/* 0, or why this file cannot be executed. */
static int program_check(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static int program_refuse(struct payload *p, const char *name, int error)
{
    p->execute_error = error;
    if (error == -ENOENT || error == -ENOTDIR) /* in the words that engines look for */
        return refuse(&p->failure, error, "exec: \"%s\": stat %s: %s", name, name,
                      error == -ENOENT ? "no such file or directory" : "not a directory");
    if (error == -EISDIR) /* docker up to 20.10 makes its exit code 126 from the second half */
        return refuse(&p->failure, error, "exec: \"%s\": is a directory: permission denied", name);
    if (error == -EACCES)
        return refuse(&p->failure, error, "exec: \"%s\": permission denied", name);
    return fail(&p->failure, error, "exec: \"%s\"", name);
}

/* What cannot be executed is told while the container is created, as runc does. */
int payload_find_program(void *role)
{
    struct payload *p = role;
    const struct process_plan *process = &p->plan->process;
    const char *name = process->argv.items[0];
    if (!p->start->oci)
        return 0;
    if (strchr(name, '/')) {
        int r = program_check(name);
        return r < 0 ? program_refuse(p, name, r) : 0;
    }
    const char *search = strings_get_variable(&process->environment, "PATH");
    int error = -ENOENT;
    if (!search || search[0] == '\0')
        search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    while (search && name[0] != '\0') {
        char path[PATH_MAX];
        size_t length = strcspn(search, ":");
        int n = snprintf(path, sizeof(path), "%.*s/%s", (int)length, length ? search : ".", name);
        int r = n > 0 && n < (int)sizeof(path) ? program_check(path) : -ENAMETOOLONG;
        if (r == 0)
            return 0;
        error = r == -EACCES ? r : error;
        search = search[length] == ':' ? search + length + 1 : NULL;
    }
    if (error == -EACCES)
        return program_refuse(p, name, error);
    p->execute_error = -ENOENT;
    return refuse(&p->failure, -ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
}

/* From here on the creator's end is seen on the channel, so that no death signal is needed. */
int payload_tell_ready(void *role)
{
    struct payload *p = role;
    if (prctl(PR_SET_PDEATHSIG, 0) < 0)
        return fail(&p->failure, -errno, "living without the creator");
    int r = sync_send(p->sync_fd, SYNC_READY, 0, &p->failure);
    if (r == 0)
        r = sync_wait(p->sync_fd, SYNC_COMMIT, NULL, &p->failure);
    if (r == 0) {
        (void)close(p->sync_fd);
        p->sync_fd = -EBADF;
        p->committed = true;
    }
    return r;
}

/* Only read(2), write(2) and execve(2) from here on: a filter may be there already. */
int payload_wait_for_start(void *role)
{
    struct payload *p = role;
    char byte;
    ssize_t n;
    do
        n = read(p->start_fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    return n == 1 ? 0 : fail(&p->failure, n < 0 ? -errno : -EPIPE, "waiting for the start");
}

int payload_run_start_hooks(void *role)
{
    struct payload *p = role;
    const struct payload_oci *oci = p->start->oci;
    const struct oci_hooks *hooks = &oci->plan->config->hooks[OCI_HOOK_START_CONTAINER];
    if (hooks->count == 0)
        return 0;
    autofree char *state = oci->describe(oci->context, getpid(), "created");
    if (!state)
        return fail(&p->failure, -ENOMEM, "the state for hooks");
    return hooks_run(hooks, oci_hook_name(OCI_HOOK_START_CONTAINER), state, NULL, &p->failure);
}

/* An exec whose filter asks a listener: whoever made it takes hold of it first, see listener.h. */
int payload_wait_for_hold(void *role)
{
    struct payload *p = role;
    return p->plan->process.listens ? sync_wait(p->sync_fd, SYNC_COMMIT, NULL, &p->failure) : 0;
}
