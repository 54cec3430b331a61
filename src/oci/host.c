/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/host.h"

#include "host/id_ledger.h"
#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "oci/bundle.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#define POLICY_MAX_BYTES (1u << 20)
#define MAP_MAX_BYTES 65536

int host_read_policy(struct policy_config *ret_policy, struct failure *failure)
{
    autofree char *text = NULL;
    size_t size = 0;
    autoreport struct report errors = {0};
    int r = file_read_all(AT_FDCWD, POLICY_CONFIG_PATH, POLICY_MAX_BYTES, &text, &size);
    if (r == -ENOENT) {
        *ret_policy = (struct policy_config){0};
        return 0;
    }
    if (r < 0)
        return fail(failure, r, "reading %s", POLICY_CONFIG_PATH);
    r = policy_config_parse("policy.json", text, size, &errors, ret_policy);
    if (r == -EINVAL)
        return report_to_failure(&errors, POLICY_CONFIG_PATH " cannot be read", failure);
    return r < 0 ? fail(failure, r, "reading %s", POLICY_CONFIG_PATH) : 0;
}

static int read_map(const char *path, struct id_map *ret_map)
{
    autofree char *text = NULL;
    size_t size = 0;
    int r = file_read_all(AT_FDCWD, path, MAP_MAX_BYTES, &text, &size);
    return r < 0 ? r : id_map_from_text(text, size, ret_map);
}

static int read_own_maps(struct host_facts *h, struct failure *failure)
{
    h->maps = calloc(2, sizeof(*h->maps));
    int r = h->maps ? read_map("/proc/self/uid_map", &h->maps[0]) : -ENOMEM;
    if (r == 0)
        r = read_map("/proc/self/gid_map", &h->maps[1]);
    if (r < 0)
        return fail(failure, r, "reading the own id maps");
    h->facts.initial_userns = h->maps[0].count == 1 && h->maps[0].extents[0].outside == 0 &&
                              h->maps[0].extents[0].count == UINT32_MAX;
    if (!h->facts.initial_userns) {
        h->facts.caller_uids = &h->maps[0];
        h->facts.caller_gids = &h->maps[1];
    }
    return 0;
}

/* Accounts that people log in with, from the file alone: no name service is loaded into this program. */
static int read_accounts(struct host_facts *h)
{
    autofree char *text = NULL;
    size_t size = 0, count = 0;
    int r = file_read_all(AT_FDCWD, "/etc/passwd", POLICY_MAX_BYTES, &text, &size);
    FILE *file = r == 0 && size > 0 ? fmemopen(text, size, "r") : NULL;
    if (!file)
        return r == -ENOENT || size == 0 ? 0 : r < 0 ? r : -ENOMEM;
    for (const struct passwd *p = fgetpwent(file); p; p = fgetpwent(file)) {
        const char *shell = strrchr(p->pw_shell, '/');
        if (p->pw_uid == 0 || streq(shell, "/nologin") || streq(shell, "/false"))
            continue;
        uint32_t *more = reallocarray(h->accounts, count + 1, sizeof(*more));
        if (!more) {
            (void)fclose(file);
            return -ENOMEM;
        }
        h->accounts = more;
        h->accounts[count++] = p->pw_uid;
    }
    (void)fclose(file); /* only read */
    h->facts.accounts = h->accounts;
    h->facts.account_count = count;
    return 0;
}

/* containerd's namespace is the last part of --root: /run/containerd/runc/k8s.io, runtime-runc/moby. */
int host_read_namespace(const struct runtime *rt, struct host_facts *h)
{
    const char *slash = strrchr(rt->root, '/');
    h->engine_namespace = strdup(slash && !streq(rt->root, OCI_ROOT) ? slash + 1 : "");
    h->facts.engine_namespace = h->engine_namespace;
    return h->engine_namespace ? 0 : -ENOMEM;
}

/* What a path says is no matter: it is the same namespace, or not. User and mount namespaces are judged by
 * what they are. */
static uint32_t find_own_namespaces(const struct oci_config *config)
{
    static const struct {
        enum oci_namespace_kind kind;
        const char *own;
    } kinds[] = {
        {OCI_NAMESPACE_CGROUP, "/proc/self/ns/cgroup"}, {OCI_NAMESPACE_IPC, "/proc/self/ns/ipc"},
        {OCI_NAMESPACE_NETWORK, "/proc/self/ns/net"},   {OCI_NAMESPACE_PID, "/proc/self/ns/pid"},
        {OCI_NAMESPACE_TIME, "/proc/self/ns/time"},     {OCI_NAMESPACE_UTS, "/proc/self/ns/uts"},
    };
    uint32_t found = 0;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const char *path = config->platform.namespaces[kinds[i].kind].path;
        struct stat named, own;
        if (path && stat(path, &named) == 0 && stat(kinds[i].own, &own) == 0 && named.st_dev == own.st_dev &&
            named.st_ino == own.st_ino)
            found |= UINT32_C(1) << kinds[i].kind;
    }
    return found;
}

