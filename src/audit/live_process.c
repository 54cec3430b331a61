/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/live_process.h"

#include "base/number.h"
#include "base/strings.h"
#include "formats/capability.h"
#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PROC_TEXT_MAX (1u << 20)

/* The n-th word of the line "Key:\t..." or NULL without memory or line. */
static char *status_word(const char *text, const char *key, unsigned n)
{
    const char *line = text;
    size_t length = strlen(key);
    while (line && !(strncmp(line, key, length) == 0 && line[length] == ':')) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    if (!line)
        return NULL;
    line += length + 1;
    for (;; n--) {
        line += strspn(line, " \t");
        size_t word = strcspn(line, " \t\n");
        if (word == 0)
            return NULL;
        if (n == 0)
            return strndup(line, word);
        line += word;
    }
}

/* `n`: 0 real, 1 effective, 2 saved, 3 file system. */
static int status_id(const char *text, const char *key, unsigned n, uint32_t *ret_id)
{
    autofree char *word = status_word(text, key, n);
    uint64_t value;
    if (!word || number_parse(word, UINT32_MAX, &value) < 0)
        return -EINVAL;
    *ret_id = (uint32_t)value;
    return 0;
}

static int status_set(const char *text, const char *key, uint64_t *ret_set)
{
    autofree char *word = status_word(text, key, 0);
    return word ? capability_set_from_hex(word, ret_set) : -EINVAL;
}

int live_status_parse(const char *text, struct live_process *p)
{
    int r = status_id(text, "Uid", 1, &p->uid);
    r = r < 0 ? r : status_id(text, "Uid", 0, &p->real_uid);
    r = r < 0 ? r : status_id(text, "Uid", 2, &p->saved_uid);
    r = r < 0 ? r : status_id(text, "Gid", 1, &p->gid);
    r = r < 0 ? r : status_set(text, "CapEff", &p->effective);
    r = r < 0 ? r : status_set(text, "CapPrm", &p->permitted);
    r = r < 0 ? r : status_set(text, "CapBnd", &p->bounding);
    if (r < 0)
        return r;
    if (status_set(text, "CapAmb", &p->ambient) < 0)
        p->ambient = 0;
    autofree char *privs = status_word(text, "NoNewPrivs", 0);
    p->no_new_privs = streq(privs, "1");
    p->pid_levels = 0;
    for (unsigned n = 0; n < 64; n++) {
        uint64_t pid;
        autofree char *word = status_word(text, "NSpid", n);
        if (!word || number_parse(word, INT32_MAX, &pid) < 0)
            break;
        p->pid_levels = n + 1;
        p->pid_inside = (int)pid;
    }
    return 0;
}

static char *read_text(int proc_fd, int pid, const char *name)
{
    char path[64];
    autofree char *data = NULL;
    (void)snprintf(path, sizeof(path), "%d/%s", pid, name);
    return file_read_all(proc_fd, path, PROC_TEXT_MAX, &data, NULL) < 0 ? NULL : TAKE_PTR(data);
}

static struct process_namespace look_at(int proc_fd, int pid, const char *name)
{
    char path[64];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%d/%s", pid, name);
    if (fstatat(proc_fd, path, &st, 0) < 0)
        return (struct process_namespace){0};
    return (struct process_namespace){st.st_dev, st.st_ino};
}

/* "PID (name) S ppid pgrp session tty tpgid flags ..": the name may hold anything. */
static int parse_stat(const char *text, struct arena *arena, struct live_process *p)
{
    const char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || close < open)
        return -EINVAL;
    p->name = arena_copy(arena, open + 1, (size_t)(close - open - 1));
    const char *at = close + 1;
    for (unsigned field = 0; field < 6; field++) {
        at += strspn(at, " ");
        at += strcspn(at, " ");
    }
    at += strspn(at, " ");
    uint64_t flags;
    autofree char *word = strndup(at, strcspn(at, " \n"));
    if (!word || number_parse(word, UINT32_MAX, &flags) < 0)
        return -EINVAL;
    p->flags = (uint32_t)flags;
    return 0;
}

static void read_command(int proc_fd, int pid, struct arena *arena, struct live_process *p)
{
    char path[64], bytes[512];
    (void)snprintf(path, sizeof(path), "%d/cmdline", pid);
    autoclose int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : fd_read_all(fd, bytes, sizeof(bytes));
    while (n > 0 && bytes[n - 1] == '\0')
        n--;
    for (ssize_t i = 0; i < n; i++)
        if ((unsigned char)bytes[i] < 0x20)
            bytes[i] = ' ';
    p->command =
        n > 0 ? arena_copy(arena, bytes, (size_t)(n > 120 ? 120 : n)) : arena_printf(arena, "[%s]", p->name);
}

int live_process_read(int proc_fd, int pid, struct arena *arena, struct live_process *ret_process)
{
    struct live_process p = {.pid = pid, .name = "", .command = ""};
    autofree char *status = read_text(proc_fd, pid, "status"), *stat_text = read_text(proc_fd, pid, "stat");
    autofree char *map = read_text(proc_fd, pid, "uid_map"), *cgroup = read_text(proc_fd, pid, "cgroup");
    if (!status || !stat_text)
        return -ESRCH;
    int r = live_status_parse(status, &p);
    r = r < 0 ? r : parse_stat(stat_text, arena, &p);
    if (r < 0)
        return r;
    if (map && id_map_from_text(map, strlen(map), &p.uid_map) < 0)
        p.uid_map.count = 0;
    p.cgroup = arena_string(arena, cgroup ? cgroup : "");
    p.user = look_at(proc_fd, pid, "ns/user");
    p.pid_space = look_at(proc_fd, pid, "ns/pid");
    p.mount = look_at(proc_fd, pid, "ns/mnt");
    p.root = look_at(proc_fd, pid, "root");
    read_command(proc_fd, pid, arena, &p);
    *ret_process = p;
    return 0;
}

#define OVERFLOW_ID 65534 /* what the kernel shows for ids that our user namespace does not have */

bool live_same_map(const struct id_map *a, const struct id_map *b)
{
    return a->count == b->count && memcmp(a->extents, b->extents, a->count * sizeof(a->extents[0])) == 0;
}

enum verdict live_verdict(const struct live_process *p, const struct id_map *own, uint32_t *ret_inside)
{
    bool whole = own->count == 1 && own->extents[0].inside == 0 && own->extents[0].outside == 0 &&
                 own->extents[0].count >= UINT32_MAX - 1;
    bool mapped = p->uid_map.count > 0 && !live_same_map(&p->uid_map, own);
    uint32_t inside = p->uid;
    bool known = !mapped || id_map_to_inside(&p->uid_map, p->uid, &inside);
    *ret_inside = known ? inside : p->uid;
    if (p->uid == 0)
        return own->count == 0 || whole ? VERDICT_ROOT : VERDICT_ROOT_USERNS;
    if (mapped && known && inside == 0)
        return VERDICT_ROOT_USERNS;
    if (p->uid_map.count == 0 || (!whole && p->uid == OVERFLOW_ID))
        return VERDICT_UNKNOWN;
    return VERDICT_NONROOT;
}
