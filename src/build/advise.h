/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The advice of a whole build. Internal to build/. */
#include "build/stage.h"

/* Fills result->advice and .root from what was built or, with request->check, from the Dockerfile and what
 * the store knows of the base. -EPERM: request->require_nonroot. */
int build_advise(struct build_work *work, struct build_result *result, struct failure *failure) must_check;
