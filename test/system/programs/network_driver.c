/* SPDX-License-Identifier: Apache-2.0 */
/* Drives engine/network.h for test/system/network.bats, inside a network namespace that the test made:
 *
 *     network_driver attach RUNROOT NETNS-FILE ID [NAME=name]
 * [tcp|udp,ADDRESS|-,HOST-PORT[-LAST],CONTAINER-PORT ..] network_driver detach RUNROOT ID network_driver
 * settle RUNROOT network_driver loopback NETNS-FILE network_driver time RUNROOT NETNS-FILE COUNT (attach and
 * detach, microseconds each)
 *
 * Prints what attach answers as NAME=VALUE lines. Exit status 1: failed, the sentence is on stderr. */
#include "engine/network.h"

#include "base/number.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define PORTS_MAX 64

static int open_or_die(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0) {
        perror(path);
        exit(2);
    }
    return fd;
}

static uint16_t number_or_die(const char *word)
{
    uint64_t value;
    if (!word || number_parse(word, UINT16_MAX, &value) < 0) {
        fprintf(stderr, "not a port: %s\n", word ? word : "");
        exit(2);
    }
    return (uint16_t)value;
}

static struct network_port port_of(char *word)
{
    struct network_port p = {.protocol = IPPROTO_TCP};
    if (streq(strsep(&word, ","), "udp"))
        p.protocol = IPPROTO_UDP;
    const char *address = strsep(&word, ",");
    if (address && strchr(address, ':'))
        p.family = inet_pton(AF_INET6, address, p.address) == 1 ? AF_INET6 : AF_UNSPEC;
    else if (address && !streq(address, "-"))
        p.family = inet_pton(AF_INET, address, p.address) == 1 ? AF_INET : AF_UNSPEC;
    char *host = strsep(&word, ",");
    p.host_port = number_or_die(strsep(&host, "-"));
    p.host_port_last = host ? number_or_die(host) : 0;
    p.container_port = number_or_die(word);
    return p;
}

static struct network_namespace namespace_of(const char *path)
{
    return (struct network_namespace){.netns_fd = open_or_die(path, O_RDONLY),
                                      .proc_fd = open_or_die("/proc", O_RDONLY | O_DIRECTORY),
                                      .ping_group_first = 0,
                                      .ping_group_last = 65535};
}

static int say(int r, const struct failure *f)
{
    if (r >= 0)
        return 0;
    fprintf(stderr, "%s\n", f->text);
    return 1;
}

static int attach(char **argv)
{
    struct failure f = {0};
    struct network_port ports[PORTS_MAX];
    struct network_request request = {.container_id = argv[2],
                                      .run_fd = open_or_die(argv[0], O_RDONLY | O_DIRECTORY),
                                      .namespace = namespace_of(argv[1]),
                                      .ports = ports};
    for (char **word = argv + 3; *word && request.port_count < PORTS_MAX; word++) {
        if (string_after(*word, "NAME="))
            request.container_name = string_after(*word, "NAME=");
        else
            ports[request.port_count++] = port_of(*word);
    }
    struct network_result result = {0};
    int r = network_attach(&request, &result, &f);
    if (r < 0)
        return say(r, &f);
    printf("address=%s\nprefix=%u\ngateway=%s\nmac=%s\nbridge=%s\ninterface=%s\nforwarding=%d\n",
           result.address, result.prefix_length, result.gateway, result.mac, result.bridge,
           result.interface_host, result.turned_on_forwarding);
    for (size_t i = 0; i < result.port_count; i++)
        printf("port%zu=%u\n", i, result.ports[i].host_port);
    network_result_free(&result);
    return 0;
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A process in a network namespace of its own, waiting for its end. */
static pid_t sleeper_start(char *ret_namespace, size_t size)
{
    int ready[2];
    char byte = 0;
    if (pipe2(ready, O_CLOEXEC) < 0)
        exit(2);
    pid_t child = fork();
    if (child == 0) {
        byte = unshare(CLONE_NEWNET) < 0;
        (void)!write(ready[1], &byte, 1);
        pause();
        _exit(0);
    }
    if (child < 0 || read(ready[0], &byte, 1) != 1 || byte != 0)
        exit(2);
    close(ready[0]);
    close(ready[1]);
    snprintf(ret_namespace, size, "/proc/%d/ns/net", child);
    return child;
}

static int time_one(int run_fd, const char *id, uint16_t host_port)
{
    struct failure f = {0};
    char namespace[64];
    struct network_port port = {.protocol = IPPROTO_TCP, .host_port = host_port, .container_port = 80};
    pid_t child = sleeper_start(namespace, sizeof(namespace));
    struct network_request request = {.container_id = id,
                                      .run_fd = run_fd,
                                      .namespace = namespace_of(namespace),
                                      .ports = &port,
                                      .port_count = host_port != 0};
    struct network_result result = {0};
    int64_t start = now_us();
    if (network_attach(&request, &result, &f) < 0)
        return say(-1, &f);
    int64_t attached = now_us();
    network_result_free(&result);
    close(request.namespace.netns_fd);
    close(request.namespace.proc_fd);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    int64_t dead = now_us();
    if (network_detach(id, run_fd, &f) < 0)
        return say(-1, &f);
    int64_t detached = now_us();
    printf("attach %lld kill %lld detach %lld\n", (long long)(attached - start), (long long)(dead - attached),
           (long long)(detached - dead));
    return 0;
}

static int time_both(char **argv)
{
    int run_fd = open_or_die(argv[0], O_RDONLY | O_DIRECTORY), r = 0;
    uint16_t count = number_or_die(argv[1]), port = number_or_die(argv[2]);
    for (unsigned i = 0; r == 0 && i < count; i++) {
        char id[32], folder[64];
        snprintf(id, sizeof(id), "timed%u", i);
        snprintf(folder, sizeof(folder), "containers/%s", id);
        if (mkdirat(run_fd, folder, 0700) < 0 && errno != EEXIST)
            return 2;
        r = time_one(run_fd, id, port);
        if (unlinkat(run_fd, folder, AT_REMOVEDIR) < 0)
            return 2;
    }
    return r;
}

int main(int argc, char **argv)
{
    struct failure f = {0};
    if (argc >= 5 && streq(argv[1], "attach"))
        return attach(argv + 2);
    if (argc == 5 && streq(argv[1], "time"))
        return time_both(argv + 2);
    if (argc == 4 && streq(argv[1], "detach"))
        return say(network_detach(argv[3], open_or_die(argv[2], O_RDONLY | O_DIRECTORY), &f), &f);
    if (argc == 3 && streq(argv[1], "settle"))
        return say(network_settle(open_or_die(argv[2], O_RDONLY | O_DIRECTORY), &f), &f);
    if (argc == 3 && streq(argv[1], "loopback")) {
        const struct network_namespace namespace = namespace_of(argv[2]);
        return say(network_set_up_loopback(&namespace, &f), &f);
    }
    fprintf(stderr, "see the head of network_driver.c\n");
    return 2;
}
