/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of this host that run in containers, whatever engine started them, judged by what they are to
 * the host: by their ids through their user namespace's map. Reads /proc and nothing else. */
#include "audit/input.h"
#include "audit/live_process.h"
#include "base/number.h"
#include "formats/capability.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct live {
    struct audit *a;
    struct live_process self;
    struct live_process *items;
    size_t count, capacity;
    size_t hidden; /* whose namespaces we may not look at */
    int proc_fd;
    struct seen_root *roots; /* looked through once, however many processes are in them */
    size_t root_count, root_capacity;
};

struct seen_root {
    struct process_namespace root, user;
    const char *setuid;
};

static bool differs(struct process_namespace x, struct process_namespace own)
{
    return x.inode != 0 && own.inode != 0 && (x.inode != own.inode || x.device != own.device);
}

/* A cgroup that an engine made: 64 hex digits, or one of their names. */
static bool container_cgroup(const char *cgroup)
{
    static const char *const marks[] = {"/docker",      "libpod-",  "kubepods", "cri-containerd", "crio-",
                                        "/containerd/", "/unroot/", "/lxc/",    "machine-"};
    for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
        if (strstr(cgroup, marks[i]))
            return true;
    return false;
}

/* A pid, mount or user namespace or an engine's cgroup other than ours. A mount namespace alone does not make
 * a container (services have them too): its root must be another as well. */
static bool in_container(const struct live *l, const struct live_process *p)
{
    bool user = differs(p->user, l->self.user) ||
                (p->user.inode == 0 && p->uid_map.count > 0 && !live_same_map(&p->uid_map, &l->self.uid_map));
    bool pids = differs(p->pid_space, l->self.pid_space) || p->pid_levels > 1;
    bool mounts = differs(p->mount, l->self.mount) && differs(p->root, l->self.root);
    return user || pids || mounts || (container_cgroup(p->cgroup) && !streq(p->cgroup, l->self.cgroup));
}

/* Process 1 of the same pid namespace. */
static const struct live_process *first_of(const struct live *l, const struct live_process *p)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct live_process *x = &l->items[i];
        if (x->pid_inside == 1 && x->pid_space.inode != 0 && x->pid_space.inode == p->pid_space.inode &&
            x->pid_space.device == p->pid_space.device)
            return x;
    }
    return NULL;
}

static void find(const struct live *l, struct subject *s, enum rule_id rule, const char *message)
{
    (void)subject_find(l->a->result, s, rule, s->place, message);
}

static const char *capability_text(const struct live *l, uint64_t set)
{
    autotext struct text text = {0};
    capability_set_write(set, &text);
    return arena_printf(&l->a->result->arena, "%.200s", text_peek(&text));
}

static void judge_root_process(const struct live *l, struct subject *s, const struct live_process *p)
{
    struct arena *arena = &l->a->result->arena;
    const struct live_process *first = first_of(l, p);
    s->why = "uid 0 of this host";
    find(l, s, NR501, arena_printf(arena, "process %d is uid 0 outside too", p->pid));
    if (!(p->flags & PROCESS_USED_PRIVILEGE))
        find(l, s, NR503, arena_printf(arena, "process %d never used a capability", p->pid));
    if (first && first != p && first->uid != 0)
        find(l, s, NR504,
             arena_printf(arena, "a root process in a container whose process 1 is uid %u", first->uid));
}

static const char *find_setuid(struct live *l, const struct live_process *p)
{
    struct arena *arena = &l->a->result->arena;
    for (size_t i = 0; i < l->root_count; i++) {
        const struct seen_root *seen = &l->roots[i];
        if (p->root.inode != 0 && !differs(p->root, seen->root) && !differs(p->user, seen->user))
            return seen->setuid;
    }
    const char *found = live_find_setuid(l->proc_fd, p, arena);
    struct seen_root *grown = arena_grow(arena, l->roots, l->root_count, &l->root_capacity, sizeof(*grown));
    if (!grown)
        return found; /* the arena remembers */
    l->roots = grown;
    grown[l->root_count++] = (struct seen_root){p->root, p->user, found};
    return found;
}

/* NR205 with NR204, as for images: a setuid file only works without no_new_privs and with a bounding set. */
static void judge_ways(struct live *l, struct subject *s, const struct live_process *p)
{
    const char *file = p->no_new_privs ? "" : find_setuid(l, p);
    struct arena *arena = &l->a->result->arena;
    if (!file || file[0] == '\0')
        return;
    find(l, s, NR204, "no_new_privs is not set, so setuid files and file capabilities work");
    find(l, s, NR205, arena_printf(arena, "%s has the setuid bit in its root", file));
}

