/* SPDX-License-Identifier: Apache-2.0 */
#include "store/build_cache.h"

#include "base/text.h"
#include "formats/json.h"
#include "kernel/file.h"
#include "kernel/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define ENTRY_SIZE_MAX (64u << 10)
#define WHAT_MAX 4096

void build_cache_entry_free(struct build_cache_entry *entry)
{
    free(entry->created);
    free(entry->what);
    *entry = (struct build_cache_entry){0};
}

static int cache_open(const struct store *s)
{
    return store_open_cache(s, "build");
}

static int read_digest(struct json_object *object, const char *key, struct digest *ret_digest)
{
    const char *text = json_get_string(object, key);
    return text ? digest_parse_hex(text, ret_digest) : -EINVAL;
}

static int read_layer(struct json_object *object, struct build_cache_entry *entry)
{
    struct json_object *layer = json_get_object(object, "layer");
    if (!layer)
        return 0;
    int r = read_digest(layer, "diffID", &entry->layer.diffid);
    if (r == 0)
        r = read_digest(layer, "blob", &entry->layer.digest);
    if (r == 0)
        r = json_get_u64(layer, "size", &entry->layer.size);
    if (r == 0)
        r = json_get_u64(layer, "unpacked", &entry->layer.unpacked_size);
    entry->has_layer = r == 0;
    return r;
}

static int entry_read(int folder_fd, const char *name, struct build_cache_entry *entry)
{
    autofree char *data = NULL;
    size_t size = 0;
    autojson struct json_object *object = NULL;
    struct stat st;
    int r = file_read_all(folder_fd, name, ENTRY_SIZE_MAX, &data, &size);
    if (r == 0)
        r = json_parse(name, data, size, NULL, &object);
    if (r == 0)
        r = digest_parse_hex(name, &entry->key);
    if (r == 0)
        r = read_digest(object, "state", &entry->state);
    if (r == 0)
        r = read_layer(object, entry);
    if (r < 0)
        return r;
    const char *created = json_get_string(object, "created"), *what = json_get_string(object, "what");
    entry->created = created ? strdup(created) : NULL;
    entry->what = strdup(what ? what : "");
    if (fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        entry->used = st.st_mtim.tv_sec;
    return (created && !entry->created) || !entry->what ? -ENOMEM : 0;
}

static bool entry_is_complete(const struct store *s, const struct build_cache_entry *entry)
{
    return !entry->has_layer ||
           (layer_exists(s, &entry->layer.diffid) && blob_exists(s, &entry->layer.digest));
}

int build_cache_find(const struct store *s, const struct digest *key, struct build_cache_entry *ret_entry)
{
    autocacheentry struct build_cache_entry entry = {0};
    autoclose int folder = cache_open(s);
    if (folder < 0)
        return folder;
    int r = entry_read(folder, key->hex, &entry);
    if (r == -ENOMEM)
        return r;
    if (r < 0 || !entry_is_complete(s, &entry))
        return -ENOENT;
    (void)utimensat(folder, key->hex, NULL, 0); /* only tells which are old */
    *ret_entry = entry;
    entry = (struct build_cache_entry){0};
    return 0;
}

static int write_layer(struct json_object *object, const struct layer_result *layer)
{
    struct json_object *o = json_object_new_object();
    int r = json_put_string(o, "diffID", layer->diffid.hex);
    if (r == 0)
        r = json_put_string(o, "blob", layer->digest.hex);
    if (r == 0)
        r = json_put_u64(o, "size", layer->size);
    if (r == 0)
        r = json_put_u64(o, "unpacked", layer->unpacked_size);
    if (r < 0) {
        json_object_put(o);
        return r;
    }
    return json_put(object, "layer", o);
}

/* What a Dockerfile says need not be UTF-8 nor short; here it is only for people. */
static int write_what(struct json_object *object, const char *what)
{
    char shown[WHAT_MAX];
    (void)snprintf(shown, sizeof(shown), "%s", what ? what : "");
    text_make_printable(shown);
    return json_put_string(object, "what", shown) == -ENOMEM ? -ENOMEM : 0;
}

int build_cache_write(const struct store *s, const struct build_cache_entry *entry)
{
    autojson struct json_object *object = json_object_new_object();
    autoclose int folder = cache_open(s);
    if (folder < 0)
        return folder;
    int r = json_put_string(object, "state", entry->state.hex);
    if (r == 0 && entry->has_layer)
        r = write_layer(object, &entry->layer);
    if (r == 0)
        r = json_put_string(object, "created", entry->created);
    if (r == 0)
        r = write_what(object, entry->what);
    if (r < 0)
        return r;
    autofree char *text = json_write(object, false);
    return text ? file_write_atomic(folder, entry->key.hex, text, strlen(text), false) : -ENOMEM;
}

static int list_add(int folder_fd, const char *name, struct build_cache_entry **entries, size_t *count)
{
    struct digest key;
    struct build_cache_entry entry = {0};
    if (digest_parse_hex(name, &key) < 0)
        return 0;
    int r = entry_read(folder_fd, name, &entry);
    if (r < 0) {
        build_cache_entry_free(&entry);
        return r == -ENOMEM ? r : 0;
    }
    struct build_cache_entry *grown = reallocarray(*entries, *count + 1, sizeof(**entries));
    if (!grown) {
        build_cache_entry_free(&entry);
        return -ENOMEM;
    }
    *entries = grown;
    grown[(*count)++] = entry;
    return 0;
}

int build_cache_list(const struct store *s, struct build_cache_entry **ret_entries, size_t *ret_count)
{
    struct build_cache_entry *entries = NULL;
    autostrings struct strings names = {0};
    size_t count = 0;
    autoclose int folder = cache_open(s);
    if (folder < 0)
        return folder;
    int copy = fcntl(folder, F_DUPFD_CLOEXEC, 3);
    int r = copy < 0 ? -errno : folder_list(copy, &names);
    for (size_t i = 0; r == 0 && i < names.count; i++)
        r = list_add(folder, names.items[i], &entries, &count);
    if (r < 0) {
        build_cache_list_free(entries, count);
        return r;
    }
    *ret_entries = entries;
    *ret_count = count;
    return 0;
}

void build_cache_list_free(struct build_cache_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        build_cache_entry_free(&entries[i]);
    free(entries);
}

int build_cache_remove(const struct store *s, const struct digest *key)
{
    autoclose int folder = cache_open(s);
    if (folder < 0)
        return folder;
    return unlinkat(folder, key->hex, 0) < 0 && errno != ENOENT ? -errno : 0;
}
