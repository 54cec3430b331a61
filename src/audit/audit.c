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
    if (!judge) {
        result_complain(a->result, in->name,
                        "this is nothing that audit knows: no Dockerfile, compose file, Kubernetes "
                        "manifest, image or configuration of an engine");
        return 0;
    }
    a->result->files++;
    int r = judge(a, in);
    if (r == 0)
        suppress_apply(a->result, in->name, in->data, a->request->today);
    return r;
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

/* By its first bytes: gzip, zstd, or a tar header's mark. */
static bool is_archive(const char *path)
{
    unsigned char head[512] = {0};
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = fd < 0 ? 0 : read(fd, head, sizeof(head));
    return n >= 4 && ((head[0] == 0x1F && head[1] == 0x8B) || memcmp(head, "\x28\xB5\x2F\xFD", 4) == 0 ||
                      (n == (ssize_t)sizeof(head) && memcmp(head + 257, "ustar", 5) == 0));
}

static int judge_path(struct audit *a, const char *path)
{
    struct stat st;
    if (streq(path, "-"))
        return judge_stdin(a);
    if (stat(path, &st) < 0)
        return errno == ENOENT ? input_judge_image(a, path) : judge_regular(a, path);
    if (S_ISREG(st.st_mode) && is_archive(path))
        return input_judge_archive(a, path);
    return S_ISDIR(st.st_mode) ? input_search(a, path) : judge_regular(a, path);
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
    for (size_t i = 0; r == 0 && i < request->paths.count; i++)
        r = judge_path(&a, request->paths.items[i]);
    if (r == 0 && request->paths.count == 0 && !request->live)
        r = input_search(&a, ".");
    strings_free(&a.done);
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
