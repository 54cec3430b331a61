/* SPDX-License-Identifier: Apache-2.0 */
/* Plays systemd's manager on /run/systemd/private for the suite: makes control groups as it does, and fails
 * as the file MODE in its folder says. Started as: manager FOLDER GROUP; units are made below /GROUP of the
 * v2 tree. FOLDER/calls: a line for each call. FOLDER/units: a file for each unit, with its control group. */
#include "base/ownership.h"
#include "base/strings.h"
#include "formats/systemd_unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

#define SOCKET "/run/systemd/private"
#define TREE "/sys/fs/cgroup"
#define SERVICE "org.freedesktop.systemd1"
#define OBJECT "/org/freedesktop/systemd1"
#define MANAGER SERVICE ".Manager"
#define JOB OBJECT "/job/7"

static const char *folder, *base;

static bool mode_is(const char *wanted)
{
    char path[4096], mode[64] = "";
    (void)snprintf(path, sizeof(path), "%s/mode", folder);
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, mode, sizeof(mode) - 1);
    mode[n > 0 ? n : 0] = '\0';
    mode[strcspn(mode, "\n")] = '\0';
    return streq(mode, wanted);
}

/* One write, so that lines of several connections stay whole. */
static void note(const char *verb, const char *name, const char *value)
{
    char path[4096], line[8192];
    (void)snprintf(path, sizeof(path), "%s/calls", folder);
    int n = snprintf(line, sizeof(line), "%s %s%s%s\n", verb, name, value[0] ? "=" : "", value);
    autoclose int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || n < 0 || write(fd, line, (size_t)n) != n)
        _exit(9);
}

static void unit_file(const char *name, char ret_path[4096])
{
    (void)snprintf(ret_path, 4096, "%s/units/%s", folder, name);
}

static void put(const char *path, const char *text)
{
    autoclose int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && write(fd, text, strlen(text)) < 0)
        perror(path);
}

/* "" where there is no such unit. */
static void unit_group(const char *name, char ret_group[2048])
{
    char path[4096];
    unit_file(name, path);
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, ret_group, 2047);
    ret_group[n > 0 ? n : 0] = '\0';
}

static bool group_is_populated(const char *group)
{
    char path[4096], text[256] = "";
    (void)snprintf(path, sizeof(path), TREE "%s/cgroup.events", group);
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
        return false;
    return strstr(text, "populated 1") != NULL;
}

static void remove_tree(const char *group)
{
    char path[4096], below[2560];
    (void)snprintf(path, sizeof(path), TREE "%s", group);
    DIR *d = opendir(path);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        if (e->d_type == DT_DIR && e->d_name[0] != '.') {
            (void)snprintf(below, sizeof(below), "%s/%s", group, e->d_name);
            remove_tree(below);
        }
    if (d)
        (void)closedir(d);
    (void)rmdir(path);
}

static void unit_forget(const char *name, const char *group)
{
    char path[4096];
    remove_tree(group);
    unit_file(name, path);
    (void)unlink(path);
}

/* An empty scope goes by itself. */
static const char *unit_state(const char *name)
{
    char group[2048];
    unit_group(name, group);
    if (mode_is("exists"))
        return "active";
    if (group[0] && strstr(name, ".scope") && !group_is_populated(group)) {
        unit_forget(name, group);
        return "inactive";
    }
    if (group[0] && mode_is("hang-job"))
        return "activating";
    return group[0] ? "active" : "inactive";
}

