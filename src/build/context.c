/* SPDX-License-Identifier: Apache-2.0 */
#include "build/context.h"

#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>

int build_context_open(const struct store *s, const struct build_context_request *request,
                       struct build_context *ret_context, char **ret_dockerfile, struct failure *failure)
{
    *ret_dockerfile = NULL;
    if (streq(request->source, "-"))
        return refuse(failure, -EOPNOTSUPP, "%s from standard input is not read yet", request->what);
    int fd = open(request->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(failure, -errno, "opening %s %s", request->what, request->source);
    *ret_context = (struct build_context){.what = request->what, .folder_fd = fd, .store = s};
    return 0;
}

void build_context_close(struct build_context *context)
{
    if (context->folder_fd >= 0)
        (void)close(TAKE_FD(context->folder_fd)); /* only read from */
    dockerignore_free(&context->ignore);
}
