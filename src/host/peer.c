/* SPDX-License-Identifier: Apache-2.0 */
#include "host/peer.h"

#include "formats/toml_lines.h"
#include "host/peer_text.h"
#include "kernel/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX_BYTES (1u << 20)
#define PODMAN_FILE "50-unroot.conf"

static const struct {
    const char *name, *file, *advice;
} peers[] = {
    [PEER_DOCKER] = {"docker", "/etc/docker/daemon.json",
                     "systemctl reload docker (new containers use it; those that run are left alone)"},
    [PEER_PODMAN] = {"podman", "/etc/containers/containers.conf.d/" PODMAN_FILE,
                     "nothing: podman reads it at its next command"},
    [PEER_CONTAINERD] = {"containerd", "/etc/containerd/config.toml",
                         "systemctl restart containerd (containers that run go on)"},
};

int peer_find(const char *name, enum peer *ret_peer)
{
    for (size_t i = 0; i < ARRAY_SIZE(peers); i++)
        if (streq(peers[i].name, name)) {
            *ret_peer = (enum peer)i;
            return 0;
        }
    return -ENOENT;
}

void peer_change_free(struct peer_change *change)
{
    free(change->file);
    free(change->before);
    free(change->after);
    free(change->saved);
    *change = (struct peer_change){0};
}

/* *ret_text NULL: no such file. A symbolic link is followed: a configuration may be kept elsewhere. */
static int text_read(const char *path, char **ret_text, struct failure *failure)
{
    *ret_text = NULL;
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail(failure, -errno, "opening %s", path);
    autofree char *text = NULL;
    size_t size;
    int r = fd_read_whole(fd, FILE_MAX_BYTES, &text, &size);
    if (r < 0)
        return fail(failure, r, "reading %s", path);
    if (strlen(text) != size)
        return refuse(failure, -EINVAL, "%s: a NUL byte: this is no configuration file", path);
    *ret_text = TAKE_PTR(text);
    return 0;
}

