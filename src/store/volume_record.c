/* SPDX-License-Identifier: Apache-2.0 */
#include "store/volume_record.h"

#include "formats/json.h"
#include "formats/reference.h"
#include "formats/timestamp.h"
#include "kernel/file.h"
#include "kernel/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define RECORD_MAX (1u << 20)
#define RECORD_NAME_SIZE 272 /* a name of 255 bytes does not fit ".json"; it is refused */

static int record_name(const char *volume, char ret_name[RECORD_NAME_SIZE])
{
    if (!object_name_is_valid(volume) || strlen(volume) > 240)
        return -EINVAL;
    (void)snprintf(ret_name, RECORD_NAME_SIZE, "%s.json", volume); /* 245 bytes at most */
    return 0;
}

static int read_members(struct json_object *record, struct volume *v)
{
    const char *created = json_get_string(record, "created");
    if (!created || timestamp_parse(created, &v->created) < 0)
        return -EBADMSG;
    v->anonymous = json_get_bool(record, "anonymous", false);
    v->fresh = json_get_bool(record, "fresh", false);
    return json_get_strings(record, "labels", &v->labels) < 0 ? -EBADMSG : 0;
}

int volume_record_read(const struct store *s, const char *name, struct volume *ret_volume)
{
    char file[RECORD_NAME_SIZE];
    autofree char *data = NULL;
    size_t size;
    if (record_name(name, file) < 0)
        return -ENOENT;
    int r = file_read_all(s->records_fd, file, RECORD_MAX, &data, &size);
    if (r < 0)
        return r;
    autojson struct json_object *record = NULL;
    if (json_parse(file, data, size, NULL, &record) < 0)
        return -EBADMSG;
    autovolume struct volume v = {.name = strdup(name)};
    r = v.name ? read_members(record, &v) : -ENOMEM;
    if (r < 0)
        return r;
    *ret_volume = v;
    v = (struct volume){0};
    return 0;
}

int volume_record_write(const struct store *s, const struct volume *volume)
{
    char file[RECORD_NAME_SIZE], created[TIMESTAMP_SIZE];
    int r = record_name(volume->name, file);
    if (r < 0)
        return r;
    autojson struct json_object *record = json_object_new_object();
    if (!record || json_put_string(record, "name", volume->name) < 0 ||
        json_put_string(record, "created", timestamp_write(volume->created, created)) < 0 ||
        json_put_strings(record, "labels", &volume->labels) < 0 ||
        json_put_bool(record, "anonymous", volume->anonymous) < 0 ||
        json_put_bool(record, "fresh", volume->fresh) < 0)
        return -ENOMEM;
    autofree char *text = json_write(record, true);
    return text ? file_write_atomic(s->records_fd, file, text, strlen(text), true) : -ENOMEM;
}

static int make_folder(const struct store *s, const char *name)
{
    if (mkdirat(s->volumes_fd, name, 0700) < 0 && errno != EEXIST)
        return -errno;
    autoclose int fd = openat(s->volumes_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    return fchown(fd, STORE_ID_BASE, STORE_ID_BASE) < 0 || fchmod(fd, 0755) < 0 ? -errno : 0;
}

int volume_record_create(const struct store *s, const struct volume *volume)
{
    char file[RECORD_NAME_SIZE];
    int r = record_name(volume->name, file);
    if (r < 0)
        return r;
    /* The index lock serves here too: it is held for a moment only, and two creators must not both succeed.
     */
    autoclose int lock = store_lock(s, STORE_LOCK_INDEX);
    if (lock < 0)
        return lock;
    if (faccessat(s->records_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return -EEXIST;
    r = tree_remove(s->volumes_fd,
                    volume->name); /* a folder without a record is rubbish of a killed removal */
    if (r == 0)
        r = make_folder(s, volume->name);
    return r < 0 ? r : volume_record_write(s, volume);
}

int volume_record_remove(const struct store *s, const char *name)
{
    char file[RECORD_NAME_SIZE];
    if (record_name(name, file) < 0)
        return -ENOENT;
    autoclose int lock = store_lock(s, STORE_LOCK_INDEX);
    if (lock < 0)
        return lock;
    if (unlinkat(s->records_fd, file, 0) < 0)
        return -errno;
    return tree_remove(s->volumes_fd, name);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct strings *names, const char *file)
{
    size_t length = strlen(file);
    if (file[0] == '.' || length <= 5 || strcmp(file + length - 5, ".json") != 0)
        return 0;
    return strings_addf(names, "%.*s", (int)length - 5, file);
}

int volume_record_list(const struct store *s, struct strings *ret_names)
{
    int fd = openat(s->records_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d) {
        int r = -errno;
        if (fd >= 0)
            (void)close(fd); /* the first error is the one to report */
        return r;
    }
    int r = 0;
    for (struct dirent *e = readdir(d); e && r == 0; e = readdir(d))
        r = add_name(ret_names, e->d_name);
    (void)closedir(d); /* only read from */
    if (r == 0 && ret_names->count > 1)
        qsort(ret_names->items, ret_names->count, sizeof(char *), compare_names);
    return r;
}

int volume_record_open(const struct store *s, const char *name)
{
    char file[RECORD_NAME_SIZE];
    if (record_name(name, file) < 0)
        return -ENOENT;
    int fd = openat(s->volumes_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

void volume_free(struct volume *volume)
{
    free(volume->name);
    strings_free(&volume->labels);
    *volume = (struct volume){0};
}
