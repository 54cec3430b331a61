/* SPDX-License-Identifier: Apache-2.0 */
/* What the system tests run inside their minimal root: looks at its own state, or does one hostile thing. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void print_lines(const char *path, const char *const *prefixes)
{
    char line[512];
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f))
        for (int i = 0; prefixes[i]; i++)
            if (strncmp(line, prefixes[i], strlen(prefixes[i])) == 0)
                fputs(line, stdout);
    if (f)
        fclose(f);
}

static int show_state(void)
{
    static const char *const wanted[] = {"Uid:",    "Gid:",    "Groups:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:",
                                         "CapAmb:", "NoNewPrivs:", "Seccomp:", "SigBlk:", "SigIgn:", "SigCgt:", NULL};
    print_lines("/proc/self/status", wanted);
    printf("Securebits:\t%#x\n", (unsigned)prctl(PR_GET_SECUREBITS));
    printf("Dumpable:\t%d\n", prctl(PR_GET_DUMPABLE));
    int death = 0;
    prctl(PR_GET_PDEATHSIG, &death);
    printf("DeathSignal:\t%d\n", death);
    printf("Keyring:\t%ld\n", syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -3 /* session */, 0));
    printf("Descriptors:\t");
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("%d ", fd);
    printf("\nPid:\t%d\nHome:\t%s\nUser:\t%s\nLogname:\t%s\n", getpid(), getenv("HOME") ? getenv("HOME") : "(unset)",
           getenv("USER") ? getenv("USER") : "(unset)", getenv("LOGNAME") ? getenv("LOGNAME") : "(unset)");
    mode_t mask = umask(0);
    printf("Umask:\t%04o\n", (unsigned)mask);
    return 0;
}

/* One line: "uid gid groups.. home", for the table of user specs. */
static int show_identity(void)
{
    gid_t groups[256];
    int n = getgroups(256, groups);
    uid_t r, e, s;
    getresuid(&r, &e, &s);
    printf("%u %u ", r == e && e == s ? r : 0, getgid());
    if (n == 0)
        printf("-");
    for (int i = 0; i < n; i++)
        printf("%s%u", i ? "," : "", groups[i]);
    printf(" %s\n", getenv("HOME"));
    return 0;
}

#ifdef __x86_64__
static long ioctl_by_int80(int fd, unsigned long request, unsigned argument)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(54), "b"(fd), "c"(request), "d"(argument) : "memory", "r8", "r9", "r10", "r11");
    return result;
}
#endif

static const char *outcome(long r)
{
    return r == -1 || r < 0 ? (r == -1 && errno != EPERM ? strerror(errno) : r == -1 || r == -EPERM ? "refused" : strerror((int)-r)) : "PUSHED";
}

/* Every way to ioctl(TIOCSTI): each must say "refused". */
static int push_back(void)
{
    static char low[1] = "x";
    errno = 0;
    printf("plain %s\n", outcome(syscall(SYS_ioctl, 0, 0x5412UL, low)));
    errno = 0;
    printf("high-bits %s\n", outcome(syscall(SYS_ioctl, 0, 0x100005412UL, low)));
    errno = 0;
    printf("tioclinux %s\n", outcome(syscall(SYS_ioctl, 0, 0x541cUL, low)));
#ifdef __x86_64__
    errno = 0;
    printf("x32 %s\n", outcome(syscall(0x40000000 | 514, 0, 0x5412UL, low)));
    errno = 0;
    printf("x32-number %s\n", outcome(syscall(514, 0, 0x5412UL, low)));
    printf("i386 %s\n", outcome(ioctl_by_int80(0, 0x5412UL, (unsigned)(unsigned long)low)));
#endif
    return 0;
}

/* as UID GID CMD..: an engine's --user, with no_new_privs and an empty bounding set. */
static int run_as(char **argv)
{
    for (int i = 0; i < 64; i++)
        prctl(PR_CAPBSET_DROP, i);
    gid_t gid = (gid_t)atoi(argv[1]);
    uid_t uid = (uid_t)atoi(argv[0]);
    if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return 1;
    execvp(argv[2], argv + 2);
    return 127;
}

/* user UID CMD..: an ordinary user, no more. */
static int run_user(char **argv)
{
    uid_t uid = (uid_t)atoi(argv[0]);
    if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
        return 1;
    execvp(argv[1], argv + 1);
    return 127;
}

/* bound CAPS CMD..: stays root, with exactly these capability numbers in the bounding set. */
static int run_bounded(char **argv)
{
    for (int i = 0; i < 64; i++) {
        char word[8];
        snprintf(word, sizeof(word), ",%d,", i);
        if (!strstr(argv[0], word))
            prctl(PR_CAPBSET_DROP, i);
    }
    execvp(argv[1], argv + 1);
    return 127;
}

