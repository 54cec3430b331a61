/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/audit.h"

#include "audit/image_input.h"
#include "audit/suppress.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int input_judge_file(struct audit *a, const struct input *in)
{
    input_judge *judge = input_detect(in->name, in->data, in->size);
    if (!judge && a->compose_asked && input_may_be_part(in->name, in->data))
        judge = judge_compose;
    if (!judge) {
        result_complain(a->result, in->name,
                        "this is nothing that audit knows: no Dockerfile, compose file, Kubernetes "
                        "manifest, image or configuration of an engine");
        return 0;
    }
    a->result->files++;
    int r = input_note_acceptances(a, in->name, in->data);
    return r < 0 ? r : judge(a, in);
}

int input_note_acceptances(struct audit *a, const char *name, const char *data)
{
    struct arena *arena = &a->result->arena;
    if (!suppress_is_in(data))
        return 0;
    for (size_t i = 0; i < a->accepting_count; i++)
        if (streq(a->accepting[i].file, name))
            return 0;
    struct accepting *grown =
        arena_grow(arena, a->accepting, a->accepting_count, &a->accepting_capacity, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    a->accepting = grown;
    grown[a->accepting_count++] = (struct accepting){arena_string(arena, name), arena_string(arena, data)};
    return arena_error(arena);
}

static int judge_stdin(struct audit *a)
{
    struct failure failure = {0};
    autofree char *data = NULL;
    size_t size;
    int r = source_read_stdin(&data, &size, &failure);
    if (r < 0) {
        result_complain(a->result, "-", "%s", failure.text);
        return r == -ENOMEM ? r : 0;
    }
    struct input in = {.name = "-", .data = data, .size = size};
    return input_judge_file(a, &in);
}

static int judge_regular(struct audit *a, const char *path)
{
    struct failure failure = {0};
    autofree char *data = NULL;
    size_t size;
    if (strings_contain(&a->done, path))
        return 0;
    int r = source_read(path, &data, &size, &failure);
    if (r < 0) {
        result_complain(a->result, path, "%s", failure.text);
        return r == -ENOMEM ? r : 0;
    }
    struct input in = {arena_string(&a->result->arena, path), arena_string(&a->result->arena, path), data,
                       size};
    return input_judge_file(a, &in);
}

enum path_kind {
    PATH_FILE,
    PATH_FOLDER,
    PATH_IMAGE, /* an archive, a layout, a name of the store */
};

static enum path_kind kind_of(const char *path)
{
    struct stat st;
    if (streq(path, "-"))
        return PATH_FILE;
    if (stat(path, &st) < 0)
        return errno == ENOENT ? PATH_IMAGE : PATH_FILE;
    if (S_ISDIR(st.st_mode)) {
        autofree char *mark = source_join(path, "oci-layout");
        return mark && stat(mark, &st) == 0 ? PATH_IMAGE : PATH_FOLDER;
    }
    autoclose int fd =
        S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -EBADF;
    return fd >= 0 && input_is_archive(fd) ? PATH_IMAGE : PATH_FILE;
}

static int judge_path(struct audit *a, const char *path, enum path_kind kind)
{
    struct stat st;
    if (streq(path, "-"))
        return judge_stdin(a);
    if (kind == PATH_FILE)
        return judge_regular(a, path);
    if (kind == PATH_IMAGE && stat(path, &st) < 0)
        return input_judge_image(a, path);
    return kind == PATH_IMAGE && S_ISREG(st.st_mode) ? input_judge_archive(a, path) : input_search(a, path);
}

/* Images first: what else is named may be built from them. */
static int judge_paths(struct audit *a)
{
    const struct strings *paths = &a->request->paths;
    int r = 0;
    for (int images = 1; images >= 0; images--)
        for (size_t i = 0; r == 0 && i < paths->count; i++) {
            enum path_kind kind = kind_of(paths->items[i]);
            if ((kind == PATH_IMAGE) == (images == 1))
                r = judge_path(a, paths->items[i], kind);
        }
    return r;
}

/* Whether a path of the command line is a compose file: by itself, or beside another. */
static bool is_compose_path(const struct audit *a, const char *path)
{
    autofree char *data = NULL;
    struct failure failure = {0};
    struct stat st;
    size_t size;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || !input_may_be(path) ||
        source_read(path, &data, &size, &failure) < 0)
        return false;
    input_judge *judge = input_detect(path, data, size);
    return judge == judge_compose || (!judge && a->compose_asked && input_may_be_part(path, data));
}

/* As `docker compose -f a -f b`: the compose files of the command line are one project, later ones over
 * earlier ones. That is said, since nobody asked for it in words. */
static int gather_project(struct audit *a)
{
    const struct strings *paths = &a->request->paths;
    const char *first = NULL;
    for (size_t i = 0; i < paths->count && !a->compose_asked; i++)
        a->compose_asked = is_compose_path(a, paths->items[i]);
    for (size_t i = 0; a->compose_asked && !a->request->separate && i < paths->count; i++) {
        const char *path = paths->items[i];
        if ((first && streq(path, first)) || !is_compose_path(a, path))
            continue;
        int r = first ? strings_add(&a->parts, path) : 0;
        r = r < 0 || !first ? r : strings_add(&a->done, path);
        if (r < 0)
            return r;
        first = first ? first : path;
    }
    if (a->parts.count == 0)
        return 0;
    a->project = arena_string(&a->result->arena, first);
    result_remark(a->result, first, 0,
                  arena_printf(&a->result->arena,
                               "judged as one project with %s%s (docker compose -f .. -f ..); --separate "
                               "judges each file by itself",
                               a->parts.items[0], a->parts.count > 1 ? " and the other compose files" : ""));
    return 0;
}

int audit_run(const struct audit_request *request, struct audit_result *ret_result)
{
    struct audit_result result = {0};
    struct audit a = {.request = request, .result = &result};
    int r = 0;
    a.catalog.arena = &result.arena;
    a.catalog.bases = &request->bases;
    a.catalog.find_stored = request->store_root ? image_find_stored : NULL;
    a.catalog.store = &a;
    if (request->live)
        r = input_judge_live(&a);
    r = r < 0 ? r : gather_project(&a);
    r = r < 0 ? r : judge_paths(&a);
    if (r == 0 && request->paths.count == 0 && !request->live)
        r = input_search(&a, ".");
    for (size_t i = 0; r == 0 && i < a.accepting_count; i++)
        suppress_apply(&result, a.accepting[i].file, a.accepting[i].data, request->today);
    strings_free(&a.done);
    strings_free(&a.parts);
    catalog_free(&a.catalog);
    if (r == 0)
        r = arena_error(&result.arena);
    if (r < 0) {
        result_free(&result);
        return r;
    }
    result_sort(&result);
    *ret_result = result;
    return 0;
}

void audit_request_free(struct audit_request *request)
{
    struct strings *const lists[] = {&request->paths,       &request->bases,     &request->build_args,
                                     &request->environment, &request->env_files, &request->profiles};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        strings_free(lists[i]);
}
