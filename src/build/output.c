/* SPDX-License-Identifier: Apache-2.0 */
#include "build/output.h"

#include "engine/image_view.h"
#include "formats/csv.h"
#include "store/unpacker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void build_output_free(struct build_output *output)
{
    free(output->destination);
    *output = (struct build_output){0};
}

static const struct {
    const char *name;
    enum build_output_kind kind;
} kinds[] = {
    {"image", BUILD_OUTPUT_IMAGE}, {"docker", BUILD_OUTPUT_ARCHIVE}, {"oci", BUILD_OUTPUT_ARCHIVE},
    {"tar", BUILD_OUTPUT_TAR},     {"local", BUILD_OUTPUT_LOCAL},
};

static int read_field(const char *field, struct build_output *o, bool *has_kind, struct failure *failure)
{
    const char *type = string_after(field, "type="), *dest = string_after(field, "dest=");
    if (!dest)
        dest = string_after(field, "destination=");
    if (!dest)
        dest = string_after(field, "output=");
    for (size_t i = 0; type && i < ARRAY_SIZE(kinds); i++)
        if (streq(kinds[i].name, type)) {
            o->kind = kinds[i].kind;
            *has_kind = true;
            return 0;
        }
    if (type)
        return refuse(failure, -EINVAL, "type=%s: image, docker, oci, tar and local are known", type);
    if (!dest)
        return refuse(failure, -EINVAL, "unexpected field %s: type= and dest= are known", field);
    free(o->destination);
    o->destination = strdup(dest);
    return o->destination ? 0 : fail(failure, -ENOMEM, "--output");
}

static int check_output(const struct build_output *o, bool has_kind, struct failure *failure)
{
    if (!has_kind)
        return refuse(failure, -EINVAL, "it has no type=");
    if (o->kind == BUILD_OUTPUT_IMAGE && o->destination)
        return refuse(failure, -EINVAL, "type=image goes to the store and takes no dest=");
    if (o->kind != BUILD_OUTPUT_IMAGE && (!o->destination || !o->destination[0]))
        return refuse(failure, -EINVAL, "dest= is needed");
    if (o->kind == BUILD_OUTPUT_LOCAL && streq(o->destination, "-"))
        return refuse(failure, -EINVAL, "a folder cannot be written to standard output: use type=tar");
    return 0;
}

/* A path alone: a folder, or "-" for a tar. */
static int parse_short(const char *text, struct build_output *o, struct failure *failure)
{
    o->kind = streq(text, "-") ? BUILD_OUTPUT_TAR : BUILD_OUTPUT_LOCAL;
    o->destination = strdup(text);
    return o->destination ? 0 : fail(failure, -ENOMEM, "--output");
}

int build_output_parse(const char *text, struct build_output *ret_output, struct failure *failure)
{
    autostrings struct strings fields = {0};
    struct build_output o = {0};
    bool has_kind = !strchr(text, '=');
    int r = csv_split(text, &fields);
    if (r < 0)
        return fail(failure, r, "--output %s", text);
    if (has_kind)
        r = parse_short(text, &o, failure);
    for (size_t i = 0; strchr(text, '=') && r == 0 && i < fields.count; i++)
        r = read_field(fields.items[i], &o, &has_kind, failure);
    if (r == 0)
        r = check_output(&o, has_kind, failure);
    if (r < 0) {
        build_output_free(&o);
        return fail_within(failure, "--output %s", text);
    }
    *ret_output = o;
    return 0;
}

static int finish(struct unpacker *u, const char *doing, struct failure *failure)
{
    struct unpack_report report;
    int r = unpacker_finish(u, &report, NULL, failure);
    if (r == 0 && report.error != 0)
        r = refuse(failure, report.error, "%s: %s", doing, report.text);
    return r;
}

static int start_packing(const struct store *s, int tree_fd, int output_fd, struct unpacker *u,
                         struct failure *failure)
{
    const struct unpacker_job job = {
        .role = "pack-tree", .input_fd = -EBADF, .output_fd = output_fd, .tree_fd = tree_fd};
    return unpacker_start(s, &job, u, failure);
}

static int open_tree(struct engine *e, const struct strings *folders, struct store *s,
                     struct failure *failure)
{
    int r = store_open(s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    return folders->count > 0 ? tree_view_open(s, folders, failure)
                              : refuse(failure, -ENODATA, "the target has no files");
}

int build_output_tar(struct engine *e, const struct strings *folders, int output_fd, struct failure *failure)
{
    autostore struct store s = {0};
    struct unpacker u = UNPACKER_NONE;
    autoclose int tree = open_tree(e, folders, &s, failure);
    int r = tree < 0 ? tree : start_packing(&s, tree, output_fd, &u, failure);
    if (r == 0)
        r = finish(&u, "writing the files", failure);
    unpacker_end(&u);
    return r;
}

static int copy_out(const struct store *s, int tree_fd, int folder_fd, struct failure *failure)
{
    struct unpacker pack = UNPACKER_NONE, extract = UNPACKER_NONE;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, -errno, "writing the files");
    autoclose int read_end = ends[0], write_end = ends[1];
    const struct unpacker_job job = {.role = "extract-host",
                                     .input_fd = read_end,
                                     .output_fd = -EBADF,
                                     .tree_fd = folder_fd,
                                     .map = UNPACKER_HOST_MAP};
    int r = unpacker_start(s, &job, &extract, failure);
    if (r == 0)
        r = start_packing(s, tree_fd, write_end, &pack, failure);
    (void)close(TAKE_FD(read_end));
    (void)close(TAKE_FD(write_end)); /* so that each sees the other's end */
    if (r == 0)
        r = finish(&extract, "writing the files", failure);
    if (r == 0)
        r = finish(&pack, "reading the image", failure);
    unpacker_end(&pack);
    unpacker_end(&extract);
    return r;
}

int build_output_local(struct engine *e, const struct strings *folders, const char *path,
                       struct failure *failure)
{
    autostore struct store s = {0};
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return fail(failure, -errno, "making %s", path);
    autoclose int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return fail(failure, -errno, "opening %s", path);
    autoclose int tree = open_tree(e, folders, &s, failure);
    return tree < 0 ? tree : copy_out(&s, tree, folder, failure);
}
