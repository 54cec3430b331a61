/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Images that the needed stages name and the store lacks. Internal to build/. */
#include "build/stage.h"

/* Pulls them, one after the other; with request->pull also those that are there. *vertex: the next number for
 * what people see. */
int build_pull_bases(struct build_work *work, unsigned *vertex, struct failure *failure) must_check;
