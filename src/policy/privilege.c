/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/privilege.h"

#include "base/ownership.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char *const host_capabilities[] = {
    "ALL",          "SYS_ADMIN",      "SYS_MODULE",    "SYS_RAWIO",          "SYS_PTRACE",
    "SYS_BOOT",     "SYS_TIME",       "BPF",           "DAC_READ_SEARCH",    "PERFMON",
    "NET_ADMIN",    "SYSLOG",         "MAC_ADMIN",     "MAC_OVERRIDE",       "MKNOD",
    "SYS_RESOURCE", "SYS_TTY_CONFIG", "AUDIT_CONTROL", "CHECKPOINT_RESTORE", "LINUX_IMMUTABLE",
};

static const char *const way_capabilities[] = {
    "SETUID", "SETGID", "DAC_OVERRIDE", "CHOWN", "FOWNER", "SETFCAP", "SETPCAP", "SYS_CHROOT", "FSETID",
};

static bool listed(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(name, list[i]) == 0)
            return true;
    return false;
}

enum capability_reach capability_reach_of(const char *name)
{
    if (strncasecmp(name, "CAP_", 4) == 0)
        name += 4;
    if (listed(name, host_capabilities, ARRAY_SIZE(host_capabilities)))
        return CAPABILITY_HOST;
    if (listed(name, way_capabilities, ARRAY_SIZE(way_capabilities)))
        return CAPABILITY_WAY_TO_ROOT;
    return CAPABILITY_HARMLESS;
}

static const char *const socket_paths[] = {
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/crio/crio.sock",
    "/run/k3s/containerd/containerd.sock",
    "/var/run/cri-dockerd.sock",
    "/run/cri-dockerd.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/dockershim.sock",
    "/var/run/dockershim.sock",
    "/run/unroot/api.sock",
    "/var/run/containerd/containerd.sock",
    "/var/run/crio/crio.sock",
    "/var/run/podman/podman.sock",
};

/* Folders of the system; `exact` ones are only sensitive as a whole. */
static const struct {
    const char *path;
    bool exact;
} sensitive_paths[] = {
    {"/", true},
    {"/etc", false},
    {"/root", false},
    {"/boot", false},
    {"/dev", true},
    {"/proc", false},
    {"/sys", false},
    {"/usr", false},
    {"/bin", false},
    {"/sbin", false},
    {"/lib", false},
    {"/lib64", false},
    {"/home", true},
    {"/var", true},
    {"/var/lib", true},
    {"/var/lib/docker", false},
    {"/var/lib/containers", false},
    {"/var/lib/kubelet", false},
    {"/var/lib/containerd", false},
    {"/var/log", true},
    {"/var/run", true},
    {"/run", true},
    {"/var/spool/cron", false},
    {"/var/lib/unroot", false},
    {"/dev/mem", true},
    {"/dev/kmem", true},
    {"/dev/kmsg", true},
    {"/dev/sda", false},
    {"/opt", true},
};

/* Whether `inner` is `outer` or lies below it. */
static bool lies_in(const char *inner, const char *outer)
{
    size_t n = strlen(outer);
    while (n > 1 && outer[n - 1] == '/')
        n--;
    if (n == 1)
        return true;
    return strncmp(inner, outer, n) == 0 && (inner[n] == '\0' || inner[n] == '/');
}

static bool same_path(const char *a, const char *b)
{
    return lies_in(a, b) && lies_in(b, a);
}

/* A socket of a rootless engine lies below /run/user or a home. */
static bool ends_with_socket(const char *path)
{
    static const char *const ends[] = {"/docker.sock", "/podman.sock", "/containerd.sock", "/crio.sock"};
    size_t n = strlen(path);
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        size_t m = strlen(ends[i]);
        if (n >= m && strcmp(path + n - m, ends[i]) == 0)
            return true;
    }
    return false;
}

enum path_reach path_reach_of(const char *path)
{
    if (ends_with_socket(path))
        return PATH_SOCKET;
    for (size_t i = 0; i < ARRAY_SIZE(socket_paths); i++)
        if (path[0] == '/' && lies_in(socket_paths[i], path))
            return same_path(path, "/var") ? PATH_SENSITIVE : PATH_SOCKET;
    if (path[0] != '/')
        return PATH_PRIVATE;
    for (size_t i = 0; i < ARRAY_SIZE(sensitive_paths); i++) {
        const char *known = sensitive_paths[i].path;
        if (sensitive_paths[i].exact ? same_path(path, known) : lies_in(path, known))
            return PATH_SENSITIVE;
    }
    return PATH_PRIVATE;
}

bool sysctl_is_namespaced(const char *name)
{
    static const char *const prefixes[] = {"net.", "fs.mqueue.", "kernel.shm", "kernel.msg"};
    static const char *const names[] = {"kernel.sem", "kernel.domainname", "kernel.hostname"};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

int drop_style_of(const char *program, enum drop_style *ret_style)
{
    static const struct {
        const char *name;
        enum drop_style style;
    } tools[] = {
        {"gosu", DROP_FIRST_WORD},
        {"su-exec", DROP_FIRST_WORD},
        {"s6-setuidgid", DROP_FIRST_WORD},
        {"setuidgid", DROP_FIRST_WORD},
        {"gosu-amd64", DROP_FIRST_WORD},
        {"setuser", DROP_FIRST_WORD},
        {"setpriv", DROP_SETPRIV},
        {"su", DROP_SU},
        {"runuser", DROP_SU},
        {"chpst", DROP_OPTION_U},
        {"s6-applyuidgid", DROP_OPTION_U},
        {"sudo", DROP_OPTION_U},
        {"doas", DROP_OPTION_U},
        {"capsh", DROP_OPTION_U},
        {"chroot", DROP_CHROOT},
        {"step-down", DROP_FIRST_WORD},
    };
    for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
        if (strcmp(program, tools[i].name) == 0) {
            *ret_style = tools[i].style;
            return 0;
        }
    return -ENOENT;
}

bool program_is_wrapper(const char *program)
{
    static const char *const wrappers[] = {"tini",    "tini-static", "dumb-init",   "catatonit",   "env",
                                           "exec",    "nice",        "ionice",      "nohup",       "setsid",
                                           "stdbuf",  "time",        "docker-init", "unroot-init", "busybox",
                                           "command", "pid1",        "chrt",        "taskset",     "my_init"};
    return listed(program, wrappers, ARRAY_SIZE(wrappers));
}

const char *program_master(const char *program)
{
    static const struct {
        const char *name, *setting;
    } masters[] = {
        {"nginx", "user in nginx.conf"},
        {"httpd", "User in httpd.conf"},
        {"apache2", "User in apache2.conf"},
        {"httpd-foreground", "User in httpd.conf"},
        {"apache2-foreground", "User in apache2.conf"},
        {"apachectl", "User in httpd.conf"},
        {"apache2ctl", "User in apache2.conf"},
        {"php-fpm", "user in the pool's configuration"},
        {"postfix", "mail_owner in main.cf"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(masters); i++)
        if (strcmp(program, masters[i].name) == 0)
            return masters[i].setting;
    if (strncmp(program, "php-fpm", 7) == 0 && program[7 + strspn(program + 7, "0123456789.")] == '\0')
        return "user in the pool's configuration";
    return NULL;
}