int host_read_facts(const struct runtime *rt, const struct oci_config *config, struct host_facts *ret_facts,
                    struct failure *failure)
{
    int r = read_own_maps(ret_facts, failure);
    if (r == 0)
        r = host_read_namespace(rt, ret_facts);
    ret_facts->facts.own_namespaces = find_own_namespaces(config);
    if (r == 0 && config->platform.uids.count > 0) {
        struct id_pool pool;
        bool created;
        r = read_accounts(ret_facts);
        if (r == 0)
            r = id_pool_prepare(&pool, &created, failure);
        if (r == 0)
            r = id_range_list(&pool, &ret_facts->taken, &ret_facts->facts.taken_count, failure);
        ret_facts->facts.taken = ret_facts->taken;
    }
    if (r < 0)
        host_facts_free(ret_facts);
    return r < 0 && failure->error == 0 ? fail(failure, r, "looking at this host") : r;
}

void host_facts_free(struct host_facts *h)
{
    free(h->accounts);
    free(h->taken);
    free(h->engine_namespace);
    free(h->maps);
    *h = (struct host_facts){0};
}

/* File systems whose mounts take an id map (KERNEL.md "Volumes"). */
static bool can_be_idmapped(long type)
{
    static const long magics[] = {
        0xef53 /* ext4 */,      0x58465342 /* xfs */,  0x9123683e /* btrfs */,     0x01021994 /* tmpfs */,
        0xe0f5e1e2 /* erofs */, 0xf2f52010 /* f2fs */, 0x958458f6 /* hugetlbfs */, 0x73717368 /* squashfs */};
    for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
        if ((type & 0xffffffffL) == magics[i])
            return true;
    return false;
}

static void look_at(const char *path, struct oci_source_facts *ret_facts)
{
    struct stat status;
    struct statfs system;
    autoclose int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0 || fstatfs(fd, &system) < 0)
        return;
    *ret_facts = (struct oci_source_facts){
        .known = true,
        .uid = status.st_uid,
        .gid = status.st_gid,
        .is_file = !S_ISDIR(status.st_mode),
        .idmappable = can_be_idmapped((long)system.f_type),
    };
}

int host_look_at_sources(const struct oci_config *config, const char *bundle,
                         struct oci_source_facts **ret_sources, struct failure *failure)
{
    struct oci_source_facts *sources = calloc(config->mount_count + 1, sizeof(*sources));
    if (!sources)
        return fail(failure, -ENOMEM, "looking at the mounts");
    for (size_t i = 0; i < config->mount_count; i++) {
        const struct oci_mount *m = &config->mounts[i];
        char path[PATH_MAX];
        if (!m->is_bind || !m->source)
            continue;
        int n = snprintf(path, sizeof(path), "%s%s%s", m->source[0] == '/' ? "" : bundle,
                         m->source[0] == '/' ? "" : "/", m->source);
        if (n > 0 && n < (int)sizeof(path))
            look_at(path, &sources[i]);
    }
    *ret_sources = sources;
    return 0;
}

int host_read_maps(pid_t pid, struct id_map *ret_maps)
{
    int r = 0;
    for (int i = 0; r == 0 && i < 2; i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "/proc/%d/%s", (int)pid,
                       i == 0 ? "uid_map" : "gid_map"); /* fits */
        r = read_map(name, &ret_maps[i]);
    }
    return r;
}

/* A child in that namespace shows the maps by its own files. */
int host_read_joined_maps(const char *path, struct id_map **ret_maps, struct failure *failure)
{
    autoclose int ns = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (ns < 0)
        return fail(failure, -errno, "opening the user namespace %s", path);
    int ready[2], pidfd = -EBADF;
    if (pipe2(ready, O_CLOEXEC) < 0)
        return fail(failure, -errno, "making a pipe");
    autoclose int in = ready[0], out = ready[1];
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0) {
        char byte = (char)(prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? EPERM : -process_enter(ns, CLONE_NEWUSER));
        (void)!write(out, &byte, 1);
        for (;;)
            (void)pause();
    }
    (void)close(TAKE_FD(out));
    char byte = 1;
    struct id_map *maps = calloc(2, sizeof(*maps));
    int r = pid < 0 ? pid : !maps ? -ENOMEM : read(in, &byte, 1) == 1 ? -byte : -EPIPE;
    if (r == 0)
        r = host_read_maps(pid, maps);
    process_end(pidfd);
    if (pidfd >= 0)
        (void)close(pidfd);
    if (r < 0) {
        free(maps);
        return fail(failure, r, "reading the id maps of the user namespace %s", path);
    }
    *ret_maps = maps;
    return 0;
}

uint64_t host_capabilities(void)
{
    uint64_t set = 0;
    for (int capability = 0; capability < 64; capability++) {
        int has = prctl(PR_CAPBSET_READ, capability);
        if (has < 0)
            break; /* the first one that this kernel does not know */
        set |= has == 1 ? UINT64_C(1) << capability : 0;
    }
    return set;
}