/* Replaces the list by the one of this file, when it has one. */
static int list_take(const struct toml_file *toml, const char *key, struct strings *list)
{
    const struct toml_entry *e = toml_find(toml, "engine", key);
    if (!e || !e->is_array)
        return 0;
    strings_free(list);
    *list = (struct strings){0};
    for (size_t i = 0; i < e->count; i++) {
        int r = strings_add(list, e->values[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

struct podman_lists {
    struct strings json, nocgroups;
};

static int lists_read(const char *path, struct podman_lists *lists, struct failure *failure)
{
    autofree char *text = NULL;
    autoarena struct arena arena = {0};
    autoreport struct report report = {0};
    struct toml_file toml;
    int r = text_read(path, &text, failure);
    if (r < 0 || !text)
        return r;
    const struct toml_source source = {path, text};
    r = toml_parse(&arena, &source, &report, &toml);
    if (r < 0 && report.count > 0)
        return refuse(failure, r, "%s: %s", report.items[0].place, report.items[0].text);
    if (r == 0)
        r = list_take(&toml, "runtime_supports_json", &lists->json);
    if (r == 0)
        r = list_take(&toml, "runtime_supports_nocgroups", &lists->nocgroups);
    return r < 0 ? fail(failure, r, "reading %s", path) : 0;
}

static int is_dropin(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 5 && streq(entry->d_name + n - 5, ".conf") && !streq(entry->d_name, PODMAN_FILE);
}

/* In podman's order; what comes after our file by name is left to win. */
static int folder_read(const char *folder, struct podman_lists *lists, struct failure *failure)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_dropin, alphasort), r = 0;
    for (int i = 0; i < count; i++) {
        autofree char *path = NULL;
        if (r == 0 && strcmp(entries[i]->d_name, PODMAN_FILE) < 0)
            r = asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0 ? -ENOMEM
                                                                         : lists_read(path, lists, failure);
        free(entries[i]);
    }
    free(entries);
    return r;
}

static int podman_plan(const struct peer_text *t, struct peer_change *change, struct failure *failure)
{
    static const char *const files[] = {"/usr/share/containers/containers.conf",
                                        "/etc/containers/containers.conf"};
    struct podman_lists lists = {0};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++)
        r = lists_read(files[i], &lists, failure);
    autofree char *folder = strdup(change->file);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    if (r == 0 && slash) {
        *slash = '\0';
        r = folder_read(folder, &lists, failure);
    }
    if (r == 0)
        r = peer_podman_add(t, &lists.json, &lists.nocgroups, &change->after, failure);
    strings_free(&lists.json);
    strings_free(&lists.nocgroups);
    return r;
}

static int plan_add(const struct peer_request *q, const struct peer_text *t, struct peer_change *change,
                    struct failure *failure)
{
    switch (q->peer) {
    case PEER_DOCKER:
        return peer_docker_add(t, &change->after, failure);
    case PEER_PODMAN:
        return podman_plan(t, change, failure);
    case PEER_CONTAINERD:
        return peer_containerd_add(t, &change->after, failure);
    }
    return -EINVAL;
}

static int text_remove(const struct peer_request *q, const struct peer_text *t, char **ret_text,
                       struct failure *failure)
{
    int (*const removers[])(const struct peer_text *, char **, struct failure *) = {
        [PEER_DOCKER] = peer_docker_remove,
        [PEER_PODMAN] = peer_podman_remove,
        [PEER_CONTAINERD] = peer_containerd_remove,
    };
    return removers[q->peer](t, ret_text, failure);
}

static int plan(const struct peer_request *q, const struct peer_text *t, struct peer_change *change,
                struct failure *failure)
{
    autofree char *without = NULL;
    int r = text_remove(q, t, &without, failure);
    change->named = r == 0;
    if (r < 0 && r != -ENOENT)
        return r;
    if (!q->undo)
        return plan_add(q, t, change, failure);
    if (!change->named)
        return refuse(failure, -ENOENT, "%s does not name unroot: there is nothing to undo", change->file);
    change->after = TAKE_PTR(without);
    return 0;
}

static int file_find(const struct peer_request *q, char **ret_file)
{
    int r = 0;
    if (q->file)
        r = asprintf(ret_file, "%s", q->file);
    else if (q->peer == PEER_PODMAN && q->home)
        r = asprintf(ret_file, "%s/.config/containers/containers.conf.d/" PODMAN_FILE, q->home);
    else
        r = asprintf(ret_file, "%s", peers[q->peer].file);
    if (r < 0)
        *ret_file = NULL;
    return r < 0 ? -ENOMEM : 0;
}

int peer_plan(const struct peer_request *request, struct peer_change *ret_change, struct failure *failure)
{
    struct peer_change change = {.advice = peers[request->peer].advice};
    autofree char *saved = NULL;
    int r = file_find(request, &change.file);
    if (r == 0 && asprintf(&saved, "%s" PEER_SAVED_SUFFIX, change.file) < 0)
        r = -ENOMEM;
    if (r < 0)
        return fail(failure, r, "naming the file");
    r = text_read(change.file, &change.before, failure);
    if (r == 0)
        r = text_read(saved, &change.saved, failure);
    struct peer_text text = {
        .name = change.file,
        .text = change.before,
        .saved = change.saved,
        .runtime = request->runtime,
        .make_default = request->make_default,
    };
    if (r == 0)
        r = plan(request, &text, &change, failure);
    if (r < 0)
        peer_change_free(&change);
    else
        *ret_change = change;
    return r;
}

/* Makes the folders that are missing: 0755, as packages do. */
static int make_folders(const char *path)
{
    autofree char *part = strdup(path);
    if (!part)
        return -ENOMEM;
    for (char *p = part + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
        *p = '\0';
        if (mkdir(part, 0755) < 0 && errno != EEXIST)
            return -errno;
    }
    return 0;
}

/* Through a symbolic link the file that it leads to is replaced. */
static int text_write(const char *path, const char *like, const char *text)
{
    autofree char *real = realpath(path, NULL);
    autofree char *target = strdup(real ? real : path);
    if (!target)
        return -ENOMEM;
    struct stat status = {.st_mode = 0644};
    bool exists = stat(like, &status) == 0;
    char *slash = strrchr(target, '/');
    *slash = '\0';
    autoclose int folder = open(*target ? target : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = folder < 0 ? -errno : file_write_atomic(folder, slash + 1, text, strlen(text), true);
    if (r == 0 && fchmodat(folder, slash + 1, status.st_mode & 07777, 0) < 0)
        r = -errno;
    if (r == 0 && exists && fchownat(folder, slash + 1, status.st_uid, status.st_gid, 0) < 0)
        r = -errno;
    return r;
}

int peer_commit(const struct peer_request *request, const struct peer_change *change, struct failure *failure)
{
    autofree char *saved = NULL;
    if (change->file[0] != '/')
        return refuse(failure, -EINVAL, "%s: not an absolute path", change->file);
    if (streq(change->before, change->after) && !request->undo)
        return 0;
    if (asprintf(&saved, "%s" PEER_SAVED_SUFFIX, change->file) < 0)
        return fail(failure, -ENOMEM, "naming the copy");
    int r = change->after ? make_folders(change->file) : 0;
    bool keep = !request->undo && change->before && !change->named && request->peer != PEER_PODMAN;
    if (r == 0 && keep)
        r = text_write(saved, change->file, change->before);
    if (r == 0 && change->after)
        r = text_write(change->file, change->file, change->after);
    else if (r == 0 && unlink(change->file) < 0 && errno != ENOENT)
        r = -errno;
    if (r == 0 && request->undo && unlink(saved) < 0 && errno != ENOENT)
        r = -errno;
    return r < 0 ? fail(failure, r, "writing %s", change->file) : 0;
}