static void judge_other_process(struct live *l, struct subject *s, const struct live_process *p)
{
    struct arena *arena = &l->a->result->arena;
    s->why = "process";
    if (p->real_uid == 0 || p->saved_uid == 0)
        find(l, s, NR504, "not root at this moment, but its real or saved uid is 0: it can go back");
    if (p->ambient)
        find(l, s, NR504,
             arena_printf(arena, "not root, with ambient capabilities: %s", capability_text(l, p->ambient)));
    else if (p->effective)
        find(l, s, NR504,
             arena_printf(arena, "not root, with effective capabilities: %s",
                          capability_text(l, p->effective)));
    else if (p->permitted)
        find(l, s, NR504,
             arena_printf(arena, "not root, with permitted capabilities that it can take up: %s",
                          capability_text(l, p->permitted)));
    if ((p->bounding & CAPABILITY_ALL) == CAPABILITY_ALL && !p->no_new_privs)
        find(l, s, NR504,
             "not root, but the bounding set is full: it dropped from root, a setuid file leads back");
    if (p->gid == 0 && s->verdict == VERDICT_NONROOT)
        find(l, s, NR107, "not root, but its group is 0");
    judge_ways(l, s, p);
}

static void judge_by_verdict(struct live *l, struct subject *s, const struct live_process *p)
{
    struct arena *arena = &l->a->result->arena;
    if (s->verdict == VERDICT_ROOT) {
        judge_root_process(l, s, p);
    } else if (s->verdict == VERDICT_UNKNOWN) {
        s->why = "its ids cannot be seen from this user namespace";
        find(l, s, NR103, s->why);
    } else if (s->verdict == VERDICT_ROOT_USERNS && p->uid == 0) {
        s->why = "uid 0 of a user namespace that this program is in too";
        find(l, s, NR502, "root of the user namespace that audit runs in");
    } else if (s->verdict == VERDICT_ROOT_USERNS) {
        s->why = arena_printf(arena, "uid 0 inside, %u outside", p->uid);
        find(l, s, NR502, arena_printf(arena, "uid 0 in its user namespace is uid %u of this host", p->uid));
    } else {
        judge_other_process(l, s, p);
    }
}

static int judge_process(struct live *l, const struct live_process *p)
{
    struct audit_result *result = l->a->result;
    struct arena *arena = &result->arena;
    struct subject *s =
        result_add_subject(result, SUBJECT_PROCESS, arena_printf(arena, "pid:%d", p->pid), (struct place){0});
    struct place status = {.file = arena_printf(arena, "/proc/%d/status", p->pid)};
    struct place map = {.file = arena_printf(arena, "/proc/%d/uid_map", p->pid)};
    uint32_t inside;
    if (!s)
        return -ENOMEM;
    s->verdict = live_verdict(p, &l->self.uid_map, &inside);
    s->name = p->name;
    s->image = p->command;
    s->has_uid = s->has_gid = true;
    s->uid = p->uid;
    s->gid = p->gid;
    subject_add_link(result, s, status, "uid %u as this host sees it", p->uid);
    if (p->uid == 0 && p->real_uid != 0)
        subject_add_link(result, s, status, "started by uid %u: a setuid program", p->real_uid);
    if (inside != p->uid)
        subject_add_link(result, s, map, "uid %u inside its user namespace", inside);
    else if (p->uid_map.count > 0 && !live_same_map(&p->uid_map, &l->self.uid_map))
        subject_add_link(result, s, map, "a user namespace of its own");
    judge_by_verdict(l, s, p);
    return 0;
}

static int add_process(struct live *l, const struct live_process *p)
{
    struct live_process *grown =
        arena_grow(&l->a->result->arena, l->items, l->count, &l->capacity, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    l->items = grown;
    grown[l->count++] = *p;
    return 0;
}

static int read_all(struct live *l, int proc_fd)
{
    autoclose int copy = dup(proc_fd);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    int r = 0;
    if (!d)
        return -errno;
    copy = -EBADF;
    for (struct dirent *e; r == 0 && (e = readdir(d));) {
        struct live_process p;
        uint64_t pid;
        if (number_parse(e->d_name, INT32_MAX, &pid) < 0)
            continue;
        int read = live_process_read(proc_fd, (int)pid, &l->a->result->arena, &p);
        if (read == -ENOMEM)
            r = read;
        if (read < 0 || (p.flags & PROCESS_KERNEL_THREAD) || !in_container(l, &p))
            continue;
        l->hidden += p.user.inode == 0;
        r = add_process(l, &p);
    }
    (void)closedir(d);
    return r;
}

int input_judge_live(struct audit *a)
{
    struct live l = {.a = a};
    const char *proc = a->request->proc ? a->request->proc : "/proc";
    autoclose int fd = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        result_complain(a->result, proc, "%s", strerror(errno));
        return 0;
    }
    a->result->files++;
    l.proc_fd = fd;
    int r = live_process_read(fd, (int)getpid(), &a->result->arena, &l.self);
    if (r < 0) {
        result_complain(a->result, proc, "this is no proc file system of ours");
        return r == -ENOMEM ? r : 0;
    }
    r = read_all(&l, fd);
    for (size_t i = 0; r == 0 && i < l.count; i++)
        r = judge_process(&l, &l.items[i]);
    if (l.hidden > 0)
        result_complain(
            a->result, proc,
            "the namespaces of %zu processes of other users cannot be looked at: as root they can", l.hidden);
    return r < 0 && r != -ENOMEM ? 0 : r;
}
