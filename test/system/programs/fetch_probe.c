/* SPDX-License-Identifier: Apache-2.0 */
/* Enters the sandbox of unroot-fetch and tries one thing, named by its argument; the result goes to
 * descriptor 3: "0", or the errno's name. What ends the process leaves nothing there. */
#include "base/strings.h"
#include "fetch/sandbox.h"
#include "formats/fetch_message.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

static int try_execute(void)
{
    char *const none[] = {NULL};
    return execve("/bin/true", none, none);
}

static int try_fork(void)
{
    return (int)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static int try_ptrace(void)
{
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int try_mount(void)
{
    return mount("none", "/etc", "tmpfs", 0, NULL);
}

static int try_namespace(void)
{
    return unshare(CLONE_NEWUSER);
}

static int try_make_file(void)
{
    return open("/etc/new", O_WRONLY | O_CREAT, 0600);
}

static int try_write_file(void)
{
    return open("/etc/hosts", O_RDWR);
}

static int try_read_shadow(void)
{
    return open("/etc/shadow", O_RDONLY);
}

static int try_read_passwd(void)
{
    return open("/etc/passwd", O_RDONLY);
}

static int try_read_proc(void)
{
    return open("/proc/self/status", O_RDONLY);
}

static int try_read_hosts(void)
{
    return open("/etc/hosts", O_RDONLY);
}

static int try_remove(void)
{
    return unlink("/etc/hosts");
}

static int try_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int try_signal(void)
{
    return kill(getppid(), 0);
}

static int try_root(void)
{
    return setuid(0);
}

static int try_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int try_unix_pair(void)
{
    int pair[2];
    return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
}

static int try_packet_socket(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0);
}

static int try_raw_socket(void)
{
    return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int try_listen(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? 0 : bind(fd, (struct sockaddr *)&here, sizeof(here));
}

static int try_udp(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0);
}

static int try_name(void)
{
    struct addrinfo *found = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    int r = getaddrinfo("localhost", "80", &hints, &found);
    errno = r == 0 ? 0 : EHOSTUNREACH;
    return r == 0 ? 0 : -1;
}

static void *run_thread(void *nothing)
{
    return nothing;
}

static int try_thread(void)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, run_thread, NULL);
    return errno == 0 && pthread_join(thread, NULL) == 0 ? 0 : -1;
}

static const struct {
    const char *name;
    int (*attempt)(void);
} attempts[] = {
    {"code", try_code},
    {"execute", try_execute},
    {"fork", try_fork},
    {"listen", try_listen},
    {"make-file", try_make_file},
    {"mount", try_mount},
    {"name", try_name},
    {"namespace", try_namespace},
    {"packet-socket", try_packet_socket},
    {"ptrace", try_ptrace},
    {"raw-socket", try_raw_socket},
    {"read-hosts", try_read_hosts},
    {"read-passwd", try_read_passwd},
    {"read-proc", try_read_proc},
    {"read-shadow", try_read_shadow},
    {"remove", try_remove},
    {"root", try_root},
    {"signal", try_signal},
    {"thread", try_thread},
    {"udp", try_udp},
    {"unix-pair", try_unix_pair},
    {"unix-socket", try_unix_socket},
    {"write-file", try_write_file},
};

int main(int argc, char **argv)
{
    struct failure failure = {0};
    const char *ca;
    for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(attempts); i++) {
        if (!streq(argv[1], attempts[i].name))
            continue;
        if (sandbox_enter(&failure) < 0 || sandbox_seal(&ca, &failure) < 0) {
            (void)dprintf(FETCH_FD, "%s\n", failure.text);
            _exit(1);
        }
        errno = 0;
        int r = attempts[i].attempt();
        (void)dprintf(FETCH_FD, "%s\n", r < 0 ? strerrorname_np(errno) : "0");
        _exit(0);
    }
    return 2;
}
