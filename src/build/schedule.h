/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The stages as processes: as many side by side as there are processors, each when those it waits for are
 * done. Internal to build/. */
#include "build/stage.h"

/* Builds all needed stages into work->snapshots. After a failure these hold what was made nevertheless.
 * `first_vertex`: the number of the next step that begins. -ECANCELED: request->cancelled. */
int build_schedule(struct build_work *work, unsigned first_vertex, struct failure *failure) must_check;
