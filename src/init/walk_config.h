/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "init/accounts.h"
#include "init/walker.h"

/* "app,1000,root" into walk.from: names by passwd, digits as they are; 0 is allowed here, things may be taken
 * from root. Unknown names and more than WALK_FROM_MAX are usage failures. */
int walk_add_owners(struct walk *w, struct span list, const struct accounts *accounts,
                    struct failure *f) must_check;
