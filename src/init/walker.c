/* SPDX-License-Identifier: Apache-2.0 */
#include "init/walker.h"

#include "init/files.h"
#include "init/signals.h"
#include "init/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define THREADS_MAX 8
#define FIRST_PROGRESS_MS 2000
#define PROGRESS_MS 10000

struct folder {
    struct folder *older, *newer;
    char path[]; /* below the top, "" for the top itself */
};

struct shared {
    const struct walk *walk;
    const char *name; /* of the top, for the progress line */
    int top;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct worker *workers;
    unsigned worker_count, busy;
    bool no_memory;
    int64_t next_progress;
    struct walk_result total;
};

struct worker {
    struct shared *shared;
    /* Its own folders, newest first: what is pending stays small. Who has none takes another's oldest, which
     * is far away on the disk, too: neighbours would wait for each other's inode blocks. */
    struct folder *newest, *oldest;
    struct walk_result result; /* added to the total now and then, so that counting takes no lock */
    bool last_was_wrong;       /* then the next one probably is, too: open it straight away */
    char buffer[32768] __attribute__((aligned(8)));
};

struct walk_owner {
    uint32_t uid, gid, mode;
    uint64_t links;
};

struct directory_record { /* getdents64(2) */
    uint64_t inode, offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

static void skip(struct worker *w, enum walk_skip kind, const char *folder, const char *name)
{
    struct walk_result *r = &w->result;
    if (r->skipped[kind]++ == 0)
        format_text(r->example[kind], sizeof(r->example[kind]), "%s%s%s", folder,
                    folder[0] && name[0] ? "/" : "", name);
}

static void skip_failed(struct worker *w, int error, const char *folder, const char *name)
{
    if (error == -ENOENT)
        return; /* somebody removed it: nobody owns it now */
    if (w->result.skipped[SKIP_FAILED] == 0)
        w->result.error = error;
    skip(w, error == -EXDEV ? SKIP_MOUNT : SKIP_FAILED, folder, name);
}

static void push(struct worker *w, const char *folder, const char *name)
{
    struct shared *s = w->shared;
    size_t size = strlen(folder) + strlen(name) + 2;
    struct folder *item = malloc(sizeof(*item) + size);
    if (item)
        format_text(item->path, size, "%s%s%s", folder, folder[0] ? "/" : "", name);
    pthread_mutex_lock(&s->lock);
    if (item) {
        item->older = w->newest;
        item->newer = NULL;
        if (w->newest)
            w->newest->newer = item;
        else
            w->oldest = item;
        w->newest = item;
        pthread_cond_signal(&s->wake);
    } else {
        s->no_memory = true;
    }
    pthread_mutex_unlock(&s->lock);
}

static bool is_right(const struct walk *walk, const struct walk_owner *owner)
{
    return owner->uid == walk->uid && owner->gid == walk->gid;
}

static bool may_take_from(const struct walk *walk, uint32_t owner)
{
    for (size_t i = 0; i < walk->from_count; i++)
        if (walk->from[i] == owner)
            return true;
    return walk->from_count == 0;
}

/* Judges and changes the inode behind `fd`, and no other. */
static void settle_inode(struct worker *w, int fd, const struct walk_owner *owner, const char *folder,
                         const char *name)
{
    const struct walk *walk = w->shared->walk;
    if (is_right(walk, owner))
        return;
    if (S_ISCHR(owner->mode) || S_ISBLK(owner->mode))
        skip(w, SKIP_DEVICE, folder, name);
    else if (!S_ISDIR(owner->mode) && owner->links > 1)
        skip(w, SKIP_HARD_LINK, folder, name);
    else if (!may_take_from(walk, owner->uid))
        skip(w, SKIP_FOREIGN, folder, name);
    else if (!walk->dry_run && fchownat(fd, "", walk->uid, walk->gid, AT_EMPTY_PATH) < 0)
        skip_failed(w, -errno, folder, name);
    else
        w->result.changed++;
}

/* By name, without following or mounting anything: only good for seeing that nothing is to be done. */
static int look_by_name(int folder, const char *name, struct walk_owner *ret_owner)
{
    struct statx st;
    unsigned wanted = STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_UID | STATX_GID;
    if (syscall(SYS_statx, folder, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, wanted, &st) < 0)
        return -errno;
    *ret_owner = (struct walk_owner){st.stx_uid, st.stx_gid, st.stx_mode, st.stx_nlink};
    return 0;
}

static int look_at(int fd, struct walk_owner *ret_owner)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    *ret_owner = (struct walk_owner){st.st_uid, st.st_gid, st.st_mode, st.st_nlink};
    return 0;
}

