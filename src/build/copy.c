/* SPDX-License-Identifier: Apache-2.0 */
#include "build/copy.h"

#include "base/strings.h"
#include "build/copy_plan.h"

#include <errno.h>
#include <string.h>

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
    if (copy->selection)
        copy_selection_free(copy->selection);
    free(copy->selection);
    *copy = (struct build_copy){.source = {.tree_fd = -EBADF}};
}

static bool is_url(const char *source)
{
    static const char *const schemes[] = {"http://", "https://", "ftp://", "git://", "ssh://", "git@"};
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
        if (string_after(source, schemes[i]))
            return true;
    return false;
}

/* What only sources that are not here could need. */
static int check_sources(const struct build_copy *copy, struct failure *failure)
{
    const char *kind = dockerfile_kind_name(copy->instruction->kind);
    for (size_t i = 0; i < copy->sources.count; i++) {
        const char *source = copy->sources.items[i];
        if (is_url(source))
            return refuse(
                failure, -EOPNOTSUPP,
                "%s %s: a build downloads nothing itself: fetch it before the build and copy it from the "
                "build context, or fetch it in a RUN",
                kind, source);
    }
    if (copy->checksum)
        return refuse(failure, -EINVAL, "%s --checksum: a checksum is for a URL, and these sources are files",
                      kind);
    if (copy->instruction->copy.keep_git_dir)
        return refuse(failure, -EINVAL,
                      "%s --keep-git-dir: it is for a git repository, and these sources are files", kind);
    return 0;
}

static int select_once(struct build_copy *copy, struct failure *failure)
{
    if (copy->selection)
        return 0;
    int r = check_sources(copy, failure);
    if (r < 0)
        return r;
    autofree struct copy_selection *selection = calloc(1, sizeof(*selection));
    if (!selection)
        return fail(failure, -ENOMEM, "%s", copy->source.what);
    r = copy_select(copy, selection, failure);
    if (r == 0)
        copy->selection = TAKE_PTR(selection);
    return r;
}

int build_copy_digest(struct build_copy *copy, struct digest *ret_digest, struct failure *failure)
{
    int r = select_once(copy, failure);
    return r < 0 ? r : copy_selection_digest(copy, copy->selection, ret_digest, failure);
}

int build_copy_run(struct build_copy *copy, struct build_step *step, struct failure *failure)
{
    int r = select_once(copy, failure);
    if (r < 0)
        return r;
    autofree struct copy_plan *plan = calloc(1, sizeof(*plan));
    if (!plan)
        return fail(failure, -ENOMEM, "copying");
    *plan = (struct copy_plan){.copy = copy, .step = step, .selection = copy->selection, .failure = failure};
    if (copy->selection->skipped > 0)
        build_step_say(step, "%zu sockets or devices are not copied, the first is /%s",
                       copy->selection->skipped, copy->selection->skipped_name);
    r = copy_plan_run(plan);
    text_free(&plan->list);
    return r;
}
