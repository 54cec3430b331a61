/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image.h"
#include "engine/image_archive.h"
#include "engine/image_platform.h"
#include "engine/image_source.h"
#include "formats/reference.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int image_archive_open(const struct image_archive *a, const char *path, struct failure *failure)
{
    autoclose int fd = path_open_in_root(a->folder_fd, path, O_RDONLY | O_NONBLOCK);
    struct stat st;
    if (fd == -ENOENT)
        return refuse(failure, fd, "%s is missing in the archive", path);
    if (fd < 0)
        return fail(failure, fd, "opening %s of the archive", path);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return refuse(failure, -EINVAL, "%s in the archive is no regular file", path);
    return TAKE_FD(fd);
}

int image_archive_read(const struct image_archive *a, const char *path, char **ret_data, size_t *ret_size,
                       struct failure *failure)
{
    autoclose int fd = image_archive_open(a, path, failure);
    if (fd < 0)
        return fd;
    int r = fd_read_whole(fd, MANIFEST_SIZE_MAX, ret_data, ret_size);
    return r < 0 ? fail(failure, r, "reading %s of the archive", path) : 0;
}

int image_archive_note(const struct image_archive *a, const char *reference, const struct digest *id,
                       struct failure *failure)
{
    autoreference struct reference parsed = {0};
    autofree char *shown = NULL;
    struct failure unused = {0};
    char text[DIGEST_TEXT_LENGTH + 1];
    if (reference && reference_parse(reference, &parsed, &unused) == 0)
        shown = reference_write_familiar(&parsed);
    if (strings_add(a->loaded, shown ? shown : digest_write(id, text)) < 0)
        return fail(failure, -ENOMEM, "loading images");
    return 0;
}

static int load_folder(const struct image_archive *a, struct failure *failure)
{
    if (faccessat(a->folder_fd, "index.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return image_archive_load_oci(a, failure);
    if (faccessat(a->folder_fd, "manifest.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return image_archive_load_docker(a, failure);
    return refuse(
        failure, -EINVAL,
        "no image archive: neither index.json (OCI layout) nor manifest.json (docker save) is in it. A "
        "root file system is read by `unroot import`");
}

/* A tar: its parts go to a staging folder first, by unroot-unpack like everything that is packed. */
static int load_stream(struct image_archive *a, const struct image_source *source, const char *what,
                       struct failure *failure)
{
    char name[STAGING_NAME_SIZE];
    const struct layer_source archive = {.fd = source->fd, .what = what};
    int r = layer_stage_archive(a->store, &archive, a->progress, name, failure);
    if (r < 0)
        return r;
    autoclose int folder = openat(a->store->layers_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    a->folder_fd = folder;
    a->adopt = true;
    r = folder < 0 ? fail(failure, -errno, "opening the unpacked archive") : load_folder(a, failure);
    int removed = staging_remove(a->store, name);
    return r == 0 && removed < 0 ? fail(failure, removed, "removing the unpacked archive") : r;
}

static int load_source(const struct store *s, const struct image_load_request *request,
                       struct strings *loaded, struct failure *failure)
{
    struct image_source source;
    struct image_archive a = {
        .store = s, .progress = &request->progress, .folder_fd = -EBADF, .loaded = loaded};
    int r = image_platform_choose(request->platform, &a.platform, failure);
    if (r < 0)
        return r;
    r = image_source_open(request->source, request->source_fd, &source, failure);
    if (r < 0) {
        platform_free(&a.platform);
        return r;
    }
    if (source.folder) {
        a.folder_fd = source.fd;
        r = load_folder(&a, failure);
    } else {
        r = load_stream(&a, &source, streq(request->source, "-") ? "standard input" : request->source,
                        failure);
    }
    image_source_close(&source);
    platform_free(&a.platform);
    return r;
}

int image_load(struct engine *e, const struct image_load_request *request, struct strings *ret_loaded,
               struct failure *failure)
{
    autostore struct store s = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    staging_clean(&s);
    autoclose int lock = store_lock(&s, STORE_LOCK_ADD);
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    r = load_source(&s, request, ret_loaded, failure);
    if (r < 0) {
        (void)close(TAKE_FD(lock));
        staging_clean_soon(&s); /* what workers that were ended had begun */
    }
    return r;
}