/* One entry of an open folder that is no folder itself, as far as its record says. */
static void settle_entry(struct worker *w, int folder_fd, const char *folder, const char *name)
{
    struct walk_owner owner;
    int r = 0;
    w->result.seen++;
    if (!w->last_was_wrong) {
        r = look_by_name(folder_fd, name, &owner);
        if (r == 0 && is_right(w->shared->walk, &owner) && !S_ISDIR(owner.mode))
            return;
    }
    autoclose int fd = r < 0 ? r : tree_open_entry(folder_fd, name);
    if (fd >= 0)
        r = look_at(fd, &owner);
    else
        r = fd;
    if (r < 0) {
        skip_failed(w, r, folder, name);
        return;
    }
    if (S_ISDIR(owner.mode)) {
        push(w, folder, name);
        return;
    }
    w->last_was_wrong = !is_right(w->shared->walk, &owner);
    settle_inode(w, fd, &owner, folder, name);
}

static void add_up(struct shared *s, struct walk_result *part)
{
    s->total.seen += part->seen;
    s->total.changed += part->changed;
    for (int i = 0; i < SKIP_COUNT; i++) {
        if (s->total.skipped[i] == 0 && part->skipped[i] > 0) {
            memcpy(s->total.example[i], part->example[i], sizeof(part->example[i]));
            s->total.error = i == SKIP_FAILED ? part->error : s->total.error;
        }
        s->total.skipped[i] += part->skipped[i];
        part->skipped[i] = 0;
    }
    part->seen = part->changed = 0;
}

static void show_progress(struct worker *w)
{
    struct shared *s = w->shared;
    int64_t now = clock_ms();
    pthread_mutex_lock(&s->lock);
    add_up(s, &w->result);
    bool due = now >= s->next_progress;
    if (due)
        s->next_progress = now + PROGRESS_MS;
    uint64_t seen = s->total.seen, changed = s->total.changed;
    pthread_mutex_unlock(&s->lock);
    if (due)
        say("%s: %lu entries looked at, %lu changed, going on", s->name, seen, changed);
}

static void walk_records(struct worker *w, int fd, const char *folder, size_t size)
{
    for (size_t at = 0; at < size;) {
        const struct directory_record *record = (const void *)(w->buffer + at);
        at += record->length;
        if (strcmp(record->name, ".") == 0 || strcmp(record->name, "..") == 0)
            continue;
        if (record->type == DT_DIR)
            push(w, folder, record->name);
        else
            settle_entry(w, fd, folder, record->name);
    }
}