static int unit_make(const char *name, const char *slice, pid_t pid)
{
    struct systemd_unit unit = {.is_slice = strstr(name, ".slice") != NULL};
    char path[SYSTEMD_PATH_SIZE], group[2048], full[4096];
    (void)snprintf(unit.name, sizeof(unit.name), "%s", name);
    (void)snprintf(unit.slice, sizeof(unit.slice), "%s", slice);
    if (systemd_unit_path(&unit, path) < 0)
        return -EINVAL;
    (void)snprintf(group, sizeof(group), "/%s/%s", base, path);
    for (const char *slash = strchr(group + 1, '/');; slash = strchr(slash + 1, '/')) {
        (void)snprintf(full, sizeof(full), TREE "%.*s", slash ? (int)(slash - group) : 2047, group);
        if (mkdir(full, 0755) < 0 && errno != EEXIST)
            return -errno;
        if (!slash)
            break;
    }
    if (!unit.is_slice) {
        char number[16];
        (void)snprintf(number, sizeof(number), "%d", (int)pid);
        (void)snprintf(full, sizeof(full), TREE "%s/cgroup.procs", group);
        put(full, number);
    }
    unit_file(name, full);
    put(full, group);
    return 0;
}

static int job_done(sd_bus_message *call, const char *unit, const char *result)
{
    int r = sd_bus_reply_method_return(call, "o", JOB);
    if (r >= 0 && !mode_is("signal-lost") && !mode_is("hang-job"))
        r = sd_bus_emit_signal(sd_bus_message_get_bus(call), OBJECT, MANAGER, "JobRemoved", "uoss", 7, JOB,
                               unit, result);
    return r < 0 ? r : 1;
}

/* Notes a property; keeps what StartTransientUnit needs of it. */
static int read_property(sd_bus_message *call, const char *unit, char slice[256])
{
    const char *name, *type, *text = "";
    char value[64] = "?", line[512];
    int number;
    uint64_t wide;
    int r = sd_bus_message_read(call, "s", &name);
    if (r >= 0)
        r = sd_bus_message_peek_type(call, NULL, &type);
    if (r < 0)
        return r;
    if (streq(type, "s") && (r = sd_bus_message_read(call, "v", "s", &text)) >= 0 && streq(name, "Slice"))
        (void)snprintf(slice, 256, "%s", text);
    else if (streq(type, "b") && (r = sd_bus_message_read(call, "v", "b", &number)) >= 0)
        text = number ? "yes" : "no";
    else if (streq(type, "t") && (r = sd_bus_message_read(call, "v", "t", &wide)) >= 0)
        (void)snprintf(value, sizeof(value), "%llu", (unsigned long long)wide);
    else if (!streq(type, "s") && !streq(type, "b") && !streq(type, "t"))
        r = sd_bus_message_skip(call, "v");
    (void)snprintf(line, sizeof(line), "%s %s", unit, name);
    note("property", line, text[0] ? text : value);
    return r;
}

static int read_properties(sd_bus_message *call, const char *unit, char slice[256])
{
    int r = sd_bus_message_enter_container(call, 'a', "(sv)");
    while (r >= 0 && (r = sd_bus_message_enter_container(call, 'r', "sv")) > 0) {
        r = read_property(call, unit, slice);
        if (r >= 0)
            r = sd_bus_message_exit_container(call);
    }
    return r < 0 ? r : sd_bus_message_exit_container(call);
}

static int start_unit(sd_bus_message *call)
{
    const char *unit, *job_mode;
    char slice[256] = "system.slice";
    struct ucred peer = {0};
    socklen_t size = sizeof(peer);
    int r = sd_bus_message_read(call, "ss", &unit, &job_mode);
    if (r >= 0)
        r = read_properties(call, unit, slice);
    if (r < 0)
        return r;
    if (mode_is("refuse"))
        return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_ACCESS_DENIED, "Not today: %s",
                                          "line one\nline two \033[31m");
    if (!streq(unit_state(unit), "inactive"))
        return sd_bus_reply_method_errorf(call, SERVICE ".UnitExists", "Unit %s already exists.", unit);
    if (mode_is("stuck"))
        return sd_bus_reply_method_return(call, "o", JOB);
    if (mode_is("job-fails"))
        return job_done(call, unit, "failed");
    (void)getsockopt(sd_bus_get_fd(sd_bus_message_get_bus(call)), SOL_SOCKET, SO_PEERCRED, &peer, &size);
    r = unit_make(unit, slice, peer.pid);
    return r < 0 ? r : job_done(call, unit, "done");
}

