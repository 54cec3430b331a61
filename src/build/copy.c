/* SPDX-License-Identifier: Apache-2.0 */
#include "build/copy.h"

#include <errno.h>

void build_copy_free(struct build_copy *copy)
{
    for (size_t i = 0; i < copy->file_count; i++) {
        free(copy->files[i].name);
        free(copy->files[i].content);
    }
    free(copy->files);
    strings_free(&copy->sources);
    strings_free(&copy->excludes);
    free(copy->destination);
    free(copy->chown);
    free(copy->chmod);
    free(copy->checksum);
    *copy = (struct build_copy){.source = {.tree_fd = -EBADF}};
}

int build_copy_digest(const struct build_copy *copy, struct digest *ret_digest, struct failure *failure)
{
    (void)ret_digest;
    return refuse(failure, -EOPNOTSUPP, "%s is not carried out yet",
                  dockerfile_kind_name(copy->instruction->kind));
}

int build_copy_run(const struct build_copy *copy, struct build_step *step, struct failure *failure)
{
    (void)step;
    return refuse(failure, -EOPNOTSUPP, "%s is not carried out yet",
                  dockerfile_kind_name(copy->instruction->kind));
}
