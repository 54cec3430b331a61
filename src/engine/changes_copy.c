/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/changes.h"
#include "engine/copy_outside.h"
#include "engine/copy_root.h"
#include "kernel/file.h"
#include "store/unpacker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* `cp`: one side packs, the other unpacks. Inside the container both are unroot-unpack with the container's
 * ids and the one folder that the path was resolved to, so that a container that moves links and folders
 * about meanwhile can only lead it to what is the container's (CVE-2018-15664, CVE-2019-14271). */

static bool ends_with_content(const char *path)
{
    size_t length = strlen(path);
    return streq(path, ".") || (length >= 2 && strcmp(path + length - 2, "/.") == 0);
}

static const char *map_of(const struct copy_root *c)
{
    return c->map[0] ? c->map : NULL;
}

/* A list of one path for "pack-list", in a file of memory at its beginning. */
static int make_list(const char *name)
{
    autoclose int fd = memfd_create("copy", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fd_write_all(fd, "*", 1);
    if (r == 0)
        r = fd_write_all(fd, name, strlen(name) + 1);
    return r < 0 ? r : lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(fd);
}

static int finish(struct unpacker *u, const char *what, struct failure *failure)
{
    struct unpack_report report;
    int r = unpacker_finish(u, &report, NULL, failure);
    if (r == 0 && report.error != 0)
        r = refuse(failure, report.error, "%s: %s", what, report.text);
    return r;
}

/* The container's side of copying out: packs the place onto the stream. */
static int start_packing(const struct copy_root *c, const struct copy_place *place, int output_fd,
                         struct unpacker *u, struct failure *failure)
{
    autoclose int list = make_list(place->name);
    if (list < 0)
        return fail(failure, list, "copying");
    const struct unpacker_job job = {.role = "pack-list",
                                     .input_fd = list,
                                     .output_fd = output_fd,
                                     .tree_fd = place->folder_fd,
                                     .map = map_of(c)};
    return unpacker_start(c->store, &job, u, failure);
}

/* "SRC/." of a folder: the place becomes the folder itself, its content has no name in front. */
static int enter_place(struct copy_place *place, const char *path, struct failure *failure)
{
    if (!place->name[0])
        return 0;
    int fd = openat(place->folder_fd, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(failure, -errno, "%s in the container", path);
    (void)close(place->folder_fd); /* a folder */
    place->folder_fd = fd;
    place->name[0] = '\0';
    return 0;
}

static int copy_to_folder(const struct copy_root *c, const struct copy_place *place,
                          const struct outside_target *to, bool keep_owner, struct failure *failure)
{
    struct unpacker pack = UNPACKER_NONE, extract = UNPACKER_NONE;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, -errno, "copying");
    autoclose int read_end = ends[0], write_end = ends[1];
    const struct unpacker_job job = {.role = keep_owner ? "extract-host-owners" : "extract-host",
                                     .name = place->name[0] ? to->name : NULL,
                                     .input_fd = read_end,
                                     .output_fd = -EBADF,
                                     .tree_fd = to->folder_fd,
                                     .map = UNPACKER_HOST_MAP};
    int r = unpacker_start(c->store, &job, &extract, failure);
    if (r == 0)
        r = start_packing(c, place, write_end, &pack, failure);
    (void)close(TAKE_FD(read_end));
    (void)close(TAKE_FD(write_end)); /* so that each sees the other's end */
    if (r == 0)
        r = finish(&extract, "writing the copy", failure);
    if (r == 0)
        r = finish(&pack, "reading the container", failure);
    unpacker_end(&pack);
    unpacker_end(&extract);
    return r;
}

static int copy_out_place(const struct copy_root *c, const struct container_copy_request *request,
                          struct copy_place *place, struct failure *failure)
{
    bool content = ends_with_content(request->inside) && place->is_folder;
    struct unpacker u = UNPACKER_NONE;
    if (!place->exists)
        return refuse(failure, -ENOENT, "%s does not exist in the container", request->inside);
    int r = content ? enter_place(place, request->inside, failure) : 0;
    if (r < 0)
        return r;
    if (streq(request->outside, "-")) {
        r = start_packing(c, place, request->stream_fd, &u, failure);
        if (r == 0)
            r = finish(&u, "reading the container", failure);
        unpacker_end(&u);
        return r;
    }
    struct outside_target to;
    r = outside_target_open(request->outside, place->name, place->is_folder, &to, failure);
    if (r < 0)
        return r;
    r = copy_to_folder(c, place, &to, request->keep_owner, failure);
    outside_target_close(&to);
    return r;
}

int container_copy_out(struct engine *e, const struct container_copy_request *request,
                       struct failure *failure)
{
    autostore struct store s = {0};
    struct copy_root root = {.engine = e, .store = &s};
    struct copy_place place = {.folder_fd = -EBADF};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    r = copy_root_open(&root, request->container, false, failure);
    if (r == 0)
        r = copy_place_find(root.root_fd, request->inside,
                            request->follow_link || ends_with_content(request->inside), &place, failure);
    if (r == 0)
        r = copy_out_place(&root, request, &place, failure);
    copy_place_free(&place);
    copy_root_close(&root);
    return r;
}

/* Unpacks a stream in the place: below its folder when it is one, else beside it under its name. */
static int extract_stream(const struct copy_root *c, struct copy_place *place, int stream_fd,
                          const char *name, struct failure *failure)
{
    struct unpacker u = UNPACKER_NONE;
    const struct unpacker_job job = {.role = "extract-copy",
                                     .name = name,
                                     .input_fd = stream_fd,
                                     .output_fd = -EBADF,
                                     .tree_fd = place->folder_fd,
                                     .map = map_of(c)};
    int r = unpacker_start(c->store, &job, &u, failure);
    if (r == 0)
        r = finish(&u, "writing into the container", failure);
    unpacker_end(&u);
    return r;
}

static int copy_in_file(const struct copy_root *c, const struct container_copy_request *request,
                        struct copy_place *place, struct failure *failure)
{
    struct outside_stream stream;
    bool slash = request->inside[0] && request->inside[strlen(request->inside) - 1] == '/';
    const struct outside_request outside = {.path = request->outside,
                                            .follow_link = request->follow_link,
                                            .keep_owner = request->keep_owner,
                                            .content =
                                                place->is_folder && ends_with_content(request->outside)};
    int r = outside_stream_open(&outside, &stream, failure);
    if (r < 0)
        return r;
    if (place->is_folder)
        r = enter_place(place, request->inside, failure);
    else if (place->exists && stream.is_folder)
        r = refuse(failure, -ENOTDIR, "%s in the container is no folder", request->inside);
    else if (slash && !stream.is_folder)
        r = refuse(failure, -ENOENT, "the folder %s does not exist in the container", request->inside);
    const char *name = outside.content ? NULL : place->is_folder ? stream.name : place->name;
    if (r == 0)
        r = extract_stream(c, place, stream.source.fd, name, failure);
    if (r == 0)
        r = image_source_finish(&stream.source, failure);
    outside_stream_close(&stream);
    return r;
}

static int copy_in_place(const struct copy_root *c, const struct container_copy_request *request,
                         struct copy_place *place, struct failure *failure)
{
    if (!streq(request->outside, "-"))
        return copy_in_file(c, request, place, failure);
    if (!place->exists || !place->is_folder)
        return refuse(failure, -ENOTDIR, "%s in the container is no folder: an archive goes into one",
                      request->inside);
    int r = enter_place(place, request->inside, failure);
    return r < 0 ? r : extract_stream(c, place, request->stream_fd, NULL, failure);
}

int container_copy_in(struct engine *e, const struct container_copy_request *request, struct failure *failure)
{
    autostore struct store s = {0};
    struct copy_root root = {.engine = e, .store = &s};
    struct copy_place place = {.folder_fd = -EBADF};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    r = copy_root_open(&root, request->container, true, failure);
    if (r == 0)
        r = copy_place_find(root.root_fd, request->inside, true, &place, failure);
    if (r == 0)
        r = copy_in_place(&root, request, &place, failure);
    copy_place_free(&place);
    copy_root_close(&root);
    return r;
}
