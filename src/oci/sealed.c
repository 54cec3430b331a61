/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/sealed.h"

#include "host/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define NAME "unroot-runtime"
#define OWN_FILE "/proc/self/exe"
#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define EXECUTABLE 0x10U /* MFD_EXEC, Linux 6.3; headers here may be older */

static int make_memory(void)
{
    int fd = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING | EXECUTABLE);
    if (fd < 0 && errno == EINVAL) /* FALLBACK(linux < 6.3): every memfd can be executed */
        fd = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd < 0 ? -errno : fd;
}

static int make_copy(int program)
{
    struct stat status;
    autoclose int fd = make_memory();
    if (fd < 0 || fstat(program, &status) < 0)
        return fd < 0 ? fd : -errno;
    for (off_t left = status.st_size; left > 0;) {
        ssize_t n = sendfile(fd, program, NULL, (size_t)left);
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        left -= n;
    }
    return fcntl(fd, F_ADD_SEALS, ALL_SEALS) < 0 ? -errno : TAKE_FD(fd);
}

static int sealed_enter(const struct runtime *rt, struct failure *failure)
{
    autofree char *path = NULL;
    autoclose int program = open(OWN_FILE, O_RDONLY | O_CLOEXEC);
    int r = program < 0 ? -errno : programs_own_path(&path);
    if (r < 0)
        return fail(failure, r, "opening our own program");
    if (fcntl(program, F_GET_SEALS) == ALL_SEALS) {
        (void)prctl(PR_SET_NAME, NAME); /* else it is called by a number: only looks */
        return 0;
    }
    if (faccessat(AT_FDCWD, OWN_FILE, W_OK, AT_EACCESS) < 0)
        return 0; /* nor can this process write it, and the container has no more power */
    autoclose int copy = make_copy(program);
    if (copy < 0)
        return fail(failure, copy, "making a sealed copy of our own program");
    rt->argv[0] = path; /* where our other programs are found */
    (void)syscall(SYS_execveat, copy, "", rt->argv, environ, AT_EMPTY_PATH);
    return fail(failure, -errno, "executing a sealed copy of our own program");
}

int sealed_before_create(const struct runtime *rt, const struct oci_decision *d, struct failure *failure)
{
    const uint64_t host = UINT64_C(1) << POLICY_HOST_IDS | UINT64_C(1) << POLICY_HOST_ROOT;
    bool reaches =
        d->ids == OCI_IDS_HOST || d->ids == OCI_IDS_INHERITED || d->exceptions & host || !d->initial_userns;
    return reaches ? sealed_enter(rt, failure) : 0;
}

int sealed_before_exec(const struct runtime *rt, const struct record *record, struct failure *failure)
{
    struct stat status;
    uint32_t inside;
    if (stat(OWN_FILE, &status) < 0)
        return fail(failure, -errno, "looking at our own program");
    bool reaches = record->uids.count == 0 || id_map_to_inside(&record->uids, status.st_uid, &inside) ||
                   id_map_to_inside(&record->gids, status.st_gid, &inside);
    return reaches ? sealed_enter(rt, failure) : 0;
}
