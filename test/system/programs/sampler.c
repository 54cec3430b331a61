/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at every process of every container of unroot, again and again, and writes down what must never be: a
 * host uid or gid of 0, or a capability in the host's user namespace. A container's process is one of a
 * control group below unroot/ that is in a pid namespace of its own. Not one is a starter: our own
 * program in a pid namespace that the host's user namespace owns, as the suites make them to start from.
 * sampler REPORT PROGRAM..: the programs are ours; runs until SIGTERM, then writes how much it saw and exits
 * 1 when something was found. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;
static unsigned long processes, starters, containers_seen, breaches;
static ino_t host_userns;
static struct stat programs[4];
static int program_count;

static void end(int number)
{
    (void)number;
    ended = 1;
}

static const char *status_value(const char *status, const char *name)
{
    const char *line = strstr(status, name);
    return line ? line + strlen(name) + strspn(line + strlen(name), ": \t") : "";
}

/* Whether one of the blank-separated numbers of the line is `wanted`. */
static int line_has(const char *line, unsigned long wanted)
{
    while (*line != '\0' && *line != '\n') {
        char *rest;
        unsigned long value = strtoul(line, &rest, 10);
        if (rest == line)
            return 0;
        if (value == wanted)
            return 1;
        line = rest + strspn(rest, " \t");
    }
    return 0;
}

static void breach(FILE *report, long pid, const char *what, const char *status)
{
    char path[64], program[256] = "";
    breaches++;
    snprintf(path, sizeof(path), "/proc/%ld/exe", pid);
    ssize_t n = readlink(path, program, sizeof(program) - 1);
    program[n > 0 ? n : 0] = '\0';
    fprintf(report, "process %ld: %s: %s\n%.1200s\n", pid, program, what, status);
    fflush(report);
}

static int is_in_host_userns(long pid)
{
    char path[64];
    struct stat ns;
    snprintf(path, sizeof(path), "/proc/%ld/ns/user", pid);
    return stat(path, &ns) == 0 && ns.st_ino == host_userns;
}

/* A container's pid namespace is its user namespace's. */
static int is_in_host_pidns(long pid)
{
    char path[64];
    struct stat owner;
    snprintf(path, sizeof(path), "/proc/%ld/ns/pid", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int userns = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
    int found = userns >= 0 && fstat(userns, &owner) == 0 && owner.st_ino == host_userns;
    if (userns >= 0)
        close(userns);
    if (fd >= 0)
        close(fd);
    return found;
}

static int runs_our_program(long pid)
{
    char path[64];
    struct stat program;
    snprintf(path, sizeof(path), "/proc/%ld/exe", pid);
    if (stat(path, &program) < 0)
        return 0;
    for (int i = 0; i < program_count; i++)
        if (program.st_dev == programs[i].st_dev && program.st_ino == programs[i].st_ino)
            return 1;
    return 0;
}

static void judge(FILE *report, long pid)
{
    char path[64], status[4096];
    /* Before its status is read: what it was then, it may have left behind by now. */
    if (is_in_host_userns(pid) && runs_our_program(pid) && is_in_host_pidns(pid)) {
        starters++;
        return;
    }
    snprintf(path, sizeof(path), "/proc/%ld/status", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, status, sizeof(status) - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return;
    status[n] = '\0';
    const char *nspid = status_value(status, "\nNSpid");
    if (!strpbrk(nspid, "\t\n") || *strpbrk(nspid, "\t\n") == '\n')
        return; /* one number: the host's pid namespace */
    processes++;
    if (line_has(status_value(status, "\nUid"), 0))
        breach(report, pid, "host uid 0", status);
    if (line_has(status_value(status, "\nGid"), 0) || line_has(status_value(status, "\nGroups"), 0))
        breach(report, pid, "host gid 0", status);
    if (!is_in_host_userns(pid))
        return;
    if (strtoull(status_value(status, "\nCapPrm"), NULL, 16) ||
        strtoull(status_value(status, "\nCapEff"), NULL, 16))
        breach(report, pid, "a capability in the host's user namespace", status);
}

static void look(FILE *report, int dirfd, int depth)
{
    int fd = openat(dirfd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    FILE *procs = fd < 0 ? NULL : fdopen(fd, "r");
    long pid;
    if (procs) {
        while (fscanf(procs, "%ld", &pid) == 1)
            judge(report, pid);
        fclose(procs);
    }
    DIR *folder = depth > 0 ? fdopendir(dup(dirfd)) : NULL;
    if (!folder)
        return;
    rewinddir(folder);
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        if (e->d_type != DT_DIR || e->d_name[0] == '.')
            continue;
        int below = openat(dirfd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (below < 0)
            continue;
        containers_seen++;
        look(report, below, depth - 1);
        close(below);
    }
    closedir(folder);
}

int main(int argc, char **argv)
{
    static const char *const trees[] = {"/sys/fs/cgroup/unified/unroot", "/sys/fs/cgroup/unroot"};
    struct sigaction action = {.sa_handler = end};
    struct stat ns;
    unsigned long rounds = 0;
    FILE *report = argc > 2 && argc <= 6 ? fopen(argv[1], "we") : NULL;
    if (!report || stat("/proc/self/ns/user", &ns) < 0)
        return 2;
    for (; program_count < argc - 2; program_count++)
        if (stat(argv[program_count + 2], &programs[program_count]) < 0)
            return 2;
    host_userns = ns.st_ino;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    while (!ended) {
        for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
            int fd = open(trees[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (fd < 0)
                continue;
            look(report, fd, 4);
            close(fd);
        }
        rounds++;
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    fprintf(report, "%lu rounds, %lu looks at processes, %lu at starters, %lu at containers, %lu breaches\n",
            rounds, processes, starters, containers_seen, breaches);
    fclose(report);
    return breaches > 0 || processes == 0;
}