static void walk_folder(struct worker *w, const char *path)
{
    struct walk_owner owner;
    autoclose int fd = tree_open(w->shared->top, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (fd < 0) {
        /* ENOTDIR, ELOOP: no folder any more. Its owner is looked at when it is met again by a later walk. */
        skip_failed(w, fd, path, "");
        return;
    }
    w->result.seen++;
    int r = look_at(fd, &owner);
    if (r < 0)
        skip_failed(w, r, path, "");
    else if (path[0] != '\0')
        settle_inode(w, fd, &owner, path, "");
    for (;;) {
        long n = syscall(SYS_getdents64, fd, w->buffer, sizeof(w->buffer));
        if (n < 0)
            skip_failed(w, -errno, path, "");
        if (n <= 0)
            return;
        walk_records(w, fd, path, (size_t)n);
        show_progress(w);
    }
}

static struct folder *take_from(struct worker *w, bool newest)
{
    struct folder *item = newest ? w->newest : w->oldest;
    if (!item)
        return NULL;
    if (item->newer)
        item->newer->older = item->older;
    else
        w->newest = item->older;
    if (item->older)
        item->older->newer = item->newer;
    else
        w->oldest = item->newer;
    return item;
}

/* With the lock held. */
static struct folder *take(struct worker *w)
{
    struct shared *s = w->shared;
    struct folder *item = take_from(w, true);
    for (unsigned i = 0; i < s->worker_count && !item; i++)
        item = take_from(&s->workers[i], false);
    return item;
}

/* Takes folders until none is pending and nobody is left who could push one. */
static void *run_worker(void *argument)
{
    struct worker *w = argument;
    struct shared *s = w->shared;
    /* A descriptor table of one's own takes no locks; without it, it is only slower. */
    (void)!unshare(CLONE_FILES);
    pthread_mutex_lock(&s->lock);
    for (;;) {
        struct folder *item = take(w);
        for (; !item && s->busy > 0; item = take(w))
            pthread_cond_wait(&s->wake, &s->lock);
        if (!item)
            break;
        s->busy++;
        pthread_mutex_unlock(&s->lock);
        walk_folder(w, item->path);
        free(item);
        pthread_mutex_lock(&s->lock);
        s->busy--;
        if (s->busy == 0)
            pthread_cond_broadcast(&s->wake); /* perhaps that was all: look again */
    }
    add_up(s, &w->result);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static unsigned count_threads(const struct walk *walk)
{
    cpu_set_t set;
    unsigned n = walk->threads;
    if (n == 0 && sched_getaffinity(0, sizeof(set), &set) == 0)
        n = (unsigned)CPU_COUNT(&set);
    return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : n;
}

static int walk_all(struct shared *s)
{
    unsigned threads = count_threads(s->walk), started = 0;
    pthread_t ids[THREADS_MAX];
    struct worker *workers = calloc(threads, sizeof(*workers));
    if (!workers)
        return -ENOMEM;
    s->workers = workers;
    s->worker_count = threads;
    for (unsigned i = 0; i < threads; i++)
        workers[i].shared = s;
    push(&workers[0], "", "");
    /* A thread that cannot be started (a limit of processes) only makes it slower. */
    while (started + 1 < threads &&
           pthread_create(&ids[started], NULL, run_worker, &workers[started + 1]) == 0)
        started++;
    run_worker(&workers[0]);
    for (unsigned i = 0; i < started; i++)
        pthread_join(ids[i], NULL);
    free(workers);
    return s->no_memory ? -ENOMEM : 0;
}

/* The top folder, last; an unfinished tree keeps a top that says so. */
static void settle_top(struct shared *s, const struct walk_owner *owner)
{
    const struct walk *walk = s->walk;
    if (is_right(walk, owner) || s->total.skipped[SKIP_FAILED] > 0)
        return;
    if (!may_take_from(walk, owner->uid)) {
        s->total.skipped[SKIP_FOREIGN]++;
        return;
    }
    if (!walk->dry_run && fchown(s->top, walk->uid, walk->gid) < 0) {
        s->total.error = -errno;
        s->total.skipped[SKIP_FAILED]++;
        return;
    }
    s->total.changed++;
}

static int judge_top(int top, const struct walk *w, struct walk_owner *ret_owner,
                     enum walk_outcome *ret_outcome)
{
    int r = look_at(top, ret_owner);
    if (r < 0)
        return r;
    *ret_outcome = WALK_WAS_RIGHT;
    if (w->when == WALK_NEVER || (w->when == WALK_ON_MISMATCH && is_right(w, ret_owner)))
        return 0;
    int kind = tree_mount_kind(top);
    if (kind < 0)
        return kind;
    *ret_outcome = kind == MOUNT_READ_ONLY  ? WALK_READ_ONLY
                   : kind == MOUNT_IDMAPPED ? WALK_IDMAPPED
                                            : WALK_DONE;
    return 0;
}

int walk_tree(const char *path, const struct walk *w, struct walk_result *ret_result, struct failure *f)
{
    struct walk_owner owner;
    struct shared s = {.walk = w, .name = path, .next_progress = clock_ms() + FIRST_PROGRESS_MS};
    autoclose int top = tree_open_top(path);
    if (top == -ELOOP || top == -ENOTDIR)
        return fail_usage(f, "%s: a link, or no folder; name the folder by its real path", path);
    if (top < 0)
        return fail_system(f, top, "opening %s", path);
    int r = judge_top(top, w, &owner, &s.total.outcome);
    if (r < 0)
        return fail_system(f, r, "looking at %s", path);
    if (s.total.outcome == WALK_DONE) {
        s.top = top;
        pthread_mutex_init(&s.lock, NULL);
        pthread_cond_init(&s.wake, NULL);
        r = walk_all(&s);
        if (r < 0)
            return fail_system(f, r, "walking %s", path);
        settle_top(&s, &owner);
    }
    *ret_result = s.total;
    return 0;
}

/* Names of files come from elsewhere: nothing of them may steer a terminal or start a line. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            *text = '?';
}

void walk_report(const char *path, const struct walk *w, const struct walk_result *result)
{
    static const char *const reasons[SKIP_COUNT] = {
        "files with more than one name and a wrong owner are left alone: they may belong elsewhere",
        "device nodes are left alone",
        "other mounts are left alone",
        "entries of owners outside from= are left alone",
        "entries could not be changed",
    };
    if (result->outcome == WALK_IDMAPPED || result->outcome == WALK_READ_ONLY)
        say("%s: a%s mount, its owners are left as they are", path,
            result->outcome == WALK_IDMAPPED ? "n idmapped" : " read-only");
    if (result->changed > 0)
        say("%s: %s %lu of %lu entries to %u:%u", path, w->dry_run ? "would change" : "changed",
            result->changed, result->seen, w->uid, w->gid);
    for (int i = 0; i < SKIP_COUNT; i++) {
        if (result->skipped[i] == 0)
            continue;
        char example[200];
        memcpy(example, result->example[i], sizeof(example));
        make_printable(example);
        say("%s: %lu %s%s%s (first: %s)", path, result->skipped[i], reasons[i], i == SKIP_FAILED ? ": " : "",
            i == SKIP_FAILED ? strerror(-result->error) : "", example[0] ? example : ".");
    }
}
