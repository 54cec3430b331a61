/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a person sees of a running build, on standard error. */
#include "build/build.h"

enum build_view_kind {
    BUILD_VIEW_QUIET, /* nothing; the output of a failing step is still shown at the end */
    BUILD_VIEW_PLAIN, /* BuildKit's lines: "#5 [2/4] RUN make", "#5 0.123 ..", "#5 DONE 1.2s" */
    BUILD_VIEW_LIVE,  /* a terminal: finished steps as lines, running ones with their last output below */
};

struct build_view;

/* NULL: no memory. */
struct build_view *build_view_make(enum build_view_kind kind) must_check;
/* Wipes what is live; with `failed` the last output of the step that failed is shown where it was not yet. */
void build_view_end(struct build_view *view, bool failed);
void build_view_free(struct build_view *view);
struct build_progress build_view_progress(struct build_view *view);