static int stop_unit(sd_bus_message *call)
{
    const char *unit, *job_mode;
    char group[2048], path[4096];
    int r = sd_bus_message_read(call, "ss", &unit, &job_mode);
    if (r < 0)
        return r;
    if (streq(unit_state(unit), "inactive"))
        return sd_bus_reply_method_errorf(call, SERVICE ".NoSuchUnit", "Unit %s not loaded.", unit);
    unit_group(unit, group);
    (void)snprintf(path, sizeof(path), TREE "%s/cgroup.kill", group);
    put(path, "1");
    for (int i = 0; i < 1000 && group_is_populated(group); i++)
        (void)usleep(10000);
    unit_forget(unit, group);
    return job_done(call, unit, "done");
}

static int get_property(sd_bus_message *call)
{
    const char *interface, *property;
    autofree char *unit = NULL;
    char group[2048] = "/../../../etc";
    int r = sd_bus_message_read(call, "ss", &interface, &property);
    if (r >= 0)
        r = sd_bus_path_decode(sd_bus_message_get_path(call), OBJECT "/unit", &unit);
    if (r <= 0)
        return -EINVAL;
    if (streq(property, "ActiveState"))
        return sd_bus_reply_method_return(call, "v", "s", unit_state(unit));
    if (!mode_is("lie"))
        unit_group(unit, group);
    return sd_bus_reply_method_return(call, "v", "s", group);
}

static int handle(sd_bus_message *call, void *context, sd_bus_error *error)
{
    const char *member = sd_bus_message_get_member(call);
    char slice[256];
    const char *unit = "";
    int runtime;
    (void)context;
    (void)error;
    if (!sd_bus_message_is_method_call(call, NULL, NULL))
        return 0;
    note("call", member, "");
    if (mode_is("hang"))
        return 1;
    if (mode_is("die") && !streq(member, "Subscribe")) {
        (void)kill(getppid(), SIGKILL);
        _exit(0);
    }
    if (streq(member, "StartTransientUnit"))
        return start_unit(call);
    if (streq(member, "StopUnit"))
        return stop_unit(call);
    if (streq(member, "Get"))
        return get_property(call);
    if (streq(member, "SetUnitProperties")) {
        int r = sd_bus_message_read(call, "sb", &unit, &runtime);
        if (r >= 0)
            r = read_properties(call, unit, slice);
        if (r < 0)
            return r;
    }
    return sd_bus_reply_method_return(call, "");
}

__attribute__((noreturn)) static void serve(int fd)
{
    sd_bus *bus = NULL;
    const sd_id128_t id = {.qwords = {7, 9}};
    int r = sd_bus_new(&bus);
    if (r >= 0)
        r = sd_bus_set_fd(bus, fd, fd);
    if (r >= 0)
        r = sd_bus_set_server(bus, 1, id);
    if (r >= 0)
        r = sd_bus_set_sender(bus, SERVICE);
    if (r >= 0)
        r = sd_bus_start(bus);
    if (r >= 0)
        r = sd_bus_add_filter(bus, NULL, handle, NULL);
    while (r >= 0) {
        r = sd_bus_process(bus, NULL);
        if (r == 0)
            r = sd_bus_wait(bus, UINT64_MAX);
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    if (argc != 3)
        return 2;
    folder = argv[1];
    base = argv[2];
    (void)signal(SIGCHLD, SIG_IGN);
    (void)unlink(SOCKET);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(listener, 16) < 0) {
        perror(SOCKET);
        return 1;
    }
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0 && fork() == 0) {
            (void)close(listener);
            serve(fd);
        }
        if (fd >= 0)
            (void)close(fd);
    }
}
