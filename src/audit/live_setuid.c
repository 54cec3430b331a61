/* SPDX-License-Identifier: Apache-2.0 */
/* A way back to root in a running container: setuid files where programs lie. */
#include "audit/live_process.h"

#include "kernel/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ENTRIES_MAX 8192

/* The name of a setuid file in an open folder, or NULL. */
static const char *find_in(DIR *d, uint32_t root, struct arena *arena)
{
    unsigned n = 0;
    for (struct dirent *e; (e = readdir(d)) && n < ENTRIES_MAX; n++) {
        struct stat st;
        if (e->d_type != DT_REG && e->d_type != DT_UNKNOWN)
            continue;
        if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
            (st.st_mode & S_ISUID) && (st.st_mode & 0111) && st.st_uid == root)
            return arena_string(arena, e->d_name);
    }
    return NULL;
}

const char *live_find_setuid(int proc_fd, const struct live_process *p, struct arena *arena)
{
    static const char *const folders[] = {"usr/bin", "bin",           "usr/sbin",
                                          "sbin",    "usr/local/bin", "usr/local/sbin"};
    char path[64];
    uint32_t root = 0;
    if (p->uid_map.count > 0 && !id_map_to_outside(&p->uid_map, 0, &root))
        return ""; /* its namespace has no root */
    (void)snprintf(path, sizeof(path), "%d/root", p->pid);
    autoclose int top = openat(proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        struct statvfs fs;
        int fd = path_open_in_root(top, folders[i], O_RDONLY | O_DIRECTORY);
        if (fd == -EACCES || fd == -EPERM)
            return NULL;
        if (fd < 0 || fstatvfs(fd, &fs) < 0 || (fs.f_flag & ST_NOSUID)) {
            if (fd >= 0)
                (void)close(fd);
            continue;
        }
        DIR *d = fdopendir(fd);
        if (!d) {
            (void)close(fd);
            continue;
        }
        const char *name = find_in(d, root, arena);
        (void)closedir(d);
        if (name)
            return arena_printf(arena, "/%s/%s", folders[i], name);
    }
    return "";
}