static int receive(char **argv)
{
    sigset_t all;
    sigfillset(&all);
    /* musl leaves 32 to 34 out */
    unsigned long mask = ~0UL;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
    int left = atoi(argv[0]);
    printf("ready %d\n", getpid());
    fflush(stdout);
    while (left-- > 0) {
        siginfo_t info;
        long n = syscall(SYS_rt_sigtimedwait, &mask, &info, NULL, 8);
        printf("signal %ld\n", n);
        fflush(stdout);
    }
    return argv[1] ? atoi(argv[1]) : 0;
}

/* Says the time when SIGTERM comes, and ends. */
static int say_last(void)
{
    struct timespec now;
    sigset_t term;
    int n;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    puts("running");
    fflush(stdout);
    sigwait(&term, &n);
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("last %lld\n", (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    fflush(stdout);
    _exit(0);
}

/* swap A B SECONDS: exchanges two names as fast as it can. */
static int swap_names(char **argv)
{
    time_t end = time(NULL) + atoi(argv[2]);
    unsigned long count = 0;
    while (time(NULL) < end)
        for (int i = 0; i < 1000; i++)
            count += syscall(SYS_renameat2, AT_FDCWD, argv[0], AT_FDCWD, argv[1], 2 /* RENAME_EXCHANGE */) == 0;
    printf("%lu\n", count);
    return count > 0 ? 0 : 1;
}

static int send_notify(const char *text)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const char *name = getenv("NOTIFY_SOCKET");
    if (!name)
        return 1;
    size_t n = strlen(name);
    memcpy(to.sun_path, name, n);
    if (to.sun_path[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    return sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0;
}

/* orphans N MS: N grandchildren that outlive their parent by MS milliseconds. */
static int make_orphans(char **argv)
{
    for (int i = 0; i < atoi(argv[0]); i++)
        if (fork() == 0) {
            usleep((useconds_t)atoi(argv[1]) * 1000);
            _exit(0);
        }
    return 0;
}

/* idmap FOLDER: mounts the folder onto itself with ids moved by 100000 (mount_setattr(2)). */
static int mount_idmapped(const char *folder)
{
    struct {
        unsigned long set, clear, propagation, userns;
    } attributes = {0x00100000 /* MOUNT_ATTR_IDMAP */, 0, 0, 0};
    int ready[2], hold[2];
    char byte = 0, path[64];
    if (pipe(ready) < 0 || pipe(hold) < 0)
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        close(hold[1]);
        byte = unshare(0x10000000 /* CLONE_NEWUSER */) < 0;
        if (write(ready[1], &byte, 1) < 0 || read(hold[0], &byte, 1) < 0)
            _exit(1);
        _exit(0);
    }
    if (read(ready[0], &byte, 1) != 1 || byte)
        return 1;
    static const char *const maps[] = {"uid_map", "gid_map"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "/proc/%d/%s", pid, maps[i]);
        int fd = open(path, O_WRONLY);
        if (write(fd, "0 100000 65536", 14) != 14)
            return 1;
        close(fd);
    }
    snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
    attributes.userns = (unsigned long)open(path, O_RDONLY);
    int tree = (int)syscall(428 /* open_tree */, AT_FDCWD, folder, 1 /* CLONE */);
    if (tree < 0 || syscall(442 /* mount_setattr */, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) < 0 ||
        syscall(429 /* move_mount */, tree, "", AT_FDCWD, folder, 4 /* F_EMPTY_PATH */) < 0) {
        perror("idmap");
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "state") == 0)
        return show_state();
    if (strcmp(verb, "identity") == 0)
        return show_identity();
    if (strcmp(verb, "pushback") == 0)
        return push_back();
    if (strcmp(verb, "as") == 0 && argc > 4)
        return run_as(argv + 2);
    if (strcmp(verb, "user") == 0 && argc > 3)
        return run_user(argv + 2);
    if (strcmp(verb, "bound") == 0 && argc > 3)
        return run_bounded(argv + 2);
    if (strcmp(verb, "receive") == 0 && argc > 2)
        return receive(argv + 2);
    if (strcmp(verb, "swap") == 0 && argc > 4)
        return swap_names(argv + 2);
    if (strcmp(verb, "notify") == 0 && argc > 2)
        return send_notify(argv[2]);
    if (strcmp(verb, "orphans") == 0 && argc > 3)
        return make_orphans(argv + 2);
    if (strcmp(verb, "idmap") == 0 && argc > 2)
        return mount_idmapped(argv[2]);
    if (strcmp(verb, "last") == 0)
        return say_last();
    if (strcmp(verb, "die") == 0 && argc > 2)
        return raise(atoi(argv[2]));
    fprintf(stderr, "probe: what?\n");
    return 1;
}
