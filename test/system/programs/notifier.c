/* SPDX-License-Identifier: Apache-2.0 */
/* `notifier MESSAGE..`: sends each to $NOTIFY_SOCKET as sd_notify(3) does. "LARGE" is READY=1 with 8,000
 * bytes behind it, "NUL" READY=1 with a NUL behind it; "FD:TEXT" brings a descriptor along. Static: it runs
 * in any image. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int send_one(int fd, const struct sockaddr_un *to, const char *text)
{
    static char large[8000] = "READY=1\n";
    struct iovec data = {(void *)text, strlen(text)};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {
        .msg_name = (void *)to, .msg_namelen = sizeof(*to), .msg_iov = &data, .msg_iovlen = 1};
    if (strcmp(text, "LARGE") == 0) {
        memset(large + 8, 'x', sizeof(large) - 8);
        data = (struct iovec){large, sizeof(large)};
    } else if (strcmp(text, "NUL") == 0) {
        data = (struct iovec){"READY=1", 8};
    } else if (strncmp(text, "FD:", 3) == 0) {
        int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        data = (struct iovec){(void *)(text + 3), strlen(text) - 3};
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.room);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &own, sizeof(int));
    }
    return sendmsg(fd, &message, 0) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (!path || strlen(path) >= sizeof(to.sun_path) || fd < 0) {
        fprintf(stderr, "no NOTIFY_SOCKET\n");
        return 1;
    }
    memcpy(to.sun_path, path, strlen(path) + 1);
    for (int i = 1; i < argc; i++)
        if (send_one(fd, &to, argv[i]) < 0) {
            perror(path);
            return 1;
        }
    return 0;
}
