/* SPDX-License-Identifier: Apache-2.0 */
#include "build/advise.h"

#include "build/advice.h"
#include "build/base.h"
#include "store/image.h"

#include <errno.h>
#include <string.h>

/* USER of the image that the target's lowest stage is FROM; NULL: not known. */
static char *find_base_user(const struct build_work *work)
{
    autoimage struct image image = {0};
    struct failure unheard = {0};
    size_t stage = work->graph.target;
    while (work->graph.stages[stage].base_stage >= 0)
        stage = (size_t)work->graph.stages[stage].base_stage;
    const char *base = work->graph.stages[stage].base;
    if (streq(base, "scratch"))
        return strdup("");
    if (base_find_image(work->store, base, &image, &unheard) < 0)
        return NULL;
    return strdup(image.config.user ? image.config.user : "");
}

static int give(struct build_work *work, struct advice_question *question, struct build_result *result,
                struct failure *failure)
{
    question->file = work->file;
    question->dockerfile = &work->dockerfile;
    question->stage = work->graph.target;
    question->build_args = &work->request->build_args;
    int r = advice_give(question, &result->advice);
    if (r < 0)
        return fail(failure, r, "looking at the image's user");
    result->root = r > 0;
    if (result->root && work->request->require_nonroot)
        return refuse(failure, -EPERM, "the image ends as root, and --require-nonroot was given");
    return 0;
}

static int advise_check(struct build_work *work, struct build_result *result, struct failure *failure)
{
    autofree char *user = find_base_user(work);
    struct advice_question question = {.base_user = user};
    return give(work, &question, result, failure);
}

int build_advise(struct build_work *work, struct build_result *result, struct failure *failure)
{
    const struct build_snapshot *s = &work->snapshots[work->graph.target];
    autostrings struct strings folders = {0};
    struct advice_facts facts = {0};
    if (work->request->check)
        return advise_check(work, result, failure);
    if (build_snapshot_folders(s, &folders) < 0)
        return fail(failure, -ENOMEM, "looking at the image's user");
    struct advice_question question = {.config = &s->config, .facts = &facts};
    int r = folders.count > 0 ? advice_facts_read(work->store, &folders, &s->config, &facts, failure) : 0;
    if (folders.count == 0)
        question.facts = NULL;
    if (r == 0)
        r = give(work, &question, result, failure);
    advice_facts_free(&facts);
    return r;
}
