/* SPDX-License-Identifier: Apache-2.0 */
#include "build/context.h"

#include "base/strings.h"
#include "build/context_stream.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define IGNORE_SIZE_MAX (8u << 20)
#define IGNORE_NAME ".dockerignore"

/* A context that git or a server would have to bring. */
static bool is_remote(const char *source)
{
    return string_after(source, "http://") || string_after(source, "https://") ||
           string_after(source, "git://") || string_after(source, "git@") || string_after(source, "ssh://");
}

static int open_folder(const struct build_context_request *request, int *ret_fd, struct failure *failure)
{
    int fd = open(request->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && is_remote(request->source))
        return refuse(failure, -EOPNOTSUPP,
                      "%s %s: a build fetches nothing itself: clone or download it, and give the folder",
                      request->what, request->source);
    if (fd < 0)
        return fail(failure, -errno, "opening %s %s", request->what, request->source);
    *ret_fd = fd;
    return 0;
}

/* A regular file, or -ENOENT. */
static int read_regular(int fd, char **ret_data, size_t *ret_size)
{
    struct stat st;
    if (fd < 0)
        return fd == -ENOTDIR ? -ENOENT : fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) ? fd_read_whole(fd, IGNORE_SIZE_MAX, ret_data, ret_size) : -EINVAL;
}

/* NAME.dockerignore beside the Dockerfile, else .dockerignore in the context; *ret_name is the one that was
 * read, NULL when there is none. */
static int find_rules(const struct build_context_request *request, int folder_fd, char **ret_name,
                      char **ret_data, size_t *ret_size)
{
    autofree char *beside = NULL;
    if (request->dockerfile && asprintf(&beside, "%s" IGNORE_NAME, request->dockerfile) < 0)
        return -ENOMEM;
    if (beside) {
        autoclose int fd = open(beside, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        int r = read_regular(fd < 0 ? -errno : fd, ret_data, ret_size);
        if (r != -ENOENT) {
            *ret_name = TAKE_PTR(beside);
            return r;
        }
    }
    autoclose int fd =
        folder_fd >= 0 ? path_open_in_root(folder_fd, IGNORE_NAME, O_RDONLY | O_NONBLOCK) : -ENOENT;
    int r = read_regular(fd, ret_data, ret_size);
    if (r == -ENOENT)
        return 0;
    *ret_name = strdup(IGNORE_NAME);
    return *ret_name ? r : -ENOMEM;
}

static int read_ignore(const struct build_context_request *request, int folder_fd,
                       struct dockerignore *ret_ignore, struct failure *failure)
{
    autofree char *name = NULL, *data = NULL;
    autoreport struct report report = {0};
    size_t size = 0;
    int r = find_rules(request, folder_fd, &name, &data, &size);
    if (r < 0)
        return fail(failure, r, "reading %s", name ? name : IGNORE_NAME);
    if (!name)
        return 0;
    r = dockerignore_parse(name, data, size, &report, ret_ignore);
    if (r < 0 && report.count > 0)
        return refuse(failure, r, "%s: %s", report.items[0].place, report.items[0].text);
    return r < 0 ? fail(failure, r, "reading %s", name) : 0;
}

int build_context_open(const struct store *s, const struct build_context_request *request,
                       struct build_context *ret_context, char **ret_dockerfile, struct failure *failure)
{
    struct build_context context = {.what = request->what, .folder_fd = -EBADF, .store = s};
    autofree char *dockerfile = NULL;
    int r = streq(request->source, "-") ? context_stream_read(request, &context, &dockerfile, failure)
                                        : open_folder(request, &context.folder_fd, failure);
    if (r == 0)
        r = read_ignore(request, context.folder_fd, &context.ignore, failure);
    if (r < 0) {
        build_context_close(&context);
        return r;
    }
    *ret_context = context;
    *ret_dockerfile = TAKE_PTR(dockerfile);
    return 0;
}

void build_context_close(struct build_context *context)
{
    if (context->folder_fd >= 0)
        (void)close(TAKE_FD(context->folder_fd)); /* only read from */
    if (context->staging[0])
        ignore(
            staging_remove(context->store, context->staging)); /* else it is rubbish for the next command */
    context->staging[0] = '\0';
    dockerignore_free(&context->ignore);
}
