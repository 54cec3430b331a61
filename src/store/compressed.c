/* SPDX-License-Identifier: Apache-2.0 */
#include "store/compressed.h"

#include "formats/json.h"
#include "kernel/file.h"
#include "kernel/folder.h"
#include "store/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define CACHE_NAME "compressed"
#define NAME_SIZE (DIGEST_HEX_LENGTH + 16) /* HEX, ".gzip", up to three digits, NUL */
#define ENTRY_SIZE_MAX 4096
#define READ_BUFFER (256u << 10)

static void name_entry(const struct digest *plain, const struct compressed_form *form, char name[NAME_SIZE])
{
    (void)snprintf(name, NAME_SIZE, "%s.%s%u", plain->hex, form->compression == LAYER_GZIP ? "gzip" : "zstd",
                   form->level % 1000); /* fits */
}

int compressed_find(const struct store *s, const struct digest *plain, const struct compressed_form *form,
                    struct compressed_layer *ret_layer)
{
    char name[NAME_SIZE];
    autofree char *data = NULL;
    autojson struct json_object *object = NULL;
    struct compressed_layer layer;
    size_t size;
    name_entry(plain, form, name);
    autoclose int folder = store_open_cache(s, CACHE_NAME);
    int r = folder < 0 ? folder : file_read_all(folder, name, ENTRY_SIZE_MAX, &data, &size);
    if (r == 0)
        r = json_parse(name, data, size, NULL, &object);
    if (r < 0)
        return r == -ENOMEM ? r : -ENOENT;
    const char *digest = json_get_string(object, "digest");
    if (!digest || digest_parse_hex(digest, &layer.digest) < 0 ||
        json_get_u64(object, "size", &layer.size) < 0)
        return -ENOENT; /* torn: it is made again */
    *ret_layer = layer;
    return 0;
}

int compressed_write(const struct store *s, const struct digest *plain, const struct compressed_form *form,
                     const struct compressed_layer *layer)
{
    char name[NAME_SIZE];
    autojson struct json_object *object = json_object_new_object();
    name_entry(plain, form, name);
    int r = json_put_string(object, "digest", layer->digest.hex);
    if (r == 0)
        r = json_put_u64(object, "size", layer->size);
    if (r < 0)
        return r;
    autofree char *text = json_write(object, false);
    autoclose int folder = store_open_cache(s, CACHE_NAME);
    if (folder < 0)
        return folder;
    return text ? file_write_atomic(folder, name, text, strlen(text), false) : -ENOMEM;
}

int compressed_collect(const struct store *s, const struct digest_set *keep)
{
    autostrings struct strings names = {0};
    autoclose int folder = store_open_cache(s, CACHE_NAME);
    if (folder < 0)
        return folder;
    int list = fcntl(folder, F_DUPFD_CLOEXEC, 3);
    int r = list < 0 ? -errno : folder_list(list, &names);
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        char hex[DIGEST_HEX_LENGTH + 1];
        (void)snprintf(hex, sizeof(hex), "%s", names.items[i]); /* its first part */
        if (!digest_set_contains(keep, hex) && unlinkat(folder, names.items[i], 0) < 0 && errno != ENOENT)
            r = -errno;
    }
    return r;
}

int compressed_file_open(const struct store *s)
{
    int fd = openat(s->blobs_fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

int compressed_file_read(int fd, struct compressed_layer *ret_layer)
{
    unsigned char bytes[DIGEST_BYTES];
    struct compressed_layer layer = {0};
    struct sha256 hash;
    autofree char *buffer = malloc(READ_BUFFER);
    if (!buffer)
        return -ENOMEM;
    sha256_begin(&hash);
    ssize_t n;
    while ((n = pread(fd, buffer, READ_BUFFER, (off_t)layer.size)) > 0) {
        sha256_add(&hash, buffer, (size_t)n);
        layer.size += (uint64_t)n;
    }
    if (n < 0)
        return -errno;
    sha256_end(&hash, bytes);
    digest_from_bytes(bytes, &layer.digest);
    *ret_layer = layer;
    return 0;
}
